"""The context of the data (DPC of ENISA 2013): every kind of data, its class, and adjustments.

Classes: simple 1, behavioural 2, financial 3, sensitive 4. Where a kind opens more harm than its
class, it is raised by whole steps, with the reason, as the method allows; no kind is lowered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tocsin.schemas.data_kinds import DataKind


class DataClass(StrEnum):
    """The four classes of data of ENISA 2013, Assessment Table 1."""

    SIMPLE = "simple"
    BEHAVIOURAL = "behavioural"
    FINANCIAL = "financial"
    SENSITIVE = "sensitive"


_BASE = {
    DataClass.SIMPLE: 100,
    DataClass.BEHAVIOURAL: 200,
    DataClass.FINANCIAL: 300,
    DataClass.SENSITIVE: 400,
}
_MOST = 400


@dataclass(frozen=True, slots=True)
class KindContext:
    """A kind's class, and by how many whole steps it is raised and why."""

    of: DataClass
    raised: int = 0
    because: str = ""

    @property
    def score(self) -> int:
        """The DPC of this kind in hundredths."""
        return min(_BASE[self.of] + 100 * self.raised, _MOST)


_SIMPLE = KindContext(DataClass.SIMPLE)
_BEHAVIOURAL = KindContext(DataClass.BEHAVIOURAL)
_FINANCIAL = KindContext(DataClass.FINANCIAL)
_SENSITIVE = KindContext(DataClass.SENSITIVE)
_ACCESS = KindContext(DataClass.SIMPLE, 2, "it opens the person's accounts")
_WEAK_ACCESS = KindContext(DataClass.SIMPLE, 1, "it can be broken and then opens accounts")
_IDENTITY = KindContext(DataClass.SIMPLE, 2, "it serves to pose as the person")
_REVEALING = KindContext(DataClass.BEHAVIOURAL, 1, "it shows where and how the person lives")
_INTIMATE = KindContext(DataClass.BEHAVIOURAL, 2, "it can reveal anything about the person")
_VULNERABLE = KindContext(DataClass.SIMPLE, 3, "the person needs special protection")

CONTEXTS: Mapping[DataKind, KindContext] = MappingProxyType(
    {
        DataKind.EMAIL_ADDRESS: _SIMPLE,
        DataKind.USERNAME: _SIMPLE,
        DataKind.PASSWORD_PLAINTEXT: _ACCESS,
        DataKind.PASSWORD_WEAK_HASH: _ACCESS,
        DataKind.PASSWORD_STRONG_HASH: _WEAK_ACCESS,
        DataKind.SECURITY_QUESTIONS: _ACCESS,
        DataKind.SESSION_TOKENS: _ACCESS,
        DataKind.MFA_SECRETS: _ACCESS,
        DataKind.API_KEYS: _ACCESS,
        DataKind.CRYPTO_WALLET: _FINANCIAL,
        DataKind.PHONE_NUMBER: _SIMPLE,
        DataKind.POSTAL_ADDRESS: _SIMPLE,
        DataKind.PROTECTED_ADDRESS: _VULNERABLE,
        DataKind.NAME: _SIMPLE,
        DataKind.DATE_OF_BIRTH: _SIMPLE,
        DataKind.NATIONAL_ID: _IDENTITY,
        DataKind.PASSPORT: _IDENTITY,
        DataKind.DRIVER_LICENCE: _IDENTITY,
        DataKind.ID_DOCUMENT_IMAGE: _IDENTITY,
        DataKind.TAX_ID_SSN: _IDENTITY,
        DataKind.BANK_ACCOUNT: _FINANCIAL,
        DataKind.PAYMENT_CARD_FULL: _FINANCIAL,
        DataKind.PAYMENT_CARD_PARTIAL: _FINANCIAL,
        DataKind.PAYMENT_ACCOUNT: _FINANCIAL,
        DataKind.CREDIT_HISTORY: _FINANCIAL,
        DataKind.FINANCIAL_STATEMENTS: _FINANCIAL,
        DataKind.EMPLOYMENT_SALARY: _FINANCIAL,
        DataKind.EDUCATION_RECORDS: KindContext(DataClass.SIMPLE, 1, "it holds judgements"),
        DataKind.MEDICAL: _SENSITIVE,
        DataKind.MENTAL_REPRODUCTIVE_HEALTH: _SENSITIVE,
        DataKind.GENETIC: _SENSITIVE,
        DataKind.BIOMETRIC_TEMPLATE: _SENSITIVE,
        DataKind.BIOMETRIC_RAW: _SENSITIVE,
        DataKind.LOCATION_TRACES: _REVEALING,
        DataKind.TRAVEL_BOOKING: _BEHAVIOURAL,
        DataKind.PRIVATE_MESSAGES: _INTIMATE,
        DataKind.INTIMATE_IMAGES: _SENSITIVE,
        DataKind.SEXUAL_ORIENTATION: _SENSITIVE,
        DataKind.RELIGION_BELIEF: _SENSITIVE,
        DataKind.POLITICAL_UNION: _SENSITIVE,
        DataKind.ETHNICITY: _SENSITIVE,
        DataKind.CRIMINAL_RECORD: _SENSITIVE,
        DataKind.IMMIGRATION: _SENSITIVE,
        DataKind.CHILDREN_DATA: _VULNERABLE,
        DataKind.DEVICE_IDS_IP: _BEHAVIOURAL,
        DataKind.USAGE_PURCHASE_HISTORY: _BEHAVIOURAL,
        DataKind.VEHICLE: _SIMPLE,
        DataKind.SMART_HOME: _REVEALING,
        DataKind.ACCESS_CODE: KindContext(DataClass.SIMPLE, 2, "it opens the person's home"),
        DataKind.THIRD_PARTY_CONTACTS: _BEHAVIOURAL,
        DataKind.INSURANCE_POLICY: _FINANCIAL,
        DataKind.GOVERNMENT_BENEFITS: _FINANCIAL,
        DataKind.SIGNATURE_IMAGE: _IDENTITY,
        DataKind.LOYALTY_ACCOUNT: _BEHAVIOURAL,
        DataKind.AVAILABILITY_TEMPORARY: _SIMPLE,
        DataKind.AVAILABILITY_DESTROYED: _SIMPLE,
        DataKind.INTEGRITY_ALTERED: _SIMPLE,
    }
)

_SAYS_WHAT_HAPPENED = frozenset(
    {
        DataKind.AVAILABILITY_TEMPORARY,
        DataKind.AVAILABILITY_DESTROYED,
        DataKind.INTEGRITY_ALTERED,
    }
)
"""Kinds that say what became of the data, not which data it was."""


def worst_context(kinds: Sequence[DataKind]) -> tuple[int, tuple[str, ...]]:
    """Return the DPC of the worst kind in hundredths, and the sentences that explain it.

    When no kind says which data it was, the careful side is sensitive data.
    """
    named = [kind for kind in kinds if kind not in _SAYS_WHAT_HAPPENED]
    if not named:
        return _MOST, ("Data: 4.00, assumed: no kind says which data it was.",)
    # The first of the worst in the order of the enumeration, so that the order given is no matter.
    worst = max((k for k in DataKind if k in named), key=lambda kind: CONTEXTS[kind].score)
    context = CONTEXTS[worst]
    word = worst.value.replace("_", " ")
    first = f"Data: {context.score // 100}.00, the worst kind is {word}, {context.of.value} data."
    if not context.raised:
        return context.score, (first,)
    steps = "one step" if context.raised == 1 else f"{context.raised} steps"
    return context.score, (first, f"Raised by {steps}: {context.because}.")
