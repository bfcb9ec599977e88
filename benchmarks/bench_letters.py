"""How fast letters are set: two pages each, one language in ten another one, in batches of 5,000.

    python benchmarks/bench_letters.py --letters 10000 --processes 2

Prints one JSON line: letters a second, seconds and MiB of print files, and the peak of memory in
MiB of the notifier's own process and of its largest typesetter.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from tocsin.notifiers.letters import Letters
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.outcome import Accepted

from fakes.letters import CHINESE, letter, letter_settings, marked

MIB = 1024 * 1024


def size_of(folder: Path) -> int:
    """Return how many bytes of letters lie in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*.pdf"))


async def main(count: int, processes: int) -> None:
    """Run the benchmark once."""
    messages = [
        letter(n) if n % 10 else letter(n, to=CHINESE, locale="zh-Hans") for n in range(count)
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        accepted = 0
        start = time.monotonic()
        async with Letters(letter_settings(folder, processes=processes)) as notifier:
            lease = Lease(deadline=boottime() + 3600, length_s=30)
            async with aclosing(notifier.send(messages, lease, sender="")) as flushes:
                async for flush in flushes:
                    accepted += sum(isinstance(sent.outcome, Accepted) for sent in flush)
        seconds = time.monotonic() - start
        size = size_of(folder)
        folders = len(marked(folder))
    if accepted != count:
        sys.exit(f"{accepted} of {count} letters were printed")
    figures: dict[str, Any] = {
        "letters": count,
        "processes": processes,
        "folders": folders,
        "seconds": round(seconds, 1),
        "letters_per_s": round(count / seconds, 1),
        "files_mib": round(size / MIB, 1),
        "notifier_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "typesetter_peak_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.letters, chosen.processes))
