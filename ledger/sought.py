"""Whom a round that follows looks for, and what earlier rounds say of their people."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, func, select
from tocsin.ledger import tables as t
from tocsin.ledger.audience import round_number
from tocsin.ledger.earlier import OwedRow, owed_to
from tocsin.ledger.standings import stands
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.outcome import Result
from tocsin.schemas.sought import EarlierPerson, Unfound

_CHUNK = 500
_TOLD = frozenset({Result.ACCEPTED, Result.COVERED})


def take_out(db: Connection, number: int, digests: Sequence[str]) -> None:
    """Take people out of those whom a round looks for."""
    s = t.sought.c
    for start in range(0, len(digests), _CHUNK):
        part = list(digests[start : start + _CHUNK])
        db.execute(delete(t.sought).where(s.round == number, s.digest.in_(part)))


def forget(db: Connection, number: int) -> None:
    """Forget whom a round looks for."""
    db.execute(delete(t.sought).where(t.sought.c.round == number))


def sought_among(
    db: Connection, round_id: str, digests: Sequence[str]
) -> Mapping[str, tuple[RecipientKind, ...]]:
    """Return those of some digests whom a round looks for, with the roles of each."""
    number, s = round_number(db, round_id), t.sought.c
    found: dict[str, tuple[RecipientKind, ...]] = {}
    for start in range(0, len(digests), _CHUNK):
        part = list(digests[start : start + _CHUNK])
        query = select(s.digest, s.recipients).where(s.round == number, s.digest.in_(part))
        found.update((row.digest, roles(row.recipients)) for row in db.execute(query))
    return found


def roles(text: str) -> tuple[RecipientKind, ...]:
    """Return the roles that a row names."""
    return tuple(map(RecipientKind, text.split()))


def unfound(db: Connection, round_id: str, *, most: int) -> tuple[Unfound, ...]:
    """Return whom a round still looks for, `most` of them at once, round by round in their order.

    Where they lived and which law protects them is as the earlier round has it.
    """
    s, p, r = t.sought.c, t.person.c, t.round_.c
    query = (
        select(s.digest, s.recipients, p.residence, p.regimes)
        .select_from(
            t.sought.join(t.round_, r.id == s.origin).join(
                t.person, and_(p.round == r.n, p.number == s.person)
            )
        )
        .where(s.round == round_number(db, round_id))
        .order_by(r.n, s.person)
        .limit(most)
    )
    return tuple(Unfound(*row) for row in db.execute(query))


def earlier_people(
    db: Connection, round_id: str, *, after: int, most: int
) -> tuple[EarlierPerson, ...]:
    """Return the next persons of a round behind a number, with what their obligations came to.

    Told is who was told on any channel, by the notice of another account, or by other means, and
    whoever may have been: something was handed over, and no answer came.
    """
    number, p = round_number(db, round_id), t.person.c
    query = select(p.number, p.pseudonym).where(p.round == number, p.number > after)
    people = db.execute(query.order_by(p.number).limit(most)).all()
    owed = owed_to(db, round_id, [row.number for row in people])
    doubtful = _in_doubt(db, number, [row for row in owed if row.settled is None])
    told: defaultdict[int, list[str]] = defaultdict(list)
    left: defaultdict[int, list[str]] = defaultdict(list)
    for row in owed:
        if row.settled in _TOLD or (row.lane, row.seq) in doubtful:
            told[row.person].append(row.recipient)
        elif row.settled is None:
            left[row.person].append(row.recipient)
    return tuple(EarlierPerson(n, name, _joined(told[n]), _joined(left[n])) for n, name in people)


def _joined(recipients: list[str]) -> str:
    """Join roles in the order in which a person's obligations stand: a minor before a guardian."""
    return " ".join(sorted(recipients, reverse=True))


def _in_doubt(db: Connection, number: int, rows: Sequence[OwedRow]) -> set[tuple[str, int]]:
    """Return those open obligations of which something was handed over without an answer."""
    lanes: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        lanes[row.lane].append(row.seq)
    r = t.outcome.c
    found: set[tuple[str, int]] = set()
    for lane, seqs in lanes.items():
        for start in range(0, len(seqs), _CHUNK):
            part = seqs[start : start + _CHUNK]
            query = select(r.seq).where(
                r.round == number,
                r.lane == lane,
                r.seq.in_(part),
                r.result == Result.IN_DOUBT.value,
            )
            found.update((lane, seq) for seq in db.execute(query).scalars())
    return found


def sending(db: Connection, rounds: Sequence[str]) -> bool:
    """Whether somebody still sends a batch of one of some rounds."""
    e: Any = t.event.c
    query = select(func.count()).where(
        e.round.in_(list(rounds)), e.type == "batch.due", e.state == "claimed"
    )
    return bool(db.execute(query).scalar())


def open_by_residence(db: Connection, round_id: str) -> tuple[tuple[str, int], ...]:
    """Return (residence, people) of those of a round who are open."""
    p, o, r = t.person.c, t.obligation.c, t.outcome.c
    settles = exists().where(r.round == o.round, r.lane == o.lane, r.seq == o.seq, stands())
    query = (
        select(p.residence, func.count(p.number.distinct()))
        .select_from(t.obligation.join(t.person, and_(p.round == o.round, p.number == o.person)))
        .where(o.round == round_number(db, round_id), ~settles)
        .group_by(p.residence)
        .order_by(p.residence)
    )
    return tuple((place, people) for place, people in db.execute(query))
