"""P1 and P2 under kill -9, counted at the receiving server against the generator's table."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.schemas.event import CommandGiven, Event
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.principal import CommandType

from fakes.crowd import Audience, audience, repeats, settled
from fakes.deployment import Deployment, deployment, incident
from fakes.zygote import CrashPoint, Zygote

FLUSH = 50
CONNECTIONS = 4
BOUND = FLUSH + CONNECTIONS
"""Repeats that one killed worker may cause: F + C."""
LEASE_S = 2.0
MOST_INCIDENTS = 5
SECTIONS: dict[str, Any] = {
    "delivery": {"flush": FLUSH, "lease_s": LEASE_S},
    "policy": {"max_missing_share_percent": 0, "batch_people": 400},
}


@asynccontextmanager
async def crowd(folder: Path, who: Audience, **more: Any) -> AsyncIterator[Deployment]:
    async with deployment(folder, who.people, plan=who.plan, **SECTIONS | more) as d:
        yield d


async def approve_all(d: Deployment, name: str) -> None:
    await d.approve(name, "announcement")
    await d.approve(name)


KINDS: tuple[tuple[str, bool], ...] = (
    ("command.given", True),
    ("assessment.due", True),
    ("resolution.due", False),
    ("resolution.due", True),
    ("planning.due", True),
    ("report.due", True),
    ("clock.due", True),
    ("alarm.due", True),
    ("artefact.approved", True),
    ("preparation.due", True),
    ("publication.due", True),
    ("dispatch.due", True),
    ("batch.due", False),
    ("batch.due", True),
    ("escalation.due", True),
    ("settlement.due", False),
    ("settlement.due", True),
    ("sharing.due", False),
    ("sharing.due", True),
    ("filing.due", True),
    ("round.emptied", True),
)
"""Every kind of commit: (event, whether it is the handler's last)."""


MOMENTS = ("before", "after", "ring")


def points(moment: str) -> list[CrashPoint]:
    """Return a moment's crash points in the order in which an incident comes to them."""
    if moment == "ring":
        return [CrashPoint(moment, event, None) for event, last in KINDS if last]
    return [CrashPoint(moment, event, last) for event, last in KINDS]


BEFORE_APPROVAL = frozenset(
    {
        "command.given",
        "assessment.due",
        "resolution.due",
        "planning.due",
        "report.due",
        "clock.due",
        "alarm.due",
    }
)
"""The events that an incident comes to before it waits for approvals."""


async def give(d: Deployment, nth: int) -> str:
    """Put a raise on the ledger and leave it to the workers, as a door does that dies then."""
    stated = {"incident": incident().model_dump(mode="json"), "drill": False, "people": 4000}
    name = f"INC-{nth}"
    event = Event(
        id=root_id("command", name),
        incident=name,
        payload=CommandGiven(
            command=CommandType.RAISE_INCIDENT, principal="rosa", body=json.dumps(stated)
        ),
    )
    await d.runtime.ledger.submit(event, now=datetime.now(UTC))
    return name


async def killed_at(d: Deployment, zygote: Zygote, wanted: list[CrashPoint]) -> list[CrashPoint]:
    """Run one worker after the other, each to die at the next point; return the points met."""
    met = []
    for point in wanted:
        worker = await zygote.start(d.folder, d.relay.port, crash=point, **SECTIONS)
        if not await worker.ended():
            break  # nothing is left to do: the point needs another incident
        met.append(point)
    return met


@pytest.mark.parametrize("moment", MOMENTS)
def test_nobody_is_lost_or_told_beyond_the_bound_at_any_crash_point(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker dies at each kind of commit; others go on, and incidents follow till all are met."""

    async def main() -> tuple[int, int]:
        who = audience(4000)
        unmet, kills, incidents = points(moment), 0, 0
        async with crowd(tmp_path, who) as d, Zygote() as zygote:
            while unmet and incidents < MOST_INCIDENTS:
                incidents += 1
                name = await give(d, incidents)
                early = [p for p in unmet if p.event in BEFORE_APPROVAL]
                met = await killed_at(d, zygote, early)
                await (await zygote.start(d.folder, d.relay.port, **SECTIONS)).ended()
                await approve_all(d, name)
                met += await killed_at(d, zygote, [p for p in unmet if p not in early])
                await (await zygote.start(d.folder, d.relay.port, **SECTIONS)).ended()
                unmet, kills = [p for p in unmet if p not in met], kills + len(met)
                await settled(d, name, who)
            assert not unmet, f"never met: {', '.join(map(str, unmet))}"
            return repeats(d, who, rounds=incidents), kills

    found, kills = asyncio.run(main())
    with capsys.disabled():
        print(
            f"\n  kill -9 {moment}: {kills} kills, lost 0, repeats {found} (bound {BOUND * kills})"
        )
    assert found <= BOUND * kills


async def kill_when_seen(d: Deployment, zygote: Zygote, counts: Sequence[int]) -> int:
    """Kill a worker each time the server has seen so many messages; return how many were killed."""
    kills = 0
    for count in counts:
        worker = await zygote.start(d.folder, d.relay.port, **SECTIONS)
        while d.relay.total < count and not worker.end.done():
            await asyncio.sleep(0.002)
        worker.signal(signal.SIGKILL)
        kills += await worker.ended()
    await (await zygote.start(d.folder, d.relay.port, **SECTIONS)).ended()
    return kills


@pytest.mark.parametrize(
    ("people", "twenty_firsts"),
    [(4000, (4, 8, 12, 16)), pytest.param(20_000, range(1, 21), marks=pytest.mark.soak)],
)
def test_nobody_is_lost_or_told_beyond_the_bound_by_kills_while_sending(
    tmp_path: Path, people: int, twenty_firsts: Sequence[int], capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> tuple[int, int]:
        who = audience(people)
        async with crowd(tmp_path, who) as d, Zygote() as zygote:
            name = await d.raised()
            await approve_all(d, name)
            counts = [len(who.expected) * k // 21 for k in twenty_firsts]
            kills = await kill_when_seen(d, zygote, counts)
            await settled(d, name, who)
            return repeats(d, who), kills

    found, kills = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  kill -9 while sending: {kills} kills, repeats {found} (bound {BOUND * kills})")
    assert kills == len(twenty_firsts)
    assert found <= BOUND * kills


def test_a_worker_that_was_stopped_for_two_leases_does_not_go_on_sending(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> int:
        who = audience(4000)
        async with crowd(tmp_path, who) as d, Zygote() as zygote:
            name = await d.raised()
            await approve_all(d, name)
            sleeper = await zygote.start(d.folder, d.relay.port, **SECTIONS)
            while d.relay.total < len(who.expected) // 4:
                await asyncio.sleep(0.002)
            sleeper.signal(signal.SIGSTOP)
            other = await zygote.start(d.folder, d.relay.port, **SECTIONS)
            await asyncio.sleep(2 * LEASE_S)
            sleeper.signal(signal.SIGCONT)
            assert not await sleeper.ended()
            assert not await other.ended()
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  SIGSTOP for two leases: lost 0, repeats {found} (bound {BOUND})")
    assert found <= BOUND


def test_twelve_kills_during_one_resolution_leave_no_dead_event(tmp_path: Path) -> None:
    async def main() -> None:
        quick = SECTIONS | {"delivery": {"flush": FLUSH, "lease_s": 0.5}}
        who = audience(30_000)
        async with crowd(tmp_path, who) as d, Zygote() as zygote:
            name = await give(d, 1)
            for _ in range(12):
                point = CrashPoint("after", "resolution.due", last=False, nth=2)
                worker = await zygote.start(d.folder, d.relay.port, crash=point, **quick)
                assert await worker.ended(), "the resolution ended before the last kill"
            await (await zygote.start(d.folder, d.relay.port, **quick)).ended()
            coverage = await d.coverage(name)
            assert coverage.in_scope == coverage.open == len(who.people)
            assert not await d.runtime.ledger.ask(reads.dead_events)
            proof = await d.runtime.ledger.ask(verify, d.runtime.ledger.keys)
            assert proof.problems == ()

    asyncio.run(main())
