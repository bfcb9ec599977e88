"""Kill -9 of workers amid every channel: nobody is lost, and nobody is told twice by a paid one."""

import asyncio
import json
import random
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.runtimes.embedded import Runtime

from fakes.channel_world import Postman, World, world
from fakes.zygote import Worker, Zygote
from integration.test_promises_channels import (
    POLICY,
    coverage,
    ends_as_planted,
    post_comes_back,
    told,
)

FLUSH, CONNECTIONS, PUSHES = 20, 4, 50
BOUND = FLUSH + CONNECTIONS
"""Messages that one killed worker may repeat by e-mail: F + C."""
PUSH_BOUND = FLUSH + PUSHES
LEASE_S = 1.0
DELIVERY = {"flush": FLUSH, "lease_s": LEASE_S, "slots": 4}


def as_json(sections: dict[str, Any]) -> dict[str, Any]:
    """Return sections as a worker is given them: paths as text."""
    found: dict[str, Any] = json.loads(json.dumps(sections, default=str))
    return found


async def killed(zygote: Zygote, here: World, kills: int) -> Worker:
    """Start workers and kill each amid its work; return the one that is left alive."""
    chance = random.Random(3)  # noqa: S311  # when, and no secret
    sections = as_json(here.sections() | {"policy": POLICY, "delivery": DELIVERY})
    for _ in range(kills):
        worker = await zygote.start(here.folder, here.relay.port, until_idle=False, **sections)
        await asyncio.sleep(chance.uniform(0.5, 2.0))
        worker.signal(signal.SIGKILL)
        await worker.ended()
    return await zygote.start(here.folder, here.relay.port, until_idle=False, **sections)


@pytest.mark.parametrize(
    ("people", "kills"),
    [(600, 5), pytest.param(4000, 25, marks=pytest.mark.soak)],
)
def test_after_kills_amid_every_channel_everybody_ends_as_planted(
    tmp_path: Path, people: int, kills: int
) -> None:
    async def main() -> None:
        async with (
            world(tmp_path, people) as here,
            told(here) as (runtime, name, token),
            Zygote() as zygote,
        ):
            postman = Postman(here)
            bringing = asyncio.create_task(postman.run())
            worker = await killed(zygote, here, kills)
            await at_rest(runtime, name, postman)
            await post_comes_back(here, runtime, token)
            await at_rest(runtime, name, postman)
            worker.signal(signal.SIGTERM)
            await worker.ended()
            bringing.cancel()
            await asyncio.gather(bringing, return_exceptions=True)
            await ends_as_planted(here, runtime, name)
            assert (await runtime.ledger.ask(verify, runtime.ledger.keys)).problems == ()
            counted = repeats(here)
            print(counted, "after", kills, "kills")
            for paid in ("sms", "call", "letter"):
                assert counted[paid] == 0, "the provider could be asked about it"
            assert counted["email"] <= kills * BOUND
            for push in ("app_push", "web_push"):
                assert counted[push] <= kills * PUSH_BOUND

    async def bounded() -> None:
        async with asyncio.timeout(200 + people / 10):
            await main()

    asyncio.run(bounded())


async def at_rest(runtime: Runtime, name: str, postman: Postman) -> None:
    """Wait until nothing is left to do or on its way; the equation is looked at all the time."""
    quiet = 0
    while quiet < 5:
        await asyncio.sleep(0.2)
        busy = await runtime.ledger.ask(reads.busy)
        quiet = 0 if busy or not postman.idle else quiet + 1
        assert (await coverage(runtime, name)).holds


def repeats(here: World) -> Counter[str]:
    """Return how many messages were taken more often than once, by channel."""
    taken = here.taken()
    found: Counter[str] = Counter()
    for channel in ("email", "sms", "call"):
        found[channel] = taken[channel].total() - len(taken[channel])
    found["app_push"] = len(here.fcm.messages) - len(here.fcm.shown)
    found["web_push"] = len(here.push.headers) - len(here.push.waiting)
    printed = here.printed()
    found["letter"] = len(printed) - len(set(printed))
    return found
