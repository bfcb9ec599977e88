"""How soon a waiting batch is claimed: small incidents, one after the other, on idle workers.

    python benchmarks/bench_bell.py --incidents 40 --workers 3

On PostgreSQL and Kafka. Prints one JSON line: milliseconds from the commit of a batch to its claim
by whichever worker, and from an approval to the last of its five people at the relay.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from tocsin.demo.relay import RelayServer

from fakes.crew import crew
from fakes.deployment import incident, person, write_people

FEW = 5


def milliseconds(found: Sequence[float]) -> dict[str, float]:
    """Return the median, the 90th percentile and the longest."""
    ordered = sorted(found)
    return {
        "median": round(statistics.median(ordered), 1),
        "p90": round(ordered[int(len(ordered) * 0.9)], 1),
        "max": round(ordered[-1], 1),
    }


def from_commit_to_claim(times: Path) -> list[float]:
    """Return how long each batch waited, in milliseconds."""
    lines = [json.loads(line) for line in times.read_text().splitlines()]
    claimed = {entry["batch"]: entry["ns"] for entry in lines if entry["moment"] == "claimed"}
    return [
        (claimed[entry["batch"]] - entry["ns"]) / 1e6
        for entry in lines
        if entry["moment"] == "after"
    ]


async def main(incidents: int, workers: int) -> None:
    """Run the benchmark once."""
    with tempfile.TemporaryDirectory() as name:
        folder, times = Path(name), Path(name) / "times"
        everybody = range(incidents * FEW)
        write_people(
            folder / "people.db",
            (person(n, country="DE", system=f"s{n // FEW}") for n in everybody),
        )
        told: list[float] = []
        async with (
            RelayServer(None) as relay,
            crew(folder, "distributed", port=relay.port, workers=0) as c,
        ):
            for _ in range(workers):
                await c.join(times=times)
            await asyncio.sleep(3)
            for n in range(incidents):
                where: dict[str, Any] = {"where": [{"column": "system", "equals": f"s{n}"}]}
                case = await c.raised(incident(scope=where))
                expected = relay.total + FEW
                start = time.monotonic()
                await c.approve(case)
                while relay.total < expected:  # noqa: ASYNC110  # as its own clients see it
                    await asyncio.sleep(0.002)
                told.append((time.monotonic() - start) * 1000)
                await c.rested(case)
        waited = from_commit_to_claim(times)
    if len(waited) != incidents or relay.total != len(everybody):
        sys.exit(f"{len(waited)} batches and {relay.total} messages were seen")
    figures: dict[str, Any] = {"incidents": incidents, "workers": workers}
    figures["commit_to_claim_ms"] = milliseconds(waited)
    figures["approval_to_told_ms"] = milliseconds(told)
    print(json.dumps(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=40)
    parser.add_argument("--workers", type=int, default=3)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.incidents, chosen.workers))
