"""When it is looked whether those who could not be told call for an announcement.

These events stand beside the round, not in it: a round that is closed or paused holds back its own.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from tocsin.schemas.commit import Commit
from tocsin.schemas.event import Event, RelookDue, ReplanningDue
from tocsin.schemas.identifiers import child_id, root_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView

_OVER = frozenset({"closed", "stopped"})


class Cases(Protocol):
    """What is looked at."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...


def relook(incident: str, round_id: str, *, due: datetime, look: int = 0) -> Event:
    """Return the n-th regular look at a round; its id depends on nothing else."""
    return Event(
        id=root_id("relook.due", f"{round_id}/{look}"),
        incident=incident,
        payload=RelookDue(round=round_id, look=look),
        due=due,
        weight=0,
    )


def looked_at_once(event: Event, round_id: str) -> Event:
    """Return the look at a round that follows from an event at once."""
    return Event(
        id=child_id(event.id, "replanning.due", 0),
        incident=event.incident,
        payload=ReplanningDue(round=round_id),
        weight=0,
    )


async def look_regularly(
    event: Event, checkpoint: str | None, *, cases: Cases, policy: Policy, now: datetime
) -> AsyncIterator[Commit]:
    """Look now, and again later, as long as the round can change."""
    del checkpoint
    due = event.payload
    assert isinstance(due, RelookDue)  # noqa: S101  # narrows the payload
    if (await cases.round(due.round)).state in _OVER:
        yield Commit(done=True)
        return
    next_one = relook(event.incident, due.round, due=now + policy.replan_every, look=due.look + 1)
    yield Commit(events=[looked_at_once(event, due.round), next_one], done=True)
