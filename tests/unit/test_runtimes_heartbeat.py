"""A sign of life is given for work, not for being a process."""

import asyncio
from pathlib import Path

from tocsin.ledger import heartbeats
from tocsin.runtimes.heartbeat import Heart, HeartbeatSection
from tocsin.schemas.lease import boottime

from fakes.alarm_receiver import AlarmReceiver
from fakes.deployment import deployment, person
from fakes.relays import run


def test_a_worker_whose_claims_do_not_go_through_is_silent_until_they_do(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            AlarmReceiver() as receiver,
            deployment(tmp_path, [person(1)]) as d,
        ):
            step, called = d.runtime.step, HeartbeatSection(url=f"{receiver.url}/beat", every_s=0.2)
            step.moved_at = boottime() - 3600  # no slot claims here: nothing moves it
            async with Heart(step, called).beating():
                await asyncio.sleep(0.6)
                assert receiver.beats == []
                assert await d.runtime.ledger.ask(heartbeats.workers) == []
                step.moved_at = boottime()
                while len(receiver.beats) < 2:
                    await asyncio.sleep(0.02)
            (worker,) = await d.runtime.ledger.ask(heartbeats.workers)
            assert worker.ended

    run(main())


def test_that_nobody_answers_outside_stops_no_work(tmp_path: Path) -> None:
    async def main() -> None:
        section = {"url": "http://127.0.0.1:9/beat", "every_s": 0.2, "method": "POST"}
        async with deployment(tmp_path, [person(1)], heartbeat=section) as d:
            name = await d.raised(drill=True)
            assert (await d.coverage(name)).in_scope == 1

    run(main())


def test_an_address_that_is_called_stands_in_no_text() -> None:
    section = HeartbeatSection(url="https://watch.example.com/secret-id")
    assert "secret-id" not in repr(section)
