"""Closing: a round without an open person is over; its raw keys go."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.schemas.commit import Commit, DropRoster, Transition
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Duty, Phase
from tocsin.schemas.event import ClosingDue, Event, ReportDue, RoundEmptied
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.relooking import looked_at_once

_AFTER_IT = timedelta(hours=1)
"""So long after the last thing that may open somebody again it is looked once more."""
_BEFORE_APPROVAL = timedelta(hours=1)
"""How long a round of which nothing was approved yet is left before it is looked at again."""


class Rounds(Protocol):
    """What closing looks at."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def equation(self, round_id: str) -> Coverage:
        """Return a round's equation."""
        ...

    async def waits_longer(self, round_id: str, event_id: str) -> bool:
        """Whether another event than this one waits to close the round later."""
        ...

    async def listens_until(self, round_id: str) -> datetime | None:
        """Return until when something waits that may open people again; None: nothing does."""
        ...


class Leftovers(Protocol):
    """What a round leaves behind outside the ledger."""

    async def forget(self, round_id: str) -> None:
        """Remove it; again does no harm."""
        ...


class Judgement(Protocol):
    """What is owed to authorities."""

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        """Return the newest version of every duty."""
        ...


async def _reports_again(event: Event, view: RoundView, judgement: Judgement) -> list[Event]:
    """Ask for later reports anew: the figures of the disposal are complete now.

    What was filed before is followed by another filing, if it said anything else.
    """
    return [
        Event(
            id=child_id(event.id, "report.due", duty.id),
            incident=event.incident,
            payload=ReportDue(duty=duty.id, revision=view.revision, round=view.id),
        )
        for duty in await judgement.duties(event.incident)
        if duty.phase not in {None, Phase.EARLY, Phase.INTERMEDIATE} and duty.required is not False
    ]


def _closing(event: Event, view: RoundView, due: datetime) -> Event:
    return Event(
        id=child_id(event.id, "closing.due", 0),
        incident=event.incident,
        round=view.id,
        payload=ClosingDue(round=view.id),
        due=due,
    )


async def close_round(
    event: Event,
    checkpoint: str | None,
    *,
    closings: Rounds,
    judgement: Judgement,
    leftovers: Leftovers,
    policy: Policy,
    hears_back: bool,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Close a round whose equation holds with nobody open, once nothing more can come back.

    Bounces come days later, and whom they are about can only be followed while the round is open,
    like those who stay silent: the ledger refuses to close one in which somebody was opened again
    in the same moment.
    """
    del checkpoint
    assert isinstance(event.payload, RoundEmptied | ClosingDue)  # noqa: S101  # narrows it
    view = await closings.round(event.payload.round)
    coverage = await closings.equation(view.id)
    if view.state == "closed":
        await leftovers.forget(view.id)  # whoever closed it may have died before
    if view.state == "closed" or coverage.open or not coverage.holds:
        yield Commit(done=True)
        return
    # Who could not be told may call for an announcement; it is looked while nobody waits for it.
    is_first = isinstance(event.payload, RoundEmptied)
    looked = [looked_at_once(event, view.id)] if is_first and coverage.unreachable else []
    waits: timedelta | None = None
    if isinstance(event.payload, RoundEmptied) and hears_back and policy.evidence_hours:
        waits = timedelta(hours=policy.evidence_hours)
    elif view.state == "frozen":
        waits = _BEFORE_APPROVAL  # all were told by other means; its page may still be approved
    if waits is not None:
        yield Commit(events=[_closing(event, view, now + waits), *looked], done=True)
        return
    if await closings.waits_longer(view.id, event.id):
        yield Commit(done=True)  # somebody was told since: what may come back of it is waited for
        return
    busy_until = await closings.listens_until(view.id)
    if busy_until is not None:
        yield Commit(events=[_closing(event, view, max(busy_until, now) + _AFTER_IT)], done=True)
        return
    yield Commit(
        writes=[
            Transition("round", view.id, "closed", "", "nobody is open", was=view.state),
            DropRoster(view.id),
        ],
        events=[*await _reports_again(event, view, judgement), *looked],
    )
    await leftovers.forget(view.id)
    yield Commit(done=True)
