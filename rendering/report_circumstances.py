"""What a report says of the circumstances: times, kinds, persons, risk, others who know."""

from tocsin.rendering.instants import date_words, instant_words, period_words
from tocsin.rendering.locales import Messages
from tocsin.rendering.report_organisation import yes_no
from tocsin.rendering.report_words import (
    Said,
    Value,
    determining,
    joined,
    localized,
    of_fact,
    of_many,
    of_one,
    tagged,
)
from tocsin.rendering.residences import EEA
from tocsin.schemas.circumstances import Consequence, IncidentKind, Told
from tocsin.schemas.fact import Fact, FactState, Instant, Precision
from tocsin.schemas.incident_facts import Availability, Confidentiality, Integrity
from tocsin.schemas.report import ReportContext

_ATTACKS = frozenset(
    {
        IncidentKind.RANSOMWARE,
        IncidentKind.HACKING_OR_MALWARE,
        IncidentKind.PHISHING,
        IncidentKind.VULNERABILITY_EXPLOITED,
    }
)
_NO_ATTACKS = frozenset(
    {
        IncidentKind.DEVICE_LOST_OR_STOLEN,
        IncidentKind.E_WASTE,
        IncidentKind.PAPER_DISPOSAL,
        IncidentKind.PAPER_LOST_OR_STOLEN,
        IncidentKind.MISDELIVERED_MAIL,
        IncidentKind.SENT_BY_MISTAKE,
        IncidentKind.OPEN_DISTRIBUTION_LIST,
        IncidentKind.SPOKEN_DISCLOSURE,
    }
)
_CONFIDENTIALITY = (Consequence.DISCLOSED_BEYOND, Consequence.LINKABLE, Consequence.MISUSED)
_INTEGRITY = (Consequence.INVALID_DATA_USED, Consequence.ALTERED_DATA_USED)
_AVAILABILITY = (Consequence.NO_ACCESS, Consequence.DISRUPTED_SERVICE)


def text_of(name: str) -> Said:
    """Return what says a free text of the circumstances."""

    def say(context: ReportContext, t: Messages) -> Value:
        fact: Fact[dict[str, str]] = getattr(context.incident.circumstances, name)
        return localized(fact, f"circumstances.{name}", t)

    return say


def moment(fact: Fact[Instant], path: str, t: Messages) -> Value:
    """Return an instant in words, and as RFC 3339."""
    said = of_fact(fact, path, t, lambda at: instant_words(at, t))
    return tagged(said, raw=fact.value.at.isoformat(timespec="seconds") if fact.value else None)


def when(context: ReportContext, t: Messages) -> Value:
    """Return whether it happened on a day, in a span, or goes on."""
    facts = context.incident.facts
    started, ended = facts.started, facts.ended
    if started.value is None:
        return of_fact(started, "facts.started", t, lambda _: "")
    if ended.value is None:
        if ended.state is FactState.BEING_DETERMINED:
            return determining(t, "facts.ended")
        said = "ongoing" if ended.state is FactState.NOT_APPLICABLE else "day"
    else:
        said = "day" if started.value.at.date() == ended.value.at.date() else "span"
    public = {"may_publish": True}
    words = period_words(started.model_copy(update=public), ended.model_copy(update=public), t)
    return tagged(Value(words or "", _less_sure(started.state, ended.state)), said)


def estimated(context: ReportContext, t: Messages) -> Value:
    """Return whether the dates are estimates alone."""
    facts = context.incident.facts
    states = {facts.started.state, facts.ended.state}
    rough = any(
        fact.value is not None and fact.value.precision is not Precision.MINUTE
        for fact in (facts.started, facts.ended)
    )
    return yes_no(t, said=rough or FactState.ESTIMATED in states)


def started(context: ReportContext, t: Messages) -> Value:
    """Return when it began."""
    return moment(context.incident.facts.started, "facts.started", t)


def ended(context: ReportContext, t: Messages) -> Value:
    """Return when it ended; one that happened at one time ended when it began."""
    facts = context.incident.facts
    alone = facts.ended.value is None and facts.ended.state is not FactState.BEING_DETERMINED
    return moment(facts.started if alone else facts.ended, "facts.ended", t)


def aware(context: ReportContext, t: Messages) -> Value:
    """Return when the organisation became aware."""
    return moment(context.incident.facts.aware, "facts.aware", t)


def breach_dates(context: ReportContext, t: Messages) -> Value:
    """Return first and last day of the incident."""
    return joined([started(context, t), ended(context, t)], t, missing="facts.started")


def discovery_dates(context: ReportContext, t: Messages) -> Value:
    """Return first and last day of the discovery: found, and known to be a breach."""
    facts = context.incident.facts
    found = [moment(facts.detected, "facts.detected", t), moment(facts.aware, "facts.aware", t)]
    return joined(found, t, missing="facts.aware")


def duration(context: ReportContext, t: Messages) -> Value:
    """Return how long it lasted: days, hours and minutes, as `003:04:30`."""
    facts = context.incident.facts
    began, over = facts.started.value, facts.ended.value
    if began is None:
        return of_fact(facts.started, "facts.started", t, lambda _: "")
    if over is None:
        return of_fact(facts.ended, "facts.ended", t, lambda _: "")
    minutes = max(0, int((over.at - began.at).total_seconds())) // 60
    days, rest = divmod(minutes, 24 * 60)
    rough = {began.precision, over.precision} != {Precision.MINUTE}
    state = FactState.ESTIMATED if rough else _less_sure(facts.started.state, facts.ended.state)
    return Value(f"{days:03}:{rest // 60:02}:{rest % 60:02}", state)


def at(section: str, name: str) -> Said:
    """Return what says an instant of the facts or of the circumstances."""

    def say(context: ReportContext, t: Messages) -> Value:
        fact: Fact[Instant] = getattr(getattr(context.incident, section), name)
        return moment(fact, f"{section}.{name}", t)

    return say


def told_by_other(context: ReportContext, t: Messages) -> Value:
    """Return when another party told the organisation."""
    fact = context.incident.circumstances.told_by_other_on
    said = of_fact(fact, "circumstances.told_by_other_on", t, lambda day: date_words(day, t))
    return tagged(said, raw=fact.value.isoformat() if fact.value else None)


def cia(context: ReportContext, t: Messages) -> Value:
    """Return what was lost: confidentiality, integrity, availability."""
    facts = context.incident.facts
    values: dict[str, tuple[str | None, str]] = {
        "confidentiality": (facts.confidentiality.value, Confidentiality.NOT_LOST),
        "integrity": (facts.integrity.value, Integrity.NOT_LOST),
        "availability": (facts.availability.value, Availability.NOT_LOST),
    }
    lost = [n for n, (value, kept) in values.items() if value not in {None, kept}]
    if not lost:
        open_ = next((n for n, (value, _) in values.items() if value is None), "confidentiality")
        return determining(t, f"facts.{open_}")
    return tagged(Value(t.listed([t(f"report.lost.{name}") for name in lost])), *lost)


def integrity(context: ReportContext, t: Messages) -> Value:
    """Return whether changes can be undone."""
    return of_one(context.incident.facts.integrity, "facts.integrity", t)


def availability(context: ReportContext, t: Messages) -> Value:
    """Return whether the data can be used again."""
    return of_one(context.incident.facts.availability, "facts.availability", t)


def protected(context: ReportContext, t: Messages) -> Value:
    """Return whether the data is unreadable to whoever has it."""
    return _flag(context.incident.facts.unintelligible, "facts.unintelligible", t)


def critical(context: ReportContext, t: Messages) -> Value:
    """Return whether a system of critical infrastructure is concerned."""
    return _flag(context.incident.facts.critical_infrastructure, "facts.critical_infrastructure", t)


def programme(context: ReportContext, t: Messages) -> Value:
    """Return whether a written security programme was maintained."""
    fact = context.incident.circumstances.security_programme
    return _flag(fact, "circumstances.security_programme", t)


def actor(context: ReportContext, t: Messages) -> Value:
    """Return who or what brought it about."""
    return of_one(context.incident.facts.cause, "facts.cause", t)


def found_by(context: ReportContext, t: Messages) -> Value:
    """Return who found it."""
    return of_one(context.incident.circumstances.found_by, "circumstances.found_by", t)


def kind(context: ReportContext, t: Messages) -> Value:
    """Return what kind of incident it is."""
    return of_one(context.incident.circumstances.kind, "circumstances.kind", t)


def cyber(context: ReportContext, t: Messages) -> Value:
    """Return whether it was a cyber incident: as a person says, else where its kind shows it."""
    circumstances = context.incident.circumstances
    if circumstances.cyber.value is not None:
        return yes_no(t, said=circumstances.cyber.value)
    if circumstances.cyber.state is not FactState.BEING_DETERMINED:
        return of_fact(circumstances.cyber, "circumstances.cyber", t, str)
    kind = circumstances.kind.value
    if kind in _ATTACKS or kind in _NO_ATTACKS:
        return yes_no(t, said=kind in _ATTACKS)
    return determining(t, "circumstances.cyber")


def criteria(context: ReportContext, t: Messages) -> Value:
    """Return why it is major for a financial entity."""
    fact = context.incident.circumstances.major_criteria
    return of_many(fact, "circumstances.major_criteria", t)


def exfiltration(context: ReportContext, t: Messages) -> Value:
    """Return whether data left."""
    return of_one(context.incident.circumstances.exfiltration, "circumstances.exfiltration", t)


def media(context: ReportContext, t: Messages) -> Value:
    """Return where the data lay."""
    return of_many(context.incident.circumstances.media, "circumstances.media", t)


def grade(context: ReportContext, t: Messages) -> Value:
    """Return the grade by China's guide; one that numbers alone show is an estimate."""
    found = context.grade
    if found is None:
        return determining(t, "facts.network_grade")
    state = FactState.KNOWN if context.grade_settled else FactState.ESTIMATED
    return Value(found.value, state, tags=(found.value,))


def system_basics(context: ReportContext, t: Messages) -> Value:
    """Return which systems are concerned, and what they are."""
    facts = context.incident.facts
    named = of_fact(facts.systems, "facts.systems", t, t.listed)
    described = text_of("system_basics")(context, t)
    return joined([named, described], t, missing="circumstances.system_basics")


def persons_kinds(context: ReportContext, t: Messages) -> Value:
    """Return whose data it is."""
    fact = context.incident.circumstances.person_categories
    said = of_many(fact, "circumstances.person_categories", t)
    names = [t(f"report.persons_are.{category.value}") for category in fact.value or ()]
    return Value(t.listed(names), said.state, tags=said.tags) if names else said


def persons_text(context: ReportContext, t: Messages) -> Value:
    """Return whose data it is, in words; the categories alone where nothing more is written."""
    told = text_of("persons_described")(context, t)
    return told if told.state is FactState.KNOWN else persons_kinds(context, t)


def before(context: ReportContext, t: Messages) -> Value:
    """Return the measures that were in place."""
    return of_many(context.incident.circumstances.safeguards, "circumstances.safeguards", t)


def prevention(context: ReportContext, t: Messages) -> Value:
    """Return the measures against repetition."""
    fact = context.incident.circumstances.prevention
    return of_many(fact, "circumstances.prevention", t)


def impacts(context: ReportContext, t: Messages) -> Value:
    """Return what may come of it for people."""
    return of_many(context.incident.circumstances.impacts, "circumstances.impacts", t)


def of_confidentiality(context: ReportContext, t: Messages) -> Value:
    """Return the likely consequences of data that others have."""
    return _consequences(context, t, _CONFIDENTIALITY)


def of_integrity(context: ReportContext, t: Messages) -> Value:
    """Return the likely consequences of data that was changed."""
    return _consequences(context, t, _INTEGRITY)


def of_availability(context: ReportContext, t: Messages) -> Value:
    """Return the likely consequences of data that cannot be used."""
    return _consequences(context, t, _AVAILABILITY)


def _consequences(context: ReportContext, t: Messages, of: tuple[Consequence, ...]) -> Value:
    fact = context.incident.circumstances.consequences
    if fact.value is None:
        return of_fact(fact, "circumstances.consequences", t, str)
    found = [c.value for c in fact.value if c in of] or ["other"]
    return Value(", ".join(found), fact.state, tags=tuple(found))


def risk(context: ReportContext, t: Messages) -> Value:
    """Return what the risk assessment came to."""
    return of_one(context.incident.circumstances.risk, "circumstances.risk", t)


def grounds(context: ReportContext, t: Messages) -> Value:
    """Return on which grounds the law wants it reported."""
    return of_many(context.incident.circumstances.grounds, "circumstances.grounds", t)


def bureaus(context: ReportContext, t: Messages) -> Value:
    """Return whether credit bureaus know."""
    return _whether(
        context.incident.circumstances.credit_bureaus, "circumstances.credit_bureaus", t
    )


def police(context: ReportContext, t: Messages) -> Value:
    """Return whether the police know."""
    return _whether(context.incident.circumstances.police, "circumstances.police", t)


def authorities(context: ReportContext, t: Messages) -> Value:
    """Return whether other authorities know."""
    fact = context.incident.circumstances.other_authorities
    return _whether(fact, "circumstances.other_authorities", t)


def others_told(context: ReportContext, t: Messages) -> Value:
    """Return which police and authorities know, since when, under which reference."""
    circumstances = context.incident.circumstances
    known = [
        *(circumstances.police.value or ()),
        *(circumstances.other_authorities.value or ()),
    ]
    if not known:
        return _nobody_told(context, t)
    lines = [
        t.listed([p for p in (o.authority, date_words(o.on, t) if o.on else "", o.reference) if p])
        for o in known
    ]
    return tagged(Value("\n".join(lines)), "yes")


def _nobody_told(context: ReportContext, t: Messages) -> Value:
    """Return that nobody else knows, once that was written of the police and of all others."""
    circumstances = context.incident.circumstances
    for name in ("other_authorities", "police"):
        fact: Fact[tuple[Told, ...]] = getattr(circumstances, name)
        if fact.value is None:
            return of_fact(fact, f"circumstances.{name}", t, lambda _: "")
    return yes_no(t, said=False)


def cross_border(context: ReportContext, t: Messages) -> Value:
    """Return whether the processing crosses borders inside the EEA; outside it never does."""
    if context.organisation.country not in EEA:
        return yes_no(t, said=False)
    fact = context.incident.circumstances.cross_border
    if fact.value is None:
        return of_fact(fact, "circumstances.cross_border", t, str)
    return yes_no(t, said=fact.value)


def outside_eea(context: ReportContext, t: Messages) -> Value:
    """Return whether the controller is established outside the EEA."""
    return yes_no(t, said=context.organisation.country not in EEA)


def lead(context: ReportContext, t: Messages) -> Value:
    """Return the lead authority."""
    fact = context.incident.circumstances.lead_authority
    return of_fact(fact, "circumstances.lead_authority", t, str)


def establishments(context: ReportContext, t: Messages) -> Value:
    """Return where in the EEA the controller has establishments."""
    fact = context.incident.circumstances.establishments
    return of_fact(fact, "circumstances.establishments", t, t.listed)


def _whether(fact: Fact[tuple[Told, ...]], path: str, t: Messages) -> Value:
    if fact.value is None:
        return of_fact(fact, path, t, lambda _: "")
    return yes_no(t, said=bool(fact.value))


def _flag(fact: Fact[bool], path: str, t: Messages) -> Value:
    return of_fact(fact, path, t, str) if fact.value is None else yes_no(t, said=fact.value)


def _less_sure(*states: FactState) -> FactState:
    return FactState.ESTIMATED if FactState.ESTIMATED in states else FactState.KNOWN
