"""Every clock that runs, soonest first, and whether anybody watches them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from tocsin.ledger import heartbeats, reads
from tocsin.ledger.heartbeats import WorkerSeen
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.heartbeat import STALE_S
from tocsin.runtimes.overview import IncidentStanding, duty_standings, in_snapshot, incident_in
from tocsin.runtimes.reviews import Review, reviews_over
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import ClockState, Duty
from tocsin.schemas.views import IncidentView
from tocsin.services.clocks import is_over


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A duty that is owed, or may be, and is not met."""

    incident: IncidentView
    duty: Duty
    state: ClockState | None
    """None where no time is set: it has not started, or nobody set a target."""
    left: timedelta | None
    """Until it is due; negative once it is late."""
    reason: str
    """Why it is late, if somebody said so."""

    @property
    def undecided(self) -> bool:
        """Whether it is not known yet whether it is owed."""
        return self.duty.required is None


@dataclass(frozen=True, slots=True)
class Clocks:
    """All clocks, and the workers that should watch them."""

    now: datetime
    running: tuple[RunningClock, ...]
    """With a time: those that are undecided first, then by due time; those without one last."""
    unjudged: tuple[IncidentView, ...]
    """Incidents whose duties no worker has judged yet."""
    workers: Sequence[WorkerSeen]
    reviews: tuple[Review, ...] = ()
    """Decisions not to notify that are to be looked at again by now."""

    @property
    def alive(self) -> bool:
        """Whether a worker works."""
        return any(not each.ended and each.seen_s <= STALE_S for each in self.workers)

    @property
    def last_seen(self) -> datetime | None:
        """When a worker last worked; None if none ever did."""
        if not self.workers:
            return None
        return self.now - timedelta(seconds=min(each.seen_s for each in self.workers))

    def unwatched(self, *, drills: bool) -> bool:
        """Whether clocks run, or may, while no worker is alive."""
        waiting = [*self.running, *self.unjudged] if drills else [*self._real, *self._real_unjudged]
        return bool(waiting) and not self.alive

    def are(self, *states: ClockState, drills: bool) -> bool:
        """Whether a clock is in one of some states; those of drills count only with `drills`."""
        return any(clock.state in states for clock in (self.running if drills else self._real))

    @property
    def _real(self) -> list[RunningClock]:
        return [clock for clock in self.running if not clock.incident.drill]

    @property
    def _real_unjudged(self) -> list[IncidentView]:
        return [view for view in self.unjudged if not view.drill]


async def watched_clocks(runtime: Runtime) -> Clocks:
    """Return every clock of every incident that is not over, read in one snapshot."""
    now = runtime.step.clock.now()
    policy = runtime.settings.policy
    leads = policy.alarm_before_hours

    def look(db: Connection) -> Clocks:
        running: list[RunningClock] = []
        unjudged: list[IncidentView] = []
        reviews: list[Review] = []
        for view in reads.incidents(db):
            if view.state == "withdrawn":
                continue
            found = _of(db, incident_in(db, view), now=now, leads=leads)
            if found is None and view.state == "open":
                unjudged.append(view)
            running += found or ()
            reviews += reviews_over(db, view, policy, now=now)
        return Clocks(
            now,
            tuple(sorted(running, key=_urgency)),
            tuple(unjudged),
            heartbeats.workers(db),
            tuple(sorted(reviews, key=lambda review: review.on)),
        )

    return await in_snapshot(runtime, look)


def _of(
    db: Connection, case: IncidentStanding, *, now: datetime, leads: Sequence[int]
) -> list[RunningClock] | None:
    """Return the clocks of an incident; None where nothing is judged yet."""
    standings = duty_standings(db, case, now=now, leads=leads)
    if not standings:
        return None
    reasons = reads.facts(db, case.view.id, FactKind.LATE)
    return [
        RunningClock(
            incident=case.view,
            duty=standing.duty,
            state=standing.clock,
            left=None if standing.duty.due_at is None else standing.duty.due_at - now,
            reason=reasons.get(standing.duty.id, {}).get("reason", ""),
        )
        for standing in standings
        if standing.duty.required is not False
        and standing.met_at is None
        and not is_over(case.view, standing.duty)
    ]


def _urgency(clock: RunningClock) -> tuple[bool, bool, float, str, str]:
    due_at = clock.duty.due_at
    at = float("inf") if due_at is None else due_at.timestamp()
    return due_at is None, not clock.undecided, at, clock.incident.id, clock.duty.id
