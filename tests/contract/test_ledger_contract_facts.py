"""What every ledger owes its facts: append-only, whole commits, one settlement, true counts.

A ledger on another database joins by one line in `fakes.ledgers.BACKENDS`.
"""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from tocsin.ledger import reads, tables
from tocsin.ledger.audience_root import audience_root as root_that_stands
from tocsin.ledger.verify import recount, verify
from tocsin.schemas.commit import (
    Commit,
    Evidence,
    EvidenceRow,
    Obligations,
    Outcomes,
    Persons,
    ReserveCodes,
    Transition,
)
from tocsin.schemas.coverage import OPEN, PersonState, Standing
from tocsin.schemas.event import RoundEmptied
from tocsin.schemas.outcome import Level, Result

from fakes.ledgers import (
    BACKENDS,
    REFUSED,
    Opener,
    alarm,
    apply,
    audience_root,
    batch,
    claim,
    claimed,
    event,
    ledger_in,
    opened,
    outcome,
    people,
    run,
    submit,
)

BRIEF_S = 0.05
"""A lease that a test can wait out."""
ROUND = "INC-1/r1"


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("table", tables.APPEND_ONLY_TABLES, ids=lambda table: table.name)
def test_facts_can_only_be_appended(
    ledger_at: Opener, tmp_path: Path, table: Table, verb: str
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            heard = EvidenceRow("other", 0, 0, "delivered", "", "dsn", 0)
            await apply(ledger, held, Commit([Outcomes(ROUND, [outcome(0)])]))
            await apply(ledger, held, Commit([Evidence(ROUND, [heard])]))
            await apply(ledger, held, Commit([ReserveCodes(ROUND, "monitoring", 0, 5, "aa")]))

            column = next(table.c[name] for name in ("link", "rows", "first") if name in table.c)
            tampering = {"update": table.update().values({column: 0}), "delete": table.delete()}
            with pytest.raises(DBAPIError, match="append-only"):
                await ledger.write(lambda db: db.execute(tampering[verb]))
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


@pytest.mark.parametrize("second", [Result.ACCEPTED, Result.UNREACHABLE, Result.COVERED])
def test_a_second_settlement_on_a_rung_is_refused_with_all_that_came_with_it(
    ledger_at: Opener, tmp_path: Path, second: Result
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes=[Outcomes(ROUND, [outcome(0)])]))
            before = await ledger.ask(verify, ledger.keys)
            rows = [outcome(1), outcome(0, second, attempt=1)]
            with pytest.raises(REFUSED):
                await apply(ledger, held, Commit(writes=[Outcomes(ROUND, rows)]))
            assert await ledger.ask(verify, ledger.keys) == before
            coverage = await ledger.ask(reads.coverage, ROUND)
            assert (coverage.reached, coverage.open) == (1, 4)

    run(main())


def test_a_commit_of_which_one_write_fails_leaves_nothing(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger, lease_s=BRIEF_S)
            before = await ledger.ask(verify, ledger.keys)
            persons, obligations = people([("self",)] * 6)
            broken = Commit(
                writes=[
                    alarm("half"),
                    Transition("round", ROUND, "paused"),
                    Outcomes(ROUND, [outcome(0)]),
                    Persons(ROUND, persons[5:]),
                    Obligations(ROUND, obligations[4:]),  # the first of them stands already
                ],
                events=[event("child", "INC-2")],
                checkpoint="half",
                done=True,
            )
            with pytest.raises(REFUSED):
                await apply(ledger, held, broken)
            assert await ledger.ask(verify, ledger.keys) == before
            assert (await ledger.ask(reads.round_, ROUND)).state == "sending"
            coverage = await ledger.ask(reads.coverage, ROUND)
            assert (coverage.open, coverage.reached) == (5, 0)
            await asyncio.sleep(BRIEF_S * 1.6)  # its lease was not renewed either
            again = await claimed(ledger)
            assert (again.event.id, again.checkpoint) == (held.event.id, None)
            await apply(ledger, again, Commit(done=True))
            assert await claim(ledger) is None

    run(main())


def test_the_last_settled_person_empties_a_round_exactly_once(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            first = await opened(ledger, recipients=[("self",)] * 3)
            held = await claimed(ledger)
            rows = [outcome(0), outcome(1, Result.DEFERRED), outcome(2, Result.UNREACHABLE)]
            await apply(ledger, held, Commit(writes=[Outcomes(ROUND, rows)]))
            assert await claim(ledger) is None
            last = Outcomes(ROUND, [outcome(1, attempt=1)])
            await apply(ledger, held, Commit(writes=[last], done=True))
            emptied = await claimed(ledger)
            assert emptied.event.payload == RoundEmptied(round=ROUND)
            await apply(ledger, emptied, Commit(done=True))
            assert await claim(ledger) is None
            late = event("late", round_id=ROUND, payload=batch(ROUND, 1))
            assert late.id != first.id
            await submit(ledger, late)
            beyond = Outcomes(ROUND, [outcome(1, Result.REFUSED, rung=1)])
            await apply(ledger, await claimed(ledger), Commit(writes=[beyond], done=True))
            assert await claim(ledger) is None

    run(main())


FAMILY = ("minor", "guardian")
TOLD = Result.ACCEPTED


@pytest.mark.parametrize(
    ("minor", "guardian", "state"),
    [
        (TOLD, TOLD, PersonState.REACHED),
        (TOLD, None, PersonState.OPEN),
        (None, TOLD, PersonState.OPEN),
        (None, Result.UNREACHABLE, PersonState.OPEN),
        (TOLD, Result.DEFERRED, PersonState.OPEN),
        (TOLD, Result.UNREACHABLE, PersonState.UNREACHABLE),
        (Result.COVERED, TOLD, PersonState.REACHED),
        (Result.ANNOUNCED, Result.UNREACHABLE, PersonState.ANNOUNCED),
        (Result.UNREACHABLE, Result.ANNOUNCED, PersonState.UNREACHABLE),
        (Result.EXCLUDED, TOLD, PersonState.EXCLUDED),
    ],
)
@pytest.mark.parametrize("apart", [True, False], ids=["in two commits", "in one commit"])
def test_a_minor_counts_once_and_as_the_first_of_those_told_for_them_that_failed(
    ledger_at: Opener,
    tmp_path: Path,
    *,
    minor: Result | None,
    guardian: Result | None,
    state: PersonState,
    apart: bool,
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("self",), FAMILY])
            held = await claimed(ledger)
            results = ((1, minor), (2, guardian))
            rows = [outcome(seq, result, person=1) for seq, result in results if result]
            for part in [[row] for row in rows] if apart else [rows]:
                await apply(ledger, held, Commit(writes=[Outcomes(ROUND, part)]))
            level = Level.ACCEPTED if state is PersonState.REACHED else Level.NONE
            expected = Counter([OPEN, Standing(state, level)])
            assert await ledger.ask(recount, ROUND) == expected
            coverage = await ledger.ask(reads.coverage, ROUND)
            assert getattr(coverage, state.value) == expected[Standing(state, level)]
            assert coverage.holds

    run(main())


@pytest.mark.parametrize("count", [1, 499, 500, 501, 1001])
def test_the_audience_root_is_the_same_whichever_database_holds_the_rows(
    ledger_at: Opener, tmp_path: Path, count: int
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("self",)] * (count - 1) + [FAMILY])
            persons, owed = people([("self",)] * (count - 1) + [FAMILY])
            assert await ledger.study(root_that_stands, ROUND) == audience_root(persons, owed)

    run(main())
