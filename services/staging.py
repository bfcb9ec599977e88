"""A staged start: once the first share of a round was told, the rest waits for a person's look."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.rules.staging import figures, starts_staged
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition
from tocsin.schemas.event import BatchDue, Event, StageDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.batching import WHOLE, Stage, batch_events

_LOOK_S = 60.0
_FIRST_LOOK_S = 1.0


class Stages(Protocol):
    """How far the first share of a round is."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def unfinished(self, events: Sequence[str]) -> int:
        """Return how many of some batches are still to be sent, but for those of held lanes."""
        ...

    async def came_to(self, round_id: str) -> Mapping[str, int]:
        """Return how many notices of a round were accepted, refused, and came back (`failed`)."""
        ...


def first_stage(
    event: Event,
    view: RoundView,
    policy: Policy,
    *,
    limits: Limits = UNLIMITED,
    now: datetime | None = None,
) -> tuple[Stage, list[Event]]:
    """Return the stage that goes first and its events: the whole round where it is not staged."""
    held: dict[str, Any] = {"limits": limits, "now": now}
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    percent = policy.staged_percent
    if not starts_staged(view.counts.persons, percent=percent, above=policy.staged_above):
        return WHOLE, batch_events(event, view, policy, **held)
    stage = Stage(percent, first=True)
    events = batch_events(event, view, policy, stage, **held)
    rest = batch_events(event, view, policy, Stage(percent, first=False), **held)
    if not events or not any(isinstance(e.payload, BatchDue) for e in rest):
        return WHOLE, batch_events(event, view, policy, **held)
    return stage, events


def look_at(
    event: Event, view: RoundView, stage: Stage, share: Sequence[Event], *, now: datetime
) -> Event:
    """Return the event that looks at a first share."""
    payload = StageDue(round=view.id, percent=stage.percent, batches=tuple(e.id for e in share))
    return _look(event, payload, due=now + timedelta(seconds=_FIRST_LOOK_S))


def _look(event: Event, payload: StageDue, *, due: datetime) -> Event:
    return Event(
        id=child_id(event.id, "stage.due", payload.look),
        incident=event.incident,
        round=payload.round,
        payload=payload,
        due=due,
        weight=0,
    )


async def look(
    event: Event,
    checkpoint: str | None,
    *,
    stages: Stages,
    policy: Policy,
    now: datetime,
    limits: Limits = UNLIMITED,
) -> AsyncIterator[Commit]:
    """Wait until the first share is told and what comes back came; then pause and queue the rest.

    The rest is queued and the round paused in one Commit: nobody of it leaves before a person
    resumes the round, and nobody is left out of it.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, StageDue)  # noqa: S101  # narrows the payload
    if await stages.unfinished(due.batches):
        again = due.model_copy(update={"look": due.look + 1, "sent": False})
        wait = timedelta(seconds=min(_FIRST_LOOK_S * 2.0**due.look, _LOOK_S))
        yield Commit(events=[_look(event, again, due=now + wait)], done=True)
        return
    if not due.sent and policy.stage_look_minutes:
        again = due.model_copy(update={"look": due.look + 1, "sent": True})
        wait = timedelta(minutes=policy.stage_look_minutes)
        yield Commit(events=[_look(event, again, due=now + wait)], done=True)
        return
    view = await stages.round(due.round)
    came_to = figures(await stages.came_to(view.id), due.percent)
    text = f"{came_to}. {view.id} is paused; once an approver resumes it, the rest is told"
    stage = Stage(due.percent, first=False)
    rest = batch_events(event, view, policy, stage, limits=limits, now=now)
    yield Commit(
        writes=[
            Transition("round", view.id, "paused", "", text, was="sending"),
            Fact(FactKind.ALARM, f"stage:{view.id}", {"text": text}, view.id),
        ],
        events=rest,
        done=True,
    )
