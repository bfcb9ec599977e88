"""A worker is killed with batches of a limited lane: nobody is lost, and nobody is told faster."""

import signal
from pathlib import Path
from typing import Any

from fakes.deployment import deployment
from fakes.paces import addressed, fastest
from fakes.promises import problems, run, told, until
from fakes.zygote import Zygote

PER_S, BATCH, PEOPLE = 50, 25, 200
BOUND = 50 + 4
"""Repeats of one killed worker: F + C."""


def test_a_kill_makes_a_limited_lane_no_faster(tmp_path: Path) -> None:
    async def main() -> None:
        people = addressed(range(PEOPLE), "gmail.com")
        policy: dict[str, Any] = {"lane_rates_per_s": {"gmail": PER_S}, "batch_people": BATCH}
        async with deployment(tmp_path, people, policy=policy) as d, Zygote() as zygote:
            name = await d.raised()
            await d.approve(name)
            victim = await zygote.start(d.folder, d.relay.port, policy=policy)
            await until(lambda: d.relay.total > BATCH)
            victim.signal(signal.SIGKILL)
            assert await victim.ended()
            other = await zygote.start(d.folder, d.relay.port, policy=policy)
            assert not await other.ended()
            assert set(told(d.relay)) == {row["email"] for row in people}
            assert d.relay.total - PEOPLE <= BOUND
            times = sorted(r.at for r in d.relay.received)
            assert fastest(times, per_s=PER_S) <= BATCH + PER_S / 2
            await d.settle()
            assert (await d.coverage(name)).open == 0
            assert await problems(d) == ()

    run(main())
