"""Gives a duty its clock: what starts it, when it ends, and whether law or policy says so."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from tocsin.rules.clocks import due_at, earliest, in_zone, year_end
from tocsin.rules.conditions import Verdict, evaluate
from tocsin.rules.facts import FactValue
from tocsin.rules.working_days import IsWorkingDay, working_days_of
from tocsin.schemas.duty import Addressee, DueNature, Duty
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.regime import CLOCK_STARTS, Deadline, OtherDeadline, Unit

_AWARE = "aware"
_TOLD, _YEAR_END = CLOCK_STARTS


@dataclass(frozen=True, slots=True)
class Timing:
    """What the clocks of one incident go by."""

    recorded: IncidentFacts
    facts: Mapping[str, FactValue]
    _: KW_ONLY
    targets: Mapping[str, int]
    """The operator's own hours, by addressee, or addressee and phase; a regime may stand before."""
    raised_at: datetime | None
    told_at: datetime | None = None
    """When the first notice left to an individual of the regime; None before."""
    zone: tzinfo | None = None
    """Where the organisation is at home: bare offsets of that zone are read in it."""
    holidays: str = ""
    """Whose holidays count where business days are counted (ISO 3166)."""

    def works(self, unit: Unit | None) -> IsWorkingDay | None:
        """Return which days are working days, where a deadline counts them."""
        return working_days_of(self.holidays) if unit is Unit.BUSINESS_DAYS else None

    def recorded_moment(self, name: str) -> datetime | None:
        """Return the earliest moment that a recorded instant can mean; None if not recorded."""
        if name in CLOCK_STARTS:
            return None
        instant = getattr(self.recorded, name).value
        return None if instant is None else in_zone(earliest(instant), self.zone)

    @property
    def aware(self) -> datetime | None:
        """When the organisation was aware at the latest: detection and raising stand in."""
        recorded = self.recorded_moment(_AWARE) or self.recorded_moment("detected")
        return recorded or self._at_home(self.raised_at)

    def _at_home(self, moment: datetime | None) -> datetime | None:
        """Return a moment that the ledger keeps in UTC by the clock of home."""
        return moment if moment is None or self.zone is None else moment.astimezone(self.zone)

    def start(self, after: str) -> datetime | None:
        """Return when a clock that runs from the fact `after` starts; never before awareness.

        Only awareness has stand-ins: a clock that runs from another fact does not run until that
        fact is recorded, and one that runs from the notices not before the first one left.
        """
        if after == _AWARE:
            return self.aware
        if after == _YEAR_END:
            return year_end(self.aware) if self.aware else None
        if after == _TOLD:
            return self._at_home(self.told_at)
        moment, aware = self.recorded_moment(after), self.aware
        return max(moment, aware) if moment and aware else moment

    def target(self, duty: Duty) -> int | None:
        """Return the operator's own target for a duty in hours; the most particular one."""
        names = [duty.addressee.value]
        if duty.phase:
            names.insert(0, f"{duty.addressee.value}:{duty.phase.value}")
        if duty.addressee is Addressee.PUBLIC:
            names.append(Addressee.INDIVIDUALS.value)
        names = [*(f"{duty.regime}:{name}" for name in names), *names]
        return next((self.targets[name] for name in names if name in self.targets), None)


def with_times(duty: Duty, deadline: Deadline, timing: Timing) -> Duty:
    """Return the duty with its start, its due time and their source; no clock if it is not owed."""
    if duty.required is False:
        return duty
    start = timing.start(deadline.after)
    stricter, unknown = _stricter(deadline, timing)
    missing = [*duty.missing, *unknown, *_not_recorded(deadline.after, timing)]
    if stricter is not None:
        times = _by_law(start, stricter, timing, cite=stricter.cite)
        if unknown:
            times["due_source"] += f"; assumed while {', '.join(unknown)} is not known"
        elif stricter.to:
            times["to"] = stricter.to
    elif deadline.value is not None:
        times = _by_law(start, deadline, timing, cite=duty.cite)
    else:
        times = _by_policy(start, deadline, duty=duty, hours=timing.target(duty))
        if times["due_nature"] is None:
            missing.append(f"targets.{duty.addressee.value}")
    times |= {"starts_at": start, "missing": tuple(dict.fromkeys(missing))}
    return duty.model_copy(update=times)


def _not_recorded(after: str, timing: Timing) -> tuple[str, ...]:
    """Name the fact that a clock runs from, if it is not recorded; the first notice is no fact."""
    fact = _AWARE if after == _YEAR_END else after
    if fact == _TOLD or timing.recorded_moment(fact) is not None:
        return ()
    return (f"facts.{fact}",)


def _stricter(deadline: Deadline, timing: Timing) -> tuple[OtherDeadline | None, tuple[str, ...]]:
    """Return the shortest stricter deadline that is not known to be out, and what is unknown."""
    found: list[tuple[OtherDeadline, Verdict]] = []
    for candidate in deadline.stricter:
        verdict = evaluate(candidate.when, timing.facts)
        if verdict.value is not False:
            found.append((candidate, verdict))
    if not found:
        return None, ()
    anywhen = datetime(2000, 1, 1, tzinfo=UTC)
    shortest, verdict = min(
        found, key=lambda pair: due_at(anywhen, pair[0], works=timing.works(pair[0].unit))
    )
    return shortest, verdict.missing


def _by_law(
    start: datetime | None, deadline: Deadline | OtherDeadline, timing: Timing, *, cite: str
) -> dict[str, Any]:
    works = timing.works(deadline.unit)
    return {
        "due_at": None if start is None else due_at(start, deadline, works=works),
        "due_nature": DueNature.LAW,
        "due_source": f"{deadline.wording} ({cite})",
    }


def _by_policy(
    start: datetime | None, deadline: Deadline, *, duty: Duty, hours: int | None
) -> dict[str, Any]:
    law = f"{deadline.wording} ({duty.cite})"
    if hours is None:
        return {"due_nature": None, "due_source": law}
    return {
        "due_at": None if start is None else start.astimezone(UTC) + timedelta(hours=hours),
        "due_nature": DueNature.POLICY,
        "due_source": f"own target: {hours:,} hours; law: {law}",
    }
