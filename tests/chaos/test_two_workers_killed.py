"""Two workers send, and one of them is killed every three seconds, until everybody is told."""

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fakes.crowd import audience, repeats, settled
from fakes.deployment import deployment
from fakes.zygote import Worker, Zygote

PEOPLE = int(os.environ.get("KILL_PEOPLE", "20000"))
FLUSH, CONNECTIONS = 500, 10
BOUND = FLUSH + CONNECTIONS
"""Repeats that one killed worker may cause: F + C."""
SECTIONS: dict[str, Any] = {
    "delivery": {"flush": FLUSH, "lease_s": 2},
    "policy": {"max_missing_share_percent": 0, "batch_people": 1000},
}


@pytest.mark.soak
def test_nobody_is_lost_when_one_of_two_workers_is_killed_every_three_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> tuple[int, int]:
        who, kills = audience(PEOPLE), 0
        async with deployment(tmp_path, who.people, plan=who.plan, **SECTIONS) as d, Zygote() as z:
            relay = {"name": "relay-a", "host": "127.0.0.1", "port": d.relay.port, "tls": "none"}
            sections = SECTIONS | {"relays": [relay | {"connections": CONNECTIONS}]}
            name = await d.raised()
            await d.approve(name, "announcement")
            await d.approve(name)

            async def join() -> Worker:
                return await z.start(d.folder, d.relay.port, until_idle=False, **sections)

            crew = [await join(), await join()]
            while (await d.coverage(name)).open:
                await asyncio.sleep(3)
                crew[0].signal(signal.SIGKILL)
                kills += await crew.pop(0).ended()
                crew.append(await join())
            for worker in crew:
                worker.signal(signal.SIGTERM)
                await worker.ended()
            await settled(d, name, who)
            return repeats(d, who), kills

    found, kills = asyncio.run(main())
    with capsys.disabled():
        print(
            f"\n  {PEOPLE:,} people, {kills} kills -9: lost 0, repeats {found} of {BOUND * kills}"
        )
    assert kills
    assert found <= BOUND * kills
