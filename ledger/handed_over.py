"""What is on record of notices that were handed over: evidence is weighed against it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select
from tocsin.ledger import tables as t
from tocsin.ledger.audience import round_number
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import BatchDue
from tocsin.schemas.evidence import HandedOver, Heard
from tocsin.schemas.outcome import Reason, Result

_CHUNK = 300
_TAKEN = frozenset({Result.ACCEPTED.value, Result.COVERED.value})


def handed_over(
    db: Connection, round_id: str, lane: str, seqs: Sequence[int]
) -> dict[tuple[int, int], HandedOver]:
    """Return what is on record of obligations of a lane, by (seq, rung) with any attempt."""
    number, r, e = round_number(db, round_id), t.outcome.c, t.evidence.c
    found: dict[tuple[int, int], HandedOver] = {}
    for start in range(0, len(seqs), _CHUNK):
        part = list(dict.fromkeys(seqs[start : start + _CHUNK]))
        outcomes = select(r.seq, r.rung, r.attempt, r.result, r.person).where(
            r.round == number, r.lane == lane, r.seq.in_(part)
        )
        tried: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
        last: defaultdict[int, int] = defaultdict(int)
        for row in db.execute(outcomes):
            tried[row.seq, row.rung].append(row)
            last[row.seq] = max(last[row.seq], row.rung)
        evidence = select(e.seq, e.rung, e.heard, e.reason).where(
            e.round == number, e.lane == lane, e.seq.in_(part)
        )
        heard: defaultdict[tuple[int, int], set[Heard]] = defaultdict(set)
        why: dict[tuple[int, int], Reason] = {}
        for seq, rung, what, reason in db.execute(evidence):
            heard[seq, rung].add(Heard(what))
            if what == Heard.FAILED.value:
                why[seq, rung] = Reason(reason)
        for (seq, rung), rows in tried.items():
            found[seq, rung] = HandedOver(
                person=rows[0].person,
                accepted=any(row.result in _TAKEN for row in rows),
                attempts=max(row.attempt for row in rows) + 1,
                is_over=last[seq] > rung,
                heard=frozenset(heard[seq, rung]),
                why=why.get((seq, rung), Reason.NONE),
            )
    return found


def covered(
    db: Connection, round_id: str, covering: Sequence[str]
) -> tuple[tuple[str, int, int, str], ...]:
    """Return (lane, seq, rung, `lane/seq` of the notice) of those whom some notices covered."""
    number, o, r = round_number(db, round_id), t.obligation.c, t.outcome.c
    found: list[tuple[str, int, int, str]] = []
    for start in range(0, len(covering), _CHUNK):
        part = list(covering[start : start + _CHUNK])
        query = (
            select(o.lane, o.seq, r.rung, o.covered_by)
            .join(t.outcome, (r.round == o.round) & (r.lane == o.lane) & (r.seq == o.seq))
            .where(o.round == number, o.covered_by.in_(part), o.covered_by != "")
            .where(r.result == Result.COVERED.value, r.reason == Reason.SAME_ADDRESS.value)
            .order_by(o.lane, o.seq)
        )
        found.extend(tuple(row) for row in db.execute(query))
    return tuple(found)


def first_reasons(
    db: Connection, round_id: str, lane: str, seqs: Sequence[int]
) -> dict[int, Reason]:
    """Return why the first rung of each obligation failed: as refused, or as heard later.

    Where neither is on record for it, all of its tries were used up.
    """
    number, r, e = round_number(db, round_id), t.outcome.c, t.evidence.c
    found: dict[int, tuple[int, Reason]] = {}
    for start in range(0, len(seqs), _CHUNK):
        part = list(seqs[start : start + _CHUNK])
        tried = select(r.seq, func.min(r.rung)).where(
            r.round == number, r.lane == lane, r.seq.in_(part), r.channel != Channel.NONE.value
        )
        for seq, rung in db.execute(tried.group_by(r.seq)):
            found[seq] = rung, Reason.RETRIES_EXHAUSTED
        refused = select(r.seq, r.rung, r.reason).where(
            r.round == number, r.lane == lane, r.seq.in_(part), r.result == Result.REFUSED.value
        )
        failed = select(e.seq, e.rung, e.reason).where(
            e.round == number, e.lane == lane, e.seq.in_(part), e.heard == Heard.FAILED.value
        )
        for query in (refused, failed):
            for seq, rung, reason in db.execute(query):
                if seq in found and rung == found[seq][0]:
                    found[seq] = rung, Reason(reason)
    return {seq: reason for seq, (_, reason) in found.items()}


def in_doubt(db: Connection, batch: BatchDue) -> tuple[int, ...]:
    """Return the seqs of a batch of which an attempt on this rung was left in doubt, in order."""
    number, r = round_number(db, batch.round), t.outcome.c
    query = (
        select(r.seq)
        .where(r.round == number, r.lane == batch.lane, r.rung == batch.rung)
        .where(r.attempt < batch.attempt, r.result == Result.IN_DOUBT.value)
        .order_by(r.seq)
    )
    if batch.only:
        query = query.where(r.seq.between(min(batch.only), max(batch.only)))
    else:
        query = query.where(r.seq.between(batch.first, batch.first + batch.count - 1))
    return tuple(dict.fromkeys(db.execute(query).scalars()))
