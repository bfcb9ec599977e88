"""A worker that is killed while it puts in-app notices down: nobody lacks one, nobody sees two."""

import asyncio
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

FLUSH, PEOPLE = 20, 600
_TESTS = Path(__file__).resolve().parents[1]
_SENDING = """
import asyncio, sys, time
from pathlib import Path
from tocsin.notifiers.in_app import InApp
from fakes.push_messages import in_app_settings, noticed
from fakes.relays import SENDER, lease_of

async def main():
    async with InApp(in_app_settings(Path(sys.argv[1]), flush=int(sys.argv[2]))) as notifier:
        messages = [noticed(seq, f"account-{seq}") for seq in range(int(sys.argv[3]))]
        async for flush in notifier.send(messages, lease_of(60), sender=SENDER):
            time.sleep(0.01)  # the ledger commits
            print(len(flush), flush=True)

asyncio.run(main())
"""


async def sending(folder: Path, *, kill_after: int | None) -> int:
    """Send to everybody, or be killed after so many flushes; return what was on record."""
    sender = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SENDING, str(folder), str(FLUSH), str(PEOPLE)),
        cwd=_TESTS,
        stdout=asyncio.subprocess.PIPE,
    )
    assert sender.stdout is not None
    applied = flushes = 0
    async for line in sender.stdout:
        applied, flushes = applied + int(line), flushes + 1
        if flushes == kill_after:
            sender.kill()
    await sender.wait()
    return applied


def kept(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "in_app.db")) as db:
        count: int = db.execute("SELECT count(*) FROM notices").fetchone()[0]
    return count


@pytest.mark.parametrize("flushes", [1, 7, 30])
def test_a_killed_worker_leaves_little_without_a_record_and_a_repeat_replaces_it(
    tmp_path: Path, flushes: int
) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            applied = await sending(tmp_path, kill_after=flushes)
            assert 0 < applied < PEOPLE
            assert 0 <= kept(tmp_path) - applied <= FLUSH
            assert await sending(tmp_path, kill_after=None) == PEOPLE
            assert kept(tmp_path) == PEOPLE

    asyncio.run(main())
