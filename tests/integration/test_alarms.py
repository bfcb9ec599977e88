"""Promise P5 with real processes: counted at the webhook and the mailbox of who is on call."""

import asyncio
import fcntl
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from tocsin.runtimes.watched_clocks import Clocks, watched_clocks
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.principal import CommandType
from tocsin.schemas.regime import Deadline

from fakes.alarm_receiver import AlarmReceiver, secret_in
from fakes.deployment import Deployment, deployment, incident, person
from fakes.http_plans import Answer, Do
from fakes.zygote import CrashPoint, Worker, Zygote

PATIENCE_S = 30.0
SLOTS = 4
"""Of a worker, unless it is set: three, and one for what is small. Each rings one at a time."""
MAIL = "on-call@example.org"


@dataclass
class OnCall:
    """A deployment whose duty officers are rung at a receiver and a relay of this process."""

    d: Deployment
    receiver: AlarmReceiver
    sections: dict[str, Any]

    async def facts(self, name: str, kind: FactKind) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await self.d.runtime.ledger.ask(reads.facts, name, kind)
        return found

    def mailed(self) -> Counter[str]:
        """Return how often each alarm came to the mailbox, by Message-ID."""
        return Counter(r.message_id for r in self.d.relay.received if r.address == MAIL)

    async def until(self, reached: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not reached():
                await asyncio.sleep(0.02)

    async def clocks(self) -> Clocks:
        return await watched_clocks(self.d.runtime)


@asynccontextmanager
async def on_call(
    folder: Path, *, plan: Mapping[str, Any] | None = None, **more: Any
) -> AsyncIterator[OnCall]:
    async with AlarmReceiver(plan=plan or {}) as receiver:
        olga = {
            "name": "olga",
            "webhook": f"{receiver.url}/alarms",
            "secret_file": secret_in(folder),
        }
        sections: dict[str, Any] = {"duty_officers": [olga | {"email": MAIL}]}
        sections |= {
            name: value(receiver) if callable(value) else value for name, value in more.items()
        }
        async with deployment(folder, [person(n) for n in range(6)], **sections) as d:
            yield OnCall(d, receiver, sections)


async def ended(workers: list[Worker]) -> None:
    for worker in workers:
        worker.signal(signal.SIGTERM)
    await asyncio.gather(*(worker.end for worker in workers))


def test_of_two_processes_one_rings_each_alarm_once_by_every_means(tmp_path: Path) -> None:
    async def main() -> None:
        async with on_call(tmp_path) as night, Zygote() as zygote:
            d = night.d
            workers = [
                await zygote.start(tmp_path, d.relay.port, until_idle=False, **night.sections)
                for _ in range(2)
            ]
            name = await d.runtime.door.raise_incident(d.raiser, incident(), drill=False)

            async def all_rung() -> bool:
                alarms = await night.facts(name, FactKind.ALARM)
                rings = await night.facts(name, FactKind.RING)
                return len(alarms) >= 3 and len(rings) == 2 * len(alarms)

            async with asyncio.timeout(PATIENCE_S):
                while not await all_rung():
                    await asyncio.sleep(0.05)
            await ended(workers)
            alarms = await night.facts(name, FactKind.ALARM)
            assert {n.rpartition(":")[2] for n in alarms} == {"late"}
            assert {a["alarm"] for a in night.receiver.alarms.values()} == set(alarms)
            assert set(night.receiver.taken.values()) == {1}
            assert len(night.mailed()) == len(alarms)
            assert set(night.mailed().values()) == {1}
            assert night.receiver.unsigned == 0
            rings = (await night.facts(name, FactKind.RING)).values()
            assert {(r["officer"], r["result"]) for r in rings} == {("olga", "accepted")}
            assert MAIL not in str(list(rings)), "no address stands in the ledger"
            assert (await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)).problems == ()

    asyncio.run(main())


@pytest.mark.parametrize(
    "crash",
    [
        CrashPoint("claimed", "alarm.due", None),
        CrashPoint("before", "clock.due", last=True),
        CrashPoint("after", "clock.due", last=True),
        CrashPoint("after", "alarm.due", last=False, nth=1),  # it is to ring
        CrashPoint("before", "alarm.due", last=False, nth=2),  # it rang, and nobody knows
        CrashPoint("after", "alarm.due", last=False, nth=2),
        CrashPoint("before", "alarm.due", last=False, nth=4),  # the mail went, and nobody knows
        CrashPoint("before", "alarm.due", last=True),
    ],
    ids=str,
)
def test_a_kill_between_alarm_and_ring_loses_none_and_repeats_at_most_one_a_slot(
    tmp_path: Path, crash: CrashPoint
) -> None:
    async def main() -> None:
        async with on_call(tmp_path) as night, Zygote() as zygote:
            d = night.d
            name = await d.runtime.door.raise_incident(d.raiser, incident(), drill=False)
            killed = await zygote.start(tmp_path, d.relay.port, crash=crash, **night.sections)
            assert await killed.ended(), "the crash point was not met"
            await d.settle()
            alarms = await night.facts(name, FactKind.ALARM)
            assert len(alarms) >= 3
            assert {a["alarm"] for a in night.receiver.alarms.values()} == set(alarms)
            assert len(night.receiver.alarms) == len(night.mailed()) == len(alarms)
            repeats = night.receiver.taken.total() - len(night.receiver.taken)
            repeats += night.mailed().total() - len(night.mailed())
            assert repeats <= SLOTS
            assert all(len(bodies) == 1 for bodies in night.receiver.bodies.values())
            mails: dict[str, set[str]] = {}
            for mail in d.relay.received:
                mails.setdefault(mail.message_id, set()).add(mail.sha256)
            assert all(len(contents) == 1 for contents in mails.values())

    asyncio.run(main())


def test_who_cannot_be_reached_is_on_record_and_the_next_one_is_rung(tmp_path: Path) -> None:
    def officers(receiver: AlarmReceiver) -> list[dict[str, Any]]:
        hook = {"webhook": f"{receiver.url}/alarms", "secret_file": secret_in(tmp_path)}
        away = {"webhook": "http://127.0.0.1:9/alarms", "secret_file": secret_in(tmp_path)}
        return [{"name": "deaf", **hook}, {"name": "away", **away}, {"name": "ivo", **hook}]

    async def main() -> None:
        plan = {"deaf": [Answer(Do.REFUSE, status=500)]}
        async with on_call(tmp_path, plan=plan, duty_officers=officers) as night:
            name = await night.d.raised()
            alarms = await night.facts(name, FactKind.ALARM)
            rung = [(a["alarm"], a["officer"]) for a in night.receiver.alarms.values()]
            assert sorted(rung) == sorted((alarm, "ivo") for alarm in alarms)
            rings = (await night.facts(name, FactKind.RING)).values()
            came_to = {(r["officer"], r["result"], r["reason"]) for r in rings}
            assert came_to == {
                ("deaf", "deferred", "temporary_failure"),
                ("away", "deferred", "relay_unavailable"),
                ("ivo", "accepted", ""),
            }
            waiting = await night.d.runtime.ledger.ask(reads.waiting_events)
            again = [kind for _, kind, _, state in waiting if kind == "alarm.due"]
            assert len(again) == 2 * len(alarms), "who was not reached is tried again"

    asyncio.run(main())


def test_what_waits_for_a_person_rings_too_and_the_alarm_of_a_drill_is_an_exercise(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        policy = {"cost_limit_cents": 1, "unit_costs": {"email": "5"}}
        async with on_call(tmp_path, policy=policy) as night:
            name = await night.d.raised(drill=True)
            await night.d.approve(name)
            await night.d.settle()
            costs = [a for a in night.receiver.alarms.values() if a["alarm"].startswith("cost:")]
            assert [a["gravity"] for a in costs] == ["warning"]
            assert all(a["text"].startswith("[EXERCISE]") for a in night.receiver.alarms.values())
            assert all(a["drill"] for a in night.receiver.alarms.values())

    asyncio.run(main())


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
            assert all(a.state.value == "approved" for a in artefacts), "nothing was drafted anew"
            assert (await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)).problems == ()

    asyncio.run(main())
