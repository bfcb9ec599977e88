"""What streams cost: the same people, told by one worker on each runtime, in turn.

    python benchmarks/bench_runtimes.py --people 100000 --turns 3

Embedded is asyncio on SQLite; distributed is PostgreSQL (fsync) and Kafka, on the same machine.
Prints a JSON line per turn, then the ratio of the CPU seconds of the worker processes per 1,000
notices. Into Postfix's smtp-sink on loopback; unless everybody is accepted, the run fails.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.crew import Kind, crew
from fakes.deployment import incident, person, write_people
from fakes.sinks import sink

SECTIONS: dict[str, Any] = {
    "delivery": {"flush": 500, "lease_s": 30},
    "policy": {"batch_people": 1000, "max_missing_share_percent": 100},
}


async def turn(kind: Kind, people: int) -> dict[str, Any]:
    """Resolve and tell everybody once; return the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_people(folder / "people.db", (person(n) for n in range(people)))
        async with sink() as port:
            relay = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 10}
            given = SECTIONS | {"relays": [relay]}
            async with crew(folder, kind, port=port, workers=1, **given) as c:
                start, start_cpu = time.monotonic(), c.cpu_s()
                case = await c.raised(incident())
                found, found_cpu = time.monotonic(), c.cpu_s()
                await c.approve(case)
                await c.rested(case)
                told, told_cpu = time.monotonic(), c.cpu_s()
                coverage = await c.coverage(case)
        if coverage.reached != people or not coverage.holds:
            sys.exit(f"not everyone was told: {coverage}")
    thousands = people / 1000
    return {
        "runtime": kind,
        "people": people,
        "resolved_per_s": round(people / (found - start)),
        "notices_per_s": round(people / (told - found)),
        "resolve_cpu_s_per_1000": round((found_cpu - start_cpu) / thousands, 4),
        "send_cpu_s_per_1000": round((told_cpu - found_cpu) / thousands, 4),
        "cpu_s_per_1000": round((told_cpu - start_cpu) / thousands, 4),
    }


async def main(people: int, turns: int) -> None:
    """Let the runtimes take turns."""
    kinds: tuple[Kind, Kind] = ("embedded", "distributed")
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for _ in range(turns):
        for kind in kinds:
            figures = await turn(kind, people)
            print(json.dumps(figures), flush=True)
            found[kind].append(figures)
    ratios = {}
    for figure in ("send_cpu_s_per_1000", "cpu_s_per_1000", "notices_per_s"):
        one, other = (statistics.median(f[figure] for f in found[kind]) for kind in kinds)
        ratios[figure] = round(other / one, 2)
    print(json.dumps({"distributed by embedded": ratios}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=7)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.turns))
