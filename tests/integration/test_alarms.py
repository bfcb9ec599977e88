"""Promise P5 with real processes: counted at the webhook and the mailbox of who is on call."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.http_plans import Answer, Do
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.schemas.commit import FactKind

from fakes.alarm_receiver import AlarmReceiver, secret_in
from fakes.deployment import incident
from fakes.on_call import MAIL, PATIENCE_S, ended, on_call
from fakes.zygote import CrashPoint, Zygote

SLOTS = 4
"""Of a worker, unless it is set: three, and one for what is small. Each rings one at a time."""


def test_of_two_processes_one_rings_each_alarm_once_by_every_means(tmp_path: Path) -> None:
    async def main() -> None:
        async with on_call(tmp_path, lease_s=30) as night, Zygote() as zygote:
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
