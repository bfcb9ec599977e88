"""Promise P1 in people: in_scope = open + reached + announced + unreachable + excluded."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Level, Reason, Result


class PersonState(StrEnum):
    """Where a person of a round stands."""

    OPEN = "open"
    REACHED = "reached"
    ANNOUNCED = "announced"
    UNREACHABLE = "unreachable"
    EXCLUDED = "excluded"


class Settled(NamedTuple):
    """What settles one obligation; None stands in its place while it is open."""

    result: Result
    reason: Reason
    level: Level = Level.ACCEPTED
    """How surely it was told; only of those that were."""


class Standing(NamedTuple):
    """Where a person stands, and how surely they were reached if they were."""

    state: PersonState
    level: Level = Level.NONE


_STATE = {
    Result.ACCEPTED: PersonState.REACHED,
    Result.COVERED: PersonState.REACHED,
    Result.ANNOUNCED: PersonState.ANNOUNCED,
    Result.UNREACHABLE: PersonState.UNREACHABLE,
    Result.EXCLUDED: PersonState.EXCLUDED,
}
_RANK = {Level.NONE: 0, Level.ACCEPTED: 1, Level.DELIVERED: 2, Level.CONFIRMED: 3}
OPEN = Standing(PersonState.OPEN)


class Settlement(NamedTuple):
    """A settling outcome of an obligation, on one rung."""

    rung: int
    result: Result
    reason: Reason


def fold_obligation(
    settlements: Iterable[Settlement], heard: Mapping[int, Collection[Heard]]
) -> Settled | None:
    """Return what settles an obligation, from its settling outcomes and what was heard per rung.

    A hand-over that was accepted stands until it is heard to have failed, and again once it is
    heard to have arrived after all. Of several that stand, being told precedes everything else,
    and the surest way of it; else the last settlement says why the obligation is not.
    """
    told: Settled | None = None
    other: Settled | None = None
    for rung, result, reason in settlements:
        if _STATE[result] is not PersonState.REACHED:
            other = Settled(result, reason, Level.NONE)
            continue
        said = heard.get(rung, ())
        level = Level.ACCEPTED
        if Heard.CONFIRMED in said:
            level = Level.CONFIRMED
        elif Heard.DELIVERED in said:
            level = Level.DELIVERED
        elif Heard.FAILED in said:
            continue
        if told is None or _RANK[level] > _RANK[told.level]:
            told = Settled(result, reason, level)
    return told or other


def fold_person(obligations: Iterable[Settled | None]) -> Standing:
    """Return where a person stands, from their obligations in order (design section 2, P1).

    Open while one obligation is; reached when all are, as surely as the least sure of them; else
    announced when an announcement stands in for what failed first, or unreachable or excluded as
    the first that failed says.
    """
    first_failure: PersonState | None = None
    level = Level.CONFIRMED
    for settled in obligations:
        if settled is None:
            return OPEN
        state = _STATE[settled.result]
        if state is PersonState.REACHED:
            level = min(level, settled.level, key=_RANK.__getitem__)
        elif first_failure is None:
            first_failure = state
    return Standing(first_failure) if first_failure else Standing(PersonState.REACHED, level)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The equation of one round. `in_scope` comes from the directory, the rest from outcomes."""

    in_scope: int
    open: int = 0
    reached: int = 0
    announced: int = 0
    unreachable: int = 0
    excluded: int = 0
    delivered: int = 0
    """Of those reached, how many are known to have their notice and no more."""
    confirmed: int = 0
    """Of those reached, how many did something that shows it."""

    @property
    def levels(self) -> dict[str, int]:
        """How surely the reached were reached: accepted, delivered, confirmed."""
        sure = {"delivered": self.delivered, "confirmed": self.confirmed}
        return {"accepted": self.reached - sum(sure.values()), **sure}

    @property
    def accounted(self) -> int:
        """Persons on the right side of the equation."""
        return self.open + self.reached + self.announced + self.unreachable + self.excluded

    @property
    def holds(self) -> bool:
        """Whether every person in scope is accounted for."""
        return self.in_scope == self.accounted


def sum_coverage(parts: Iterable[Coverage]) -> Coverage:
    """Return the equation of several rounds that have nobody in common."""
    rows = list(parts)
    return Coverage(**{f.name: sum(getattr(row, f.name) for row in rows) for f in fields(Coverage)})
