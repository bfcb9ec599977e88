"""Which rounds of an incident still owe the first notice, and whom a round that follows seeks."""

from collections.abc import Sequence

from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.sought import EarlierPerson
from tocsin.schemas.views import RoundView


def first_notices(rounds: Sequence[RoundView]) -> tuple[RoundView, ...]:
    """Return the rounds that told people for the first time, or will; oldest first.

    A replacement takes everybody over from those before it, of which nothing has left.
    """
    found: list[RoundView] = []
    for view in rounds:
        kind = RoundKind(view.kind)
        if kind is RoundKind.REPLACEMENT:
            found.clear()
        if kind.is_first_notice:
            found.append(view)
    return tuple(found)


def taken_over(rounds: Sequence[RoundView]) -> frozenset[str]:
    """Return the rounds whose open people stand in a later round as well, and are open there."""
    return frozenset(name for view in rounds for name in view.takes_over)


def rounds_that_owe(rounds: Sequence[RoundView]) -> tuple[RoundView, ...]:
    """Return the rounds by which it is known whether everybody is told; oldest first."""
    others = taken_over(rounds)
    return tuple(view for view in first_notices(rounds) if view.id not in others)


def sought_roles(kind: RoundKind, person: EarlierPerson, *, takes_over: bool) -> str | None:
    """Return in which roles somebody of an earlier round is sought, joined by a space.

    None: they are not sought at all. A delta seeks everybody, to leave them alone: with no role,
    but for those in which they are open in a round that it takes over.
    """
    if kind is RoundKind.DELTA:
        return person.open if takes_over else ""
    return person.told or None
