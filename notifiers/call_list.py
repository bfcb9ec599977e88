"""Lists from which people of a call centre telephone.

<folder>/<incident>-r<round>.<lane>.<first>.rung<rung>.csv   whom to call; 0600, numbers in it
<folder>/scripts/<script>.txt                                what to say, once for all who share it
<folder>/results.csv                                         the columns in which results come back
<folder>/.written/<list>.codes                               what was ever listed; no number in it

A list may be taken away as soon as it is there: who was on it is not listed again.
"""

import asyncio
import fcntl
import os
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tocsin.notifiers.call_list_rows import RESULT_COLUMNS, Row, read_script, row_of
from tocsin.notifiers.call_list_settings import CallListSettings
from tocsin.notifiers.sent import Sent
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused
from tocsin.schemas.spreadsheets import BOM, lines_of

NAME = "call_list"
"""What stands as the relay in every `Sent`."""
RESULTS = "results.csv"
_SCRIPTS = "scripts"
_WRITTEN = ".written"
_LOCK = ".lock"


class CallList:
    """Lists people to telephone, and says what became of each.

        async with CallList(settings) as calls:
            async with aclosing(calls.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a number in E.164 form, its `content` a payload in UTF-8 JSON with a
    return code. Accepted says that the number is on a list; results come back by the code.
    """

    def __init__(self, settings: CallListSettings) -> None:
        self._settings = settings
        self._flush_at = max(1, settings.flush // 2)

    async def __aenter__(self) -> Self:
        """Make the folders and the table for results."""
        folder = self._settings.folder
        for each in (folder, folder / _SCRIPTS, folder / _WRITTEN):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / RESULTS).exists():
            _replace(folder / RESULTS, BOM + lines_of([RESULT_COLUMNS]))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; every flush is on disk already."""

    async def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """List messages and yield their outcomes in flushes; see `SmtpMailer.send`.

        At most half of `flush` are listed and not applied. `sender` does not matter here.
        """
        del sender
        for start in range(0, len(messages), self._flush_at):
            if not lease.may_send:
                return
            chunk = messages[start : start + self._flush_at]
            yield await asyncio.to_thread(self._write, chunk)

    async def forget(self, round_id: str) -> int:
        """Remove a round's lists, numbers and all, and return how many files that was."""
        return await asyncio.to_thread(self._forget, round_id)

    def _forget(self, round_id: str) -> int:
        folder, of = self._settings.folder, round_id.replace("/", "-")
        with self._locked():
            found = [*folder.glob(f"{of}.*.csv"), *(folder / _WRITTEN).glob(f"{of}.*.codes")]
            for path in found:
                path.unlink()
        return len(found)

    def _write(self, messages: Sequence[Message]) -> tuple[Sent, ...]:
        """Put a chunk on its lists; what cannot be written now is put off."""
        lists: defaultdict[str, list[tuple[Message, Row]]] = defaultdict(list)
        sent: list[Sent] = []
        for each in messages:
            row = row_of(each, read_script(each.content), priority=self._settings.priority)
            if isinstance(row, Refused):
                sent.append(Sent(each.lane, each.seq, row, NAME))
            else:
                lists[self._name(row.code)].append((each, row))
        for name, found in lists.items():
            try:
                with self._locked():
                    self._append(name, [row for _, row in found])
                outcome: Accepted | Deferred = Accepted()
            except OSError:
                outcome = Deferred(Reason.RELAY_UNAVAILABLE)
            sent += [Sent(each.lane, each.seq, outcome, NAME) for each, _ in found]
        return tuple(sent)

    def _name(self, code: ReturnCode) -> str:
        """Return the list on which a notice belongs, whoever writes it and however often."""
        people = self._settings.people_per_list
        of = code.round.replace("/", "-")
        return f"{of}.{code.lane}.{code.seq // people * people:09}.rung{code.rung}"

    def _append(self, name: str, rows: Sequence[Row]) -> None:
        """Add rows that were never listed: the list is replaced whole, or stays as it was."""
        folder = self._settings.folder
        path, index = folder / f"{name}.csv", folder / _WRITTEN / f"{name}.codes"
        content = path.read_bytes() if path.exists() else BOM + lines_of([rows[0].columns])
        listed = {line.partition(b",")[0] for line in content.splitlines()}
        listed |= set(index.read_bytes().split()) if index.exists() else set()
        new = {str(row.code): row for row in rows if str(row.code).encode() not in listed}
        for row in new.values():
            script = folder / _SCRIPTS / f"{row.script}.txt"
            if not script.exists():
                _replace(script, row.script_text.encode())
        if new:
            _replace(path, content + lines_of(row.cells for row in new.values()))
        codes = {str(row.code): None for row in rows}
        _note(index, "".join(f"{code}\n" for code in codes).encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from the lists: two that replace one would lose rows."""
        lock = os.open(self._settings.folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place, durably: a reader sees it as it was or as it will be."""
    staged = path.with_name(f".{path.name}.unfinished")
    staged.unlink(missing_ok=True)
    file = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(content)
        os.fsync(file)
    finally:
        os.close(file)
    staged.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _note(path: Path, lines: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        with os.fdopen(file, "wb", closefd=False) as stream:
            stream.write(lines)
        os.fsync(file)
    finally:
        os.close(file)
