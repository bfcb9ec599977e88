"""End to end: resolve an audience and tell it by e-mail, into Postfix's smtp-sink on loopback.

    python benchmarks/bench_end_to_end.py --people 100000 --ledger sqlite

Prints one JSON line: people resolved per second, notices per second, CPU seconds of this process
per 1,000 people for each, and its peak memory. The ledger is durable and temporary: SQLite (WAL,
synchronous=FULL), or a PostgreSQL server of its own (fsync, on the same machine). Unless every
person is accepted in the end, the run fails.
"""

import argparse
import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop
from tocsin.ledger import reads
from tocsin.ledger.verify import verify
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.runtimes.settings import Settings
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType, Principal, Role

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.postgres import Server
from fakes.sinks import sink

CONNECTIONS = 10


def make_people(path: Path, people: int) -> None:
    """Make a plain directory: adults in three countries, two languages, one address each."""
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT, country TEXT, locale TEXT)")
    places = (("DE", "de-DE"), ("FR", "en-GB"), ("CN", "zh-CN"))
    db.executemany(
        "INSERT INTO people VALUES (?, ?, ?, ?)",
        ((f"k{n:09d}", f"person{n}@mail.example", *places[n % 3]) for n in range(people)),
    )
    db.commit()
    db.close()


@contextmanager
def ledger_on(kind: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the section of a ledger in SQLite files, or in a PostgreSQL that runs meanwhile."""
    keys = folder / "keys"
    if kind == "sqlite":
        yield {"path": folder / "ledger.db", "keys": keys, "rosters": folder / "rosters"}
        return
    with Server() as server:
        yield {"url": server.url, "keys": keys}


def settings(folder: Path, port: int, ledger: dict[str, Any]) -> Settings:
    """Return the settings of the benchmark."""
    return Settings.model_validate(
        {
            "organisations": [
                {
                    "id": "example",
                    "legal_name": "Example Trading GmbH",
                    "brand": "Example",
                    "site": "example.com",
                    "postal_address": "1 Example Street, 10115 Berlin",
                    "country": "DE",
                    "contact_email": "privacy@example.com",
                    "sender_email": "notices@example.com",
                }
            ],
            "directory": {
                "url": f"sqlite:///{folder / 'people.db'}",
                "table": "people",
                "key": "id",
                "email": "email",
                "residence": "country",
                "locale": "locale",
            },
            "relays": [
                {"host": "127.0.0.1", "port": port, "tls": "none", "connections": CONNECTIONS}
            ],
            "ledger": ledger,
            "law": {"regimes": ["CN-PIPL", "EU-GDPR"]},
            "output": {
                "announcements": str(folder / "public"),
                "reports": folder / "reports",
                "outbox": folder / "outbox",
            },
        }
    )


INCIDENT = IncidentFile.model_validate(
    {
        "title": "Benchmark incident",
        "organisation": "example",
        "facts": {"cause": "malicious_outsider"},
        "narratives": {
            "what_happened": {
                "en": "Criminals copied data from our shop.",
                "zh-Hans": "不法分子复制了我们商店的数据。",
            },
            "what_was_done": {"en": "We closed the way in.", "zh-Hans": "我们已封堵入口。"},
            "what_will_be_done": {
                "en": "We will check every system by December 2026.",
                "zh-Hans": "我们将在2026年12月前检查全部系统。",
            },
        },
        "data_kinds": ["email_address", "name", "phone_number"],
        "remedies": [{"id": "REIMBURSE"}],
        "scope": {"everyone": True},
    }
)


def cpu_s() -> float:
    """Return the CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def tell(runtime: Runtime, people: int) -> dict[str, float | int]:
    """Run one incident through and measure it."""
    door = runtime.door
    raising = Principal(name="rosa", roles=frozenset({Role.ADMIN, Role.RAISE}))
    raiser = await door.add_principal(None, raising)
    approving = Principal(name="ada", roles=frozenset({Role.APPROVE}))
    approver = await door.add_principal(raiser, approving)
    start, start_cpu = time.monotonic(), cpu_s()
    name = await door.raise_incident(raiser, INCIDENT, drill=False)
    await runtime.work(until_idle=True)
    resolved, resolved_cpu = time.monotonic(), cpu_s()
    await door.act(approver, CommandType.APPROVE, name, target="notice-r1")
    await runtime.work(until_idle=True)
    told, told_cpu = time.monotonic(), cpu_s()
    coverage = await runtime.ledger.ask(reads.coverage, f"{name}/r1")
    if coverage.reached != people or not coverage.holds:
        sys.exit(f"not everyone was told: {coverage}")
    proof = await runtime.ledger.ask(verify, runtime.ledger.keys)
    verified = time.monotonic()
    if proof.problems:
        sys.exit(f"the ledger does not verify: {proof.problems}")
    thousands = people / 1000
    return {
        "people": people,
        "resolved_per_s": round(people / (resolved - start)),
        "resolve_cpu_s_per_1000": round((resolved_cpu - start_cpu) / thousands, 4),
        "notices_per_s": round(people / (told - resolved)),
        "send_cpu_s_per_1000": round((told_cpu - resolved_cpu) / thousands, 4),
        "verify_s": round(verified - told, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


async def main(people: int, kind: str) -> None:
    """Run the benchmark once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_people(folder / "people.db", people)
        with ledger_on(kind, folder) as ledger:
            async with sink() as port, embedded(settings(folder, port, ledger)) as runtime:
                figures = await tell(runtime, people)
    print(json.dumps({"ledger": kind} | figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--ledger", choices=("sqlite", "postgres"), default="sqlite")
    chosen = parser.parse_args()
    uvloop.run(main(chosen.people, chosen.ledger))
