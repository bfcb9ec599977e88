"""A worker that prints letters and records outcomes, in a process of its own that may be killed.

    python -m fakes.printing FOLDER RECORD COUNT PER_FOLDER [RENAME]

RECORD stands for the ledger: a line per outcome, on disk before the next flush is asked for. With
RENAME the process kills itself just before it renames something for that time.
"""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

from tocsin.notifiers.letters import Letters
from tocsin.schemas.outcome import Accepted

from fakes.letters import letter_settings, letters
from fakes.relays import SENDER, lease_of


def recorded(record: Path) -> dict[int, str]:
    """Return seq -> provider's reference, and fail where a letter has two outcomes."""
    found: dict[int, str] = {}
    for line in record.read_text().splitlines() if record.exists() else ():
        seq, place = line.split()
        assert int(seq) not in found, "an outcome was recorded twice"
        found[int(seq)] = place
    return found


def worker(
    folder: Path, record: Path, *, count: int, per_folder: int, rename: int = 0
) -> "subprocess.Popen[bytes]":
    """Start a worker."""
    tests = Path(__file__).resolve().parents[1]
    numbers = [str(count), str(per_folder), str(rename)]
    return subprocess.Popen(
        [sys.executable, "-m", "fakes.printing", str(folder), str(record), *numbers],
        env={**os.environ, "PYTHONPATH": str(tests)},
    )


def _killed_before_rename(number: int) -> None:
    left = number

    def hook(event: str, _arguments: object) -> None:
        nonlocal left
        if event == "os.rename":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


async def _main(folder: Path, record: Path, count: int, per_folder: int) -> None:
    told = recorded(record)
    left = [message for message in letters(count) if message.seq not in told]
    settings = letter_settings(folder, per_folder=per_folder, per_file=4, flush=3)
    async with (
        Letters(settings) as notifier,
        aclosing(notifier.send(left, lease_of(), sender=SENDER)) as flushes,
    ):
        async for flush in flushes:
            lines = []
            for sent in flush:
                assert isinstance(sent.outcome, Accepted)
                lines.append(f"{sent.seq} {sent.outcome.provider_ref}\n")
            with record.open("a") as ledger:
                ledger.write("".join(lines))
                ledger.flush()
                os.fsync(ledger.fileno())


if __name__ == "__main__":
    place, ledger_file, *numbers = sys.argv[1:]
    people, most, at = map(int, numbers)
    if at:
        _killed_before_rename(at)
    asyncio.run(_main(Path(place), Path(ledger_file), people, most))
