"""Announcing: publish the approved pages, keep a snapshot, and settle whom they stand in for."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition, Write
from tocsin.schemas.event import DispatchDue, Event, PublicationDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.services.batching import settle_everyone
from tocsin.services.dispatch import Approvals, Standing, changes, void
from tocsin.services.relooking import looked_at_once


class Pages(Protocol):
    """The drafted announcement."""

    async def pages(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return the drafted pages by file name."""
        ...


class Publisher(Protocol):
    """Where announcements are published; a drill's go elsewhere."""

    async def publish(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Publish files under a name; return (path, SHA-256) of each."""
        ...


async def publish(
    event: Event,
    checkpoint: str | None,
    *,
    approvals: Approvals,
    standing: Standing,
    drafts: Pages,
    publisher: Publisher,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Publish an approved announcement, unless it changed since its approval."""
    del checkpoint
    due = event.payload
    assert isinstance(due, PublicationDue)  # noqa: S101  # narrows the payload
    view = await standing.round(due.round)
    approval = await approvals.approval(event.incident, due.artefact)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    if approval is None or states.get(due.artefact) is not ArtefactState.APPROVED:
        yield Commit(done=True)
        return
    pages = await drafts.pages(event.incident, due.artefact)
    plan = await standing.plan(due.round)
    changed = await changes(approval, pages, standing=standing, round_id=due.round, now=now)
    if changed:
        yield Commit(writes=void(due.artefact, due.round, " and ".join(changed)), done=True)
        return
    name = due.round.replace("/", "-")
    files = {path: text.encode() for path, text in pages.items()}
    published = await publisher.publish(event.incident, name, files)
    snapshot = {
        "artefact": due.artefact,
        "published": [{"path": path, "sha256": digest} for path, digest in published],
        "grounds": plan["decision"]["grounds"],
    }
    writes: list[Write] = [
        Fact(FactKind.ANNOUNCEMENT, f"published:{due.artefact}", snapshot, due.round)
    ]
    events: list[Event] = []
    if plan["decision"]["replaces_notices"]:
        writes.append(
            Transition("round", due.round, "sending", approval.principal, "announced", was="frozen")
        )
        events = settle_everyone(event, view, policy)
    else:
        events.append(
            Event(
                id=child_id(event.id, "dispatch.due", 0),
                incident=event.incident,
                round=due.round,
                payload=DispatchDue(round=due.round),
            )
        )
        events.append(looked_at_once(event, due.round))
    yield Commit(writes=writes, events=events, done=True)
