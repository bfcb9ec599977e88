"""Dispatch: check that what was approved is what stands here, then cut the round into batches."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.limits import UNLIMITED, Limits
from tocsin.rules.quiet_hours import LOUD
from tocsin.rules.waiting import held_without_a_lane
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.audience import Cohort
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition, Write
from tocsin.schemas.duty import Duty
from tocsin.schemas.event import (
    ArtefactApproved,
    BatchDue,
    DispatchDue,
    Event,
    FilingDue,
    PacketReady,
    PressDue,
    PublicationDue,
)
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import RoundView
from tocsin.services.batching import WHOLE, batch_events
from tocsin.services.enrolment import lacks_codes
from tocsin.services.first_told import look_soon
from tocsin.services.naming import artefact_name, pages_in, plan_hash, texts_hash
from tocsin.services.spending import Purse, admit, pause_for_cost
from tocsin.services.staging import first_stage, look_at
from tocsin.services.starting import start_of
from tocsin.services.waiting import Waits, wait_for


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


class Cohorts(Protocol):
    """Whom a round tells."""

    async def cohorts(self, round_id: str) -> Sequence[Cohort]:
        """Return a round's cohorts."""
        ...


class MediaDrafts(Protocol):
    """The drafted texts for the media."""

    async def owed_by(self, incident_id: str, artefact: str) -> tuple[str, ...]:
        """Return the duties that a text for the media meets."""
        ...


async def on_approved(
    event: Event, checkpoint: str | None, *, approvals: Approvals, drafts: MediaDrafts
) -> AsyncIterator[Commit]:
    """Set in motion what an approved artefact stands for."""
    del checkpoint
    assert isinstance(event.payload, ArtefactApproved)  # noqa: S101  # narrows the payload
    name = event.payload.artefact
    artefact = next(a for a in await approvals.artefacts(event.incident) if a.name == name)
    follow: DispatchDue | PublicationDue | FilingDue | PressDue | PacketReady
    match artefact.kind:
        case "notice":
            follow = DispatchDue(round=artefact.round)
        case "announcement":
            follow = PublicationDue(round=artefact.round, artefact=name)
        case "press":
            follow = PressDue(artefact=name, duties=await drafts.owed_by(event.incident, name))
        case "controller":
            follow = PacketReady(artefact=name)
        case "report":
            follow = FilingDue(artefact=name)
        case "decision":
            body = {"artefact": name, "decision": artefact.summary}
            yield Commit(writes=[Fact(FactKind.DECISION, name, body)], done=True)
            return
    # A page is put up whatever became of the round: it may be for those who could not be told.
    held = artefact.round if artefact.kind == "notice" else ""
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
    to_nobody: bool = False,
) -> tuple[str, ...]:
    """Name what is another now than what was approved; nothing, and it may leave.

    Of what goes `to_nobody` in particular the audience is not read again, which is long.
    """
    bound = approval.binding
    pairs = {
        "a text": (bound.text_hash, texts_hash(texts)),
        "the plan": (bound.plan_hash, plan_hash(await standing.plan(round_id))),
    }
    if not to_nobody:
        pairs["the audience"] = (bound.audience_root, await standing.audience_root(round_id))
    changed = tuple(f"{name} changed" for name, (then, here) in pairs.items() if then != here)
    if now > approval.valid_until:
        return (*changed, "the approval has run out")
    return changed


def _cannot_leave(
    plan: Mapping[str, Any],
    duties: Sequence[Duty],
    cohorts: Sequence[Cohort],
    lanes: Iterable[str],
    now: datetime,
) -> tuple[str, ...]:
    """Name what keeps a round back that is as it was approved: codes, or a hold that came since."""
    found: list[str] = []
    if lacks_codes(plan):
        found.append(f"no codes of the pool {plan['codes']['pool']} are reserved")
    if held := held_without_a_lane(duties, cohorts, lanes, now):
        found.append(f"it was asked meanwhile that {', '.join(held)} wait: revise it")
    return tuple(found)


def void(artefact: str, round_id: str, reason: str) -> list[Fact | Transition]:
    """Return the writes that void an approval and alarm about it."""
    text = f"the approval of {artefact} is void: {reason}; nothing was sent under it"
    return [
        Transition("artefact", artefact, ArtefactState.VOID.value, "", reason),
        Fact(FactKind.ALARM, f"void:{artefact}", {"text": text}, round_id),
    ]


async def dispatch(
    event: Event,
    checkpoint: str | None,
    *,
    approvals: Approvals,
    standing: Standing,
    drafts: Site,
    purse: Purse,
    first: Waits,
    cases: Cohorts,
    regimes: Sequence[Regime],
    policy: Policy,
    now: datetime,
    limits: Limits = UNLIMITED,
) -> AsyncIterator[Commit]:
    """Send an approved round on its way, unless something changed since the approval.

    One that would cost more than the limit is paused before anything of it is cut into batches.
    """
    del checkpoint
    assert isinstance(event.payload, DispatchDue)  # noqa: S101  # narrows the payload
    view = await standing.round(event.payload.round)
    name = artefact_name(ArtefactKind.NOTICE, view.id)
    approval = await approvals.approval(event.incident, name)
    artefact = next(a for a in await approvals.artefacts(event.incident) if a.name == name)
    approved = approval is not None and artefact.state is ArtefactState.APPROVED
    due = event.payload
    if approval is None or not approved or view.state != ("sending" if due.again else "frozen"):
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
    # What was put off left in time: how long a person then took to resume it voids nothing.
    at = min(now, approval.valid_until) if due.again else now
    texts = await standing.texts(view.id)
    changed = await changes(approval, texts, standing=standing, round_id=view.id, now=at)
    changed += _cannot_leave(
        plan,
        await first.duties(event.incident),
        await cases.cohorts(view.id),
        view.counts.by_lane if view.counts else (),
        now,
    )
    if changed:
        yield Commit(writes=void(name, view.id, " and ".join(changed)), done=True)
        return
    leave: list[Write] = []
    if not due.again:
        by = approval.principal
        leave.append(Transition("round", view.id, "sending", by, "dispatched", was="frozen"))
    assert view.counts is not None  # noqa: S101  # it follows the freeze
    whole: list[Event] = []
    if policy.cost_limit_cents is not None:
        whole = batch_events(event, view, policy, lanes=view.counts.by_lane, limits=limits)
    admitted = await admit(whole, view.id, purse=purse, policy=policy)
    if admitted.over:
        again = Event(
            id=child_id(event.id, "dispatch.due", "again"),
            incident=event.incident,
            round=view.id,
            payload=DispatchDue(round=view.id, again=True),
        )
        paused = pause_for_cost(view.id, admitted.sum_cents, policy)
        yield Commit(writes=[*leave, *paused], events=[again], done=True)
        return
    stage, events = first_stage(event, view, policy, limits=limits, now=now)
    events = [_at_its_time(e, plan, policy=policy, now=now) for e in events]
    if stage != WHOLE:
        events.append(look_at(event, view, stage, events, now=now))
    events += look_soon(event, view.id, regimes)
    events += wait_for(event, view)
    if pages_in(texts, view.id):
        events.append(_page_beside(event, view, name))
    yield Commit(writes=leave, events=events, done=True)


def _page_beside(event: Event, view: RoundView, artefact: str) -> Event:
    """Return the event that publishes the page by which the notices can be checked.

    It belongs to no round: a pause does not hold it, and it holds no notice.
    """
    return Event(
        id=child_id(event.id, "publication.due", 0),
        incident=event.incident,
        payload=PublicationDue(round=view.id, artefact=artefact),
    )


def _at_its_time(event: Event, plan: Mapping[str, Any], *, policy: Policy, now: datetime) -> Event:
    """Return a batch that starts when it may; what wakes nobody starts at once."""
    batch = event.payload
    if not isinstance(batch, BatchDue) or batch.channel not in LOUD:
        return event
    at = max(now, event.due or now)
    return event.model_copy(update={"due": start_of(batch, plan=plan, policy=policy, now=at)})
