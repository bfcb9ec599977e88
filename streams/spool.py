"""The spool: a folder that keeps each event until a broker acknowledged it.

One file per event, named after detector and event id, so that an event waits once however often it
is emitted. A file has its name only when all of it is on the disk; what a kill leaves half written
has none and is swept away. One process at a time holds a spool.
"""

import fcntl
import os
import re
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import Field
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.errors import Conflict, InvalidInput, Unavailable
from tocsin.schemas.record import Record

_NAME = re.compile(r"[0-9a-f]{64}")
_LOOK_S = 0.05

Tap = Callable[[str], None]
"""Is told each step of a write and of a removal, for tests that end the process there."""


class SpoolBounds(Record):
    """How much waits in a spool at most. What comes after that is refused, and says so."""

    events: int = Field(default=100_000, ge=1)
    size: int = Field(default=256 << 20, ge=1)
    """Bytes: 256 MiB."""


def spooled_name(detector: str, event_id: str) -> str:
    """Return the name under which an event waits."""
    return sha256_hex(canonical([detector, event_id]))


class Spool:
    """A folder of events that wait. Threads may share it, processes may not."""

    def __init__(
        self, folder: Path, bounds: SpoolBounds | None = None, *, tap: Tap | None = None
    ) -> None:
        """Name the folder; nothing is opened yet."""
        self.folder = folder
        self.events = 0
        """How many wait."""
        self._bounds = bounds or SpoolBounds()
        self._tap = tap or (lambda _step: None)
        self._size = 0
        self._newest = 0
        self._alone = threading.Lock()
        self._lock = -1

    def open(self, *, patience_s: float = 0) -> None:
        """Take hold of the folder, made where there is none, and count what waits in it.

        Raises InvalidInput for a folder that others may look into, Conflict where another process
        has held it all of `patience_s`.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = self.folder.stat()
            self._refuse_shared(status)
            self._lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            message = f"the folder cannot be used ({type(error).__name__})"
            fix = "name a folder of yours, or a new one"
            raise InvalidInput(message, field="spool", fix=fix) from None
        try:
            self._hold(time.monotonic() + patience_s)
        except BaseException:
            self.close()
            raise
        for left in self.folder.glob(".*.part"):
            left.unlink(missing_ok=True)
        self._count()

    def close(self) -> None:
        """Let go of the folder; what waits in it stays."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def put(self, name: str, data: bytes) -> bool:
        """Keep an event; False if it waits already. Once this returned, no kill loses it.

        Raises Unavailable, with nothing half written, where the spool or the disk is full.
        """
        with self._alone:
            path = self.folder / name
            if path.exists():
                return False
            self._refuse_too_much(len(data))
            part = self.folder / f".{name}.part"
            try:
                self._write(part, data)
                part.rename(path)
                self._tap("named")
                self.events += 1
                self._size += len(data)
                self._sync_folder()
            except OSError as error:
                part.unlink(missing_ok=True)
                message = f"the event cannot be written ({os.strerror(error.errno or 0)})"
                raise Unavailable(message, field="spool", fix="make room on the disk") from None
        self._tap("kept")
        return True

    def waiting(self) -> tuple[str, ...]:
        """Return the names of what waits, in order of arrival."""
        with self._alone:
            return self._count()

    def read(self, name: str) -> bytes | None:
        """Return an event's bytes; None when it waits no more."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, name: str) -> bool:
        """Forget an event that was acknowledged; False if it was gone already.

        The removal need not reach the disk: an event that comes back after a crash is sent again.
        """
        with self._alone:
            path = self.folder / name
            try:
                size = path.stat().st_size
                path.unlink()
            except FileNotFoundError:
                return False
            self.events -= 1
            self._size -= size
        self._tap("removed")
        return True

    def _write(self, part: Path, data: bytes) -> None:
        # order of arrival outlives this process as the file's time, also if the clock goes back
        self._newest = max(time.time_ns(), self._newest + 1)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            self._tap("begun")
            file.write(data)
            file.flush()
            self._tap("written")
            os.utime(descriptor, ns=(self._newest, self._newest))
            os.fsync(descriptor)
        self._tap("synced")

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _count(self) -> tuple[str, ...]:
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime_ns, entry.name, status.st_size))
        found.sort()
        self.events = len(found)
        self._size = sum(size for _, _, size in found)
        self._newest = max(self._newest, found[-1][0] if found else 0)
        return tuple(name for _, name, _ in found)

    def _refuse_too_much(self, size: int) -> None:
        full = self.events >= self._bounds.events or self._size + size > self._bounds.size
        if full:
            message = f"the spool is full: {self.events:,} events wait in {self.folder}"
            fix = "bring the brokers back, or allow for more events and bytes; then emit this again"
            raise Unavailable(message, field="spool", fix=fix)

    def _refuse_shared(self, status: os.stat_result) -> None:
        if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
            message = f"others than you may look into {self.folder}"
            fix = f"`chmod 700 {self.folder}` if it holds nothing else, or name a new folder"
            raise InvalidInput(message, field="spool", fix=fix)

    def _hold(self, until: float) -> None:
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    message = f"another emitter holds {self.folder}"
                    fix = "wait until it ends, or give each its own folder"
                    raise Conflict(message, field="spool", fix=fix) from None
                time.sleep(_LOOK_S)
            else:
                return
