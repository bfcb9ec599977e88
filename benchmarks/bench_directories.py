"""How fast people and contacts are read, and what the index of a file costs.

    python benchmarks/bench_directories.py --people 200000

Prints one JSON line: pages of 500 people per second, by e-mail alone and with everything mapped;
batches of 1,000 contacts per second; seconds to make the index of a CSV file, and the peak of
memory in MB.
"""

import argparse
import asyncio
import csv
import json
import resource
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

from tocsin.directories.choosing import Directory, open_directory
from tocsin.directories.mapping import DirectoryMapping
from tocsin.schemas.scope import Scope

PAGE = 500
BATCH = 1_000
ALONE: dict[str, Any] = {"table": "people", "key": "id", "email": "email"}
EVERYTHING: dict[str, Any] = ALONE | {
    "residence": "country",
    "phone": "phone",
    "postal": ["name", "street", ["postcode", "city"]],
    "next_of_kin_key": "kin",
}


def write(path: Path, people: int) -> None:
    """Write made-up people in no order; every second number has no country."""
    step = 7_919  # a prime: every number comes once
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(
            ["id", "email", "country", "phone", "name", "street", "postcode", "city", "kin"]
        )
        for n in (n * step % people for n in range(people)):
            phone = f"+4915{n:09d}" if n % 2 else f"0151 {n % 90_000_000 + 10_000_000}"
            kin = f"k{n - 1:08d}" if n % 20 == 1 else ""
            place = ("A B", f"Weg {n}", "10115", "Berlin")
            rows.writerow([f"k{n:08d}", f"p{n}@mail.example", "DE", phone, *place, kin])


async def pages_per_s(directory: Directory) -> float:
    """Return pages of everybody per second."""
    start, count = time.perf_counter(), 0
    stream = directory.snapshot(Scope(everyone=True), (), after=None, page=PAGE)
    async with aclosing(stream) as pages:
        async for _ in pages:
            count += 1
    return round(count / (time.perf_counter() - start), 1)


async def batches_per_s(directory: Directory, people: int) -> float:
    """Return batches of contacts per second, each from all over the directory."""
    step = max(1, people // BATCH)
    batches = [[f"k{n:08d}" for n in range(first, people, step)][:BATCH] for first in range(10)]
    start = time.perf_counter()
    for keys in batches:
        await directory.contacts(keys)
    return round(len(batches) / (time.perf_counter() - start), 1)


async def measured(people: int) -> dict[str, float]:
    """Return every figure."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write(path, people)
        found: dict[str, float] = {"people": people}
        for name, mapping in (("everything", EVERYTHING), ("email", ALONE)):
            directory = open_directory(path.as_uri(), DirectoryMapping.model_validate(mapping))
            start = time.perf_counter()
            await directory.count(Scope(everyone=True))
            found[f"index_s_{name}"] = round(time.perf_counter() - start, 1)
            found[f"pages_per_s_{name}"] = await pages_per_s(directory)
            found[f"contacts_per_s_{name}"] = await batches_per_s(directory, people)
            await directory.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found | {"peak_mb": round(peak / 1024)}


def main() -> None:
    """Measure once."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=200_000)
    print(json.dumps(asyncio.run(measured(options.parse_args().people))))


if __name__ == "__main__":
    main()
