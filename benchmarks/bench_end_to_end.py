"""End to end: an approved round told by e-mail to everybody, in turn with Postfix's smtp-source.

    python benchmarks/bench_end_to_end.py --people 100000 --pairs 7 --workers 2

Worker processes claim, splice and hand over about 7 KB (multipart) per person, and
record every outcome in a durable ledger: SQLite (WAL, synchronous=FULL), or a PostgreSQL server of
its own (fsync). Each pair is a new incident, resolved before the clock starts: from the approval to
the last outcome on record; then `smtp-source -d -s 10` hands as many messages of the same size to
the same `smtp-sink`. Unless everybody is accepted once and the ledger verifies, the run fails.

Prints one JSON line: medians over the pairs, CPU of the workers alone, the highest resident memory
of any of them.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.schemas.commit import FactKind
from tocsin.schemas.notice import Segments

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.crew import Crew, crew
from fakes.deployment import incident
from fakes.plain_people import SECTIONS, ledger_on, make_people
from fakes.sinks import sink
from fakes.smtp_source import CONNECTIONS, smtp_source
from fakes.turns import Took, print_turns

LEAST_S, MOST_S = 0.02, 0.5
LINE = b"The data that criminals copied holds your name and your address.\n"


async def sizes(c: Crew, name: str) -> list[int]:
    """Return how many octets the e-mails of a round have, without a person's values."""
    texts = await c.runtime.ledger.ask(reads.round_facts, f"{name}/r1", FactKind.TEXT)
    mails = [body["text"] for text, body in texts.items() if "#" in text and "/" not in text[-3:]]
    return [sum(map(len, Segments.from_text(mail).parts)) for mail in mails]


def until_next_look(passed_s: float, people: int, left: int) -> float:
    """Return half of the time that is left at this pace: each look takes from those who work."""
    told = max(people - left, 1)
    return min(max(passed_s * left / told / 2, LEAST_S), MOST_S)


async def ours(c: Crew, people: int) -> tuple[Took, str]:
    """Tell everybody of a new incident; return what it took, and the incident."""
    name = await c.raised(incident(data_kinds=["name"]))
    start, before = time.monotonic(), c.cpu_s()
    await c.approve(name)
    coverage = await c.coverage(name)
    while coverage.open:
        await asyncio.sleep(until_next_look(time.monotonic() - start, people, coverage.open))
        coverage = await c.coverage(name)
    took = Took(people, time.monotonic() - start, c.cpu_s() - before)
    if coverage.reached != people or not coverage.holds:
        sys.exit(f"not everyone was told: {coverage}")
    await c.rested(name)
    return took, name


async def main(people: int, pairs: int, workers: int, kind: str) -> None:
    """Let both sides take turns."""
    found: list[tuple[Took, Took]] = []
    with tempfile.TemporaryDirectory() as name, ledger_on(kind) as ledger:
        folder = Path(name)
        make_people(folder / "people.db", people)
        async with sink() as port:
            relay = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": CONNECTIONS}
            given = SECTIONS | ledger | {"relays": [relay]}
            async with crew(folder, "embedded", port=port, workers=workers, **given) as c:
                for _ in range(pairs):
                    one, told = await ours(c, people)
                    size = round(median(await sizes(c, told)))
                    content = folder / "content"
                    content.write_bytes(LINE * (size // (len(LINE) + 1)))
                    found.append((one, await smtp_source(port, people, content)))
                    print(f"{one.per_s:.0f}/s, smtp-source {found[-1][1].per_s:.0f}/s", flush=True)
                peak = max(worker.peak_mb() for worker in c.workers)
                proof = await c.runtime.ledger.study(verify, c.runtime.ledger.keys)
                if proof.problems:
                    sys.exit(f"the ledger does not verify: {proof.problems}")
    print_turns(
        "end_to_end",
        found,
        theirs="smtp_source",
        ledger=kind,
        people=people,
        workers=workers,
        octets=size,
        peak_mb=peak,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--ledger", choices=("sqlite", "postgres"), default="sqlite")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.pairs, chosen.workers, chosen.ledger))
