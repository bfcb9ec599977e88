"""Pause, resume and stop take hold within one flush, whatever happened to the incident before."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.directories.choosing import Directory
from tocsin.ledger import reads
from tocsin.schemas.errors import Conflict
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import newest, problems, read_people_by, run, told, until, working

PEOPLE = [person(n) for n in range(1200)]
FLUSH, CONNECTIONS = 50, 4
BOUND = FLUSH + CONNECTIONS
"""What may still leave once an order stands: everything that holds a credit."""
PLAN = RelayPlan(delay_ms=4)


def reached(d: Deployment, count: int) -> bool:
    return d.relay.total >= count


async def sending(d: Deployment, name: str, count: int) -> None:
    """Approve and wait until the relay has taken so many."""
    await d.approve(name)
    await until(partial(reached, d, count))


async def order(d: Deployment, command: CommandType, name: str) -> int:
    """Give a command and return how many the relay had taken when it stood."""
    await d.runtime.door.act(d.raiser, command, name)
    return d.relay.total


def test_after_a_stop_at_most_one_flush_leaves_and_the_others_stay_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, plan=PLAN) as d:
            name = await d.raised()
            async with working(d):
                await sending(d, name, 200)
                at_stop = await order(d, CommandType.STOP, name)
            left = d.relay.total - at_stop
            coverage = await d.coverage(name)
            with capsys.disabled():
                print(f"\n  after a stop {left} more left (bound {BOUND})")
            assert 0 <= left <= BOUND
            assert coverage.holds
            assert coverage.reached == d.relay.total == len(told(d.relay))
            assert coverage.open == len(PEOPLE) - d.relay.total > 0
            assert (await newest(d, name)).state == "stopped"
            for command in (CommandType.RESUME, CommandType.PAUSE, CommandType.STOP):
                with pytest.raises(Conflict):
                    await d.runtime.door.act(d.raiser, command, name)
            with pytest.raises(Conflict, match="have left"):
                await d.runtime.door.revise_incident(d.raiser, name, incident(title="Once more"))
            await d.settle()
            assert d.relay.total == at_stop + left
            assert await problems(d) == ()

    run(main())


def test_a_pause_holds_and_a_resume_tells_the_rest_and_nobody_twice(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, plan=PLAN) as d:
            name = await d.raised()
            await d.approve(name)
            for share in (200, 600):
                async with working(d):
                    await until(partial(reached, d, share))
                    at_pause = await order(d, CommandType.PAUSE, name)
                assert d.relay.total - at_pause <= BOUND
                assert (await d.coverage(name)).open == len(PEOPLE) - d.relay.total
                await order(d, CommandType.RESUME, name)
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in PEOPLE}
            assert (await d.coverage(name)).reached == len(PEOPLE)
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()

    run(main())


@pytest.mark.parametrize(
    ("command", "state"), [(CommandType.PAUSE, "paused"), (CommandType.STOP, "stopped")]
)
def test_an_order_reaches_the_newest_round_of_a_revised_incident(
    tmp_path: Path, command: CommandType, state: str
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, plan=PLAN) as d:
            name = await d.raised()
            await d.runtime.door.revise_incident(d.raiser, name, incident(title="Another title"))
            await d.settle()
            async with working(d):
                await sending(d, name, 100)
                at_order = await order(d, command, name)
            assert [r.state for r in await d.runtime.ledger.ask(reads.rounds, name)] == [
                "stopped",
                state,
            ]
            assert d.relay.total - at_order <= BOUND

    run(main())


CLAIMED_RESOLUTION = ("resolution.due", "claimed")


class _Halting:
    """A directory that stops after its first page until it may go on."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.paged, self.go_on = asyncio.Event(), asyncio.Event()
        self.count = directory.count

    async def snapshot(self, *scope: Any, **where: Any) -> AsyncIterator[Any]:
        async for page in self._directory.snapshot(*scope, **where):
            yield page
            self.paged.set()
            await self.go_on.wait()


async def nobody_reads(d: Deployment) -> bool:
    events = await d.runtime.ledger.ask(reads.waiting_events)
    return not [kind for _, kind, _, state in events if (kind, state) == CLAIMED_RESOLUTION]


@pytest.mark.parametrize("way", ["stop", "withdraw", "revise"])
def test_a_round_ended_while_its_people_are_being_found_stays_ended(
    tmp_path: Path, way: str
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, delivery={"lease_s": 30}) as d:
            halting, door = _Halting(d.runtime.directory), d.runtime.door
            read_people_by(d, halting)
            async with working(d):
                name = await door.raise_incident(d.raiser, incident(), drill=False)
                await until(halting.paged.is_set)
                if way == "stop":
                    await door.act(d.raiser, CommandType.STOP, name)
                elif way == "withdraw":
                    await door.act(d.approver, CommandType.WITHDRAW, name, reason="A false alarm.")
                else:
                    await door.revise_incident(d.raiser, name, incident(title="Another title"))
                halting.go_on.set()
                await until(partial(nobody_reads, d))
            first, *replacing = await d.runtime.ledger.ask(reads.rounds, name)
            assert first.state == "stopped"
            assert first.in_scope == len(PEOPLE), "what was begun is still counted"
            assert [r.state for r in replacing] == (["frozen"] if way == "revise" else [])
            for artefact in await d.runtime.ledger.ask(reads.artefacts, name):
                assert artefact.round != first.id, "a round that is over was put to an approver"
            kept = {path.name.split(".roster")[0] for path in (tmp_path / "rosters").iterdir()}
            assert kept - {first.id.replace("/", ".")} == {
                r.id.replace("/", ".") for r in replacing
            }
            if way != "stop":
                assert first.id.replace("/", ".") not in kept
            assert d.relay.total == 0
            assert await problems(d) == ()

    run(main())
