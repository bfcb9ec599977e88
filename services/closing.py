"""Closing: a round without an open person is over; its raw keys go."""

from collections.abc import AsyncIterator
from typing import Protocol

from tocsin.schemas.commit import Commit, DropRoster, Transition
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.event import Event, RoundEmptied
from tocsin.schemas.views import RoundView


class Rounds(Protocol):
    """What closing looks at."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def equation(self, round_id: str) -> Coverage:
        """Return a round's equation."""
        ...


async def close_round(
    event: Event, checkpoint: str | None, *, closings: Rounds
) -> AsyncIterator[Commit]:
    """Close a round whose equation holds with nobody open."""
    del checkpoint
    assert isinstance(event.payload, RoundEmptied)  # noqa: S101  # narrows the payload
    view = await closings.round(event.payload.round)
    coverage = await closings.equation(view.id)
    if view.state == "closed" or coverage.open or not coverage.holds:
        yield Commit(done=True)
        return
    yield Commit(
        writes=[Transition("round", view.id, "closed", "", "nobody is open"), DropRoster(view.id)],
        done=True,
    )
