"""What outcomes and evidence do to a round: they are kept, and move where its people stand."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from sqlalchemy import bindparam, exists, select
from tocsin.ledger import leaves, tables
from tocsin.ledger.application import Application
from tocsin.ledger.dialect import add_counts, among, among_named, append_rows, as_one
from tocsin.ledger.ready import Ready
from tocsin.ledger.standings import standings
from tocsin.schemas import commit as c
from tocsin.schemas.coverage import OPEN, PersonState, Settled, Standing, fold_person
from tocsin.schemas.earlier import EARLIER_RUNG
from tocsin.schemas.errors import Conflict
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import ANNOUNCED_LATER_RUNG, Level, Reason, Result

_CHUNK = 500
_SETTLING = frozenset(result.value for result in Result if result.settles)
CLOSED = "closed"
"""The state of a round in which nobody is followed any more."""
_ABOUT = Ready(
    select(
        tables.round_.c.n,
        exists().where(tables.evidence.c.round == tables.round_.c.n),
        exists().where(
            tables.progress.c.round == tables.round_.c.n,
            tables.progress.c.result == Result.COVERED.value,
        ),
    ).where(tables.round_.c.id == bindparam("name"))
)
"""A round's number, whether anything was heard of its notices, whether anybody in it is covered."""
_COVERED = Ready(
    select(tables.progress.c.lane).where(
        tables.progress.c.round == bindparam("n"),
        tables.progress.c.result == Result.COVERED.value,
    )
)


@cache
def _of_several(dialect: str) -> Ready:
    """Return the query of those of some persons who have several obligations."""
    p = tables.person.c
    some = among_named(dialect, p.number, "numbers")
    return Ready(select(p.number).where(p.round == bindparam("n"), some, p.obligations > 1))


def _to_fold(do: Application, number: int, persons: list[int], *, is_heard_of: bool) -> set[int]:
    """Return those whose standing no single outcome decides: several obligations, or evidence."""
    of_several = _of_several(do.db.dialect.name)
    several = of_several.run(do.db, n=number, numbers=as_one(do.db, persons))
    found = {person for (person,) in several.fetchall()}
    if not is_heard_of:
        return found
    e = tables.evidence.c
    for start in range(0, len(persons), _CHUNK):
        part = persons[start : start + _CHUNK]
        heard = select(e.person).where(e.round == number, among(do.db, e.person, part))
        found.update(do.db.execute(heard).scalars())
    return found


_BESIDE_ANOTHER = frozenset({EARLIER_RUNG, ANNOUNCED_LATER_RUNG})


def _told_earlier(
    do: Application, number: int, rows: Sequence[c.OutcomeRow], *, some_covered: bool
) -> set[int]:
    """Return those who may not be open: told by other means, or announced after they had failed.

    Only such a row stands beside another that settles the same obligation without any evidence.
    """
    found = {row.person for row in rows if row.rung in _BESIDE_ANOTHER}
    if not some_covered:
        return found
    seqs: dict[str, list[int]] = {}
    for row in rows:
        seqs.setdefault(row.lane, []).append(row.seq)
    r = tables.outcome.c
    covered = {lane for (lane,) in _COVERED.run(do.db, n=number).fetchall()} if seqs else set()
    for lane in covered.intersection(seqs):
        for start in range(0, len(seqs[lane]), _CHUNK):
            part = seqs[lane][start : start + _CHUNK]
            query = select(r.person).where(
                r.round == number, r.lane == lane, among(do.db, r.seq, part), r.rung == EARLIER_RUNG
            )
            found.update(do.db.execute(query).scalars())
    return found


def _move(do: Application, round_id: str, moved: Counter[Standing]) -> None:
    """Move people between standings: how many more, or fewer, there are of each."""
    counters: Counter[str] = Counter()
    for (state, level), people in moved.items():
        counters[state.value] += people
        if level in {Level.DELIVERED, Level.CONFIRMED}:
            counters[level.value] += people
    number = do.round_number(round_id)
    rows = [(number, name, people) for name, people in sorted(counters.items()) if people]
    if not rows:
        return
    left = {name: people for _, name, people in add_counts(do.db, tables.standing, rows)}
    if left.get(PersonState.OPEN.value) == 0:
        do.emptied.add(round_id)


def _progress(do: Application, number: int, rows: list[tuple[str, int, str, str]]) -> None:
    """Count what notices came to, by lane, rung, result and reason."""
    counts = [(number, *what, count) for what, count in sorted(Counter(rows).items())]
    if counts:
        add_counts(do.db, tables.progress, counts)


def add_outcomes(do: Application, write: c.Outcomes) -> None:
    """Append outcomes and move the standing of the persons whom they settle."""
    number, heard, covered = _ABOUT.run(do.db, name=write.round).fetchone()
    do.rounds[write.round] = number
    settling = [row for row in write.rows if row.result in _SETTLING]
    to_fold = _to_fold(do, number, [row.person for row in settling], is_heard_of=heard)
    to_fold |= _told_earlier(do, number, settling, some_covered=covered)
    before = standings(do.db, number, sorted(to_fold))
    do.leaves.extend(leaves.outcome(number, row, do.at) for row in write.rows)
    append_rows(do.db, tables.outcome, [(number, *row, do.at, do.link) for row in write.rows])
    _progress(do, number, [(row.lane, row.rung, row.result, row.reason) for row in write.rows])
    moved = Counter(standings(do.db, number, sorted(to_fold)).values())
    moved.subtract(Counter(before.values()))
    alone = Counter((row.result, row.reason) for row in settling if row.person not in to_fold)
    for (result, reason), people in alone.items():
        moved[fold_person((Settled(Result(result), Reason(reason)),))] += people
        moved[OPEN] -= people
    _move(do, write.round, moved)


def add_evidence(do: Application, write: c.Evidence) -> None:
    """Append what was heard, and move the standing of the persons whom it concerns.

    In a round that is closed nobody can be opened again.
    """
    failed = [row for row in write.rows if row.heard == Heard.FAILED.value]
    state = select(tables.round_.c.state).where(tables.round_.c.id == write.round)
    if failed and do.db.execute(state).scalar() == CLOSED:
        message = f"{write.round} is closed: nobody in it can be followed any more"
        raise Conflict(message, field="round", fix="an alarm says how many it is about")
    number = do.round_number(write.round)
    persons = sorted({row.person for row in write.rows})
    before = standings(do.db, number, persons)
    do.leaves.extend(leaves.evidence(number, row, do.at) for row in write.rows)
    append_rows(do.db, tables.evidence, [(number, *row, do.at, do.link) for row in write.rows])
    _progress(do, number, [(row.lane, row.rung, row.heard, row.reason) for row in failed])
    moved = Counter(standings(do.db, number, persons).values())
    moved.subtract(Counter(before.values()))
    _move(do, write.round, moved)
