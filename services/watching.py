"""Watching: do an incident's public files stand as they were published? What is not is put back.

Only bytes that were approved are put back. Nothing but the end of the term ends the watching.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from tocsin.rules.public_files import ENDED_SLOT, WATCHED, deviations, hashes, local_day
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.event import AnnouncementWatch, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.public_view import ADDED, UNREACHABLE, Deviation, PublicView
from tocsin.schemas.views import IncidentView

_AFTER_THE_END = timedelta(days=1)
"""So long what took the files' place is watched, should anything be amiss with it."""


class PublicBook(Protocol):
    """What is on record of an incident and its public files."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def public(self, incident_id: str) -> PublicView:
        """Return what should stand."""
        ...

    async def approved_files(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return an artefact's draft by path; nothing once it is not what was approved."""
        ...

    async def coming(self, incident_id: str) -> Mapping[str, frozenset[str]]:
        """Return path -> SHA-256 of what is approved and not yet on record as published."""
        ...


class Place(Protocol):
    """Where public files are; a drill's are elsewhere and have no public address."""

    async def publish(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> Sequence[tuple[str, str]]:
        """Publish files under a name; return (path, SHA-256) of each."""
        ...

    async def remove(self, incident_id: str, name: str, paths: Sequence[str]) -> None:
        """Remove files of a name; one that is not there is removed already."""
        ...

    async def stands(self, incident_id: str, name: str) -> Mapping[str, str]:
        """Return path -> SHA-256 of what stands under a name; Unavailable if nobody can say."""
        ...

    async def seen(
        self, incident_id: str, name: str, paths: Sequence[str]
    ) -> Mapping[str, str] | None:
        """Return path -> SHA-256 as the public gets it, "" for what it does not get.

        None where no public address is configured; Unavailable where nothing answers there.
        """
        ...


async def watch(
    event: Event,
    checkpoint: str | None,
    *,
    public_book: PublicBook,
    place: Place,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Look once: alarm about each deviation once, put back what was approved, look again later.

    The alarm is on record before anything is put back: a killed worker leaves no silent repair.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, AnnouncementWatch)  # noqa: S101  # narrows the payload
    name = event.incident
    view, found = await _look(name, public_book, place)
    if view.publication != due.publication:
        yield Commit(done=True)  # a later publication is watched in this one's place
        return
    if view.ended is None and view.ends_at is not None and now >= view.ends_at:
        # its term is over: what stands is being replaced right now, and is no deviation
        yield Commit(events=[_again(event, due, policy=policy, now=now)], done=True)
        return
    fresh = [one for one in found if one not in view.deviations]
    if fresh:
        record = _record(due, found, left=found, restored=(), policy=policy, now=now)
        yield Commit(writes=[record, _alarm(name, fresh)])
    restored = await _put_back(name, view, found, public_book, place)
    left = (await _look(name, public_book, place))[1] if restored else found
    writes = []
    is_new_day = view.watched_on != local_day(now, policy.home_zone)
    if restored or left != (found if fresh else view.deviations) or (is_new_day and not fresh):
        repaired = found if restored else ()
        writes = [_record(due, repaired, left=left, restored=restored, policy=policy, now=now)]
    over = view.ended is not None and (not left or now > view.ended + _AFTER_THE_END)
    again = [] if over else [_again(event, due, policy=policy, now=now)]
    yield Commit(writes=writes, events=again, done=True)


async def _look(
    name: str, public_book: PublicBook, place: Place
) -> tuple[PublicView, tuple[Deviation, ...]]:
    """Return what should stand, and every deviation: where it was published, and at its address.

    What is on record is read before and after; only what stood there all the while is judged by it.
    """
    view, before = await public_book.public(name), None
    while before is None or view.files != before.files:  # somebody published while we looked
        before = view
        here = await _reached(place.stands(name, name))
        there = await _reached(place.seen(name, name, tuple(view.files)))
        view, coming = await public_book.public(name), await public_book.coming(name)
    found: list[Deviation] = []
    if here is None:
        found.append(Deviation("place", "", UNREACHABLE))
    else:
        found += deviations(view.files, here, where="place", coming=coming)
    if there is None:
        found.append(Deviation("url", "", UNREACHABLE))
    elif there is not _NOT_ASKED:
        got = {path: sha256 for path, sha256 in there.items() if sha256}
        found += deviations(view.files, got, where="url", coming=coming)
    return view, tuple(found)


_NOT_ASKED: Mapping[str, str] = MappingProxyType({})
"""What is seen where no public address is configured."""


async def _reached(seen: Awaitable[Mapping[str, str] | None]) -> Mapping[str, str] | None:
    """Return what was seen; None where nothing answers."""
    try:
        found = await seen
    except Unavailable:
        return None
    return _NOT_ASKED if found is None else found


async def _put_back(
    name: str,
    view: PublicView,
    found: Sequence[Deviation],
    public_book: PublicBook,
    place: Place,
) -> tuple[str, ...]:
    """Publish again what is changed or missing where it was published; return its paths.

    Whatever does not have the hash that was published is not put back, whoever holds it ready.
    """
    broken = [
        one.path
        for one in found
        if one.where == "place" and one.found not in {ADDED, UNREACHABLE} and one.path
    ]
    files: dict[str, bytes] = {}
    for path in broken:
        source = view.sources.get(path)
        if source is None:
            continue
        draft = await public_book.approved_files(name, source.artefact)
        text = draft.get(source.path, "").replace(ENDED_SLOT, view.stamp or ENDED_SLOT)
        if hashes({path: text})[path] == view.files[path]:
            files[path] = text.encode()
    if not files:
        return ()
    try:
        await place.publish(name, name, files)
    except Unavailable:
        return ()
    return tuple(files)


def _record(
    due: AnnouncementWatch,
    found: Sequence[Deviation],
    *,
    left: Sequence[Deviation],
    restored: Sequence[str],
    policy: Policy,
    now: datetime,
) -> Fact:
    """Return the fact of a look: one a day, and one whenever something changes."""
    body = {
        "at": now,
        "day": local_day(now, policy.home_zone).isoformat(),
        "look": due.look + 1,
        "publication": due.publication,
        "found": [list(one) for one in found],
        "restored": list(restored),
        "left": [list(one) for one in left],
    }
    return Fact(FactKind.ANNOUNCEMENT, WATCHED, body)


def _words(name: str, found: Sequence[Deviation]) -> str:
    most = 5
    said = "; ".join(one.text for one in found[:most])
    more = f"; and {len(found) - most} more" if len(found) > most else ""
    return f"the public files of {name} are not as they were published: {said}{more}"


def _alarm(name: str, found: Sequence[Deviation]) -> Fact:
    digest = sha256_hex(canonical([list(one) for one in found]))[:12]
    return Fact(FactKind.ALARM, f"announcement:{digest}", {"text": _words(name, found)})


def _again(event: Event, due: AnnouncementWatch, *, policy: Policy, now: datetime) -> Event:
    return Event(
        id=child_id(event.id, "announcement.watch", 0),
        incident=event.incident,
        payload=due.model_copy(update={"look": due.look + 1}),
        due=now + timedelta(minutes=policy.announcement_watch_minutes),
        weight=0,
    )
