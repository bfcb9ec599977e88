"""Taking down: when the term of an incident's public files is over, a short page takes their place.

The address was printed and linked, so something has to answer there. What replaces the files was
drafted and approved with them; the rest is removed.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.rules.public_files import ENDED, ENDED_FOLDER, ENDED_SLOT, local_day
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.event import AnnouncementEnd, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.public_view import PublicView
from tocsin.services.watching import Place, PublicBook

_AGAIN = timedelta(minutes=10)


async def take_down(
    event: Event,
    checkpoint: str | None,
    *,
    public_book: PublicBook,
    place: Place,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Replace and remove what stands, once the longest term of its publications is over."""
    del checkpoint
    due = event.payload
    assert isinstance(due, AnnouncementEnd)  # noqa: S101  # narrows the payload
    name = event.incident
    view = await public_book.public(name)
    if view.ended is not None or view.ends_at is None or now < view.ends_at:
        yield Commit(done=True)  # ended already, or a later publication stands longer
        return
    stamp = f"{view.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"
    files = await _in_their_place(name, view, stamp, public_book)
    gone = [path for path in view.files if path not in files]
    try:
        published = await place.publish(name, name, files)
        await place.remove(name, name, gone)
    except Unavailable:
        writes = []
        if not due.tries:
            text = f"the public files of {name} cannot be taken down: their place does not answer"
            writes = [Fact(FactKind.ALARM, "announcement:end", {"text": text})]
        again = Event(
            id=child_id(event.id, "announcement.end", 0),
            incident=name,
            payload=due.model_copy(update={"tries": due.tries + 1}),
            due=now + _AGAIN,
            weight=0,
        )
        yield Commit(writes=writes, events=[again], done=True)
        return
    body = _proof(view, published, gone, stamp=stamp, policy=policy, now=now)
    yield Commit(writes=[Fact(FactKind.ANNOUNCEMENT, ENDED, body)], done=True)


async def _in_their_place(
    name: str, view: PublicView, stamp: str, public_book: PublicBook
) -> dict[str, bytes]:
    """Return what replaces the files, by path, as it was approved with them."""
    files: dict[str, bytes] = {}
    for path, source in sorted(view.sources.items()):
        draft = await public_book.approved_files(name, source.artefact)
        text = draft.get(ENDED_FOLDER + source.path)
        if text is not None:
            files[path] = text.replace(ENDED_SLOT, stamp).encode()
    return files


def _proof(
    view: PublicView,
    published: Sequence[tuple[str, str]],
    gone: Sequence[str],
    *,
    stamp: str,
    policy: Policy,
    now: datetime,
) -> dict[str, Any]:
    """Return what proves how long the files stood, and what stands now."""
    assert view.begun is not None  # noqa: S101  # it was published
    first, last = (local_day(at, policy.home_zone) for at in (view.begun, now))
    return {
        "at": now,
        "stamp": stamp,
        "published": [{"path": path, "sha256": digest} for path, digest in published],
        "removed": sorted(gone),
        "stood": {
            "from": view.begun,
            "until": now,
            "days": (last - first).days,
            "term_days": view.term_days,
            "looks": view.looks,
            "days_watched": view.days_watched,
            "troubles": len(view.troubles),
        },
    }
