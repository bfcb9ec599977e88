"""What every ledger owes its callers: fair claims, fences, whole commits, nobody lost from sight.

A ledger on another database joins by one line in `fakes.ledgers.BACKENDS`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from tocsin.ledger import reads, tables
from tocsin.ledger.sqlite import Fenced
from tocsin.ledger.verify import verify
from tocsin.schemas.commit import Commit, Obligations, Outcomes, Persons, Transition
from tocsin.schemas.event import CommandGiven, RoundEmptied
from tocsin.schemas.lease import Order
from tocsin.schemas.outcome import Result
from tocsin.schemas.principal import CommandType

from fakes.ledgers import (
    BACKENDS,
    NOW,
    alarm,
    alarms,
    batch,
    claim,
    claimed,
    event,
    opened,
    outcome,
    people,
    run,
)

BRIEF_S = 0.05
"""A lease that a test can wait out."""

Opener = Callable[[Path], Any]
DONE = Commit(done=True)


@pytest.fixture(params=BACKENDS.values(), ids=BACKENDS.keys())
def ledger_at(request) -> Opener:
    start: Callable[[Path], Awaitable[Any]] = request.param

    @asynccontextmanager
    async def ledger(folder: Path):
        opened_ledger = await start(folder)
        try:
            yield opened_ledger
        finally:
            await opened_ledger.close()

    return ledger


async def apply(ledger, held, commit: Commit, *, lease_s: float = 30):
    return await ledger.commit(held, commit, now=NOW, lease_s=lease_s)


async def submit(ledger, *events, writes=()) -> bool:
    return [await ledger.submit(e, now=NOW, writes=writes) for e in events][-1]


async def taken(ledger, number: int, **fields: Any) -> list[str]:
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


def test_incidents_take_turns(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            for name in ("INC-A", "INC-B", "INC-C"):
                await submit(ledger, *(event(f"e{n}", name) for n in range(3)))
            order = await taken(ledger, 9)
            for turn in range(3):
                assert set(order[3 * turn : 3 * turn + 3]) == {"INC-A", "INC-B", "INC-C"}

    run(main())


def test_five_small_events_do_not_wait_behind_two_hundred_heavy_ones(ledger_at, tmp_path):
    async def main():
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


def test_a_slot_for_small_events_takes_no_heavy_one(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("heavy", weight=51), event("light", weight=50))
            held = await claimed(ledger, max_weight=50)
            assert held.event.weight == 50
            assert await claim(ledger, max_weight=50) is None
            assert (await claimed(ledger)).event.weight == 51

    run(main())


def test_an_event_is_not_claimed_before_it_is_due_and_the_earliest_goes_first(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            later, first, second = (event(str(s), due_s=s) for s in (1, -2, -1))
            await submit(ledger, later, second, first)
            assert await ledger.has_due(now=NOW)
            ids = [(await claimed(ledger)).event.id for _ in range(2)]
            assert ids == [first.id, second.id]
            assert await claim(ledger) is None
            assert not await ledger.has_due(now=NOW)

    run(main())


def test_the_one_event_that_is_asked_for_is_claimed(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            wanted = event("wanted", "INC-Z")
            await submit(ledger, event("other", "INC-A"), wanted)
            assert (await claimed(ledger, only=wanted.id)).event.id == wanted.id
            assert await claim(ledger, only=wanted.id) is None

    run(main())


def test_two_workers_never_hold_the_same_event(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as one, ledger_at(tmp_path) as other:
            await submit(one, *(event(f"e{n}", f"INC-{n % 3}") for n in range(30)))

            async def work(ledger) -> list[str]:
                held = []
                while (found := await claim(ledger)) is not None:
                    held.append(found.event.id)
                return held

            mine, yours = await asyncio.gather(work(one), work(other))
            assert len(mine) + len(yours) == len({*mine, *yours}) == 30
            assert mine
            assert yours

    run(main())


# fences ----------------------------------------------------------------------------------------


def test_who_lost_the_lease_is_fenced_and_writes_nothing(ledger_at, tmp_path):
    async def main():
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


def test_a_commit_renews_the_lease(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger, lease_s=BRIEF_S)
            await apply(ledger, held, Commit())
            await wait_out()
            assert await claim(ledger) is None
            await apply(ledger, held, DONE)

    run(main())


def test_after_its_last_commit_an_event_takes_no_more(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await apply(ledger, held, DONE)
            with pytest.raises(Fenced):
                await apply(ledger, held, Commit(writes=[alarm("once more")]))
            assert await alarms(ledger) == []

    run(main())


def test_a_commit_says_what_the_operator_wants_now(ledger_at, tmp_path):
    async def main():
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


# giving up -------------------------------------------------------------------------------------


def test_an_expired_lease_makes_the_event_claimable_with_its_checkpoint(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await apply(ledger, held, Commit(checkpoint="page 7"), lease_s=BRIEF_S)
            await apply(ledger, held, Commit(), lease_s=BRIEF_S)
            await wait_out()
            again = await claimed(ledger)
            assert (again.checkpoint, again.epoch) == ("page 7", held.epoch + 1)

    run(main())


def test_an_event_claimed_in_vain_too_often_is_dead_and_alarms_once(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            doomed = event("e")
            await submit(ledger, doomed)
            for _ in range(3):
                await claimed(ledger, lease_s=BRIEF_S, max_tries=3)
                await wait_out()
            for _ in range(2):
                assert await claim(ledger, max_tries=3) is None
            (dead,) = await ledger.ask(reads.dead_events)
            assert (dead.id, dead.tries) == (doomed.id, 3)
            assert await alarms(ledger) == [f"dead:{doomed.id}"]
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_an_applied_commit_counts_as_progress_and_clears_the_tries(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            for _ in range(4):
                held = await claimed(ledger, lease_s=BRIEF_S, max_tries=2)
                assert held.tries == 1
                await apply(ledger, held, Commit(), lease_s=BRIEF_S)
                await wait_out()
            assert await ledger.ask(reads.dead_events) == ()

    run(main())


def test_a_failed_event_waits_before_it_is_claimed_again(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, after_s=60, error="ValueError", dead=False)
            assert await claim(ledger) is None
            later = NOW.replace(hour=NOW.hour + 1)
            assert (await ledger.claim(now=later, lease_s=30)).tries == 2

    run(main())


def test_an_event_given_back_without_an_error_is_claimable_at_once(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, dead=False)
            assert (await claimed(ledger)).tries == 1

    run(main())


def test_a_dead_event_is_claimable_only_after_its_replay(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            doomed = event("e")
            await submit(ledger, doomed)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(checkpoint="page 7"))
            await ledger.release(held, now=NOW, error="Conflict", dead=True)
            assert await alarms(ledger) == [f"dead:{doomed.id}"]
            assert await claim(ledger) is None
            assert not await ledger.replay(event("another").id, now=NOW)
            assert await ledger.replay(doomed.id, now=NOW)
            again = await claimed(ledger)
            assert (again.event.id, again.tries, again.checkpoint) == (doomed.id, 1, "page 7")
            assert await ledger.ask(reads.dead_events) == ()

    run(main())


# events ----------------------------------------------------------------------------------------


def test_an_event_from_outside_is_taken_once_with_its_facts(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            assert await submit(ledger, event("e"), writes=[alarm("first")])
            assert not await submit(ledger, event("e"), writes=[alarm("second")])
            assert await alarms(ledger) == ["first"]
            await taken(ledger, 1)
            assert not await submit(ledger, event("e"))
            assert await claim(ledger) is None

    run(main())


def test_a_child_event_that_stands_already_stays_as_it_is(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("child"))
            await taken(ledger, 1)
            await submit(ledger, event("parent"))
            child = event("child", weight=7)
            await apply(ledger, await claimed(ledger), Commit(events=[child, child], done=True))
            assert await claim(ledger) is None

    run(main())


@pytest.mark.parametrize("state", ["paused", "stopped", "closed"])
def test_a_held_rounds_work_is_not_claimed_but_commands_and_its_closing_are(
    ledger_at, tmp_path, state
):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            command = event("c", payload=CommandGiven(command=CommandType.RESUME, principal="ada"))
            await submit(ledger, command, writes=[Transition("round", "INC-1/r1", state)])
            emptied = RoundEmptied(round="INC-1/r1")
            await submit(ledger, event("x", round_id="INC-1/r1", payload=emptied))
            types = [(await claimed(ledger)).event.payload.type for _ in range(2)]
            assert sorted(types) == ["command.given", "round.emptied"]
            assert await claim(ledger) is None
            resumed = [Transition("round", "INC-1/r1", "sending")]
            await submit(ledger, event("resumed", "INC-2"), writes=resumed)
            found = {(await claimed(ledger)).event.payload.type for _ in range(2)}
            assert "batch.due" in found

    run(main())


# facts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["update", "delete"])
@pytest.mark.parametrize("table", tables.FACT_TABLES, ids=lambda table: table.name)
def test_facts_can_only_be_appended(ledger_at, tmp_path, table, verb):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes=[Outcomes("INC-1/r1", [outcome(0)])]))

            def tamper() -> None:
                column = table.c.link if "link" in table.c else table.c.rows
                statement = table.update().values({column: 0}) if verb == "update" else None
                with ledger.transaction() as db:
                    db.execute(table.delete() if statement is None else statement)

            with pytest.raises(DBAPIError, match="append-only"):
                await ledger.run(tamper)
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


@pytest.mark.parametrize("second", [Result.ACCEPTED, Result.UNREACHABLE, Result.COVERED])
def test_a_second_settlement_on_a_rung_is_refused_with_all_that_came_with_it(
    ledger_at, tmp_path, second
):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes=[Outcomes("INC-1/r1", [outcome(0)])]))
            before = await ledger.ask(verify, ledger.keys)
            rows = [outcome(1), outcome(0, second, attempt=1)]
            with pytest.raises(DBAPIError):
                await apply(ledger, held, Commit(writes=[Outcomes("INC-1/r1", rows)]))
            assert await ledger.ask(verify, ledger.keys) == before
            coverage = await ledger.ask(reads.coverage, "INC-1/r1")
            assert (coverage.reached, coverage.open) == (1, 4)

    run(main())


def test_a_commit_of_which_one_write_fails_leaves_nothing(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger, lease_s=BRIEF_S)
            before = await ledger.ask(verify, ledger.keys)
            persons, obligations = people([("self",)] * 6)
            broken = Commit(
                writes=[
                    alarm("half"),
                    Transition("round", "INC-1/r1", "paused"),
                    Outcomes("INC-1/r1", [outcome(0)]),
                    Persons("INC-1/r1", persons[5:]),
                    Obligations("INC-1/r1", obligations[4:]),  # the first of them stands already
                ],
                events=[event("child", "INC-2")],
                checkpoint="half",
                done=True,
            )
            with pytest.raises(DBAPIError):
                await apply(ledger, held, broken)
            assert await ledger.ask(verify, ledger.keys) == before
            assert (await ledger.ask(reads.round_, "INC-1/r1")).state == "sending"
            coverage = await ledger.ask(reads.coverage, "INC-1/r1")
            assert (coverage.open, coverage.reached) == (5, 0)
            await wait_out()  # its lease was not renewed either
            again = await claimed(ledger)
            assert (again.event.id, again.checkpoint) == (held.event.id, None)
            await apply(ledger, again, DONE)
            assert await claim(ledger) is None

    run(main())


def test_the_last_settled_person_empties_a_round_exactly_once(ledger_at, tmp_path):
    async def main():
        async with ledger_at(tmp_path) as ledger:
            first = await opened(ledger, recipients=[("self",)] * 3)
            held = await claimed(ledger)
            rows = [outcome(0), outcome(1, Result.DEFERRED), outcome(2, Result.UNREACHABLE)]
            await apply(ledger, held, Commit(writes=[Outcomes("INC-1/r1", rows)]))
            assert await claim(ledger) is None
            last = Outcomes("INC-1/r1", [outcome(1, attempt=1)])
            await apply(ledger, held, Commit(writes=[last], done=True))
            emptied = await claimed(ledger)
            assert emptied.event.payload == RoundEmptied(round="INC-1/r1")
            await apply(ledger, emptied, DONE)
            assert await claim(ledger) is None
            late = event("late", round_id="INC-1/r1", payload=batch("INC-1/r1", 1))
            assert late.id != first.id
            await submit(ledger, late)
            beyond = Outcomes("INC-1/r1", [outcome(1, Result.REFUSED, rung=1)])
            await apply(ledger, await claimed(ledger), Commit(writes=[beyond], done=True))
            assert await claim(ledger) is None

    run(main())
