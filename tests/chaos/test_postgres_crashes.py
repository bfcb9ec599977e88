"""P1 and P2 with the ledger in PostgreSQL: workers are killed, stopped, and lose their database."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from chaos.test_crash_points import BOUND, LEASE_S, SECTIONS, approve_all, crowd
from fakes.crowd import Audience, audience, repeats, settled
from fakes.deployment import Deployment
from fakes.postgres import Server, need_programs, schema_of
from fakes.zygote import Worker, Zygote

PEOPLE = 4000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that a test may crash."""
    need_programs()
    with Server() as server:
        yield server


@asynccontextmanager
async def sending(
    folder: Path, server: Server, who: Audience
) -> AsyncIterator[tuple[Deployment, Zygote, str]]:
    """Open a deployment whose round is approved, and what starts its workers."""
    url = schema_of(folder, url=server.url)
    async with crowd(folder, who, ledger={"url": url}) as d, Zygote() as zygote:
        name = await d.raised()
        await approve_all(d, name)
        yield d, zygote, name


async def start(d: Deployment, zygote: Zygote, server: Server) -> Worker:
    ledger = {"url": schema_of(d.folder, url=server.url)}
    return await zygote.start(d.folder, d.relay.port, **SECTIONS, ledger=ledger)


async def seen(d: Deployment, count: int, worker: Worker) -> None:
    """Wait until the relay has seen so many messages."""
    while d.relay.total < count and not worker.end.done():
        await asyncio.sleep(0.002)


def say(capsys: pytest.CaptureFixture[str], what: str, found: int, bound: int) -> None:
    with capsys.disabled():
        print(f"\n  PostgreSQL: {what}: lost 0, repeats {found} (bound {bound})")


def test_nobody_is_lost_when_either_of_two_workers_is_killed_while_sending(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> int:
        who = audience(PEOPLE)
        async with sending(tmp_path, server, who) as (d, zygote, name):
            workers = [await start(d, zygote, server) for _ in range(2)]
            for nth in range(6):
                victim = workers[nth % 2]
                await seen(d, len(who.expected) * (nth + 1) // 8, victim)
                victim.signal(signal.SIGKILL)
                assert await victim.ended(), "the round ended before the last kill"
                workers[nth % 2] = await start(d, zygote, server)
            for worker in workers:
                assert not await worker.ended()
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    say(capsys, "6 kills of two workers", found, 6 * BOUND)
    assert found <= 6 * BOUND


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_nobody_is_lost_when_postgresql_restarts_while_sending(
    tmp_path: Path, server: Server, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> int:
        who = audience(PEOPLE)
        async with sending(tmp_path, server, who) as (d, zygote, name):
            workers = [await start(d, zygote, server) for _ in range(2)]
            for third in (1, 2):
                await seen(d, len(who.expected) * third // 3, workers[0])
                await asyncio.to_thread(server.stop, mode)
                await asyncio.sleep(LEASE_S / 4)
                await asyncio.to_thread(server.start)
            for worker in workers:
                assert not await worker.ended(), "a worker did not survive the restart"
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    say(capsys, f"2 restarts ({mode}) under two workers", found, 4 * BOUND)
    assert found <= 4 * BOUND


def test_nobody_is_lost_when_postgresql_is_away_for_longer_than_a_lease(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> int:
        who = audience(PEOPLE)
        async with sending(tmp_path, server, who) as (d, zygote, name):
            workers = [await start(d, zygote, server) for _ in range(2)]
            await seen(d, len(who.expected) // 3, workers[0])
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.sleep(1.5 * LEASE_S)
            await asyncio.to_thread(server.start)
            for worker in workers:
                assert not await worker.ended(), "a worker did not survive"
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    say(capsys, "away for a lease and a half", found, 2 * BOUND)
    assert found <= 2 * BOUND


def test_a_worker_that_was_stopped_for_two_leases_holds_nobody_up(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> int:
        who = audience(PEOPLE)
        async with sending(tmp_path, server, who) as (d, zygote, name):
            sleeper, other = [await start(d, zygote, server) for _ in range(2)]
            await seen(d, len(who.expected) // 4, sleeper)
            sleeper.signal(signal.SIGSTOP)
            await asyncio.sleep(2 * LEASE_S)
            sleeper.signal(signal.SIGCONT)
            for worker in (sleeper, other):
                assert not await worker.ended()
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    say(capsys, "stopped for two leases", found, BOUND)
    assert found <= BOUND


def test_nobody_is_told_twice_when_a_lock_holds_everybody_up_for_two_leases(
    tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when a worker is stopped within its transaction: its locks stay, and leases run out."""

    def hold(url: str, name: str) -> None:
        with psycopg.connect(url) as db:
            db.execute("SELECT n FROM head WHERE incident = %s FOR UPDATE", [name])
            time.sleep(2 * LEASE_S)
            db.rollback()

    async def main() -> int:
        who = audience(PEOPLE)
        async with sending(tmp_path, server, who) as (d, zygote, name):
            workers = [await start(d, zygote, server) for _ in range(2)]
            for third in (1, 2):
                await seen(d, len(who.expected) * third // 3, workers[0])
                await asyncio.to_thread(hold, schema_of(tmp_path, url=server.url), name)
            for worker in workers:
                assert not await worker.ended()
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    say(capsys, "a lock for two leases, twice", found, 0)
    assert found == 0
