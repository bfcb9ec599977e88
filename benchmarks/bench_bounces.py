"""Bounces per second over LMTP on loopback, each on record before it is answered.

    python benchmarks/bench_bounces.py --bounces 5000 --sessions 20

Postfix's smtp-source brings reports of RFC 3464. The desk behind the receiver writes each group of
receipts as one durable transaction (SQLite, WAL, synchronous=FULL); it stands for a ledger and
costs less than one. Prints JSON lines: without and with the sharing of writes, bounces per second,
CPU milliseconds of this process per bounce, and bounces per write. Unless every bounce is on record
at the end, the run fails.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop
from tocsin.returns.bounce_receiver import BounceReceiver
from tocsin.returns.receiver_settings import ReceiverSettings
from tocsin.schemas.evidence import Receipt
from tocsin.schemas.identifiers import ReturnCode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.bounce_clients import bounce_address
from fakes.bounces import postfix
from fakes.postfix import program
from fakes.recording_desk import KEY, code_of

DOMAIN = "bounces.organisation.test"


class DurableDesk:
    """Puts every group of receipts on disk, or every receipt by itself."""

    def __init__(self, path: Path, *, shared: bool) -> None:
        self._shared = shared
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("CREATE TABLE receipt (code TEXT, heard TEXT, reason TEXT)")
        self.writes = 0

    async def knows(self, code: ReturnCode) -> bool:
        """Check the proof, as a desk does."""
        return code.is_genuine(KEY)

    async def take(self, receipts: Sequence[Receipt]) -> None:
        """Write, and return when it is on disk."""
        rows = [(str(each.code), each.heard, each.reason) for each in receipts]
        for group in [rows] if self._shared else [[row] for row in rows]:
            self.writes += 1
            await asyncio.to_thread(self._write, group)

    def _write(self, rows: Sequence[tuple[str, str, str]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("INSERT INTO receipt VALUES (?, ?, ?)", rows)
        self._db.execute("COMMIT")

    def count(self) -> int:
        """Return how many receipts are on record."""
        (count,) = self._db.execute("SELECT count(*) FROM receipt").fetchone()
        return int(count)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def bring(folder: Path, bounces: int, sessions: int, notice_kb: int, *, shared: bool) -> None:
    """Bring all bounces and print the figures."""
    content = folder / "bounce"
    enclosed = b"Dear reader, " + (b"x" * 70 + b"\r\n") * (notice_kb * 1024 // 72)
    report = postfix().replace(b"Dear reader, ", enclosed)
    content.write_bytes(report.replace(b"\r\n", b"\n"))
    settings = ReceiverSettings(DOMAIN, "mx.organisation.test", 0, sessions=sessions + 10)
    desk = DurableDesk(folder / f"shared-{shared}.db", shared=shared)
    async with BounceReceiver(settings, desk) as receiver:
        start, start_cpu = time.monotonic(), _cpu_s()
        source = await asyncio.create_subprocess_exec(
            *(
                program("smtp-source"),
                "-L",
                "-d",
                "-s",
                str(sessions),
                "-m",
                str(bounces),
                "-F",
                str(content),
            ),
            *("-f", "", "-t", bounce_address(code_of(0)), f"inet:127.0.0.1:{receiver.port}"),
        )
        failed = await source.wait()
        took, cpu = time.monotonic() - start, _cpu_s() - start_cpu
    on_record = desk.count()
    desk.close()
    if failed or on_record != bounces:
        sys.exit(f"{on_record} of {bounces} bounces are on record")
    figures = {
        "notice_kb": notice_kb,
        "shared_writes": shared,
        "bounces_per_s": round(bounces / took),
        "cpu_ms_per_bounce": round(cpu / bounces * 1000, 3),
        "bounces_per_write": round(bounces / desk.writes, 1),
    }
    print(json.dumps(figures), flush=True)


async def main(bounces: int, sessions: int, notice_kb: int) -> None:
    """Run the benchmark once."""
    with tempfile.TemporaryDirectory() as name:
        for shared in (False, True):
            await bring(Path(name), bounces, sessions, notice_kb, shared=shared)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bounces", type=int, default=5000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--notice-kb", type=int, default=20, help="the notice that each encloses")
    chosen = parser.parse_args()
    uvloop.run(main(chosen.bounces, chosen.sessions, chosen.notice_kb))
