"""Five people amid a million: how soon a small incident is told while a large one is being sent.

    python benchmarks/bench_fairness.py --people 1000000
    python benchmarks/bench_fairness.py --people 2000000 --runtime embedded --delay-ms 20

Three workers, on PostgreSQL and Kafka or on SQLite. The large round is resolved, approved and
queued whole; while it is being sent, small incidents are raised and approved, first behind a
provider that takes 50 ms per message, or as told, then behind a quick one. Prints JSON lines:
milliseconds from the approval of each to the last of its five people at the relay.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from tocsin.demo.behaviour import RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.ledger import reads

from fakes.crew import Crew, Kind, crew
from fakes.deployment import incident, person, write_people

FEW = 5
SECTIONS: dict[str, Any] = {
    "delivery": {"flush": 500, "lease_s": 30},
    "policy": {"batch_people": 1000, "max_missing_share_percent": 100},
}


def few(n: int) -> dict[str, Any]:
    """Return the scope of the n-th small incident."""
    return {"where": [{"column": "system", "equals": f"few-{n}"}]}


def queued(people: int, smalls: int) -> Any:
    """Yield the rows of the large incident, then those of the small ones."""
    yield from (person(n) for n in range(people))
    for n in range(smalls * FEW):
        yield person(people + n, country="DE", system=f"few-{n // FEW}")


async def waits_for_approval(c: Crew, case: str) -> bool:
    """Whether an incident's notices wait for an approver."""
    found = await c.runtime.ledger.ask(reads.artefacts, case)
    return any(artefact.name == "notice-r1" for artefact in found)


async def told_ms(c: Crew, relay: RelayServer, n: int, people: int) -> float:
    """Raise and approve a small incident; return how long its people waited from the approval."""
    expected = {f"person{people + n * FEW + k}@mail.example" for k in range(FEW)}
    case = await c.runtime.door.raise_incident(c.raiser, incident(scope=few(n)), drill=False)
    while not await waits_for_approval(c, case):  # noqa: ASYNC110  # as its own clients see it
        await asyncio.sleep(0.02)
    seen = len(relay.received)
    start = time.monotonic()
    await c.approve(case)
    while expected:
        await asyncio.sleep(0.002)
        expected -= {received.address for received in relay.received[seen:]}
    return (time.monotonic() - start) * 1000


async def main(people: int, smalls: int, kind: Kind, delay_ms: int) -> None:
    """Run the benchmark once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people.db", queued(people, 2 * smalls))
        async with (
            RelayServer(RelayPlan(delay_ms=delay_ms)) as relay,
            crew(folder, kind, port=relay.port, workers=3, **SECTIONS) as c,
        ):
            start = time.monotonic()
            large = await c.raised(incident())
            await c.approve(large)
            while relay.total < 3000:  # noqa: ASYNC110, PLR2004  # the sending is under way
                await asyncio.sleep(0.05)
            backlog = await c.coverage(large)
            print(json.dumps({"queued": backlog.open, "after_s": round(time.monotonic() - start)}))
            for which, plan, first in (
                (f"{delay_ms} ms per message", RelayPlan(delay_ms=delay_ms), 0),
                ("quick", RelayPlan(), smalls),
            ):
                relay.plan = plan
                waits = [round(await told_ms(c, relay, first + n, people)) for n in range(smalls)]
                open_people = (await c.coverage(large)).open
                figures = {"provider": which, "told_ms": waits, "longest_ms": max(waits)}
                print(json.dumps(figures | {"still_queued": open_people}), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--smalls", type=int, default=5)
    parser.add_argument("--runtime", choices=("embedded", "distributed"), default="distributed")
    parser.add_argument("--delay-ms", type=int, default=50)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.smalls, chosen.runtime, chosen.delay_ms))
