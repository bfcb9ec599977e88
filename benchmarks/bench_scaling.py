"""How sending grows with workers, where the provider is slow: 50 ms per message and connection.

    python benchmarks/bench_scaling.py --people 20000

On PostgreSQL and Kafka, 10 connections per worker, so one worker can do 200 messages a second.
Prints a JSON line per number of workers: messages a second between the first and the last at the
relay, and what that is of the linear growth from one worker.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from tocsin.demo.behaviour import RelayPlan
from tocsin.demo.relay import RelayServer

from fakes.crew import crew
from fakes.deployment import incident, person, write_people

CONNECTIONS, DELAY_MS = 10, 50
RATE = CONNECTIONS * 1000 // DELAY_MS


async def turn(workers: int, people: int) -> tuple[float, float]:
    """Tell everybody once; return messages a second, and CPU seconds of the workers per 1,000."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people.db", (person(n) for n in range(people)))
        async with RelayServer(RelayPlan(delay_ms=DELAY_MS)) as relay:
            section = {"host": "127.0.0.1", "port": relay.port, "tls": "none"}
            sections: dict[str, Any] = {
                "relays": [section | {"connections": CONNECTIONS}],
                "delivery": {"flush": 100, "lease_s": 30},
                # small enough that the last ones are shared, too: a worker takes four at once
                "policy": {"batch_people": RATE // 2},
            }
            async with crew(
                folder, "distributed", port=relay.port, workers=workers, **sections
            ) as c:
                case = await c.raised(incident())
                before = c.cpu_s()
                await c.approve(case)
                await c.rested(case)
                used = c.cpu_s() - before
                coverage = await c.coverage(case)
            if coverage.reached != people:
                sys.exit(f"not everyone was told: {coverage}")
            times = sorted(received.at for received in relay.received)
    return len(times) / (times[-1] - times[0]), used * 1000 / people


async def main(people: int) -> None:
    """Let one, two and four workers tell the same people."""
    single = 0.0
    for workers in (1, 2, 4):
        rate, cpu_s = await turn(workers, people)
        single = single or rate
        of_linear = round(rate / (single * workers), 3)
        figures: dict[str, float] = {
            "workers": workers,
            "messages_per_s": round(rate),
            "of_linear": of_linear,
        }
        figures["cpu_s_per_1000"] = round(cpu_s, 3)
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    asyncio.run(main(parser.parse_args().people))
