"""Words of detectors that stand for kinds of personal data.

The phrases are those that products put into titles, finding types, policies and classifiers:
Amazon Macie's `SensitiveData:S3Object/Personal`, the info types of Google's Sensitive Data
Protection (`US_SOCIAL_SECURITY_NUMBER`), the policies of DLP products (`National Insurance Numbers
- Web Monitoring`). A plain phrase means personal data wherever it stands; a weak one, such as
`password`, only where a classifier names what it found: `password policy` is no one's password.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tocsin.schemas.data_kinds import DataKind as K

_PERSONAL = re.compile(
    r"\b(?:pii|e?phi|spii|npi)\b|personal(?:ly)? (?:data|information|identif\w+)|data subjects?"
    r"|sensitive ?data s3 ?object (?:personal|financial|multiple)|cardholder data"
    r"|(?:patient|customer|citizen|employee) (?:data|records?|information)"
    r"|个人信息|个人数据|隐私数据"
)
_PLAIN: Mapping[K, str] = {
    K.TAX_ID_SSN: r"social security (?:numbers?|no)|\bssns?\b"
    r"|tax(?:payer)? identification numbers?",
    K.NATIONAL_ID: r"national insurance (?:numbers?|no)|\bnino\b"
    r"|national id(?:entity|entification)? ?(?:cards?|numbers?)?\b|身份证",
    K.PASSPORT: r"passport (?:numbers?|no)",
    K.DRIVER_LICENCE: r"driver'?s? licen[cs]e",
    K.DATE_OF_BIRTH: r"dates? of birth|\bdob\b|birth ?dates?",
    K.PAYMENT_CARD_FULL: r"(?:credit|debit|payment) ?card (?:numbers?|data)|\bcredit card\b",
    K.BANK_ACCOUNT: r"bank account|\biban\b",
    K.MEDICAL: r"(?:medical|health|patient) (?:records?|data|information)|\be?phi\b|病历",
    K.GENETIC: r"genetic data|genom\w+",
    K.BIOMETRIC_TEMPLATE: r"biometric",
    K.CRIMINAL_RECORD: r"criminal records?",
    K.PHONE_NUMBER: r"(?:tele)?phone numbers?|手机号",
    K.POSTAL_ADDRESS: r"(?:home|postal|street|mailing) address(?:es)?",
    K.EMPLOYMENT_SALARY: r"salar(?:y|ies)|payroll",
}
_WEAK: Mapping[K, str] = {
    K.EMAIL_ADDRESS: r"e-?mail(?: address(?:es)?)?\b",
    K.NAME: r"(?:person|full|first|last) ?names?\b|\bnames?\b",
    K.PASSWORD_PLAINTEXT: r"passwords?\b",
    K.DEVICE_IDS_IP: r"\bip address(?:es)?\b|\bimei\b|mac address",
    K.LOCATION_TRACES: r"\blocations?\b|geo ?location",
    K.POSTAL_ADDRESS: r"\baddress\b(?<!ip address)(?<!mail address)(?<!mac address)",
    K.PHONE_NUMBER: r"\bphones?\b",
    K.PASSPORT: r"\bpassports?\b",
    K.ETHNICITY: r"ethnic",
    K.RELIGION_BELIEF: r"religio",
    K.SEXUAL_ORIENTATION: r"sexual orientation",
}


def _compiled(table: Mapping[K, str]) -> Mapping[K, re.Pattern[str]]:
    return MappingProxyType({kind: re.compile(words) for kind, words in table.items()})


PLAIN = _compiled(_PLAIN)
WEAK = _compiled(_WEAK)


def spoken(text: str) -> str:
    """Return a text as words: `US_SOCIAL_SECURITY_NUMBER` and `S3Object/Personal` come apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text[:2000])
    return re.sub(r"[\s_:/.,;()\[\]|-]+", " ", apart).casefold()


def names_personal_data(texts: Iterable[str]) -> bool:
    """Whether one of the texts names personal data in so many words, or a plain kind of it."""
    return any(
        _PERSONAL.search(words) or any(p.search(words) for p in PLAIN.values())
        for words in map(spoken, texts)
    )


def kinds_named(texts: Iterable[str], *, classified: bool) -> tuple[K, ...]:
    """Return the kinds that the texts name, in the order of the closed set.

    `classified`: the texts are what a classifier found, so that weak words count as well.
    """
    words = " | ".join(map(spoken, texts))
    found = {kind for kind, pattern in PLAIN.items() if pattern.search(words)}
    if classified:
        found |= {kind for kind, pattern in WEAK.items() if pattern.search(words)}
    return tuple(kind for kind in K if kind in found)
