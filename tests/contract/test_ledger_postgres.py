"""What a ledger in PostgreSQL owes its workers beyond the contract: no waiting, no lost answer."""

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Fenced, Ledger
from tocsin.ledger.postgres import Postgres
from tocsin.ledger.verify import verify
from tocsin.schemas.audience import RosterRow
from tocsin.schemas.commit import Commit, Outcomes
from tocsin.schemas.errors import InvalidInput, Unavailable

from fakes.ledgers import (
    NOW,
    alarm,
    alarms,
    apply,
    batch,
    claim,
    claimed,
    event,
    ledger_in,
    opened,
    outcome,
    run,
    submit,
)
from fakes.postgres import schema_of
from fakes.wire import Wire

ROUND = "INC-1/r1"
DONE = Commit(done=True)
LOST = pytest.mark.parametrize("answered", [False, True], ids=["unheard", "unanswered"])
"""A request that never arrives, or whose answer never comes."""
ROWS = [RosterRow("other", seq, f"customer-{seq}") for seq in range(1200)]


def opened_here(tmp_path: Path) -> AbstractAsyncContextManager[Any]:
    return ledger_in(tmp_path, "postgres")


async def on(wire: Wire, folder: Path) -> Ledger:
    """Open the ledger of a folder by way of a wire."""
    backend = Postgres(wire.url, patience_s=10)
    return await Ledger.open(backend, keys=KeyRing(folder / "keys"))


def beside(tmp_path: Path) -> psycopg.Connection[Any]:
    """Return a connection of somebody else to the ledger's schema."""
    return psycopg.connect(schema_of(tmp_path))


# workers beside each other ---------------------------------------------------------------------


def test_a_claim_passes_over_what_another_worker_is_claiming_instead_of_waiting(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            first, second = event("1", due_s=-2), event("2", due_s=-1)
            await submit(ledger, first, second)
            with beside(tmp_path) as other:
                other.execute("SELECT FROM event WHERE id = %s FOR UPDATE", [first.id])
                other.execute("SELECT FROM turn FOR UPDATE")
                async with asyncio.timeout(2):
                    assert (await claimed(ledger)).event.id == second.id
                    assert await claim(ledger) is None
            assert (await claimed(ledger)).event.id == first.id

    run(main())


def test_one_worker_sweeps_and_the_others_claim_meanwhile(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            await submit(ledger, event("lapsed", due_s=-2))
            await claimed(ledger, lease_s=0.01)
            await submit(ledger, event("fresh", due_s=-1))
            await asyncio.sleep(0.03)
            with beside(tmp_path) as sweeper:
                sweeper.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('tocsin sweep'),"
                    " hashtext(current_schema()))"
                )
                async with asyncio.timeout(2):
                    assert (await claimed(ledger)).event.id == event("fresh").id
                    assert await claim(ledger) is None
            assert (await claimed(ledger)).event.id == event("lapsed").id

    run(main())


def test_four_workers_settle_one_round_at_once_and_the_counts_hold(tmp_path: Path) -> None:
    async def work(ledger: Ledger, seqs: list[int]) -> None:
        while (held := await claim(ledger)) is not None:
            payload = held.event.payload
            if payload.type == "batch.due":
                for seq in range(payload.first, payload.first + payload.count):
                    await apply(ledger, held, Commit([Outcomes(ROUND, [outcome(seq)])]))
                    seqs.append(seq)
            await apply(ledger, held, DONE)

    async def main() -> None:
        async with AsyncExitStack() as stack:
            one, *others = [await stack.enter_async_context(opened_here(tmp_path)) for _ in "four"]
            await opened(one, recipients=[("self",)] * 80)
            await apply(one, await claimed(one), DONE)
            for first in range(0, 80, 10):
                due = batch(ROUND, 10, first=first)
                await submit(one, event(f"b{first}", round_id=ROUND, payload=due))
            seqs: list[int] = []
            await asyncio.gather(*(work(ledger, seqs) for ledger in (one, *others)))
            assert sorted(seqs) == list(range(80))
            coverage = await one.ask(reads.coverage, ROUND)
            assert (coverage.reached, coverage.open) == (80, 0)
            assert (await one.ask(verify, one.keys)).problems == ()

    run(main())


def test_the_same_event_from_two_doors_at_once_brings_its_facts_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as one, opened_here(tmp_path) as other:
            for n in range(20):
                given = [
                    ledger.submit(event(f"e{n}"), now=NOW, writes=[alarm(f"{n}")])
                    for ledger in (one, other)
                ]
                assert sorted(await asyncio.gather(*given)) == [False, True]
            assert sorted(await alarms(one), key=int) == [str(n) for n in range(20)]

    run(main())


def test_a_new_ledger_is_made_by_one_of_those_who_open_it_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        url, keys = schema_of(tmp_path), KeyRing(tmp_path / "keys")
        ledgers = await asyncio.gather(*(Ledger.open(Postgres(url), keys=keys) for _ in range(4)))
        await submit(ledgers[0], event("e"))
        assert (await claimed(ledgers[3])).event.id == event("e").id
        for ledger in ledgers:
            await ledger.close()

    run(main())


def test_a_worker_hears_of_new_work_of_others_but_not_of_its_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as one, opened_here(tmp_path) as other:
            before = await one.changes(), await other.changes()
            await submit(one, event("e"))
            async with asyncio.timeout(2):
                while await other.changes() == before[1]:
                    await asyncio.sleep(0.005)
            assert await one.changes() == before[0]
            heard = await other.changes()
            held = await claimed(other)
            await apply(one, held, Commit([alarm("a flush wakes nobody")]))
            await asyncio.sleep(0.02)
            assert await other.changes() == heard

    run(main())


def _session(db: Connection) -> int:
    return int(db.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


# answers that never come -----------------------------------------------------------------------


@LOST
def test_whichever_request_is_lost_a_commit_is_applied_once(
    tmp_path: Path, *, answered: bool
) -> None:
    async def main() -> None:
        async with Wire(schema_of(tmp_path), tmp_path / "wire") as wire:
            ledger = await on(wire, tmp_path)
            await opened(ledger, recipients=[("self",)] * 40)
            held, cuts = await claimed(ledger), 0
            for n in count():
                cut = wire.cut(n + 1, answered=answered)
                rows = [outcome(n)]
                await apply(ledger, held, Commit([alarm(str(n)), Outcomes(ROUND, rows)]))
                if not cut.done:
                    break
                cuts += 1
            assert cuts > 10, "a commit has more requests than that"
            assert sorted(await alarms(ledger), key=int) == [str(n) for n in range(cuts + 1)]
            assert (await ledger.ask(reads.coverage, ROUND)).reached == cuts + 1
            assert (await ledger.ask(verify, ledger.keys)).problems == ()
            await ledger.close()

    run(main())


@LOST
def test_whichever_request_is_lost_a_claim_holds_one_event(
    tmp_path: Path, *, answered: bool
) -> None:
    async def main() -> None:
        async with Wire(schema_of(tmp_path), tmp_path / "wire") as wire:
            ledger = await on(wire, tmp_path)
            await submit(ledger, *(event(f"{n:02}", due_s=n - 90) for n in range(40)))
            for n in count():
                cut = wire.cut(n + 1, answered=answered)
                held = await claimed(ledger)
                assert held.event.id == event(f"{n:02}").id, "an event was claimed for nobody"
                assert (held.epoch, held.tries) == (1, 1)
                if not cut.done:
                    break
            assert n > 5
            await ledger.close()

    run(main())


@LOST
def test_whichever_request_is_lost_an_event_from_outside_is_taken_once(
    tmp_path: Path, *, answered: bool
) -> None:
    async def main() -> None:
        async with Wire(schema_of(tmp_path), tmp_path / "wire") as wire:
            ledger = await on(wire, tmp_path)
            for n in count():
                cut = wire.cut(n + 1, answered=answered)
                assert await submit(ledger, event(f"e{n}"), writes=[alarm(str(n))])
                if not cut.done:
                    break
            assert n > 5
            assert len(await alarms(ledger)) == n + 1
            await ledger.close()

    run(main())


def test_who_was_away_until_the_lease_ran_out_is_fenced(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            Wire(schema_of(tmp_path), tmp_path / "wire") as wire,
            opened_here(tmp_path) as quick,
        ):
            slow = await on(wire, tmp_path)
            await submit(quick, event("e"))
            late = await claimed(slow, lease_s=0.01)
            await asyncio.sleep(0.03)
            assert (await claimed(quick)).epoch == late.epoch + 1
            wire.cut(1, answered=False)
            with pytest.raises(Fenced):
                await apply(slow, late, Commit([alarm("late")], done=True))
            assert await alarms(quick) == []
            await slow.close()

    run(main())


def test_a_worker_whose_idle_connection_was_ended_notices_and_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            before = await ledger.changes()
            session = await ledger.ask(_session)
            with beside(tmp_path) as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s, 2000)", [session])
            async with asyncio.timeout(2):
                while await ledger.changes() == before:
                    await asyncio.sleep(0.005)
            await submit(ledger, event("e"))
            assert (await claimed(ledger)).event.id == event("e").id

    run(main())


def test_who_is_told_to_end_still_puts_on_record_what_a_broken_connection_held_up(
    tmp_path: Path,
) -> None:
    """A database that can be reached is not given up: what was sent must not be sent again."""

    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            session = await ledger.ask(_session)
            ledger.hurry()
            with beside(tmp_path) as administrator:
                administrator.execute("SELECT pg_terminate_backend(%s, 2000)", [session])
            await submit(ledger, event("e"))
            assert (await claimed(ledger)).event.id == event("e").id

    run(main())


def test_a_database_that_stays_away_is_unavailable(tmp_path: Path) -> None:
    async def main() -> None:
        async with Wire(schema_of(tmp_path), tmp_path / "wire") as wire:
            backend = Postgres(wire.url, patience_s=0.2)
            ledger = await Ledger.open(backend, keys=KeyRing(tmp_path / "keys"))
        with pytest.raises(Unavailable) as refused:
            await submit(ledger, event("e"))
        assert refused.value.field == "ledger.url"
        await ledger.close()

    run(main())


@pytest.mark.parametrize(
    "url", ["sqlite:///ledger.db", "people", "postgresql://a:hunter2@x:port/p"]
)
def test_an_address_that_is_no_postgresql_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Postgres(url)
    assert refused.value.field == "ledger.url"
    assert "hunter2" not in str(refused.value)
