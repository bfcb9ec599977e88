"""Detections taken in: kept once each, and merged into drafts in the same transaction.

Any number of workers may take in the same detections at once, and again after a kill. A detection
is new to whoever inserts its row first. Only who has new ones that concern personal data goes on
and takes the head of the system's chain, so that one at a time looks at the drafts and changes
them. Rows are inserted in the order of their names, before the head: workers that meet wait for
each other in one direction only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, column, delete, select, tuple_, update, values
from tocsin.ledger.append import append, take_head
from tocsin.ledger.chain import SYSTEM, Signer
from tocsin.ledger.dialect import insert
from tocsin.ledger.drafts import merged_of
from tocsin.ledger.tables import LONG, TEXT
from tocsin.ledger.tables import detection as t_detection
from tocsin.ledger.tables import draft as t_draft
from tocsin.schemas.canonical import instant
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.detection import (
    Detection,
    EventName,
    Merge,
    Merged,
    MergedDraft,
    TakenIn,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class _Standing:
    """A draft near new detections, and its row."""

    n: int
    draft: MergedDraft
    incident: str
    opened_at: str


def _us(at: datetime) -> int:
    """Return a time in microseconds since 1970, exactly: bounds of drafts must not be rounded."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def take_in(
    db: Connection,
    detections: Sequence[Detection],
    *,
    merge: Merge,
    window: timedelta,
    now: datetime,
    signer: Signer,
) -> TakenIn:
    """Keep detections and merge the new ones into drafts, within a transaction."""
    given = {each.name: each for each in reversed(detections)}  # the content that came first stands
    names = _insert(db, [given[name] for name in sorted(given)], now)
    concerning = [given[n] for n in sorted(names) if given[n].concerns_personal_data is True]
    taken = TakenIn(new=len(names), repeated=len(detections) - len(names))
    if not concerning:
        return taken
    take_head(db, SYSTEM)
    near = _near(db, concerning, window)
    merged = merge([standing.draft for standing in near.values()], concerning, window=window)
    _write(db, merged, near, instant(now))
    facts = [fact for each in merged for fact in _facts(each, near)]
    append(db, SYSTEM, facts, now=now, about="detections", signer=signer)
    stood = [bool(m.replaces) or m.draft.id in near for m in merged]
    return replace(
        taken,
        opened=tuple(m.draft.id for m, old in zip(merged, stood, strict=True) if not old),
        grown=tuple(m.draft.id for m, old in zip(merged, stood, strict=True) if old),
        joined=tuple(old for m in merged for old in m.replaces),
    )


def prune(db: Connection, *, before: datetime, limit: int) -> int:
    """Delete detections that are part of no draft and were taken in before a time, the oldest."""
    d = t_detection.c
    old = select(d.detector, d.event_id).where(d.draft.is_(None), d.taken_in < _us(before))
    chosen = old.order_by(d.taken_in).limit(limit)
    statement = delete(t_detection).where(tuple_(d.detector, d.event_id).in_(chosen))
    return db.execute(statement.where(d.draft.is_(None))).rowcount


def _insert(db: Connection, detections: Sequence[Detection], now: datetime) -> set[EventName]:
    """Insert detections in the order given; return the names of those that were not there."""
    rows = [
        {
            "detector": each.detector,
            "event_id": each.event_id,
            "observed_at": _us(each.observed_at),
            "rule": each.rule,
            "asset": each.asset,
            "concerns": each.concerns_personal_data,
            "taken_in": _us(now),
            "body": each.model_dump_json(),
        }
        for each in detections
    ]
    if not rows:
        return set()
    statement = insert(db, t_detection).on_conflict_do_nothing()
    statement = statement.returning(t_detection.c.detector, t_detection.c.event_id)
    # one statement per thousand rows
    return {(row.detector, row.event_id) for row in db.execute(statement, rows)}


def _near(
    db: Connection, detections: Iterable[Detection], window: timedelta
) -> Mapping[str, _Standing]:
    """Return the drafts that stand within the window of a detection of their place, by id."""
    width = window // timedelta(microseconds=1)
    bounds: dict[tuple[str, str], tuple[int, int]] = {}
    for each in detections:
        at = _us(each.observed_at)
        low, high = bounds.get(each.place, (at, at))
        bounds[each.place] = min(low, at), max(high, at)
    rows = ((*place, low - width, high + width) for place, (low, high) in sorted(bounds.items()))
    names = (column("asset", TEXT), column("rule", TEXT), column("low", LONG), column("high", LONG))
    found: dict[str, _Standing] = {}
    while chunk := list(islice(rows, _CHUNK)):
        place, d = values(*names, name="place").data(chunk).cte("place"), t_draft.c
        here = (d.asset == place.c.asset) & (d.rule == place.c.rule)
        here &= (d.last_seen >= place.c.low) & (d.first_seen <= place.c.high)
        for row in db.execute(select(t_draft).join(place, here)):
            found[row.id] = _Standing(row.n, merged_of(row), row.incident, row.opened_at)
    return found


def _row(draft: MergedDraft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "asset": draft.asset,
        "rule": draft.rule,
        "first_seen": _us(draft.first_seen),
        "last_seen": _us(draft.last_seen),
        "state": draft.state.value,
        "body": draft.model_dump_json(exclude={"id", "state"}),
    }


def _write(
    db: Connection, merged: Iterable[Merged], near: Mapping[str, _Standing], at: str
) -> None:
    """Write the drafts as they are now, and put their detections to them."""
    new: list[dict[str, Any]] = []
    numbers: dict[str, int] = {}
    for each in merged:
        involved = [near[name] for name in (*each.replaces, each.draft.id) if name in near]
        if involved:
            numbers[each.draft.id] = _rewrite(db, each.draft, involved)
        else:
            new.append(_row(each.draft) | {"incident": "", "opened_at": at})
    if new:
        statement = t_draft.insert().returning(t_draft.c.id, t_draft.c.n)
        numbers |= {row.id: row.n for row in db.execute(statement, new)}
    d = t_detection.c
    here = (d.detector == bindparam("one")) & (d.event_id == bindparam("other"))
    belong = update(t_detection).where(here).values(draft=bindparam("number"))
    rows = [
        {"one": detector, "other": event, "number": numbers[each.draft.id]}
        for each in merged
        for detector, event in each.takes
    ]
    db.execute(belong, sorted(rows, key=lambda row: (row["one"], row["other"])))


def _rewrite(db: Connection, draft: MergedDraft, involved: Sequence[_Standing]) -> int:
    """Make one row of the rows of several drafts; return its number.

    The largest takes in the others: so no detection is moved more often than its draft doubles.
    """
    keeper, *others = sorted(involved, key=lambda s: (-s.draft.detections, s.n))
    for other in others:
        moved = update(t_detection).where(t_detection.c.draft == other.n)
        db.execute(moved.values(draft=keeper.n))
        db.execute(delete(t_draft).where(t_draft.c.n == other.n))
    incident = next((s.incident for s in involved if s.draft.id == draft.id), "")
    opened_at = min(s.opened_at for s in involved)
    here = update(t_draft).where(t_draft.c.n == keeper.n)
    db.execute(here.values(**_row(draft), incident=incident, opened_at=opened_at))
    return keeper.n


def _facts(merged: Merged, near: Mapping[str, _Standing]) -> Iterable[Fact]:
    """Yield what is put on record: opening, joining, and the first growth after a decision.

    Neither rule nor asset: facts stay for ever, and what detectors name may name a person.
    """
    draft = merged.draft
    told = {
        "first_event": draft.first_event,
        "first_seen": draft.first_seen,
        "last_seen": draft.last_seen,
        "severity": draft.severity,
        "kinds": draft.kinds,
        "detections": draft.detections,
    }
    for old in merged.replaces:
        yield Fact(FactKind.DRAFT, old, {"what": "joined", "into": draft.id, **told})
    if not merged.replaces and draft.id not in near:
        yield Fact(FactKind.DRAFT, draft.id, {"what": "opened", **told})
    if draft.since_decided and not near[draft.id].draft.since_decided:
        yield Fact(FactKind.DRAFT, draft.id, {"what": "grew", **told})
