"""What every ledger owes its workers: fair claims, and a fence around whoever lost a lease.

A ledger on another database joins by one line in `fakes.ledgers.BACKENDS`.
"""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.ledger import Fenced
from tocsin.ledger.queue import microseconds
from tocsin.schemas.commit import Commit, Outcomes, Transition
from tocsin.schemas.lease import Order

from fakes.ledgers import (
    BACKENDS,
    NOW,
    Opener,
    alarm,
    alarms,
    apply,
    claim,
    claimed,
    event,
    ledger_in,
    opened,
    outcome,
    run,
    submit,
)

BRIEF_S = 0.05
"""A lease that a test can wait out."""
DONE = Commit(done=True)


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


async def taken(ledger: Any, number: int, **fields: Any) -> list[str]:
    """Claim and finish `number` events; return their incidents."""
    incidents = []
    for _ in range(number):
        held = await claimed(ledger, **fields)
        await apply(ledger, held, DONE)
        incidents.append(held.event.incident)
    return incidents


async def wait_out() -> None:
    await asyncio.sleep(BRIEF_S * 1.6)


# claims: fair, due, one worker each ------------------------------------------------------------


def test_incidents_take_turns(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            for name in ("INC-A", "INC-B", "INC-C"):
                await submit(ledger, *(event(f"e{n}", name) for n in range(3)))
            order = await taken(ledger, 9)
            for turn in range(3):
                assert set(order[3 * turn : 3 * turn + 3]) == {"INC-A", "INC-B", "INC-C"}

    run(main())


def test_five_small_events_do_not_wait_behind_two_hundred_heavy_ones(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            heavy = [event(f"e{n}", "INC-BIG", weight=1000) for n in range(200)]
            held = event("start", "INC-BIG")
            await submit(ledger, held)
            first = await claimed(ledger)
            await apply(ledger, first, Commit(events=heavy, done=True))
            await taken(ledger, 3)
            await submit(ledger, *(event(f"e{n}", "INC-FIVE") for n in range(5)))
            order = await taken(ledger, 10)
            assert order.count("INC-FIVE") == 5
            assert order.count("INC-BIG") == 5

    run(main())


def test_a_slot_for_small_events_takes_no_heavy_one(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("heavy", weight=51), event("light", weight=50))
            held = await claimed(ledger, max_weight=50)
            assert held.event.weight == 50
            assert await claim(ledger, max_weight=50) is None
            assert (await claimed(ledger)).event.weight == 51

    run(main())


def test_an_event_is_not_claimed_before_it_is_due_and_the_earliest_goes_first(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            later, first, second = (event(str(s), due_s=s) for s in (1, -2, -1))
            await submit(ledger, later, second, first)
            assert await ledger.has_due(now=NOW)
            ids = [(await claimed(ledger)).event.id for _ in range(2)]
            assert ids == [first.id, second.id]
            assert await claim(ledger) is None
            assert not await ledger.has_due(now=NOW)

    run(main())


def test_the_one_event_that_is_asked_for_is_claimed(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            wanted = event("wanted", "INC-Z")
            await submit(ledger, event("other", "INC-A"), wanted)
            assert (await claimed(ledger, only=wanted.id)).event.id == wanted.id
            assert await claim(ledger, only=wanted.id) is None

    run(main())


def test_two_workers_never_hold_the_same_event(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as one, ledger_at(tmp_path) as other:
            await submit(one, *(event(f"e{n}", f"INC-{n % 3}") for n in range(30)))

            async def work(ledger: Any) -> list[str]:
                held = []
                while (found := await claim(ledger)) is not None:
                    held.append(found.event.id)
                    await asyncio.sleep(0)
                return held

            mine, yours = await asyncio.gather(work(one), work(other))
            assert len(mine) + len(yours) == len({*mine, *yours}) == 30
            assert mine
            assert yours

    run(main())


# fences ----------------------------------------------------------------------------------------


def test_who_lost_the_lease_is_fenced_and_writes_nothing(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as slow, ledger_at(tmp_path) as quick:
            await opened(slow)
            late = await claimed(slow, lease_s=BRIEF_S)
            await wait_out()
            now_held = await claimed(quick)
            assert now_held.event.id == late.event.id
            assert now_held.epoch == late.epoch + 1
            everything = Commit(
                writes=[alarm("late"), Outcomes("INC-1/r1", [outcome(0)])],
                events=[event("child")],
                checkpoint="late",
                done=True,
            )
            with pytest.raises(Fenced):
                await apply(slow, late, everything)
            assert "late" not in await alarms(quick)
            assert (await quick.ask(reads.coverage, "INC-1/r1")).reached == 0
            await slow.release(late, now=NOW, error="late", dead=True)
            assert await quick.ask(reads.dead_events) == ()
            await apply(quick, now_held, Commit(writes=[alarm("in time")], done=True))
            assert await alarms(slow) == ["in time"]
            assert await claim(quick) is None, "the fenced commit's child event was inserted"

    run(main())


def test_a_commit_renews_the_lease(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger, lease_s=BRIEF_S)
            await apply(ledger, held, Commit())
            await wait_out()
            assert await claim(ledger) is None
            await apply(ledger, held, DONE)

    run(main())


def test_after_its_last_commit_an_event_takes_no_more(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await apply(ledger, held, DONE)
            with pytest.raises(Fenced):
                await apply(ledger, held, Commit(writes=[alarm("once more")]))
            assert await alarms(ledger) == []

    run(main())


def test_a_commit_says_what_the_operator_wants_now(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            for state, order in (
                ("paused", Order.PAUSE),
                ("sending", Order.GO),
                ("stopped", Order.STOP),
            ):
                await submit(ledger, event(state), writes=[Transition("round", "INC-1/r1", state)])
                assert (await apply(ledger, held, Commit())).order is order

    run(main())


def test_what_a_pause_or_a_stop_holds_back_is_no_backlog(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await submit(ledger, event("another", round_id="INC-1/r1", due_s=-60))
            now_us = microseconds(NOW)
            for state, waiting in (("sending", 1), ("paused", 0), ("sending", 1), ("stopped", 0)):
                moved = Transition("round", "INC-1/r1", state)
                await apply(ledger, held, Commit(writes=[moved]))
                found = await ledger.ask(reads.backlog, now_us=now_us)
                assert (state, found.waiting) == (state, waiting)
                assert (found.oldest_s > 50) is bool(waiting)

    run(main())
