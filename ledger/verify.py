"""Proof: every link recomputed from its facts, every projection folded anew and compared."""

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, Select, select
from tocsin.ledger import leaves, reads, tables
from tocsin.ledger.audience_root import audience_root
from tocsin.ledger.chain import GENESIS, Link, Signer, link_hash, root_of
from tocsin.ledger.code_ranges import code_problems
from tocsin.ledger.dialect import read_all
from tocsin.ledger.refold import draft_problems, progress_problems, state_problems
from tocsin.ledger.standings import (
    Heards,
    heard_query,
    heards,
    obligations_query,
    settled_each,
)
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import OPEN, PersonState, Standing, fold_person
from tocsin.schemas.outcome import Level


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found: counts, and each thing that is wrong, in a sentence."""

    links: int
    facts: int
    problems: tuple[str, ...]


def _stream(db: Connection, query: Select[Any]) -> Iterator[Any]:
    return iter(db.execute(query.execution_options(yield_per=2000)))


def _leaves(db: Connection, incident: str) -> Iterator[tuple[int, bytes]]:
    """Yield (link, canonical bytes) of every fact of an incident, in order of links."""
    f, p, o, r = tables.fact.c, tables.person.c, tables.obligation.c, tables.outcome.c
    facts = select(f.link, f.incident, f.round, f.kind, f.name, f.body, f.at).where(
        f.incident == incident
    )
    streams: list[Iterator[tuple[int, bytes]]] = [
        (
            (row.link, leaves.fact((row.incident, row.round, row.kind, row.name, row.body, row.at)))
            for row in _stream(db, facts.order_by(f.link))
        )
    ]
    numbers = db.execute(
        select(tables.round_.c.n).where(tables.round_.c.incident == incident)
    ).scalars()
    for number in numbers.all():
        streams += [
            _person_leaves(db, number, p),
            _obligation_leaves(db, number, o),
            _outcome_leaves(db, number, r),
            _evidence_leaves(db, number),
        ]
    return heapq.merge(*streams, key=itemgetter(0))


def _person_leaves(db: Connection, number: int, p: Any) -> Iterator[tuple[int, bytes]]:
    query = select(p.link, p.number, p.pseudonym, p.residence, p.regimes, p.obligations)
    for row in _stream(db, query.where(p.round == number).order_by(p.link)):
        yield row[0], leaves.person(number, row[1:])


def _obligation_leaves(db: Connection, number: int, o: Any) -> Iterator[tuple[int, bytes]]:
    query = select(
        o.link,
        *(o.lane, o.seq, o.person, o.recipient, o.cohort, o.address, o.obstacle, o.covered_by),
        o.barred,
    )
    for row in _stream(db, query.where(o.round == number).order_by(o.link)):
        yield row[0], leaves.obligation(number, row[1:])


def _outcome_leaves(db: Connection, number: int, r: Any) -> Iterator[tuple[int, bytes]]:
    query = select(
        r.link,
        r.at,
        *(r.lane, r.seq, r.rung, r.attempt, r.channel, r.result, r.level, r.reason, r.ref),
        r.person,
    )
    for row in _stream(db, query.where(r.round == number).order_by(r.link)):
        yield row[0], leaves.outcome(number, row[2:], row[1])


def _evidence_leaves(db: Connection, number: int) -> Iterator[tuple[int, bytes]]:
    e = tables.evidence.c
    query = select(e.link, e.at, e.lane, e.seq, e.rung, e.heard, e.reason, e.source, e.person)
    for row in _stream(db, query.where(e.round == number).order_by(e.link)):
        yield row[0], leaves.evidence(number, row[2:], row[1])


def _fault(  # one return per fault
    link: Link, found: list[bytes], *, expected: int, previous: str, signer: Signer
) -> str:
    """Say what is wrong with a link, given the facts that stand in it; empty when it holds."""
    fields = (link.incident, link.n, link.at, link.about, link.rows, link.root, link.previous)
    checks = (
        (link.n == expected, f"link {expected} is missing before it"),
        (link.previous == previous, "does not follow on the link before it"),
        (len(found) == link.rows, f"holds {len(found)} facts where {link.rows} were written"),
        (root_of(found) == link.root, "a fact was changed"),
        (link_hash(fields) == link.hash, "the link itself was changed"),
        (
            signer.verifies(link.hash.encode(), link.signature),
            "not signed by this ledger's key",
        ),
    )
    return next((fault for holds, fault in checks if not holds), "")


def _verify_chain(db: Connection, incident: str, signer: Signer) -> Iterator[tuple[int, str]]:
    """Yield (facts, problem) for each link; problem is empty when the link holds."""
    by_link = groupby(_leaves(db, incident), key=itemgetter(0))
    current = next(by_link, None)
    previous, expected = GENESIS, 0
    stray = "facts stand in a link that is missing"
    query = select(*(tables.link.c[name] for name in Link._fields))
    query = query.where(tables.link.c.incident == incident).order_by(tables.link.c.n)
    for row in db.execute(query).all():
        link = Link(*row)
        while current is not None and current[0] < link.n:
            yield 0, f"{incident} link {current[0]}: {stray}"
            current = next(by_link, None)
        found: list[bytes] = []
        if current is not None and current[0] == link.n:
            found = [leaf for _, leaf in current[1]]
            current = next(by_link, None)
        fault = _fault(link, found, expected=expected, previous=previous, signer=signer)
        yield len(found), f"{incident} link {link.n} ({link.about}): {fault}" if fault else ""
        previous, expected = link.hash, link.n + 1
    while current is not None:
        yield 0, f"{incident} link {current[0]}: {stray}"
        current = next(by_link, None)
    head = db.execute(select(tables.head).where(tables.head.c.incident == incident)).first()
    if head is None or (head.n, head.hash) != (expected - 1, previous):
        yield 0, f"{incident}: the chain does not end where its head says"


def recount(db: Connection, round_id: str) -> Counter[Standing]:
    """Fold the standing of every person of a round anew from outcomes and evidence alone."""
    number = select(tables.round_.c.n).where(tables.round_.c.id == round_id).scalar_subquery()
    p = tables.person.c
    persons = select(p.number).where(p.round == number).order_by(p.number)
    owed = groupby(_stream(db, obligations_query(number)), key=attrgetter("person"))
    heard = groupby(_stream(db, heard_query(number)), key=attrgetter("person"))
    some_owed, some_heard = next(owed, None), next(heard, None)
    counts: Counter[Standing] = Counter()
    for (person,) in _stream(db, persons):
        rows: list[Any] = []
        said: Heards = {}
        if some_owed is not None and some_owed[0] == person:
            rows = list(some_owed[1])
            some_owed = next(owed, None)
        if some_heard is not None and some_heard[0] == person:
            said = heards(list(some_heard[1]))
            some_heard = next(heard, None)
        counts[fold_person(settled_each(rows, said)) if rows else OPEN] += 1
    return counts


def _verify_round(db: Connection, round_id: str) -> Iterator[str]:
    view = reads.round_(db, round_id)
    counts, coverage = recount(db, round_id), reads.coverage(db, round_id)
    counted: Counter[str] = Counter()
    for (state, level), people in counts.items():
        counted[state.value] += people
        counted[level.value] += people
    for name in (*PersonState, Level.DELIVERED, Level.CONFIRMED):
        shown = getattr(coverage, name.value)
        if counted[name.value] != shown:
            yield f"{round_id}: {shown} {name.value} by projection, {counted[name.value]} by facts"
    if view.in_scope is None:
        return
    if counts.total() != view.in_scope:
        yield (
            f"{round_id}: the directory counted {view.in_scope} people in scope, the ledger "
            f"accounts for {counts.total()}"
        )
    if audience_root(db, round_id) != view.audience_root:
        yield f"{round_id}: the audience differs from the one that was frozen"
    frozen = reads.fact(db, view.incident, FactKind.FREEZE, round_id)
    stated = (frozen or {}).get("in_scope"), (frozen or {}).get("audience_root")
    if stated != (view.in_scope, view.audience_root):
        yield f"{round_id}: the projection's freeze differs from the fact"


def verify(db: Connection, signer: Signer) -> Verification:
    """Verify all chains and projections. Takes time in proportion to the facts, flat memory."""
    read_all(db)
    links = facts = 0
    problems: list[str] = []
    chains = set(db.execute(select(tables.link.c.incident).distinct()).scalars())
    chains.update(db.execute(select(tables.head.c.incident)).scalars())
    chains.update(db.execute(select(tables.incident.c.id)).scalars())
    for name in sorted(chains):
        for count, problem in _verify_chain(db, name, signer):
            links += 1
            facts += count
            if problem:
                problems.append(problem)
        for view in reads.rounds(db, name):
            problems.extend(_verify_round(db, view.id))
            problems.extend(progress_problems(db, view.id))
        problems.extend(state_problems(db, name))
    problems.extend(draft_problems(db))
    problems.extend(code_problems(db))
    return Verification(links, facts, tuple(problems))
