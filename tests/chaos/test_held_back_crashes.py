"""P1 and P2 under kill -9 while a round is held back: a first share, and a lane that is held."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger.lanes import held_lanes
from tocsin.schemas.principal import CommandType

from chaos.test_crash_points import BOUND, MOMENTS, SECTIONS, approve_all, crowd
from fakes.crowd import Audience, audience, repeats, settled
from fakes.deployment import Deployment, person
from fakes.promises import newest
from fakes.zygote import CrashPoint, Zygote

STAGED = {"staged_percent": 10, "staged_above": 100, "stage_look_minutes": 0}
STAGED_SECTIONS: dict[str, Any] = SECTIONS | {"policy": SECTIONS["policy"] | STAGED}
GOVERNED = {"governor_fewest": 100, "batch_people": 100}
GOVERNED_SECTIONS: dict[str, Any] = SECTIONS | {"policy": SECTIONS["policy"] | GOVERNED}


async def killed(d: Deployment, zygote: Zygote, point: CrashPoint, sections: Any) -> None:
    """Run workers until one dies at a point; a timer may come due only after some have ended."""
    for _ in range(60):
        worker = await zygote.start(d.folder, d.relay.port, crash=point, **sections)
        if await worker.ended():
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"never met: {point}")


async def worked(d: Deployment, zygote: Zygote, sections: Any) -> None:
    await (await zygote.start(d.folder, d.relay.port, **sections)).ended()


@pytest.mark.parametrize("moment", MOMENTS)
def test_of_a_staged_round_nobody_is_lost_or_told_beyond_the_bound(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker dies as it dispatches, sends the share, looks at it, and sends the rest."""
    last = None if moment == "ring" else True
    kills = [CrashPoint(moment, event, last) for event in ("dispatch.due", "batch.due")]

    async def main() -> int:
        who = audience(1200)
        policy = STAGED_SECTIONS["policy"]
        async with crowd(tmp_path, who, policy=policy) as d, Zygote() as zygote:
            name = await d.raised()
            await approve_all(d, name)
            for point in kills:
                await killed(d, zygote, point, STAGED_SECTIONS)
            assert d.relay.total < len(who.people) // 2, "the rest did not wait"
            await killed(d, zygote, CrashPoint(moment, "stage.due", last), STAGED_SECTIONS)
            while (await newest(d, name)).state != "paused":
                await worked(d, zygote, STAGED_SECTIONS)
            coverage = await d.coverage(name)
            assert coverage.holds
            assert coverage.open > len(who.people) // 2
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await killed(d, zygote, kills[-1], STAGED_SECTIONS)
            await worked(d, zygote, STAGED_SECTIONS)
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  kill -9 {moment}, staged: 4 kills, lost 0, repeats {found} (bound {BOUND * 4})")
    assert found <= BOUND * 4


def two_lanes() -> Audience:
    """Return people at two providers; at one of them every second mailbox does not exist."""
    people = [person(n, email=f"person{n}@gmail.com") for n in range(1500)]
    people += [person(n) for n in range(1500, 1900)]
    gone = {p["email"]: Behaviour(do=Do.REFUSE) for p in people[:1500:2]}
    expected = {p["email"] for p in people} - gone.keys()
    return Audience(people, expected, RelayPlan(addresses=gone), 0)


@pytest.mark.parametrize("moment", MOMENTS)
def test_of_a_held_lane_nobody_is_lost_or_told_beyond_the_bound(
    tmp_path: Path, moment: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A worker dies as it holds the lane, and again while the released rest is sent."""
    last = None if moment == "ring" else True
    holding = CrashPoint(moment, "escalation.due", last)
    sending = CrashPoint(moment, "batch.due", last)

    async def main() -> int:
        who = two_lanes()
        policy = GOVERNED_SECTIONS["policy"]
        async with crowd(tmp_path, who, policy=policy) as d, Zygote() as zygote:
            name = await d.raised()
            await approve_all(d, name)
            await killed(d, zygote, holding, GOVERNED_SECTIONS)
            await worked(d, zygote, GOVERNED_SECTIONS)
            (held,) = await d.runtime.ledger.ask(held_lanes, name)
            assert held.lane == "gmail"
            assert (await d.coverage(name)).holds
            before = d.relay.total
            await worked(d, zygote, GOVERNED_SECTIONS)
            assert d.relay.total == before, "something of a held lane left"
            why = "An old list; the others are told all the same."
            release = CommandType.RELEASE_LANE
            await d.runtime.door.act(d.approver, release, name, target="gmail", reason=why)
            await killed(d, zygote, sending, GOVERNED_SECTIONS)
            await worked(d, zygote, GOVERNED_SECTIONS)
            await settled(d, name, who)
            return repeats(d, who)

    found = asyncio.run(main())
    with capsys.disabled():
        print(f"\n  kill -9 {moment}, held: 2 kills, lost 0, repeats {found} (bound {BOUND * 2})")
    assert found <= BOUND * 2
