"""Announcing: publish approved public files, record their term, settle whom they stand in for.

An announcement has files of its own. Where there is none, the page by which the notices can be
checked is among the texts of the notices, and is published once they are on their way.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.public_files import PUBLISHED, end_of_term, to_publish
from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition, Write
from tocsin.schemas.event import (
    AnnouncementEnd,
    AnnouncementWatch,
    DispatchDue,
    Event,
    PublicationDue,
    RoundEmptied,
)
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.batching import settle_everyone
from tocsin.services.dispatch import Approvals, Standing, changes, void
from tocsin.services.naming import artefact_name, pages_in
from tocsin.services.relooking import looked_at_once

_FIRST_LOOK = timedelta(minutes=5)


class Pages(Protocol):
    """The drafted announcement."""

    async def pages(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return the drafted files by name, those for the end of the term among them."""
        ...


class Publisher(Protocol):
    """Where announcements are published; a drill's go elsewhere."""

    async def publish(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Publish files under a name; return (path, SHA-256) of each."""
        ...


def _nobody_left(event: Event, view: RoundView) -> Event:
    """Return what closes a round that has a page and nobody to settle."""
    return Event(
        id=child_id(event.id, "round.emptied", 0),
        incident=event.incident,
        round=view.id,
        payload=RoundEmptied(round=view.id),
    )


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
    """Publish approved public files, unless something changed since their approval."""
    del checkpoint
    due = event.payload
    assert isinstance(due, PublicationDue)  # noqa: S101  # narrows the payload
    view = await standing.round(due.round)
    approval = await approvals.approval(event.incident, due.artefact)
    states = {a.name: a.state for a in await approvals.artefacts(event.incident)}
    if approval is None or states.get(due.artefact) is not ArtefactState.APPROVED:
        yield Commit(done=True)
        return
    beside = due.artefact == artefact_name(ArtefactKind.NOTICE, due.round)
    if beside:
        texts = await standing.texts(due.round)
        draft = pages_in(texts, due.round)
        # The notices have left under this approval in time.
        at = min(now, approval.valid_until)
    else:
        texts = draft = dict(await drafts.pages(event.incident, due.artefact))
        at = now
    plan = await standing.plan(due.round)
    changed = await changes(
        approval, texts, standing=standing, round_id=due.round, now=at, to_nobody=beside
    )
    if changed:
        why = " and ".join(changed)
        stop = [_not_published(due, why)] if beside else void(due.artefact, due.round, why)
        yield Commit(writes=stop, done=True)
        return
    # One address for good: the folder is the incident's, whichever round publishes.
    files = {path: text.encode() for path, text in _last_first(to_publish(draft))}
    published = await publisher.publish(event.incident, event.incident, files)
    snapshot = _snapshot(event, due, published, plan=plan, policy=policy, now=now)
    writes: list[Write] = [
        Fact(FactKind.ANNOUNCEMENT, f"{PUBLISHED}{due.artefact}", snapshot, due.round)
    ]
    events = follow_up(event, ends_at=snapshot["ends_at"], policy=policy, now=now)
    if beside:
        yield Commit(writes=writes, events=events, done=True)
        return
    if plan["decision"]["replaces_notices"]:
        writes.append(
            Transition("round", due.round, "sending", approval.principal, "announced", was="frozen")
        )
        events += settle_everyone(event, view, policy) or [_nobody_left(event, view)]
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


def _not_published(due: PublicationDue, why: str) -> Fact:
    """Alarm that the page beside notices stays away; they have left, so nothing is voided."""
    text = f"the page by which the notices of {due.round} can be checked is not published: {why}"
    return Fact(FactKind.ALARM, f"unpublished:{due.artefact}", {"text": text}, due.round)


def _last_first(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """Put what leads to the pages after them: index, feed, alert."""
    leading = ("index.html", "feed.atom", "alert.cap.xml")
    return sorted(files.items(), key=lambda file: (file[0] in leading, file[0]))


def _snapshot(
    event: Event,
    due: PublicationDue,
    published: Sequence[tuple[str, str]],
    *,
    plan: Mapping[str, Any],
    policy: Policy,
    now: datetime,
) -> dict[str, Any]:
    term = plan.get("term") or {"days": policy.announcement_days, "by": "policy"}
    return {
        "artefact": due.artefact,
        "publication": event.id,
        "at": now,
        "published": [{"path": path, "sha256": digest} for path, digest in published],
        "grounds": plan["decision"]["grounds"],
        "term_days": term["days"],
        "term_by": term["by"],
        "ends_at": end_of_term(now, term["days"], policy.home_zone),
    }


def follow_up(event: Event, *, ends_at: datetime, policy: Policy, now: datetime) -> list[Event]:
    """Return the events that watch what was published, and that end it.

    They belong to no round, so that nothing that holds, stops or closes a round ends the watching.
    """
    first = min(_FIRST_LOOK, timedelta(minutes=policy.announcement_watch_minutes))
    watch = AnnouncementWatch(publication=event.id)
    end = AnnouncementEnd(publication=event.id)
    return [
        Event(
            id=child_id(event.id, payload.type, 0),
            incident=event.incident,
            payload=payload,
            due=due,
            weight=0,
        )
        for payload, due in ((watch, now + first), (end, ends_at))
    ]
