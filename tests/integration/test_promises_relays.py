"""Promises P1 and P2 against relays that are slow, hang, talk nonsense, drop, or are down."""

import asyncio
import fcntl
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.ledger import reads
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import contents, newest, problems, run, states, told, until, working

QUICK: dict[str, Any] = {"name": "relay-a", "tls": "none", "connections": 4, "timeout_s": 0.25}
MISBEHAVIOURS = (
    Do.HANG,
    Do.HANG_AFTER_DOT,
    Do.CLOSE_421,
    Do.GARBAGE,
    Do.GARBAGE_AFTER_DOT,
    Do.DROP,
    Do.DROP_AFTER_DOT,
    Do.DEFER,
    Do.FULL,
)


def relay(server: RelayServer, **fields: Any) -> dict[str, Any]:
    return QUICK | {"host": "127.0.0.1", "port": server.port} | fields


async def finished(d: Deployment, name: str, people: int) -> None:
    coverage = await d.coverage(name)
    assert (coverage.reached, coverage.open) == (people, 0)
    assert (await newest(d, name)).state == "closed"
    assert not await d.runtime.ledger.ask(reads.dead_events)
    assert await problems(d) == ()


def test_a_relay_slower_than_the_lease_is_served_and_told_once(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(8)]
        slow = RelayPlan(delay_ms=700)
        async with deployment(tmp_path, people, plan=slow, delivery={"lease_s": 0.4}) as d:
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in people}
            await finished(d, name, 8)

    run(main())


def test_a_lease_that_runs_out_while_the_ledger_is_locked_loses_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(300)]
        plan = RelayPlan(delay_ms=5)
        async with deployment(tmp_path, people, plan=plan, delivery={"lease_s": 0.4}) as d:
            name = await d.raised()
            lock = os.open(tmp_path / "ledger.db.lock", os.O_RDWR)
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total > 60)
                await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
                await asyncio.sleep(0.9)
                os.close(lock)
            assert set(told(d.relay)) == {row["email"] for row in people}
            assert d.relay.total - len(people) <= 54
            assert all(len(found) == 1 for found in contents(d.relay).values())
            await finished(d, name, 300)

    run(main())


@pytest.mark.parametrize("do", MISBEHAVIOURS)
def test_whatever_a_relay_does_at_first_everyone_is_told_and_a_repeat_is_the_same_bytes(
    tmp_path: Path, do: Do
) -> None:
    async def main() -> None:
        people = [person(n) for n in range(20)]
        odd = [row["email"] for row in people[::7]]
        plan = RelayPlan(addresses={address: Behaviour(do=do, times=1) for address in odd})
        async with (
            RelayServer(plan) as server,
            deployment(tmp_path, people, relays=[relay(server)]) as d,
        ):
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            taken = told(server)
            assert set(taken) == {row["email"] for row in people}
            assert set(taken.values()) == {1}
            after_the_dot = do in {Do.HANG_AFTER_DOT, Do.GARBAGE_AFTER_DOT, Do.DROP_AFTER_DOT}
            unanswered = sum(not each.accepted for each in server.received)
            assert server.total - len(people) == unanswered
            assert (0 < unanswered <= len(odd)) if after_the_dot else not unanswered
            assert all(len(found) == 1 for found in contents(server).values())
            await finished(d, name, 20)

    run(main())


def test_a_relay_that_is_down_for_a_while_loses_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(120)]
        plan = RelayPlan(delay_ms=25)
        policy = {"retry_base_s": 0.3, "retry_cap_s": 1, "max_attempts": 8}
        async with deployment(tmp_path, people, plan=plan, policy=policy) as d:
            name = await d.raised()
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total > 10)
                await d.relay.go_down()
                await asyncio.sleep(1)
                assert (await d.coverage(name)).open > 0
                await d.relay.come_up()
            assert set(told(d.relay)) == {row["email"] for row in people}
            assert all(len(found) == 1 for found in contents(d.relay).values())
            await finished(d, name, 120)

    run(main())


def test_who_is_refused_for_good_is_unreachable_with_the_reason_and_offered_once(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        people = [person(n) for n in range(6)]
        gone, unwanted = people[1]["email"], people[4]["email"]
        plan = RelayPlan(
            addresses={gone: Behaviour(do=Do.REFUSE), unwanted: Behaviour(do=Do.POLICY)}
        )
        policy = {"max_missing_share_percent": 100}
        async with deployment(tmp_path, people, plan=plan, policy=policy) as d:
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.unreachable, coverage.open) == (4, 2, 0)
            assert (d.relay.offered[gone], d.relay.offered[unwanted]) == (1, 1)
            with closing(sqlite3.connect(tmp_path / "ledger.db")) as db:
                query = "SELECT DISTINCT reason FROM outcome WHERE result = 'unreachable'"
                reasons = {reason for (reason,) in db.execute(query)}
            assert reasons == {"no_such_mailbox", "refused_by_policy"}

    run(main())


def test_who_always_is_deferred_is_unreachable_after_the_last_attempt(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(3)]
        stubborn = people[0]["email"]
        plan = RelayPlan(addresses={stubborn: Behaviour(do=Do.DEFER)})
        policy = {"retry_base_s": 0.05, "retry_cap_s": 0.1, "max_attempts": 4}
        async with deployment(tmp_path, people, plan=plan, policy=policy) as d:
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.unreachable) == (2, 1)
            assert d.relay.offered[stubborn] == 4

    run(main())


def test_fifty_people_are_told_within_five_seconds_amid_three_thousand_and_a_hanging_relay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        shop = [person(n) for n in range(3000)]
        portal = [person(n, system="portal") for n in range(3000, 3050)]
        where = {"where": [{"column": "system", "equals": "portal"}]}
        async with (
            RelayServer(RelayPlan(hang=True)) as hanging,
            RelayServer(RelayPlan(delay_ms=2)) as sound,
        ):
            relays = [
                relay(hanging, name="relay-a", timeout_s=1, weight=1),
                relay(sound, name="relay-b", timeout_s=1, weight=1),
            ]
            async with deployment(tmp_path, [*shop, *portal], relays=relays) as d:
                big = await d.raised()
                small = await d.raised(incident(title="The portal", scope=where))
                async with working(d):
                    await d.approve(big)
                    await until(lambda: sound.total > 100)
                    started = time.monotonic()
                    await d.runtime.door.act(
                        d.approver, CommandType.APPROVE, small, target="notice-r1"
                    )

                    async def told_all() -> bool:
                        return (await d.coverage(small)).open == 0

                    await until(told_all)
                    took = time.monotonic() - started
                    still_open = (await d.coverage(big)).open
                    await until(lambda: len(told(sound)) == 3050, seconds=25)
                with capsys.disabled():
                    print(f"\n  50 people amid 3,000 behind a hanging relay: {took:.2f} s")
                assert took < 5
                assert still_open > 500, "the big incident was over before"
                assert set(told(sound)) == {row["email"] for row in [*shop, *portal]}
                assert set(told(sound).values()) == {1}
                await finished(d, small, 50)
                await finished(d, big, 3000)
                assert await states(d, small)

    run(main())
