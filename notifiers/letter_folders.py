"""Print folders: made aside, put in place, marked last; and a journal of whose letter is in which.

<folder>/<round>/<batch>/           letters-0001.pdf ..., manifest.csv, manifest.json, READY
<folder>/.journal/<round>/<batch>.csv   return code and sequence of every letter that went out
<folder>/.making/                   what is being made; whoever made it holds a lock

A print house takes folders that hold READY, each as a whole (renamed away or copied and kept), and
no others. A letter is out once the journal has it: that is written, synced and renamed before the
mark, under the round's lock, and only where none of the letters is in it yet. So a folder without
the mark is finished if the journal knows it, and made anew if not; and where the print house has
taken a folder, the journal still says so.
"""

import csv
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

READY = "READY"
"""The mark: a file with the SHA-256 of manifest.json."""
_FOLDER_MODE = 0o750


class PrintFolders:
    """The folders of one print house. Every method blocks: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._making = folder / ".making"

    def prepare(self) -> None:
        """Make the folders, and remove what killed processes left half made."""
        self._making.mkdir(parents=True, exist_ok=True)
        for lock in self._making.glob("*.lock"):
            with lock.open("ab") as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                lock.unlink(missing_ok=True)

    @contextmanager
    def making(self) -> Iterator[tuple[Path, int]]:
        """Give a folder to make letters in, and the descriptor of its lock; removed at the end."""
        descriptor, lock = _new_lock(self._making)
        place = lock.with_suffix("")
        try:
            place.mkdir(mode=_FOLDER_MODE)
            yield place, descriptor
        finally:
            shutil.rmtree(place, ignore_errors=True)
            lock.unlink(missing_ok=True)
            os.close(descriptor)

    def out(self, round_id: str, lane: str, rung: int, seqs: range) -> dict[str, str]:
        """Return which letters of a range are out: return code -> batch id/sequence.

        A folder that the journal knows and that lacks its mark gets it.
        """
        with self._locked(round_id):
            return self._out(round_id, lane, rung, seqs)

    def publish(
        self,
        made: Path,
        *,
        round_id: str,
        batch: str,
        codes: Sequence[str],
        mark: bytes,
        may: Callable[[], bool],
    ) -> bool:
        """Put a folder in place and mark it; False where it must not be, and nothing happened.

        It must not where `may` says no under the lock, or where one of its letters is out already.
        """
        lane, rung, span, _ = batch.split("_")
        first, last = map(int, span.split("-"))
        _sync_all(made)
        with self._locked(round_id) as journal:
            known = self._out(round_id, lane, int(rung), range(first, last + 1))
            if not known.keys().isdisjoint(codes) or not may():
                return False
            place = self._place(round_id) / batch
            place.parent.mkdir(exist_ok=True)
            made.rename(place)
            _sync(place.parent)
            _sync(self._folder)
            rows = "".join(f"{code},{number}\n" for number, code in enumerate(codes, start=1))
            _write(journal / f"{batch}.csv", mark + b"\n" + rows.encode())
            _write(place / READY, mark + b"\n")
        return True

    def _out(self, round_id: str, lane: str, rung: int, seqs: range) -> dict[str, str]:
        for place in self._place(round_id).glob(f"{lane}_{rung}_*"):
            entry = self._journal(round_id) / f"{place.name}.csv"
            if not entry.exists() and (place / READY).exists():
                _write(entry, _entry_of(place))  # the journal was lost
            elif not entry.exists():
                shutil.rmtree(place)  # put in place by a process that was killed then
        found: dict[str, str] = {}
        for entry in self._journal(round_id).glob(f"{lane}_{rung}_*.csv"):
            first, last = map(int, entry.stem.split("_")[2].split("-"))
            if last < seqs.start or first >= seqs.stop:
                continue
            mark, *rows = entry.read_text().splitlines()
            place = self._place(round_id) / entry.stem
            if place.is_dir() and not (place / READY).exists():
                _write(place / READY, mark.encode() + b"\n")
            found.update((code, f"{entry.stem}/{number}") for code, number in csv.reader(rows))
        return found

    @contextmanager
    def _locked(self, round_id: str) -> Iterator[Path]:
        journal = self._journal(round_id)
        journal.mkdir(parents=True, exist_ok=True)
        with (journal / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield journal

    def _place(self, round_id: str) -> Path:
        return self._folder / round_id.replace("/", "-")

    def _journal(self, round_id: str) -> Path:
        return self._folder / ".journal" / round_id.replace("/", "-")


def _new_lock(folder: Path) -> tuple[int, Path]:
    """Return a file of its own, locked: its descriptor and its name."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=folder, suffix=".lock")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if Path(name).exists():
            return descriptor, Path(name)
        os.close(descriptor)  # taken for a dead one and removed before it was locked


def _entry_of(place: Path) -> bytes:
    """Return what the journal says of a marked folder."""
    with (place / "manifest.csv").open(newline="") as table:
        rows = [f"{row['return_code']},{row['sequence']}\n" for row in csv.DictReader(table)]
    return (place / READY).read_bytes() + "".join(rows).encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole, or not at all."""
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    _sync(path.parent)


def _sync_all(folder: Path) -> None:
    for path in folder.iterdir():
        _sync(path)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
