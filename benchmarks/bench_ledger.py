"""The ledger alone: outcomes of a round recorded in fenced commits, in turn on both databases.

    python benchmarks/bench_ledger.py --people 40000 --pairs 7

SQLite (WAL, synchronous=FULL) and PostgreSQL (fsync, a server of its own on this machine). Every
commit holds 250 outcomes with all that belongs to one: the lease renewed, the counters, the link of
the chain and its signature. Prints one JSON line: the medians of outcomes a second and of our CPU
seconds per 1,000, and the median over the pairs of PostgreSQL's rate by SQLite's.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tocsin.schemas.commit import Commit, Outcomes

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.ledgers import BACKENDS, apply, claimed, opened, outcome
from fakes.turns import Took, print_turns

ROUND = "INC-1/r1"
FLUSH = 250


async def record(backend: str, people: int) -> Took:
    """Record one outcome of everybody in a new ledger."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = await BACKENDS[backend](Path(folder))
        try:
            await opened(ledger, recipients=(("self",),) * people)
            held = await claimed(ledger)
            rows = [outcome(seq) for seq in range(people)]
            start, before = time.monotonic(), time.process_time()
            for first in range(0, people, FLUSH):
                await apply(ledger, held, Commit([Outcomes(ROUND, rows[first : first + FLUSH])]))
            return Took(people, time.monotonic() - start, time.process_time() - before)
        finally:
            await ledger.close()


async def main(people: int, pairs: int) -> None:
    """Let both databases take turns."""
    found = [
        (await record("postgres", people), await record("sqlite", people)) for _ in range(pairs)
    ]
    print_turns("ledger", found, ours="postgres", theirs="sqlite", people=people)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--pairs", type=int, default=7)
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.pairs))
