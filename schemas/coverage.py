"""Promise P1 in people: in_scope = open + reached + announced + unreachable + excluded."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.outcome import Reason, Result


class PersonState(StrEnum):
    """Where a person of a round stands."""

    OPEN = "open"
    REACHED = "reached"
    ANNOUNCED = "announced"
    UNREACHABLE = "unreachable"
    EXCLUDED = "excluded"


class Settled(NamedTuple):
    """The settling outcome of one obligation, or None in its place while it is open."""

    result: Result
    reason: Reason


_STATE = {
    Result.ACCEPTED: PersonState.REACHED,
    Result.COVERED: PersonState.REACHED,
    Result.ANNOUNCED: PersonState.ANNOUNCED,
    Result.UNREACHABLE: PersonState.UNREACHABLE,
    Result.EXCLUDED: PersonState.EXCLUDED,
}


def fold_person(obligations: Iterable[Settled | None]) -> PersonState:
    """Return the state of a person from their obligations, in order (design section 2, P1).

    Open while one obligation is; reached when all are; else announced when an announcement stands
    in for what failed first, or unreachable or excluded as the first that failed says.
    """
    first_failure: PersonState | None = None
    for settled in obligations:
        if settled is None:
            return PersonState.OPEN
        state = _STATE[settled.result]
        if state is not PersonState.REACHED and first_failure is None:
            first_failure = state
    return first_failure or PersonState.REACHED


@dataclass(frozen=True, slots=True)
class Coverage:
    """The equation of one round. `in_scope` comes from the directory, the rest from outcomes."""

    in_scope: int
    open: int = 0
    reached: int = 0
    announced: int = 0
    unreachable: int = 0
    excluded: int = 0

    @property
    def accounted(self) -> int:
        """Persons on the right side of the equation."""
        return self.open + self.reached + self.announced + self.unreachable + self.excluded

    @property
    def holds(self) -> bool:
        """Whether every person in scope is accounted for."""
        return self.in_scope == self.accounted
