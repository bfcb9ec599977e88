"""What every ledger owes a pool of codes: each range follows on the last, and none overlap."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import code_ranges, reads
from tocsin.ledger import tables as t
from tocsin.ledger.verify import verify
from tocsin.schemas.codes import CodeRange
from tocsin.schemas.commit import Commit, FactKind, OpenRound, ReserveCodes
from tocsin.schemas.errors import Conflict

from fakes.ledgers import (
    BACKENDS,
    Opener,
    alarm,
    alarms,
    apply,
    behind,
    claimed,
    ledger_in,
    opened,
    run,
)

ROUND = "INC-1/r1"


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return lambda folder: ledger_in(folder, request.param)


def reservation(first: int, count: int = 5, *, round_id: str = ROUND, pool: str = "a") -> Any:
    return ReserveCodes(round_id, pool, first, count, f"digest of {first}")


async def planner(ledger: Any, incident: str = "INC-1") -> Any:
    """Open an incident with a round; return its claimed event."""
    waiting = await opened(ledger, incident)
    return await claimed(ledger, only=waiting.id)


async def ranges(ledger: Any) -> list[tuple[int, int]]:
    """Return the (first, count) of every range of the pool, in their order."""
    c = t.code_range.c
    query = t.code_range.select().where(c.pool == "a").order_by(c.first)
    return [(row.first, row.count) for row in await ledger.ask(lambda db: db.execute(query).all())]


def test_ranges_of_a_pool_follow_on_each_other_and_each_stands_as_a_fact_of_its_round(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            one, two = await planner(ledger), await planner(ledger, "INC-2")
            await apply(ledger, one, Commit([reservation(0)]))
            await apply(ledger, two, Commit([reservation(5, 3, round_id="INC-2/r1")]))
            assert await ledger.ask(code_ranges.newest) == (CodeRange("a", 5, 3, "digest of 5"),)
            fact = await ledger.ask(reads.fact, "INC-2", FactKind.CODES, "INC-2/r1")
            assert (fact["pool"], fact["first"], fact["count"]) == ("a", 5, 3)
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


@pytest.mark.parametrize(("first", "count"), [(0, 5), (4, 5), (6, 5), (-1, 3), (5, 0), (5, -1)])
def test_a_range_that_does_not_begin_where_the_last_one_ended_is_refused_with_all_beside_it(
    ledger_at: Opener, tmp_path: Path, first: int, count: int
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            one, two = await planner(ledger), await planner(ledger, "INC-2")
            await apply(ledger, one, Commit([reservation(0)]))
            refused = reservation(first, count, round_id="INC-2/r1")
            with pytest.raises(Conflict, match="reserved meanwhile"):
                await apply(ledger, two, Commit([alarm("beside"), refused]))
            assert await ranges(ledger) == [(0, 5)]
            assert await alarms(ledger) == []

    run(main())


def test_a_round_has_one_range_and_its_replacement_another(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            held = await planner(ledger)
            await apply(ledger, held, Commit([reservation(0)]))
            with pytest.raises(Conflict):
                await apply(ledger, held, Commit([reservation(5)]))
            with pytest.raises(Conflict):
                await apply(ledger, held, Commit([reservation(0, pool="b")]))
            again = OpenRound("INC-1/r2", 2, "replacement")
            await apply(ledger, held, Commit([again, reservation(5, round_id="INC-1/r2")]))
            assert await ranges(ledger) == [(0, 5), (5, 5)]

    run(main())


def test_of_two_planners_at_once_one_has_the_range_and_the_other_is_told(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as one, ledger_at(tmp_path) as two:
            for n in range(8):
                mine, yours = await planner(one, f"INC-A{n}"), await planner(two, f"INC-B{n}")
                first = reservation(5 * n, round_id=f"INC-A{n}/r1")
                second = reservation(5 * n, round_id=f"INC-B{n}/r1")
                came = await asyncio.gather(
                    apply(one, mine, Commit([first])),
                    apply(two, yours, Commit([second])),
                    return_exceptions=True,
                )
                assert sorted(isinstance(each, Conflict) for each in came) == [False, True], came
            assert await ranges(one) == [(5 * n, 5) for n in range(8)]
            assert (await one.ask(verify, one.keys)).problems == ()

    run(main())


def test_whoever_moves_a_range_is_found_out(tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_in(tmp_path) as ledger:
            held = await planner(ledger)
            await apply(ledger, held, Commit([reservation(0)]))
        behind(tmp_path / "ledger.db", "UPDATE code_range SET count = 2")
        async with ledger_in(tmp_path) as ledger:
            found = (await ledger.ask(verify, ledger.keys)).problems
            assert found == ("the pool a from its place 0 on: the range differs from its fact",)

    run(main())
