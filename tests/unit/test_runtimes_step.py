"""The step keeps a lease while it waits, gives up in order, and says nothing of people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tocsin.directories.suppression import SuppressionLists
from tocsin.ledger import reads
from tocsin.ledger.audience_root import audience_root
from tocsin.ledger.ledger import Ledger
from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.slots import Bell, Slots
from tocsin.runtimes.step import Step
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import FreezeRound
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.event import ResolutionDue
from tocsin.schemas.policy import Policy
from tocsin.schemas.scope import Scope
from tocsin.schemas.views import IncidentView

from fakes.deployment import incident
from fakes.ledgers import (
    NOW,
    alarms,
    claim,
    event,
    ledger_in,
    opened,
    run,
    submit,
)

PERSONAL = "anna@mail.example"
ROUND = "INC-1/r1"
RESOLUTION = event("resolution", round_id=ROUND, payload=ResolutionDue(round=ROUND))


class Directory:
    """A directory without anybody, which first does what a test wants of it."""

    def __init__(self, act: Callable[[], Awaitable[object]] | None = None) -> None:
        self.queries = 0
        self._act = act

    async def count(self, scope: Scope) -> int:
        return 0

    async def snapshot(
        self, scope: Scope, kinds: object, **where: object
    ) -> AsyncIterator[tuple[()]]:
        self.queries += 1
        if self._act is not None:
            await self._act()
        for _ in range(0):
            yield ()


class Case:
    """The other ports of a resolution."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def incident(self, incident_id: str) -> Any:
        opened = datetime(2026, 11, 24, tzinfo=UTC)
        return IncidentView(incident_id, "Stolen", "lantern", False, "open", "ann", 1, opened)

    async def round(self, round_id: str) -> Any:
        return await self._ledger.ask(reads.round_, round_id)

    async def revision(self, incident_id: str, number: int) -> Any:
        return incident()

    async def mend(self, round_id: str) -> None:
        pass

    async def holders(
        self, round_id: str, digests: Sequence[bytes]
    ) -> dict[bytes, tuple[str, int]]:
        return {}

    async def audience_root(self, round_id: str) -> str:
        return await self._ledger.study(audience_root, round_id)


@asynccontextmanager
async def world(
    folder: Path,
    act: Callable[[], Awaitable[object]] | None = None,
    *,
    lease_s: float = 30,
    max_tries: int = 3,
) -> AsyncIterator[tuple[Step, Directory]]:
    """Open a ledger with a resolution that waits, and a step over it."""
    async with ledger_in(folder) as ledger:
        await opened(ledger, recipients=[("self",)])
        await claim(ledger)  # the round's batch: not what is looked at here
        await submit(ledger, RESOLUTION)
        people, case = Directory(act), Case(ledger)
        ports = {
            "cases": case,
            "people": people,
            "addresses": case,
            "round_keys": ledger.keys,
            "suppression_lists": SuppressionLists(()),
            "sought": case,
            "standing": case,
            "regimes": (),
            "policy": Policy(),
            "locales": ("en",),
            "ladder": (Channel.EMAIL,),
        }
        clock = WallClock()
        yield Step(ledger, ports, clock, lease_s=lease_s, max_tries=max_tries), people


async def begun(people: Directory) -> None:
    while not people.queries:
        await asyncio.sleep(0.005)


async def state(step: Step) -> tuple[str, str]:
    found: tuple[str, str] = await step.ledger.ask(reads.event_state, RESOLUTION.id)
    return found


def test_an_event_is_carried_out_to_its_last_commit_and_then_nothing_is_left(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with world(tmp_path) as (step, _):
            told = []
            step.tap = lambda moment, held, commit: told.append((moment, commit and commit.done))
            assert await step.take()
            assert await state(step) == ("done", "")
            moments = [("claimed", None), ("before", True), ("after", True), ("ring", None)]
            assert told == moments
            assert await step.take(only=RESOLUTION.id) is False

    run(main())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError(PERSONAL), "ValueError at test_runtimes_step.py:"),
        (KeyError(PERSONAL), "KeyError at test_runtimes_step.py:"),
        (InvalidInput("the scope is wrong", field="scope"), "scope: the scope is wrong"),
    ],
)
def test_a_failure_is_put_down_by_kind_and_place_and_never_by_its_words(
    tmp_path: Path, error: Exception, said: str
) -> None:
    async def fail() -> None:
        raise error

    async def main() -> None:
        async with world(tmp_path, fail) as (step, people):
            with capture_logs() as logs:
                assert await step.take()
                assert people.queries == 1
                assert (await state(step))[0] == "waiting"
                assert (await state(step))[1].startswith(said)
                assert await step.take() is False, "it is tried again only after a pause"
            assert PERSONAL not in repr(logs)
            assert [line["error"].startswith(said) for line in logs] == [True]

    run(main())


def test_an_event_that_fails_every_time_is_dead_after_its_tries_with_an_alarm(
    tmp_path: Path,
) -> None:
    async def fail() -> None:
        raise OSError(PERSONAL)

    async def main() -> None:
        async with world(tmp_path, fail, max_tries=2) as (step, people):
            async with asyncio.timeout(5):
                while (await state(step))[0] != "dead":
                    await step.take()
                    await asyncio.sleep(0.02)
            assert people.queries == 2
            assert await alarms(step.ledger) == [f"dead:{RESOLUTION.id}"]

    run(main())


def test_a_lease_is_kept_while_a_handler_waits_and_its_work_is_done_once(tmp_path: Path) -> None:
    async def wait() -> None:
        await asyncio.sleep(2.2)

    async def main() -> None:
        async with world(tmp_path, wait, lease_s=1.0) as (step, people):
            working = asyncio.create_task(step.take())
            await begun(people)
            while not working.done():
                assert await step.ledger.claim(now=NOW, lease_s=30, only=RESOLUTION.id) is None
                await asyncio.sleep(0.02)
            await working
            assert await state(step) == ("done", "")
            assert people.queries == 1

    run(main())


def test_a_handler_that_hangs_loses_its_lease_and_is_stopped_when_another_takes_over(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with world(tmp_path, asyncio.Event().wait, lease_s=0.1) as (step, people):
            first = asyncio.create_task(step.take())
            await begun(people)
            async with asyncio.timeout(20):
                while (taken := await step.ledger.claim(now=WallClock().now(), lease_s=30)) is None:
                    await asyncio.sleep(0.02)
            assert taken.event.id == RESOLUTION.id
            assert taken.tries == 2, "waiting counts as no progress"
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)

    run(main())


def test_a_worker_that_is_fenced_while_it_waits_drops_its_work_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        dropped = asyncio.Event()

        async def wait() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                dropped.set()

        async with world(tmp_path, wait, lease_s=0.3) as (step, _):
            held = []
            step.tap = lambda moment, claimed, commit: held.append(claimed)
            working = asyncio.create_task(step.take())
            while not held:
                await asyncio.sleep(0.01)
            await step.ledger.release(held[0], now=NOW, dead=False)
            async with asyncio.timeout(2):
                await working
            assert dropped.is_set()
            assert (await state(step))[0] == "waiting"

    run(main())


def test_a_step_that_is_cancelled_leaves_no_task_behind(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path, asyncio.Event().wait) as (step, people):
            working = asyncio.create_task(step.take())
            await begun(people)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            assert asyncio.all_tasks() == {asyncio.current_task(), *_of_the_test()}

    run(main())


def _of_the_test() -> set[asyncio.Task[Any]]:
    return {t for t in asyncio.all_tasks() if "bounded" in repr(t.get_coro())}


def test_slots_take_what_comes_while_they_run_and_end_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as (step, people):
            slots = Slots(step, slots=2, small=5, bell=Bell())
            running = asyncio.create_task(slots.run())
            for number in range(3):
                more = event(f"more {number}", round_id=ROUND, payload=RESOLUTION.payload)
                await step.ledger.submit(more, now=WallClock().now())
                async with asyncio.timeout(5):
                    while (await step.ledger.ask(reads.event_state, more.id))[0] != "done":
                        await asyncio.sleep(0.01)
            slots.stop()
            async with asyncio.timeout(2):
                await running
            assert people.queries == 4
            assert not step.stopping, "they can be started again"

    run(main())


def test_a_bell_wakes_everyone_who_waits_and_nobody_who_comes_later() -> None:
    async def main() -> None:
        bell = Bell()
        waiting = [asyncio.create_task(bell.wait(5)) for _ in range(3)]
        await asyncio.sleep(0)
        bell.ring()
        async with asyncio.timeout(1):
            await asyncio.gather(*waiting)
        late = asyncio.create_task(bell.wait(0.05))
        await asyncio.sleep(0)
        assert not late.done()
        await late

    run(main())


def test_an_audience_without_anybody_is_frozen_as_it_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as (step, _):
            seen: list[Any] = []
            step.tap = lambda moment, held, commit: seen.extend(commit.writes if commit else ())
            await step.take()
            frozen = [write for write in seen if isinstance(write, FreezeRound)]
            assert {f.in_scope for f in frozen} == {0}

    run(main())
