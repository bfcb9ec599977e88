"""What should stand in public: terms in calendar days, and the fold over what was published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tocsin.schemas.canonical import parse_instant, sha256_hex
from tocsin.schemas.public_view import ADDED, MISSING, Deviation, PublicView, Source
from tocsin.schemas.regime import Regime

PUBLISHED = "published:"
WATCHED = "watched"
ENDED = "ended"
ENDED_FOLDER = "ended/"
"""Files of a draft under it take the place of those of the same names in the end."""
ENDED_SLOT = "{ended}"


class Term(NamedTuple):
    """How long public files stand, and who says so."""

    days: int
    by: str
    """`policy`, or the id of a regime."""


def term_of(regimes: Sequence[Regime], policy_days: int) -> Term:
    """Return the longest term that a regime concerned or the policy asks for."""
    asked = [Term(policy_days, "policy")]
    asked += [Term(r.public.term_days, r.id) for r in regimes if r.public.term_days is not None]
    return max(asked, key=lambda term: term.days)


def end_of_term(published: datetime, days: int, zone: str) -> datetime:
    """Return when a term is over: `days` whole calendar days after the day of publication.

    Midnight by the organisation's clock, whatever it did meanwhile to summer time.
    """
    local = ZoneInfo(zone)
    last = published.astimezone(local).date() + timedelta(days=days)
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=local)


def local_day(at: datetime, zone: str) -> date:
    """Return the day by the organisation's clock."""
    return at.astimezone(ZoneInfo(zone)).date()


def to_publish(draft: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a draft that are published at once."""
    return {path: text for path, text in draft.items() if not path.startswith(ENDED_FOLDER)}


def fold(history: Iterable[tuple[str, Any]]) -> PublicView:
    """Return what should stand, from every (name, body) of an incident's records, oldest first."""
    view = PublicView()
    for name, body in history:
        if name.startswith(PUBLISHED):
            view = _published(view, body)
        elif name == WATCHED:
            view = _watched(view, body)
        elif name == ENDED:
            view = _ended(view, body)
    return view


def _published(view: PublicView, body: Any) -> PublicView:
    if view.ended is not None:
        view = PublicView(files=view.files, sources=view.sources, stamp=view.stamp)
    files = {_within(f["path"]): f["sha256"] for f in body["published"]}
    sources = {path: Source(body["artefact"], path) for path in files}
    at, ends_at = parse_instant(body["at"]), parse_instant(body["ends_at"])
    return replace(
        view,
        files=view.files | files,
        sources=view.sources | sources,
        publication=body["publication"],
        begun=view.begun or at,
        ends_at=ends_at if view.ends_at is None else max(ends_at, view.ends_at),
        term_days=max(body["term_days"], view.term_days),
    )


def _watched(view: PublicView, body: Any) -> PublicView:
    day = date.fromisoformat(body["day"])
    troubled = (*view.troubles, body) if body["found"] or body["restored"] else view.troubles
    return replace(
        view,
        deviations=tuple(Deviation(*one) for one in body["left"]),
        looks=body["look"],
        watched_on=day,
        days_watched=view.days_watched + (day != view.watched_on),
        troubles=troubled,
    )


def _ended(view: PublicView, body: Any) -> PublicView:
    files = {_within(f["path"]): f["sha256"] for f in body["published"]}
    sources = {
        path: Source(view.sources[path].artefact, ENDED_FOLDER + path)
        for path in files
        if path in view.sources
    }
    return replace(
        view,
        files=files,
        sources=sources,
        ended=parse_instant(body["at"]),
        stamp=body["stamp"],
        deviations=(),
    )


def _within(path: str) -> str:
    """Return a path within the incident's folder, which every published path begins with."""
    return path.partition("/")[2]


def deviations(
    files: Mapping[str, str],
    found: Mapping[str, str],
    *,
    where: str,
    coming: Mapping[str, frozenset[str]],
) -> tuple[Deviation, ...]:
    """Return where `found` (path -> SHA-256) is another than `files`, by path.

    What is approved and about to be published (`coming`) is no deviation: its publication may be
    under way at this moment.
    """
    changed = (
        Deviation(where, path, found.get(path, MISSING))
        for path, sha256 in files.items()
        if found.get(path) != sha256 and found.get(path) not in coming.get(path, frozenset())
    )
    added = (
        Deviation(where, path, ADDED)
        for path, sha256 in found.items()
        if path not in files and not _hidden(path) and sha256 not in coming.get(path, frozenset())
    )
    return tuple(sorted((*changed, *added)))


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/"))


def hashes(files: Mapping[str, str]) -> dict[str, str]:
    """Return path -> SHA-256 of texts in UTF-8."""
    return {path: sha256_hex(text.encode()) for path, text in files.items()}
