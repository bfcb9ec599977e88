"""Promise P5: clocks that are shown, that start in time, and are missed by nobody in silence."""

import asyncio
import fcntl
import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.cli.main import call
from tocsin.ledger import reads
from tocsin.ledger.queue import microseconds
from tocsin.ledger.verify import verify
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.watched_clocks import watched_clocks
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.principal import CommandType
from tocsin.schemas.regime import Deadline

from fakes.alarm_receiver import AlarmReceiver
from fakes.deployment import deployment, person
from fakes.on_call import PATIENCE_S, ended, on_call
from fakes.zygote import Zygote


def test_a_heartbeat_outside_is_given_only_while_a_worker_works(tmp_path: Path) -> None:
    def section(receiver: AlarmReceiver) -> dict[str, Any]:
        return {"url": f"{receiver.url}/beat", "every_s": 0.2}

    async def main() -> None:
        async with on_call(tmp_path, heartbeat=section) as night, Zygote() as zygote:
            beats = night.receiver.beats

            async def silent() -> bool:
                """Whether five beats are missed, after one that may be on its way."""
                await asyncio.sleep(0.3)
                before = len(beats)
                await asyncio.sleep(1.0)
                return len(beats) == before

            async def beats_again() -> None:
                before = len(beats)
                await night.until(lambda: len(beats) >= before + 2)

            port = night.d.relay.port
            worker = await zygote.start(tmp_path, port, until_idle=False, **night.sections)
            await beats_again()
            assert (await night.clocks()).alive

            worker.signal(signal.SIGSTOP)
            assert await silent(), "a stopped process called"
            worker.signal(signal.SIGCONT)
            await beats_again()

            lock = os.open(tmp_path / "ledger.db.lock", os.O_RDWR)
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert await silent(), "it called without its ledger"
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)
            await beats_again()

            night.receiver.beat_status = 500
            await beats_again()

            worker.signal(signal.SIGKILL)
            await worker.end
            assert await silent(), "a dead process called"
            assert set(beats) == {"GET"}

    asyncio.run(main())


def test_a_worker_that_was_stopped_in_order_is_gone_at_once_and_one_that_was_killed_soon(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with on_call(tmp_path) as night, Zygote() as zygote:
            assert (await night.clocks()).last_seen is None
            port = night.d.relay.port
            workers = [
                await zygote.start(tmp_path, port, until_idle=False, **night.sections)
                for _ in range(2)
            ]

            async def alive(wanted: int) -> None:
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        seen = (await night.clocks()).workers
                        if sum(not each.ended for each in seen) == wanted:
                            return
                        await asyncio.sleep(0.05)

            await alive(2)
            await ended(workers[:1])
            await alive(1)
            workers[1].signal(signal.SIGKILL)
            await workers[1].end
            now = await night.clocks()
            assert now.last_seen is not None
            killed = next(each for each in now.workers if not each.ended)
            assert killed.seen_s < 10

    asyncio.run(main())


def test_an_incident_with_a_late_duty_is_closed_only_once_somebody_said_why(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with on_call(tmp_path) as night:
            d, door = night.d, night.d.runtime.door
            name = await d.raised()
            with pytest.raises(Conflict, match="EU-GDPR:authority:early") as refusal:
                await door.act(d.approver, CommandType.CLOSE, name, reason="over")
            assert "tocsin incident late" in str(refusal.value.fix)
            late = [c for c in (await night.clocks()).running if c.state == "late"]
            assert "EU-GDPR:authority:early" in {clock.duty.id for clock in late}
            explain = CommandType.EXPLAIN_LATE
            with pytest.raises(InvalidInput, match="say why"):
                await door.act(d.raiser, explain, name, target=late[0].duty.id, reason=" ")
            with pytest.raises(Conflict, match="was not late"):
                await door.act(d.raiser, explain, name, target="EU-GDPR:authority:full", reason="x")
            for clock in late:
                await door.act(d.raiser, explain, name, target=clock.duty.id, reason="we slept")
            reasons = await night.facts(name, FactKind.LATE)
            assert {n: (b["by"], b["reason"]) for n, b in reasons.items()} == {
                clock.duty.id: ("rosa", "we slept") for clock in late
            }
            await door.act(d.approver, CommandType.CLOSE, name, reason="over")
            assert (await d.runtime.ledger.ask(reads.incident, name)).state == "closed"
            assert (await night.clocks()).running == ()

    asyncio.run(main())


def test_the_clocks_verb_tells_by_its_exit_code_what_has_to_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)
    assert call(["init"]) == 0
    assert call(["clocks"]) == 0
    rosa = ["--token-file", "rosa.token"]
    assert (
        call(
            [
                "principal",
                "add",
                "rosa",
                "--role",
                "admin",
                "--role",
                "raise",
                "--save",
                "rosa.token",
            ]
        )
        == 0
    )
    assert call(["incident", "raise", "incident.yaml", "--drill", *rosa]) == 0
    capsys.readouterr()
    assert call(["clocks"]) == 2
    said = capsys.readouterr().out
    assert "no worker has ever run. Clocks run, and nobody watches them" in said
    assert "is not judged yet" in said
    assert call(["run", "--until-idle"]) == 0
    capsys.readouterr()
    assert call(["clocks"]) == 2
    said = capsys.readouterr().out
    assert "no worker has run since" in said
    assert "EU-GDPR:authority:early, set by the law" in said


class Later(WallClock):
    """The wall clock, so much later."""

    by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by


def test_a_clock_that_starts_with_the_notices_starts_when_the_first_one_leaves(
    tmp_path: Path,
) -> None:
    gdpr = next(regime for regime in load_regimes() if regime.id == "EU-GDPR")
    days = {"value": 15, "unit": "calendar_days", "after": "individuals_told", "wording": "15 days"}
    reports = [
        report.model_copy(update={"deadline": Deadline.model_validate(days)})
        if report.phase is Phase.FULL
        else report
        for report in gdpr.reports
    ]
    changed = gdpr.model_copy(update={"reports": tuple(reports)})

    async def main() -> None:
        clock = Later()
        async with deployment(tmp_path, [person(n) for n in range(6)], clock=clock) as d:
            ports: Any = d.runtime.step.ports
            ports["regimes"] = (changed,)

            async def full() -> Any:
                duties = await d.runtime.ledger.ask(reads.facts, name, FactKind.DUTY)
                return duties["EU-GDPR:authority:full"]["duty"]

            name = await d.raised()
            assert (await full())["due_at"] is None
            running = (await watched_clocks(d.runtime)).running
            assert running[-1].duty.id == "EU-GDPR:authority:full"
            assert running[-1].state is None
            await d.approve(name)
            approved = {a.name for a in await d.runtime.ledger.ask(reads.artefacts, name)}
            await d.settle()
            clock.by = timedelta(seconds=10)
            await d.settle()
            told = await d.runtime.ledger.ask(reads.facts, name, FactKind.TOLD)
            left = datetime.fromisoformat(told["EU-GDPR"]["at"])
            duty = await full()
            assert datetime.fromisoformat(duty["starts_at"]) == left
            due = datetime.fromisoformat(duty["due_at"])
            assert due - left == timedelta(days=15)
            waiting = await d.runtime.ledger.ask(reads.waiting_events)
            timers = [at for _, kind, at, _ in waiting if kind == "clock.due"]
            assert microseconds(due - timedelta(hours=6)) in timers
            assert not [kind for _, kind, _, _ in waiting if kind == "told.due"]
            artefacts = await d.runtime.ledger.ask(reads.artefacts, name)
            # what closing the incident adds where the machine is slow is another matter
            states = {a.name: a.state.value for a in artefacts if a.name in approved}
            assert states == dict.fromkeys(approved, "approved"), "something was drafted anew"
            assert (await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)).problems == ()

    asyncio.run(main())
