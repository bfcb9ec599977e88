"""The gates of what each regime asks: what a notice must hold, must not hold, and its form.

Presence is judged on the rendering: each text carries the content codes for which it has words, and
those of which it only says that they are not known yet.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import CREDIT_IDENTIFIERS, DataKind
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import NoticeRule

FEWEST_MONITORING_MONTHS = 12
HEADINGS = 5
"""How many headings of its own a regime can fix: what happened, which data, what we do, what you
can do, and where to ask. The layouts have a place for each."""

LARGEST_TYPE_PT = 12
"""In which size e-mails and letters are set: no regime can ask for more."""
PASSWORDS = frozenset(
    {
        DataKind.PASSWORD_PLAINTEXT,
        DataKind.PASSWORD_WEAK_HASH,
        DataKind.PASSWORD_STRONG_HASH,
        DataKind.SECURITY_QUESTIONS,
    }
)
_ONLINE = PASSWORDS | {DataKind.EMAIL_ADDRESS, DataKind.USERNAME}
_GOVERNMENT_IDS = CREDIT_IDENTIFIERS | {DataKind.PASSPORT, DataKind.IMMIGRATION}

_FIXES: Mapping[str, str] = MappingProxyType(
    {
        "NATURE": "write narratives.what_happened",
        "CAUSE": "write narratives.why, or give facts.cause",
        "DATE_BREACH": "give facts.started; or say that it cannot be determined",
        "DATE_DISCOVERY": "give facts.detected",
        "HARM": "name the data_kinds: the harms follow from them",
        "DATA_TYPES": "name the data_kinds",
        "MEASURES_TAKEN": "write narratives.what_was_done, or list measures that are done",
        "MEASURES_PLANNED": "write narratives.what_will_be_done: also that nothing more is planned",
        "REMEDY_OFFERED": "list remedies",
        "CONTACT": "give the organisation a contact_email or contact_phone",
        "DPO_CONTACT": "give the organisation a dpo_contact",
        "TOLL_FREE": "give the organisation a contact_phone that is free to call",
        "CREDIT_MONITORING": "is the organisation the source of the breach? If so, offer the "
        f"remedy CREDIT_MONITORING with months: {FEWEST_MONITORING_MONTHS} or more; if not, say "
        "facts.was_source: false",
        "LE_DELAY_STATED": "give facts.law_enforcement_delay: true, false, or cannot_be_determined",
        "REGULATOR_INFORMED": "name the authority under the organisation's authorities",
    }
)


_OF_THEIR_DATA = frozenset({"DATA_TYPES", "HARM", "SELF_PROTECT"})
"""What can be said only to somebody of whose data something leaked."""


def is_asked(code: str, kinds: Collection[DataKind], incident: IncidentFile) -> bool:
    """Whether a code is asked of a notice about these kinds; most are of every notice."""
    if code in _OF_THEIR_DATA and not kinds:
        return False  # they are told more of what they were told before; none of it is theirs
    match code:
        case "CRA_CONTACTS":
            return bool(CREDIT_IDENTIFIERS & set(kinds))
        case "CREDIT_MONITORING":
            return (
                bool(_GOVERNMENT_IDS & set(kinds)) and incident.facts.was_source.value is not False
            )
        case "PASSWORD_ADVICE":
            return bool(PASSWORDS & set(kinds)) and set(kinds) <= _ONLINE
        case _:
            return True


def content_findings(
    cohort: Cohort,
    rules: Mapping[str, NoticeRule],
    incident: IncidentFile,
    *,
    holds: Collection[str],
    pending: Collection[str],
) -> tuple[Finding, ...]:
    """Return what the text of a cohort lacks or holds against its regimes.

    `rules` is what each regime asks of notices; `holds` the content codes for which the text has
    words, `pending` those of which it says that they are not known yet.
    """
    return tuple(_content(cohort, rules, incident, set(holds), set(pending)))


def _content(
    cohort: Cohort,
    rules: Mapping[str, NoticeRule],
    incident: IncidentFile,
    holds: set[str],
    pending: set[str],
) -> Iterator[Finding]:
    for regime in cohort.regimes:
        rule = rules.get(regime)
        if rule is None:
            continue
        for code in rule.content:
            if code in holds or not is_asked(code, cohort.kinds, incident):
                continue
            waits = code in pending
            yield Finding(
                rule=f"{regime} {code}",
                severity=FindingSeverity.WARN if waits else FindingSeverity.BLOCK,
                text=f"The notice tells {code} in part, or as not settled yet ({rule.cite})."
                if waits
                else f"The notice lacks {code}, which {rule.cite} asks for.",
                fix=_FIXES.get(
                    code, "this text has no place for it: ask for another form of notice"
                ),
            )
        for code in rule.forbidden:
            told = code.removeprefix("NO_")
            if code.startswith("NO_") and told in holds:
                yield Finding(
                    rule=f"{regime} {code}",
                    text=f"The notice holds {told}, which {rule.cite} forbids.",
                    fix=f"leave it out for people under {regime}",
                )


def conflict_findings(cohort: Cohort, rules: Mapping[str, NoticeRule]) -> tuple[Finding, ...]:
    """Return where the regimes of a cohort contradict each other, or ask for what has no place."""
    asked = {name: rules[name] for name in cohort.regimes if name in rules}
    return (*_contradictions(asked), *_formats(asked))


def _contradictions(asked: Mapping[str, NoticeRule]) -> Iterator[Finding]:
    for one, other in ((a, b) for a in asked for b in asked if a != b):
        for code in asked[one].forbidden:
            told = code.removeprefix("NO_")
            if told in asked[other].content:
                yield Finding(
                    rule=f"{one} {code}",
                    text=f"{asked[other].cite} ({other}) asks for {told}, and {asked[one].cite} "
                    f"({one}) forbids it.",
                    fix="which of the two applies to these people? Ask counsel, then set the other "
                    "aside in their residences",
                )


def _formats(asked: Mapping[str, NoticeRule]) -> Iterator[Finding]:
    forms = {name: rule.format for name, rule in asked.items() if rule.format is not None}
    for name, form in forms.items():
        if form.headings and len(form.headings) != HEADINGS:
            yield Finding(
                rule=f"{name} FORMAT",
                text=f"{form.cite} fixes {len(form.headings)} headings; the notice has places for "
                f"{HEADINGS}.",
                fix="write this notice by hand",
            )
        if form.min_font_pt > LARGEST_TYPE_PT:
            yield Finding(
                rule=f"{name} FORMAT",
                text=f"{form.cite} asks for type of {form.min_font_pt} pt; notices and letters are "
                f"set in {LARGEST_TYPE_PT} pt.",
                fix="have this notice set by hand",
            )
    for (one, a), (other, b) in combinations(forms.items(), 2):
        for what, ours, theirs in (
            ("title", a.title, b.title),
            ("headings", a.headings, b.headings),
        ):
            if ours and theirs and ours != theirs:
                yield Finding(
                    rule=f"{one} FORMAT",
                    text=f"{a.cite} ({one}) and {b.cite} ({other}) fix different {what}.",
                    fix="which of the two applies to these people? Ask counsel",
                )


_PEOPLE = (
    r"(?:people|persons?|residents?|individuals?|customers?|users?|patients?|members?|accounts?"
    r"|consumers?|employees?|readers?|records?)"
)
_COUNTED = re.compile(
    rf"(?<![\w.])\d[\d,. ]*(?:thousand |million )?(?:of our |of the )?(?:[a-z]+ )?{_PEOPLE}\b"
    r"|\d[\d,.]* ?[万亿]?(?:多)?(?:名|位|人|个用户|条)",
    re.IGNORECASE,
)


def forbidden_text_findings(
    text: str, cohort: Cohort, rules: Mapping[str, NoticeRule], incident: IncidentFile
) -> tuple[Finding, ...]:
    """Return where the words of a text say what a regime of the cohort forbids.

    NO_COUNT is found by the known numbers of people, and by a number before a word for people.
    """
    found: list[Finding] = []
    for regime in cohort.regimes:
        rule = rules.get(regime)
        if (
            rule is not None
            and "NO_COUNT" in rule.forbidden
            and (said := _count_in(text, incident))
        ):
            found.append(
                Finding(
                    rule=f"{regime} NO_COUNT",
                    text=f"It tells how many people are concerned ('{said}'), which {rule.cite} "
                    "forbids.",
                    fix="leave the number out of the narratives and measures",
                )
            )
    return tuple(found)


def _count_in(text: str, incident: IncidentFile) -> str | None:
    if match := _COUNTED.search(text):
        return match[0].strip()
    table = incident.facts.persons.value
    numbers = [] if table is None else [table.total, table.minimum, table.maximum]
    numbers += [] if table is None else list(table.by_residence.values())
    for number in filter(None, numbers):
        shapes = "|".join(
            re.escape(shape)
            for shape in dict.fromkeys(
                (str(number), *(f"{number:,}".replace(",", mark) for mark in ",.' "))
            )
        )
        if number > _TOO_COMMON and (
            match := re.search(rf"(?<![\d.,])(?:{shapes})(?![\d,]|\.\d)", text)
        ):
            return match[0]
    return None


_TOO_COMMON = 99
"""Numbers up to here stand in any text, for days and times."""


def mailbox_findings(
    cohort: Cohort,
    ladder: Sequence[Channel],
    rules: Mapping[str, NoticeRule],
    incident: IncidentFile,
) -> tuple[Finding, ...]:
    """Return where e-mail could reach a mailbox whose own password leaked (NO_BREACHED_MAILBOX).

    The directory passes the organisation's own mailboxes over, by `own_mailbox_domains`; whether it
    names all of them only people know.
    """
    if Channel.EMAIL not in ladder or incident.facts.mailboxes_ours.value is False:
        return ()
    if not (PASSWORDS & set(cohort.kinds) and DataKind.EMAIL_ADDRESS in cohort.kinds):
        return ()
    return tuple(
        Finding(
            rule=f"{regime} NO_BREACHED_MAILBOX",
            severity=FindingSeverity.WARN,
            text="Passwords of e-mail accounts that the organisation itself gave out would bar "
            f"these mailboxes ({rules[regime].cite}).",
            fix="name their domains under own_mailbox_domains, or say facts.mailboxes_ours: false",
        )
        for regime in cohort.regimes
        if regime in rules and "NO_BREACHED_MAILBOX" in rules[regime].forbidden
    )
