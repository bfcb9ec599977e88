"""Memory: the most that the program itself has resident, from the raise to the last one told.

    python benchmarks/bench_memory.py --people 2000000 --directory postgres --ledger sqlite

Everything is done by the command line, in processes of their own: `tocsin init`, `raise`, `approve`
and one `tocsin run`, which finds the people, drafts and tells them all by an smtp-sink. Other
benchmarks fork their workers from one process, and what those share and never touch is in no
figure of theirs.

Printed are the highest resident memory (VmHWM) of the worker when everybody is found and when
everybody is told, and that of the process that reads the directory beside it, in MB of 10^6 octets.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.postgres import Server
from fakes.sinks import sink

PROGRAM = (sys.executable, "-m", "tocsin.cli.main")
READER = b"tocsin.runtimes.reader"
COLUMNS = (
    *("id", "name", "email", "country", "locale", "birth_date", "status", "guardian_id"),
    *("system", "has_password"),
)
LOOK_S = 1.0


def rows(people: int) -> Iterator[tuple[str | None, ...]]:
    """Yield adults in two countries, at twenty mail domains."""
    for n in range(people):
        place, address = ("DE", "FR")[n % 2], f"person{n}@mail{n % 20}.example"
        yield f"k{n:09d}", "A B", address, place, "en", "1980-05-17", "active", None, "shop", "1"


def fill(folder: Path, people: int, url: str | None) -> None:
    """Put the people where the configuration says they are."""
    names = ", ".join(COLUMNS)
    if url is None:
        marks = ", ".join("?" * len(COLUMNS))
        with closing(sqlite3.connect(folder / "people.db")) as db, db:
            db.execute("DELETE FROM people")
            db.executemany(f"INSERT INTO people ({names}) VALUES ({marks})", rows(people))  # noqa: S608
        return
    with psycopg.connect(url, autocommit=True) as server:
        kinds = ", ".join(f"{name} TEXT" for name in COLUMNS)
        server.execute(f"CREATE TABLE people ({kinds}, PRIMARY KEY (id))")
        with server.cursor() as cursor, cursor.copy(f"COPY people ({names}) FROM STDIN") as copy:
            for row in rows(people):
                copy.write_row(row)
        server.execute("VACUUM ANALYZE people")


class Deployment:
    """A folder with a configuration, and the program in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *words: str) -> str:
        """Run one command to its end; return what it said."""
        done = subprocess.run(
            [*PROGRAM, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(words)}: {done.stderr}")
        return done.stdout

    def configure(self, port: int, directory: str | None, ledger: str | None) -> None:
        """Write the configuration, with the relay and the databases of this run."""
        self.run("init", ".")
        path = self.folder / "tocsin.toml"
        text = path.read_text("utf-8").replace("port = 1025", f"port = {port}")
        if directory is not None:
            text = text.replace("sqlite:///people.db", directory, 1)
        if ledger is not None:
            text += f'\n[ledger]\nurl = "{ledger}"\n'
        path.write_text(text, "utf-8")

    def open_people(self, incident: str) -> int:
        """Return how many people of an incident are open; -1 before they are counted."""
        told = json.loads(self.run("status", incident, "--json", "--token-file", "two.token"))
        found = re.search(r'"open": (\d+)', json.dumps(told))
        return int(found[1]) if found else -1


def peak_mb(process: int) -> float:
    """Return the most memory that a process had resident so far, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(kib) * 1024 / 1e6, 1)


class Beside(threading.Thread):
    """Looks at the readers of a worker as long as there are any."""

    def __init__(self, worker: int) -> None:
        super().__init__(daemon=True)
        self._worker, self.peak_mb = worker, 0.0

    def run(self) -> None:
        """Look every 50 ms."""
        while Path(f"/proc/{self._worker}").exists():
            with suppress(OSError, StopIteration):
                children = Path(f"/proc/{self._worker}/task/{self._worker}/children").read_text()
                for child in map(int, children.split()):
                    if READER in Path(f"/proc/{child}/cmdline").read_bytes():
                        self.peak_mb = max(self.peak_mb, peak_mb(child))
            time.sleep(0.05)


def told(made: Deployment) -> dict[str, object]:
    """Tell everybody by one worker; return the figures."""
    both = ("--role", "approve", "--role", "view")
    made.run("principal", "add", "one", "--role", "admin", "--role", "raise", "--save", "one.token")
    made.run("principal", "add", "two", *both, "--save", "two.token", "--token-file", "one.token")
    said = made.run("incident", "raise", "incident.yaml", "--json", "--token-file", "one.token")
    (incident,) = set(re.findall(r"INC-[A-Z0-9]+", said))
    with subprocess.Popen([*PROGRAM, "run"], cwd=made.folder, stdout=subprocess.DEVNULL) as worker:
        beside = Beside(worker.pid)
        beside.start()
        try:
            while "notice-r1" not in made.run("incident", "approve", incident, *_by("two")):
                time.sleep(LOOK_S)
            planned = peak_mb(worker.pid)
            for name in ("notice-r1", "announcement-r1"):
                if name in made.run("incident", "approve", incident, *_by("two")):
                    made.run("incident", "approve", incident, name, *_by("two"))
            while made.open_people(incident):
                time.sleep(LOOK_S)
            return {
                "worker_planned_mb": planned,
                "worker_told_mb": peak_mb(worker.pid),
                "reader_mb": beside.peak_mb,
            }
        finally:
            os.kill(worker.pid, signal.SIGTERM)


def _by(name: str) -> tuple[str, str]:
    return "--token-file", f"{name}.token"


async def main(people: int, directory: str, ledger: str) -> None:
    """Make a deployment, and tell its people."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        made = Deployment(Path(name))
        where = stack.enter_context(Server()).url if directory == "postgres" else None
        kept = stack.enter_context(Server()).url if ledger == "postgres" else None
        async with sink() as port:
            made.configure(port, where, kept)
            fill(made.folder, people, where)
            figures = await asyncio.to_thread(told, made)
    said = {"bench": "memory", "people": people, "directory": directory, "ledger": ledger}
    print(json.dumps(said | figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--directory", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--ledger", choices=("sqlite", "postgres"), default="sqlite")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.people, chosen.directory, chosen.ledger))
