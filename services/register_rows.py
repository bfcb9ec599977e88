"""The register as a table: one row per incident and duty, under columns that stay as they are."""

from collections.abc import Iterator
from datetime import date, datetime

from tocsin.schemas.register import (
    Decision,
    Moment,
    Register,
    RegisterDuty,
    RegisterEntry,
    RegisterRegime,
)
from tocsin.schemas.spreadsheets import guarded, lines_of

INCIDENT = (
    *("incident", "title", "organisation", "state", "drill", "revision", "year", "opened_at"),
    *("aware_at", "aware_known", "detected_at", "detected_known"),
    *("started_at", "started_known", "ended_at", "ended_known", "over_at", "over_reason"),
    *("confidentiality", "integrity", "availability", "cause", "data_kinds"),
    *("persons_stated", "persons_known", "persons_counted", "severity", "band"),
    *("what_happened", "effects", "effects_described", "what_was_done", "measures"),
)
REGIME = ("regime", "register_cite", "regime_persons", "keep_until")
DUTY = (
    *("duty", "addressee", "phase", "to", "owed", "reason", "cite", "rule", "law"),
    *("unverified", "missing"),
    *("due_at", "due_set_by", "due_source", "held_until", "held_by"),
    *("met", "met_at", "first_notice_at"),
    *("reference", "received_at", "evidence", "late_reason"),
)
DECISION = (
    *("decision", "decision_artefact", "approved_by", "approved_at"),
    *("reviewed_by", "reviewed_at", "review_reason", "review_on"),
)
COLUMNS = (*INCIDENT, *REGIME, *DUTY, *DECISION)
"""The header: new columns come at the end."""
_BETWEEN = "; "


def as_csv(register: Register) -> bytes:
    """Return the register in UTF-8 (RFC 4180); no cell of it can act as a formula."""
    return lines_of((COLUMNS, *([guarded(cell) for cell in row] for row in rows(register))))


def rows(register: Register) -> Iterator[tuple[str, ...]]:
    """Yield a row for each duty of each incident, and one for an incident that has none yet."""
    for entry in register.incidents:
        incident = _incident(entry)
        if not entry.regimes:
            yield (*incident, *("",) * (len(COLUMNS) - len(incident)))
        for regime in entry.regimes:
            for duty in regime.duties:
                yield (*incident, *_regime(regime), *_duty(duty), *_decision(duty.decision))


def _incident(entry: RegisterEntry) -> tuple[str, ...]:
    counted = entry.persons_counted
    times = (entry.aware, entry.detected, entry.started, entry.ended)
    return (
        *(entry.incident, entry.title, entry.organisation, entry.state, _flag(entry.drill)),
        *(str(entry.revision), str(entry.year), _time(entry.opened_at)),
        *(cell for moment in times for cell in _moment(moment)),
        *(_time(entry.over_at), entry.over_reason),
        *(entry.confidentiality, entry.integrity, entry.availability, entry.cause),
        _BETWEEN.join(entry.data_kinds),
        *(entry.persons_stated.text, entry.persons_known.value),
        "" if counted is None else str(counted),
        *("" if entry.severity is None else f"{entry.severity:.2f}", entry.band or ""),
        *(entry.what_happened, _BETWEEN.join(entry.effects), entry.effects_described),
        entry.what_was_done,
        _BETWEEN.join(
            f"{m.what} ({m.status}{f', {m.on}' if m.on else ''})" for m in entry.measures
        ),
    )


def _regime(regime: RegisterRegime) -> tuple[str, ...]:
    return (regime.id, regime.register_cite, regime.persons.text, _time(regime.keep_until))


def _duty(duty: RegisterDuty) -> tuple[str, ...]:
    return (
        *(duty.id, duty.addressee.value, duty.phase or "", duty.to, duty.owed.value),
        *(
            duty.reason,
            duty.cite,
            duty.rule,
            duty.law,
            duty.unverified,
            _BETWEEN.join(duty.missing),
        ),
        *(_time(duty.due_at), duty.due_set_by or "", duty.due_source),
        *(_time(duty.held_until), duty.held_by),
        *(_flag(duty.met), _time(duty.met_at), _time(duty.first_notice_at)),
        *(duty.reference, _time(duty.received_at), duty.evidence, duty.late_reason),
    )


def _decision(decision: Decision | None) -> tuple[str, ...]:
    if decision is None:
        return ("",) * len(DECISION)
    return (
        *(decision.state.value, decision.artefact),
        *(decision.approved_by, _time(decision.approved_at)),
        *(decision.reviewed_by, _time(decision.reviewed_at), decision.review_reason),
        _time(decision.review_on),
    )


def _moment(moment: Moment) -> tuple[str, str]:
    known = moment.state.value
    if moment.precision is not None and moment.precision.value != "minute":
        known = f"{known}, to the {moment.precision.value}"
    return _time(moment.at), known


def _time(at: datetime | date | None) -> str:
    """Return RFC 3339: an instant with its own offset, or a day."""
    return "" if at is None else at.isoformat().replace("+00:00", "Z")


def _flag(value: bool) -> str:
    return "yes" if value else "no"
