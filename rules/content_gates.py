"""The gates of what each regime asks: what a notice must hold, must not hold, and its form.

Presence is judged on the rendering: each text carries the content codes for which it has words, and
those of which it only says that they are not known yet.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import Confidentiality
from tocsin.schemas.notice_law import asked_with, forbidden_to, monitoring_months
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import NoticeRule

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
        "remedy CREDIT_MONITORING{months}; if not, say facts.was_source: false",
        "LE_DELAY_STATED": "give facts.law_enforcement_delay: true, false, or cannot_be_determined",
        "REGULATOR_INFORMED": "name the authority under the organisation's authorities",
        "COMPLAINT_RIGHT": "name the authority under the organisation's authorities",
        "STATE_AGENCY_CONTACT": "name the authority with telephone and address under the "
        "organisation's authorities",
        "LOCATION": "give circumstances.place; or say that it cannot be determined",
        "THIRD_PARTY_ID": "write narratives.who_has_it: the facts say that it is known",
        "DELAY_REASON": "the notice is late: write narratives.why_late",
        "ENTITY_PARENT": "give the organisation a parent",
    }
)


_OF_THEIR_DATA = frozenset({"DATA_TYPES", "HARM", "SELF_PROTECT"})
"""What can be said only to somebody of whose data something leaked."""


def is_asked(
    code: str,
    kinds: Collection[DataKind],
    incident: IncidentFile,
    rule: NoticeRule | None = None,
    *,
    organisation: Organisation | None = None,
    late: bool = True,
) -> bool:
    """Whether a code is asked of a notice about these kinds; most are of every notice.

    `rule` may say of which kinds it asks, `late` whether the notice comes late under it.
    """
    facts = incident.facts
    if code in _OF_THEIR_DATA and not kinds:
        return False  # they are told more of what they were told before; none of it is theirs
    holds = {
        "CREDIT_MONITORING": facts.was_source.value is not False,
        "PASSWORD_ADVICE": bool(PASSWORDS & set(kinds)) and set(kinds) <= _ONLINE,
        # of whoever is owned by somebody (Mass. Gen. Laws ch. 93H s. 3(b))
        "ENTITY_PARENT": organisation is None or organisation.parent is not None,
        "THIRD_PARTY_ID": facts.confidentiality.value is not Confidentiality.NOT_LOST,
        "DELAY_REASON": late,
        "FOLLOWUP_PROMISE": facts.leak_is_open,
    }
    return asked_with(code, rule, kinds) and holds.get(code, True)


def content_findings(
    cohort: Cohort,
    rules: Mapping[str, NoticeRule],
    incident: IncidentFile,
    *,
    holds: Collection[str],
    pending: Collection[str],
    organisation: Organisation | None = None,
    late: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return what the text of a cohort lacks or holds against its regimes.

    `rules` is what each regime asks of notices; `holds` the content codes for which the text has
    words, `pending` those of which it says that they are not known yet. `late` are the regimes
    whose term for telling people has passed.
    """
    months = monitoring_months(cohort.regimes, rules)
    lacking = (
        lacks(code, regime, rule.cite, waits=code in pending, months=months)
        for regime in cohort.regimes
        if (rule := rules.get(regime)) is not None
        for code in rule.content
        if code not in holds
        and is_asked(
            code, cohort.kinds, incident, rule, organisation=organisation, late=regime in late
        )
    )
    held = (
        Finding(
            rule=f"{regime} NO_{told}",
            text=f"The notice holds {told}, which {rules[regime].cite} forbids.",
            fix=f"leave it out for people under {regime}",
        )
        for told in sorted(holds)
        for regime in forbidden_to(cohort.regimes, rules, told)
    )
    return (*lacking, *held)


def lacks(code: str, regime: str, cite: str, *, waits: bool, months: int | None = None) -> Finding:
    """Return that a text lacks a content code, or tells it in part where it `waits`."""
    fix = _FIXES.get(code, "this text has no place for it: ask for another form of notice")
    asked_for = "" if months is None else f" with months: {months} or more"
    # Whether somebody has a number without charge only they know (Md. Com. Law 14-3504(g)).
    mild = waits or code == "TOLL_FREE"
    return Finding(
        rule=f"{regime} {code}",
        severity=FindingSeverity.WARN if mild else FindingSeverity.BLOCK,
        text=f"The notice tells {code} in part, or as not settled yet ({cite})."
        if waits
        else f"The notice lacks {code}, which {cite} asks for.",
        fix=fix.replace("{months}", asked_for),
    )


def conflict_findings(cohort: Cohort, rules: Mapping[str, NoticeRule]) -> tuple[Finding, ...]:
    """Return where the regimes of a cohort contradict each other, or ask for what has no place."""
    asked = {name: rules[name] for name in cohort.regimes if name in rules}
    return (*_contradictions(asked), *_formats(asked))


def _contradictions(asked: Mapping[str, NoticeRule]) -> Iterator[Finding]:
    for one, other in ((a, b) for a in asked for b in asked if a != b):
        for code in asked[one].forbidden:
            told = code.removeprefix("NO_")
            if told in asked[other].content and other not in asked[one].yields_to:
                yield Finding(
                    rule=f"{one} {code}",
                    text=f"{asked[other].cite} ({other}) asks for {told}, and {asked[one].cite} "
                    f"({one}) forbids it.",
                    fix="which of the two applies to these people? Ask counsel, then set the other "
                    "aside in their residences, or write yields_to in a regime file of your own",
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
