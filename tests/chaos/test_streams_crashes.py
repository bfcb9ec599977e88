"""P1 and P2 on streams: three workers, brokers and a database that come and go, handlers that fail.

Counted at the receiving server against the generator's table.
"""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tocsin.ledger import reads, tables
from tocsin.schemas.errors import TocsinError
from tocsin.services.pipeline import PIPELINE

from chaos.test_crash_points import BOUND, LEASE_S, SECTIONS, approve_all, crowd, give
from fakes import kafka, postgres
from fakes.crowd import Audience, audience, repeats, settled
from fakes.deployment import Deployment
from fakes.zygote import Worker, Zygote

SESSION_S = 6
RECOVERY_S = SESSION_S + LEASE_S + 5
"""The longest until what a victim held is carried on."""
WORKERS = 3
ELSEWHERE = frozenset(
    {
        *("closing.due", "evidence.heard", "gathering.due", "silence.due"),
        *("earlier.told", "stage.due", "announcement.watch", "announcement.end"),
        *("press.due", "packet.due", "packet.ready", "relook.due", "wait.due"),
    }
)
"""Events of rounds on other channels, with something that comes back, in stages, told before, told
by the media as well, after a hold, of processors; and those that come due long after everybody is
told."""
KINDS = PIPELINE.keys() - ELSEWHERE


@dataclass
class Scene:
    """What a test may break, and what that did."""

    d: Deployment
    zygote: Zygote
    broker: kafka.Broker
    database: postgres.Server
    sections: dict[str, Any]
    faults: dict[str, Any] | None
    workers: list[Worker] = field(default_factory=list)
    crashes: int = 0
    """Workers killed, stopped, or cut off from the ledger: each may repeat F + C."""
    recoveries: dict[str, float] = field(default_factory=dict)

    async def join(self) -> Worker:
        worker = await self.zygote.start(
            self.d.folder,
            self.d.relay.port,
            faults=self.faults,
            until_idle=False,
            **self.sections,
        )
        self.workers.append(worker)
        return worker

    def drawn(self, chance: random.Random) -> Worker:
        return chance.choice([w for w in self.workers if not w.end.done()])

    async def held(self) -> list[Any]:
        e = tables.event.c

        def look(db: Connection) -> list[Any]:
            query = select(e.id, e.epoch, e.lease_until).where(e.state == "claimed")
            return list(db.execute(query))

        found: list[Any] = await self.d.runtime.ledger.ask(look)
        return found

    async def recovered(self, what: str, at: float, before: list[Any]) -> None:
        """Wait until each event that was held at `at` is done, taken over, or held by the living.

        A lease that ends later than one granted at `at` could was renewed since.
        """
        until = (time.time() + at - time.monotonic() + LEASE_S) * 1e6
        while True:
            now = {row.id: row for row in await self.held()}
            waits = [
                row
                for row in before
                if row.id in now
                and now[row.id].epoch == row.epoch
                and now[row.id].lease_until <= until
            ]
            took = time.monotonic() - at
            if not waits:
                break
            assert took < 3 * RECOVERY_S, f"{what}: nobody took over"
            await asyncio.sleep(0.02)
        self.recoveries[what] = max(took, self.recoveries.get(what, 0))


async def killed(s: Scene, chance: random.Random) -> None:
    victim, before = s.drawn(chance), await s.held()
    at = time.monotonic()
    victim.signal(signal.SIGKILL)
    assert await victim.ended()
    s.crashes += 1
    await s.join()
    await s.recovered("kill -9", at, before)


async def terminated(s: Scene, chance: random.Random) -> None:
    victim, before = s.drawn(chance), await s.held()
    at = time.monotonic()
    victim.signal(signal.SIGTERM)
    assert not await victim.ended()
    await s.join()
    await s.recovered("SIGTERM", at, before)


async def suspended(s: Scene, chance: random.Random) -> None:
    victim, before = s.drawn(chance), await s.held()
    at = time.monotonic()
    victim.signal(signal.SIGSTOP)
    s.crashes += 1
    await s.recovered("SIGSTOP", at, before)
    await asyncio.sleep(max(2 * LEASE_S - (time.monotonic() - at), 0))
    victim.signal(signal.SIGCONT)


async def joined(s: Scene, chance: random.Random) -> None:
    del chance
    await s.join()


async def broker_killed(s: Scene, chance: random.Random) -> None:
    del chance
    await asyncio.to_thread(s.broker.kill)
    at, before = time.monotonic(), await s.held()
    await s.recovered("broker kill -9", at, before)
    await asyncio.to_thread(s.broker.start)


async def broker_away(s: Scene, chance: random.Random) -> None:
    del chance
    await asyncio.to_thread(s.broker.stop)
    at, before = time.monotonic(), await s.held()
    await s.recovered("30 s without broker", at, before)
    await asyncio.sleep(max(30 - (time.monotonic() - at), 0))
    await asyncio.to_thread(s.broker.start)


async def database_restarted(s: Scene, chance: random.Random) -> None:
    del chance
    before = await s.held()
    s.crashes += len([w for w in s.workers if not w.end.done()])
    at = time.monotonic()
    await asyncio.to_thread(s.database.stop, "immediate")
    await asyncio.to_thread(s.database.start)
    await s.recovered("PostgreSQL restart", at, before)


Act = Callable[[Scene, random.Random], Coroutine[Any, Any, None]]
ALL: tuple[Act, ...] = (
    killed,
    terminated,
    broker_killed,
    suspended,
    joined,
    killed,
    database_restarted,
    broker_away,
    killed,
    terminated,
    killed,
)
SHORT: tuple[Act, ...] = (killed, broker_killed, terminated)


async def heal(s: Scene, seen: set[str]) -> None:
    """Be the operator: whatever gave up is mended, and taken up again; until cancelled."""
    while True:
        for dead in await s.d.runtime.ledger.ask(reads.dead_events):
            seen.add(dead.type)
            (s.d.folder / "faults" / f"healed-{dead.type}").touch()
            try:
                await s.d.runtime.door.replay(s.d.raiser, dead.id)
            except TocsinError:
                continue  # somebody was quicker
        await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[kafka.Broker, postgres.Server]]:
    """A broker and a database that a test may crash."""
    kafka.need_programs()
    postgres.need_programs()
    with kafka.Broker() as broker, postgres.Server() as database:
        yield broker, database


@asynccontextmanager
async def scene(
    folder: Path,
    who: Audience,
    servers: tuple[kafka.Broker, postgres.Server],
    *,
    faults: bool,
) -> AsyncIterator[Scene]:
    broker, database = servers
    given: dict[str, Any] | None = None
    if faults:
        (folder / "faults").mkdir()
        given = {"folder": str(folder / "faults"), "transient_percent": 5}
    sections = SECTIONS | {
        "ledger": {"url": postgres.schema_of(folder, url=database.url)},
        "kafka": kafka.kafka_of(folder, address=broker.address),
        "worker": {"session_s": SESSION_S, "http": "127.0.0.1:0"},
        "delivery": SECTIONS["delivery"] | {"max_tries": 4},
    }
    # who looks on and approves needs no streams
    more = {name: sections[name] for name in ("ledger", "delivery")}
    async with crowd(folder, who, **more) as d, Zygote(streams=True) as zygote:
        s = Scene(d, zygote, broker, database, sections, given)
        try:
            yield s
        finally:
            for worker in s.workers:
                worker.signal(signal.SIGCONT)
                worker.signal(signal.SIGTERM)
            await asyncio.gather(*(worker.end for worker in s.workers))


async def rested(d: Deployment) -> None:
    def restless(db: Connection) -> bool:
        return reads.busy(db) or bool(reads.dead_events(db))

    while await d.runtime.ledger.ask(restless):
        await asyncio.sleep(0.1)


async def told(s: Scene, who: Audience, acts: tuple[Act, ...], chance: random.Random) -> str:
    """Raise, approve, and let each act happen at its share of the messages; return the incident."""
    for _ in range(WORKERS):
        await s.join()
    name = await give(s.d, 1)
    await rested(s.d)
    await approve_all(s.d, name)
    for nth, act in enumerate(acts):
        while s.d.relay.total < len(who.expected) * nth // (len(acts) + 1):
            await asyncio.sleep(0.005)
        await act(s, chance)
    await rested(s.d)
    return name


@pytest.mark.parametrize(
    ("people", "acts", "delay_ms", "faults"),
    [
        pytest.param(2000, SHORT, 10, False, id="short"),
        pytest.param(2000, (), 0, True, id="faults"),
        pytest.param(20_000, ALL, 25, True, id="long", marks=pytest.mark.soak),
    ],
)
def test_nobody_is_lost_or_told_beyond_the_bound_whatever_breaks(  # noqa: PLR0917
    tmp_path: Path,
    servers: tuple[kafka.Broker, postgres.Server],
    people: int,
    acts: tuple[Act, ...],
    delay_ms: int,
    faults: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def main() -> tuple[int, Scene, set[str]]:
        who = audience(people)
        slow = who.plan.model_copy(update={"delay_ms": delay_ms})
        who = Audience(who.people, who.expected, slow, who.dropped)
        seen: set[str] = set()
        async with scene(tmp_path, who, servers, faults=faults) as s:
            operator = asyncio.create_task(heal(s, seen)) if faults else None
            name = await told(s, who, acts, random.Random(people))  # noqa: S311
            if operator is not None:
                while not seen >= KINDS:  # timers are no rest's business
                    await asyncio.sleep(0.1)
                await rested(s.d)
                operator.cancel()
            await settled(s.d, name, who)
            return repeats(s.d, who), s, seen

    found, s, seen = asyncio.run(main())
    bound = BOUND * s.crashes
    with capsys.disabled():
        took = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in s.recoveries.items())
        print(f"\n  streams, {people:,} people, {len(acts)} acts: lost 0, repeats {found}", end="")
        print(f" (bound {bound}); recovery {took or '-'}; gave up and replayed: {len(seen)} kinds")
    assert found <= bound
    assert max(s.recoveries.values(), default=0) <= RECOVERY_S
    if faults:
        assert seen == KINDS, KINDS ^ seen
