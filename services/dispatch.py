"""Dispatch: check that what was approved is what stands here, then cut the round into batches."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.lanes import channel_of
from tocsin.rules.pacing import batch_size, cut
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition
from tocsin.schemas.event import (
    ArtefactApproved,
    BatchDue,
    DispatchDue,
    Event,
    FilingDue,
    PublicationDue,
    SettlementDue,
    SharingDue,
)
from tocsin.schemas.identifiers import child_id, root_id
from tocsin.schemas.outcome import Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.naming import artefact_name, plan_hash, texts_hash


class Approvals(Protocol):
    """What was put before an approver, and what was approved."""

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        ...


class Standing(Protocol):
    """What stands in the ledger now."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def texts(self, round_id: str) -> Mapping[str, str]:
        """Return a round's texts by name."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def audience_root(self, round_id: str) -> str:
        """Compute the audience root anew from the rows."""
        ...


class Site(Protocol):
    """What is published."""

    async def published(self, incident_id: str, artefact: str) -> bool:
        """Whether an announcement stands."""
        ...


async def on_approved(
    event: Event, checkpoint: str | None, *, approvals: Approvals
) -> AsyncIterator[Commit]:
    """Set in motion what an approved artefact stands for."""
    del checkpoint
    assert isinstance(event.payload, ArtefactApproved)  # noqa: S101  # narrows the payload
    name = event.payload.artefact
    artefact = next(a for a in await approvals.artefacts(event.incident) if a.name == name)
    follow: DispatchDue | PublicationDue | FilingDue
    match artefact.kind:
        case "notice":
            follow = DispatchDue(round=artefact.round)
        case "announcement":
            follow = PublicationDue(round=artefact.round, artefact=name)
        case "report":
            follow = FilingDue(artefact=name)
        case "decision":
            body = {"artefact": name, "decision": artefact.summary}
            yield Commit(writes=[Fact(FactKind.DECISION, name, body)], done=True)
            return
    held = artefact.round if artefact.kind != "report" else ""
    child = Event(
        id=child_id(event.id, follow.type, 0), incident=event.incident, round=held, payload=follow
    )
    yield Commit(events=[child], done=True)


async def changes(
    approval: Approval,
    texts: Mapping[str, str],
    *,
    standing: Standing,
    round_id: str,
    now: datetime,
) -> tuple[str, ...]:
    """Name what is another now than what was approved; nothing, and it may leave."""
    bound = approval.binding
    pairs = {
        "a text": (bound.text_hash, texts_hash(texts)),
        "the plan": (bound.plan_hash, plan_hash(await standing.plan(round_id))),
        "the audience": (bound.audience_root, await standing.audience_root(round_id)),
    }
    changed = tuple(f"{name} changed" for name, (then, here) in pairs.items() if then != here)
    if now > approval.valid_until:
        return (*changed, "the approval has run out")
    return changed


def void(artefact: str, round_id: str, reason: str) -> list[Fact | Transition]:
    """Return the writes that void an approval and alarm about it."""
    text = f"the approval of {artefact} is void: {reason}; nothing was sent under it"
    return [
        Transition("artefact", artefact, ArtefactState.VOID.value, "", reason),
        Fact(FactKind.ALARM, f"void:{artefact}", {"text": text}, round_id),
    ]


def batch_events(event: Event, view: RoundView, policy: Policy) -> list[Event]:
    """Cut a round's lanes into batches; ids depend on the round alone."""
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    ladder = view.counts.ladder
    size = batch_size(policy.rate_per_s, max_people=policy.batch_people)
    events: list[Event] = []

    def add(payload: BatchDue | SettlementDue | SharingDue, name: str, weight: int) -> None:
        events.append(
            Event(
                id=root_id(payload.type, f"{view.id}/{name}"),
                incident=event.incident,
                round=view.id,
                payload=payload,
                weight=weight,
            )
        )

    for lane, total in sorted(view.counts.by_lane.items()):
        for first, count in cut(total, size):
            name = f"{lane}/{first}"
            if lane == UNADDRESSABLE_LANE:
                settle = SettlementDue(round=view.id, lane=lane, first=first, count=count)
                add(settle, name, count)
            elif lane == SHARED_LANE:
                add(SharingDue(round=view.id, first=first, count=count), name, count)
            else:
                channel = channel_of(lane)
                batch = BatchDue(
                    round=view.id,
                    rung=ladder.index(channel.value),
                    lane=lane,
                    channel=channel,
                    first=first,
                    count=count,
                )
                add(batch, name, count)
    return events


async def dispatch(
    event: Event,
    checkpoint: str | None,
    *,
    approvals: Approvals,
    standing: Standing,
    drafts: Site,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Send an approved round on its way, unless something changed since the approval."""
    del checkpoint
    assert isinstance(event.payload, DispatchDue)  # noqa: S101  # narrows the payload
    view = await standing.round(event.payload.round)
    name = artefact_name(ArtefactKind.NOTICE, view.id)
    approval = await approvals.approval(event.incident, name)
    artefact = next(a for a in await approvals.artefacts(event.incident) if a.name == name)
    approved = approval is not None and artefact.state is ArtefactState.APPROVED
    if approval is None or not approved or view.state != "frozen":
        # Not approved, or on its way already: the approval and the page both ask for this.
        yield Commit(done=True)
        return
    plan = await standing.plan(view.id)
    if plan["decision"]["announce"] and not plan["decision"]["replaces_notices"]:
        page = artefact_name(ArtefactKind.ANNOUNCEMENT, view.id)
        if not await drafts.published(event.incident, page):
            # No notice goes out before the page is up; publishing it dispatches this round.
            yield Commit(done=True)
            return
    changed = await changes(
        approval, await standing.texts(view.id), standing=standing, round_id=view.id, now=now
    )
    if changed:
        yield Commit(writes=void(name, view.id, " and ".join(changed)), done=True)
        return
    yield Commit(
        writes=[
            Transition("round", view.id, "sending", approval.principal, "dispatched", was="frozen")
        ],
        events=batch_events(event, view, policy),
        done=True,
    )


def settle_everyone(event: Event, view: RoundView, policy: Policy) -> list[Event]:
    """Return the events that settle a whole round as announced, but for the excluded."""
    assert view.counts is not None  # noqa: S101  # publication follows the freeze
    events = []
    for lane, total in sorted(view.counts.by_lane.items()):
        for first, count in cut(total, policy.batch_people):
            payload = SettlementDue(
                round=view.id, lane=lane, first=first, count=count, result=Result.ANNOUNCED
            )
            events.append(
                Event(
                    id=root_id("settlement.due", f"{view.id}/announced/{lane}/{first}"),
                    incident=event.incident,
                    round=view.id,
                    payload=payload,
                    weight=count,
                )
            )
    return events
