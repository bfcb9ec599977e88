"""Processes that read and judge people for this one: it has one Python lock, and so have they."""

import asyncio
import pickle
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator

from tocsin.runtimes.directory_section import DirectorySection
from tocsin.runtimes.reader import HEAD, page_of
from tocsin.schemas.errors import Unavailable
from tocsin.services.judge import JudgedPage, Reading

_PROGRAM = "tocsin.runtimes.reader"
_AHEAD = 1 << 18
"""Octets that are taken from a reader before they are needed: some pages."""


class Readers:
    """Starts a process for each reading. What it may know goes through its standard input alone."""

    worth_after = 20_000
    """So many people are read before another process is worth its start, half a second."""
    most = 2
    """So many at once: each holds the lists, and a connection to the directory."""

    def __init__(self, section: DirectorySection) -> None:
        """Name the directory that they open, each with a connection of its own."""
        self._section = section
        self._running = 0

    def are_wanted(self, read: int) -> bool:
        """Whether another process should read on, now that so many people were read here."""
        return read >= self.worth_after and self._running < self.most

    async def judged(self, reading: Reading) -> AsyncGenerator[JudgedPage, None]:
        """Yield people page by page, as the reading's judge judges them there.

        Whoever closes the iterator ends the process. Should this process be killed, the other one
        ends as soon as it has something to say.

        Raises:
            TocsinError: the directory cannot be read, as the directory says it.
            Unavailable: there is no such process, or it ended before the last person.
        """
        self._running += 1
        try:
            process = await _started()
            try:
                await _ask(process, pickle.dumps((self._section, reading)))
                while (page := await _next(process)) is not None:
                    yield page
            finally:
                await _end(process)
        finally:
            self._running -= 1


async def _started() -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _PROGRAM),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # it may name people
            start_new_session=True,  # a Ctrl-C is for this process, which ends the other
            limit=_AHEAD,
        )
    except OSError as error:
        message = f"no process can be started that reads the directory ({type(error).__name__})"
        raise Unavailable(message, field="directory") from None


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    assert process.stdout is not None  # noqa: S101  # it is a pipe
    while await process.stdout.read(_AHEAD):
        pass  # until its end is seen, the pipe and what it holds would stay
    await process.wait()


async def _ask(process: Process, asked: bytes) -> None:
    assert process.stdin is not None  # noqa: S101  # it is a pipe
    try:
        process.stdin.write(asked)
        await process.stdin.drain()
        process.stdin.close()
    except ConnectionError:
        raise await _ended(process) from None


async def _next(process: Process) -> JudgedPage | None:
    assert process.stdout is not None  # noqa: S101  # it is a pipe
    try:
        told, said = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        people = await process.stdout.readexactly(told)
        return page_of(people, await process.stdout.readexactly(said))
    except asyncio.IncompleteReadError:
        raise await _ended(process) from None


async def _ended(process: Process) -> Unavailable:
    code = await process.wait()
    how = f"exit code {code}" if code >= 0 else signal.Signals(-code).name
    message = f"the process that reads the directory ended before the last person ({how})"
    fix = "SIGKILL may mean that memory is short; it is tried again"
    return Unavailable(message, field="directory", fix=fix)
