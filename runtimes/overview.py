"""What the ledger says of incidents and rounds, each answer read in one snapshot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection
from tocsin.ledger import principals, reads
from tocsin.ledger.children import children_of, parent_of
from tocsin.ledger.verify import Verification, verify
from tocsin.rules.alarms import lead_times
from tocsin.rules.public_files import fold
from tocsin.rules.rounds import rounds_that_owe
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.artefact import Artefact
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Addressee, ClockState, Duty, Severity, clock_state
from tocsin.schemas.principal import Principal
from tocsin.schemas.public_view import PublicView
from tocsin.schemas.views import AlarmView, DeadEvent, IncidentView, RoundView

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RoundStanding:
    """A round with its equation in people, and what its lanes came to."""

    view: RoundView
    coverage: Coverage
    lanes: Mapping[str, Mapping[str, int]]
    """Lane -> result -> attempts and settlements; empty before the first."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Lane -> notices; empty before people are counted."""
        return self.view.counts.by_lane if self.view.counts else {}

    @property
    def holds(self) -> bool | None:
        """Whether the equation holds; None before people are counted."""
        return None if self.view.in_scope is None else self.coverage.holds

    @property
    def levels(self) -> Mapping[str, int]:
        """How surely the reached were reached: a relay's acceptance alone proves the least."""
        return self.coverage.levels


@dataclass(frozen=True, slots=True)
class IncidentStanding:
    """An incident and its rounds, oldest first."""

    view: IncidentView
    rounds: tuple[RoundStanding, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where everything stands: incidents, alarms, events that gave up."""

    incidents: tuple[IncidentStanding, ...]
    dead: tuple[DeadEvent, ...]
    alarms: tuple[AlarmView, ...]

    @property
    def sound(self) -> bool:
        """Whether every equation holds and nothing gave up."""
        rounds = [round_ for case in self.incidents for round_ in case.rounds]
        return not self.dead and all(round_.holds is not False for round_ in rounds)


@dataclass(frozen=True, slots=True)
class DutyStanding:
    """A duty and how its clock stands; no clock where nothing is owed or no time is set."""

    duty: Duty
    clock: ClockState | None
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything about one incident that its people work with."""

    standing: IncidentStanding
    severity: Severity | None
    duties: tuple[DutyStanding, ...]
    """Undecided ones first, then by due time, those not owed last."""
    artefacts: tuple[Artefact, ...]
    alarms: tuple[AlarmView, ...]
    dead: tuple[DeadEvent, ...]
    public: PublicView
    """What should stand in public of it."""
    parent: str
    """The incident of the processor that it came from; empty: none."""
    children: tuple[IncidentView, ...]
    """The incidents of controllers that came from it, newest first."""


async def incidents(runtime: Runtime) -> tuple[IncidentView, ...]:
    """Return all incidents, newest first."""
    return await runtime.ledger.ask(reads.incidents)


async def incident(runtime: Runtime, incident_id: str) -> IncidentView:
    """Return one incident; NotFound without it."""
    return await runtime.ledger.ask(reads.incident, incident_id)


async def artefacts(runtime: Runtime, incident_id: str) -> tuple[Artefact, ...]:
    """Return an incident's artefacts by name; NotFound without the incident."""
    await incident(runtime, incident_id)
    return await runtime.ledger.ask(reads.artefacts, incident_id)


async def drafted_again_by(runtime: Runtime, incident_id: str, artefact: str) -> str:
    """Return the command line that drafts an artefact anew, with a corrected file."""
    known = await runtime.ledger.ask(reads.artefacts, incident_id)
    theirs = next((a.round for a in known if a.name == artefact), "")
    rounds = await runtime.ledger.ask(reads.rounds, incident_id)
    for view in rounds:
        if view.id == theirs and view.follows:
            return f"tocsin incident follow {incident_id} FILE --kind {view.kind} --reason ..."
    if not theirs and any(r.state in {"sending", "paused", "closed"} for r in rounds):
        return f"tocsin incident amend {incident_id} FILE --reason ..."
    return f"tocsin incident raise FILE --revises {incident_id}"


async def dead_events(runtime: Runtime) -> tuple[DeadEvent, ...]:
    """Return every event that gave up."""
    return await runtime.ledger.ask(reads.dead_events)


async def known_principals(runtime: Runtime) -> tuple[Principal, ...]:
    """Return all principals by name, revoked ones too."""
    return tuple(await runtime.ledger.ask(principals.principals))


async def verified(runtime: Runtime) -> Verification:
    """Recompute every chain and projection, while others may go on writing."""
    return await in_snapshot(runtime, lambda db: verify(db, runtime.ledger.keys))


async def standing(runtime: Runtime, incident_id: str | None = None) -> Standing:
    """Return where one incident stands, or all of them."""

    def look(db: Connection) -> Standing:
        views = reads.incidents(db) if incident_id is None else (reads.incident(db, incident_id),)
        return Standing(
            incidents=tuple(incident_in(db, view) for view in views),
            dead=reads.dead_events(db, incident_id),
            alarms=reads.alarms(db, incident_id),
        )

    return await in_snapshot(runtime, look)


def public_view(db: Connection, incident_id: str) -> PublicView:
    """Return what should stand in public of an incident."""
    history = reads.history(db, incident_id, FactKind.ANNOUNCEMENT)
    return fold((name, body) for _, name, body in history)


async def case_file(runtime: Runtime, incident_id: str) -> CaseFile:
    """Return everything about one incident; NotFound without it."""
    now = runtime.step.clock.now()
    leads = runtime.settings.policy.alarm_before_hours

    def look(db: Connection) -> CaseFile:
        case = incident_in(db, reads.incident(db, incident_id))
        body = reads.fact(db, incident_id, FactKind.SEVERITY, "severity") or {}
        shown = {name: body[name] for name in Severity.model_fields if name in body}
        return CaseFile(
            standing=case,
            severity=Severity.model_validate(shown) if shown else None,
            duties=duty_standings(db, case, now=now, leads=leads),
            artefacts=reads.artefacts(db, incident_id),
            alarms=reads.alarms(db, incident_id),
            dead=reads.dead_events(db, incident_id),
            public=public_view(db, incident_id),
            parent=parent_of(db, case.view),
            children=children_of(db, incident_id),
        )

    return await in_snapshot(runtime, look)


async def in_snapshot(runtime: Runtime, look: Callable[[Connection], T]) -> T:
    """Answer from one read transaction, so that no number is older than another."""

    def work(db: Connection) -> T:
        db.exec_driver_sql("BEGIN")
        try:
            return look(db)
        finally:
            db.exec_driver_sql("ROLLBACK")

    return await runtime.ledger.ask(work)


def incident_in(db: Connection, view: IncidentView) -> IncidentStanding:
    """Return an incident with its rounds, within a snapshot."""
    return IncidentStanding(view, tuple(_round(db, r) for r in reads.rounds(db, view.id)))


def _round(db: Connection, view: RoundView) -> RoundStanding:
    lanes: dict[str, dict[str, int]] = {}
    for row in reads.progress(db, view.id):
        lanes.setdefault(row.lane, {})[row.result] = row.count
    return RoundStanding(view, reads.coverage(db, view.id), lanes)


def duty_standings(
    db: Connection, case: IncidentStanding, *, now: datetime, leads: Sequence[int]
) -> tuple[DutyStanding, ...]:
    """Return an incident's duties with their clocks: undecided ones first, not owed ones last.

    A clock is near from the first of its lead times on (`alarm_before_hours`).
    """
    filed: dict[str, datetime] = {}
    for body in reads.facts(db, case.view.id, FactKind.FILING).values():
        # a follow-up of the same phase meets no clock: the first filing did
        filed.setdefault(body["duty"], datetime.fromisoformat(body["filed_at"]))
    owing = {view.id for view in rounds_that_owe([r.view for r in case.rounds])}
    rounds = [r for r in case.rounds if r.view.id in owing]
    told = bool(rounds) and all(r.holds is not None and not r.coverage.open for r in rounds)
    found = []
    for body in reads.facts(db, case.view.id, FactKind.DUTY).values():
        duty = Duty.model_validate(body["duty"])
        met = filed.get(duty.id)
        if told and duty.addressee not in {Addressee.AUTHORITY, Addressee.OTHER}:
            met = now
        clock = None
        if duty.due_at is not None and duty.required is not False:
            term = None if duty.starts_at is None else duty.due_at - duty.starts_at
            soon_s = max(lead_times(leads, term), default=0) * 3600
            clock = clock_state(duty.due_at, now=now, alarm_before_s=soon_s, met_at=met)
        found.append(DutyStanding(duty, clock, met))
    return tuple(sorted(found, key=_urgency))


def _urgency(standing: DutyStanding) -> tuple[int, float, str]:
    duty = standing.duty
    rank = {None: 0, True: 1, False: 2}[duty.required]
    return rank, duty.due_at.timestamp() if duty.due_at else float("inf"), duty.id
