"""The same incident at several sizes: what a person costs must not depend on how many there are.

    python benchmarks/bench_scale.py --people 100000 2000000
    python benchmarks/bench_scale.py --people 1000000 10000000

For each size anew: worker processes plan the round (resolve, freeze, draft), tell everybody by
e-mail (7 KB, multipart) into Postfix's `smtp-sink` and record each outcome; then all of it is
verified. Unless everybody is accepted once and the ledger verifies, the run fails.

Prints one JSON line for each size: seconds of each part, CPU seconds of the workers per 1,000
people from the raise to the last outcome, octets of the ledger's files per person (rosters not
among them: they are deleted), the highest resident memory of a worker; and last how the sizes
compare, the largest value of each by the smallest.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tocsin.ledger.verify import verify

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.crew import Crew, crew
from fakes.deployment import incident
from fakes.plain_people import SECTIONS, make_people
from fakes.sinks import sink
from fakes.smtp_source import CONNECTIONS

LOOK_S = 0.25


def octets_in(folder: Path) -> int:
    """Return the size of the ledger's files."""
    return sum(path.stat().st_size for path in folder.glob("ledger.db*"))


async def once(c: Crew, people: int, folder: Path) -> dict[str, Any]:
    """Play an incident from the raise to the proof; return what it took."""
    start, before = time.monotonic(), c.cpu_s()
    name = await c.raised(incident(data_kinds=["name"]))
    planned = time.monotonic()
    await c.approve(name)
    coverage = await c.coverage(name)
    while coverage.open:
        await asyncio.sleep(LOOK_S)
        coverage = await c.coverage(name)
    told, cpu_s = time.monotonic(), c.cpu_s() - before
    if coverage.reached != people or not coverage.holds:
        sys.exit(f"not everyone was told: {coverage}")
    await c.rested(name)
    peak = max(worker.peak_mb() for worker in c.workers)
    proved = time.monotonic()
    proof = await c.runtime.ledger.study(verify, c.runtime.ledger.keys)
    if proof.problems:
        sys.exit(f"the ledger does not verify: {proof.problems}")
    return {
        "people": people,
        "planned_s": round(planned - start, 1),
        "told_s": round(told - planned, 1),
        "verified_s": round(time.monotonic() - proved, 1),
        "notices_per_s": round(people / (told - planned)),
        "cpu_s_per_1000": round(cpu_s * 1000 / people, 4),
        "ledger_octets_per_person": round(octets_in(folder) / people),
        "peak_mb": peak,
    }


async def at(people: int, workers: int) -> dict[str, Any]:
    """Play an incident of so many people in a deployment of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_people(folder / "people.db", people)
        async with sink() as port:
            relay = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": CONNECTIONS}
            given = SECTIONS | {"relays": [relay]}
            async with crew(folder, "embedded", port=port, workers=workers, **given) as c:
                return {"bench": "scale", "workers": workers} | await once(c, people, folder)


def main(sizes: list[int], workers: int) -> None:
    """Play all sizes, and compare them."""
    found = []
    for people in sizes:
        took = asyncio.run(at(people, workers))
        found.append(took)
        print(json.dumps(took), flush=True)
    compared = ("cpu_s_per_1000", "ledger_octets_per_person", "peak_mb")
    spread = {
        name: round(max(each[name] for each in found) / min(each[name] for each in found), 3)
        for name in compared
    }
    print(json.dumps({"bench": "scale", "people": sizes, "largest_by_smallest": spread}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    main(chosen.people, chosen.workers)
