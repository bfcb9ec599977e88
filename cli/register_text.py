"""The register as people read it: a block for each incident, a few lines for each duty."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from tocsin.cli.showing import heading, line
from tocsin.schemas.register import (
    Decision,
    DecisionState,
    Moment,
    Owed,
    Register,
    RegisterDuty,
    RegisterEntry,
)

_MARKS = {Owed.REQUIRED: "owed", Owed.NOT_REQUIRED: "not owed", Owed.UNDECIDED: "undecided"}
_DECISIONS = {
    DecisionState.WAITING: "not approved yet: {0}",
    DecisionState.MISSING: "no decision is on record yet",
    DecisionState.NOT_NEEDED: "",
}


def parts(made: Register) -> list[RenderableType]:
    """Return the register, or the log of a year, as text."""
    zone = ZoneInfo(made.zone)
    found: list[RenderableType] = []
    if made.annual:
        found.append(heading(f"{made.regime}: the log of {made.year}"))
    for entry in made.incidents:
        found += _logged(entry, zone) if made.annual else _entry(entry, zone)
    count = len(made.incidents)
    named = {0: "No incident", 1: "1 incident"}.get(count, f"{count:,} incidents")
    left_out = "" if made.drills or made.annual else "; drills are left out"
    found.append(heading(f"{named}{_asked_for(made)}{left_out}."))
    return found


def _asked_for(made: Register) -> str:
    of = f" under {made.regime}" if made.regime else ""
    return f"{of} in {made.year}" if made.year else of


def _entry(entry: RegisterEntry, zone: ZoneInfo) -> list[RenderableType]:
    drill = "drill, " if entry.drill else ""
    until = f" {_at(entry.over_at, zone)}: {entry.over_reason}" if entry.over_at else ""
    made: list[RenderableType] = [
        heading(f"{entry.incident}  {entry.title}"),
        line(f"  {drill}", entry.state, until),
        line(f"  known since {_moment(entry.aware, zone)}; happened {_happened(entry, zone)}"),
        line(
            f"  confidentiality {_word(entry.confidentiality)}, integrity {_word(entry.integrity)},"
            f" availability {_word(entry.availability)}"
        ),
        line(f"  data: {', '.join(map(_word, entry.data_kinds))}"),
        line(f"  people: {_people(entry)}; severity: {_severity(entry)}"),
    ]
    for regime in entry.regimes:
        keep = f", keep until {regime.keep_until}" if regime.keep_until else ""
        asks = f", register by {regime.register_cite}" if regime.register_cite else ""
        made.append(line(f"  {regime.id}: {regime.persons.text} people{asks}{keep}"))
        for duty in regime.duties:
            made += _duty(duty, zone)
    if not entry.regimes:
        made.append(line("  not judged yet, or no regime protects anybody concerned"))
    return made


def _duty(duty: RegisterDuty, zone: ZoneInfo) -> Sequence[RenderableType]:
    due = f", due {_at(duty.due_at, zone)}" if duty.due_at else ""
    made = [
        line("    ", _MARKS[duty.owed], f"  {duty.id}{due}"),
        line(f"      {duty.reason} ({duty.cite}; {duty.rule})"),
    ]
    if duty.owed is not Owed.NOT_REQUIRED:
        made.append(line(f"      {_met(duty, zone)}"))
    if duty.unverified:
        made.append(line(f"      unverified rule: {duty.unverified}"))
    if duty.held_until:
        made.append(line(f"      waits until {_at(duty.held_until, zone)}: {duty.held_by}"))
    if duty.late_reason:
        made.append(line(f"      why it is late: {duty.late_reason}"))
    said = _decision(duty.decision, zone) if duty.decision else ""
    return [*made, line(f"      {said}")] if said else made


def _met(duty: RegisterDuty, zone: ZoneInfo) -> str:
    said = ["met" if duty.met else "not met"]
    if duty.met_at:
        said[0] += f" {_at(duty.met_at, zone)}"
    if duty.first_notice_at:
        said.append(f"first notice {_at(duty.first_notice_at, zone)}")
    if duty.reference:
        said.append(f"received {_at(duty.received_at, zone)} as {duty.reference}")
    if duty.evidence:
        said.append(duty.evidence)
    return ", ".join(said)


def _decision(decision: Decision, zone: ZoneInfo) -> str:
    said = _DECISIONS.get(decision.state)
    if said is not None:
        return said.format(decision.artefact)
    text = f"approved by {decision.approved_by} {_at(decision.approved_at, zone)}"
    if decision.reviewed_at:
        text += f", reviewed by {decision.reviewed_by} {_at(decision.reviewed_at, zone)}"
        text += f" ({decision.review_reason})"
    if decision.state is DecisionState.OUTDATED:
        return f"{text}; judged anew since"
    return f"{text}; look at it again on {decision.review_on}"


def _logged(entry: RegisterEntry, zone: ZoneInfo) -> list[RenderableType]:
    ((regime, (duty,)),) = ((each, each.duties) for each in entry.regimes)
    filed = "filed" if duty.met else "not filed"
    known = _moment(entry.aware, zone)
    return [
        line(f"  {entry.incident}  {entry.title}, {entry.state}"),
        line(f"      {regime.persons.text} people, known since {known}"),
        line(f"      {_MARKS[duty.owed]}, due {_at(duty.due_at, zone)}, {filed}{_ref(duty, zone)}"),
    ]


def _ref(duty: RegisterDuty, zone: ZoneInfo) -> str:
    at = f" {_at(duty.met_at, zone)}" if duty.met_at else ""
    return f"{at}, {duty.reference}" if duty.reference else at


def _people(entry: RegisterEntry) -> str:
    said = f"{entry.persons_stated.text} ({_word(entry.persons_known.value)})"
    if entry.persons_counted is None:
        return said
    counted = f"{entry.persons_counted:,} counted"
    return counted if entry.persons_stated.text == "unknown" else f"{counted}, {said} stated"


def _severity(entry: RegisterEntry) -> str:
    if entry.severity is None or entry.band is None:
        return "not judged yet"
    return f"{entry.severity:.2f}, {_word(entry.band.value)}"


def _happened(entry: RegisterEntry, zone: ZoneInfo) -> str:
    if entry.ended.at is None:
        return _moment(entry.started, zone)
    return f"{_moment(entry.started, zone)} to {_moment(entry.ended, zone)}"


def _moment(moment: Moment, zone: ZoneInfo) -> str:
    if moment.at is None:
        return _word(moment.state.value)
    known = "" if moment.state.value == "known" else f" ({_word(moment.state.value)})"
    if moment.precision in {"day", "month"}:
        form = "%Y-%m" if moment.precision == "month" else "%Y-%m-%d"
        return f"{moment.at.strftime(form)}{known}"
    return f"{_at(moment.at, zone)}{known}"


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _word(word: str) -> str:
    return word.replace("_", " ")
