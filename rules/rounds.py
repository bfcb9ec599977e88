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


def rounds_that_owe(rounds: Sequence[RoundView]) -> tuple[RoundView, ...]:
    """Return the rounds by which it is known whether everybody is told; oldest first.

    Of one that was stopped a later delta takes over who is open.
    """
    first = first_notices(rounds)
    return tuple(
        view for n, view in enumerate(first) if view.state != "stopped" or n == len(first) - 1
    )


def sought_roles(kind: RoundKind, person: EarlierPerson, *, stopped: bool) -> str | None:
    """Return in which roles somebody of an earlier round is sought, joined by a space.

    None: they are not sought at all. A delta seeks everybody, to leave them alone: with no role,
    but for those in which they are open in a round that was stopped.
    """
    if kind is RoundKind.DELTA:
        return person.open if stopped else ""
    return person.told or None
