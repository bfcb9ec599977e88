"""What delivery and its kin ask about obligations: who is pending, what became of a batch."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select
from tocsin.ledger import tables as t
from tocsin.ledger.ready import Ready
from tocsin.ledger.standings import stands
from tocsin.schemas.commit import AwaitingRow
from tocsin.schemas.earlier import EARLIER_RUNG
from tocsin.schemas.event import BatchDue, SilenceDue
from tocsin.schemas.outcome import Reason, Result

_CHUNK = 500
_LEAVES_OPEN = tuple(result.value for result in Result if not result.settles)


PendingRow = tuple[int, int, str, int, str, str, str]
"""An obligation of a batch without an outcome for its attempt: seq, person, recipient, cohort,
pseudonym, address, barred."""


class OwedRow(NamedTuple):
    """An obligation to be settled without sending."""

    seq: int
    person: int
    obstacle: str
    covered_by: str


class CohortRow(NamedTuple):
    """Whose an obligation is and where they live, which texts tell it, which channels must not."""

    person: int
    cohort: int
    barred: str
    residence: str


class SilentRow(NamedTuple):
    """An obligation that was handed over and not heard of since."""

    seq: int
    recipient: str
    cohort: int
    barred: str
    ref: str


class ResultRow(NamedTuple):
    """What an obligation of a batch came to in its attempt."""

    seq: int
    result: Result
    reason: Reason


_ROUND_NUMBER = Ready(select(t.round_.c.n).where(t.round_.c.id == bindparam("name")))


def round_number(db: Connection, round_id: str) -> int:
    """Return the short number of a round."""
    (number,) = _ROUND_NUMBER.run(db, name=round_id).fetchone()
    return int(number)


_LAST_OF_LANE = Ready(
    select(func.max(t.obligation.c.seq)).where(
        t.obligation.c.round == bindparam("round"), t.obligation.c.lane == bindparam("lane")
    )
)


def next_seq(db: Connection, round_id: str, lane: str) -> int:
    """Return the number that the next obligation of a lane takes; no lane has gaps."""
    number = round_number(db, round_id)
    last = _LAST_OF_LANE.run(db, round=number, lane=lane).fetchone()[0]
    return 0 if last is None else int(last) + 1


def _parts(batch: BatchDue | SilenceDue) -> Iterator[tuple[int, int] | Sequence[int]]:
    if not batch.only:
        yield (batch.first, batch.first + batch.count - 1)
        return
    for start in range(0, len(batch.only), _CHUNK):
        yield list(batch.only[start : start + _CHUNK])


def _in_part(column: Any, part: tuple[int, int] | Sequence[int]) -> Any:
    return column.between(*part) if isinstance(part, tuple) else column.in_(part)


class _OfPart:
    """A query about a part of a lane: a range of seqs, or some of them."""

    def __init__(self, query: Select[Any], seq: Any) -> None:
        """Take the query of a whole lane, by `n` and `lane`, and its column of seqs."""
        self._range = Ready(query.where(seq.between(bindparam("first"), bindparam("last"))))
        self._some = query.where(seq.in_(bindparam("seqs", expanding=True)))

    def rows(
        self, db: Connection, part: tuple[int, int] | Sequence[int], **values: Any
    ) -> Sequence[Any]:
        """Return the rows of a part."""
        if not isinstance(part, tuple):
            return db.execute(self._some, values | {"seqs": part}).all()
        rows: Sequence[Any] = self._range.run(db, first=part[0], last=part[1], **values).fetchall()
        return rows


def _of_person(column: Any) -> Any:
    """Return a column of the person whose an obligation is, looked up one by one.

    A planner whose statistics are older than the round takes it for empty, and would join by
    reading all its persons for each batch.
    """
    p, o = t.person.c, t.obligation.c
    mine = select(column).where(p.round == o.round, p.number == o.person)
    return mine.correlate(t.obligation).scalar_subquery()


_O, _R = t.obligation.c, t.outcome.c
_IN_THE_ATTEMPT = and_(_R.rung == bindparam("rung"), _R.attempt == bindparam("attempt"))
_OF_LANE = and_(_R.round == bindparam("n"), _R.lane == bindparam("lane"))
_TRIED = _OfPart(
    # or told by other means since the batch was cut
    select(_R.seq).where(_OF_LANE, or_(_IN_THE_ATTEMPT, _R.rung == EARLIER_RUNG)),
    _R.seq,
)
_OWED = _OfPart(
    select(
        *(_O.seq, _O.person, _O.recipient, _O.cohort),
        *(_of_person(t.person.c.pseudonym), _O.address, _O.barred),
    )
    .where(_O.round == bindparam("n"), _O.lane == bindparam("lane"))
    .order_by(_O.seq),
    _O.seq,
)
_UNSETTLED = _OfPart(
    select(_R.seq, _R.result, _R.reason)
    .where(_OF_LANE, _IN_THE_ATTEMPT, or_(*(_R.result == each for each in _LEAVES_OPEN)))
    .order_by(_R.seq),
    _R.seq,
)


def pending(db: Connection, batch: BatchDue) -> tuple[PendingRow, ...]:
    """Return the obligations of a batch that have no outcome yet for its attempt, by seq."""
    number, found = round_number(db, batch.round), list[PendingRow]()
    of_lane = {"n": number, "lane": batch.lane}
    for part in _parts(batch):
        # two plain queries: a planner without statistics joins them seq by seq over the whole range
        tried = _TRIED.rows(db, part, **of_lane, rung=batch.rung, attempt=batch.attempt)
        done = {seq for (seq,) in tried}
        if batch.rung:  # it may be heard meanwhile that an earlier rung reached somebody after all
            done |= _settled(db, number, batch.lane, part)
        rows = _OWED.rows(db, part, **of_lane)
        found.extend([row for row in rows if row[0] not in done] if done else rows)
    return tuple(found)


def unsettled(db: Connection, batch: BatchDue) -> tuple[ResultRow, ...]:
    """Return what those obligations of a batch came to that its attempt did not settle, by seq."""
    number = round_number(db, batch.round)
    attempt = {"lane": batch.lane, "rung": batch.rung, "attempt": batch.attempt}
    return tuple(
        ResultRow(seq, Result(result), Reason(reason))
        for part in _parts(batch)
        for seq, result, reason in _UNSETTLED.rows(db, part, n=number, **attempt)
    )


def _settled(
    db: Connection, number: int, lane: str, part: tuple[int, int] | Sequence[int]
) -> set[int]:
    """Return the seqs of a part of a lane that something settles which still stands."""
    r = t.outcome.c
    query = select(r.seq).where(r.round == number, r.lane == lane, _in_part(r.seq, part), stands())
    return set(db.execute(query).scalars())


def silent(db: Connection, about: SilenceDue) -> tuple[SilentRow, ...]:
    """Return those who took a batch's notice in its attempt and were not heard of since, by seq."""
    number = round_number(db, about.round)
    o, r, e = t.obligation.c, t.outcome.c, t.evidence.c
    heard = exists().where(e.round == r.round, e.lane == r.lane, e.seq == r.seq, e.rung == r.rung)
    same = and_(o.round == r.round, o.lane == r.lane, o.seq == r.seq)
    found: list[SilentRow] = []
    for part in _parts(about):
        query = (
            select(r.seq, o.recipient, o.cohort, o.barred, r.ref)
            .select_from(t.outcome.join(t.obligation, same))
            .where(r.round == number, r.lane == about.lane, _in_part(r.seq, part))
            .where(r.rung == about.rung, r.attempt == about.attempt, ~heard)
            .where(r.result == Result.ACCEPTED.value)
            .order_by(r.seq)
        )
        found.extend(SilentRow(*row) for row in db.execute(query))
    return tuple(found)


def open_in(
    db: Connection, round_id: str, lane: str, *, first: int, count: int
) -> tuple[OwedRow, ...]:
    """Return the obligations of a range that are not settled."""
    number, last = round_number(db, round_id), first + count - 1
    o = t.obligation.c
    settled = _settled(db, number, lane, (first, last))
    query = (
        select(o.seq, o.person, o.obstacle, o.covered_by)
        .where(o.round == number, o.lane == lane, o.seq.between(first, last))
        .order_by(o.seq)
    )
    return tuple(OwedRow(*row) for row in db.execute(query) if row.seq not in settled)


def settlement(
    db: Connection, round_id: str, lane: str, seq: int
) -> tuple[Result, Reason, int] | None:
    """Return how an obligation was settled, and on which rung; None while it is open."""
    number, r = round_number(db, round_id), t.outcome.c
    query = select(r.result, r.reason, r.rung).where(
        r.round == number, r.lane == lane, r.seq == seq, stands()
    )
    row = db.execute(query.order_by(r.rung)).first()
    return None if row is None else (Result(row.result), Reason(row.reason), row.rung)


def awaiting(db: Connection, round_id: str, rung: int, *, most: int) -> tuple[AwaitingRow, ...]:
    """Return who waits to be told on a rung, `most` of them at once."""
    number, a = round_number(db, round_id), t.awaiting.c
    query = select(a.rung, a.lane, a.seq, a.residence).where(a.round == number, a.rung == rung)
    found = db.execute(query.order_by(a.lane, a.seq).limit(most))
    return tuple(AwaitingRow(*row) for row in found)


def cohort_of(db: Connection, round_id: str, lane: str, seq: int) -> int | None:
    """Return the cohort of an obligation, or None where there is no such obligation."""
    o = t.obligation.c
    query = (
        select(o.cohort)
        .join(t.round_, t.round_.c.n == o.round)
        .where(t.round_.c.id == round_id, o.lane == lane, o.seq == seq)
    )
    return db.execute(query).scalar()


def open_among(
    db: Connection, round_id: str, lane: str, seqs: Sequence[int]
) -> dict[int, CohortRow]:
    """Return those of some obligations of a lane that are open, by seq."""
    number, o = round_number(db, round_id), t.obligation.c
    found: dict[int, CohortRow] = {}
    for start in range(0, len(seqs), _CHUNK):
        part = list(seqs[start : start + _CHUNK])
        settled = _settled(db, number, lane, part)
        query = select(o.seq, o.person, o.cohort, o.barred, _of_person(t.person.c.residence)).where(
            o.round == number, o.lane == lane, o.seq.in_(part)
        )
        for seq, *row in db.execute(query):
            if seq not in settled:
                found[seq] = CohortRow(*row)
    return found
