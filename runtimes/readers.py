"""Processes that read and judge people for this one: it has one Python lock, and so have they."""

import asyncio
import pickle
import sys
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
    """So many people are read before another process is worth its start, about a second."""

    def __init__(self, section: DirectorySection) -> None:
        """Name the directory that they open, each with a connection of its own."""
        self._section = section

    async def judged(self, reading: Reading) -> AsyncGenerator[JudgedPage, None]:
        """Yield people page by page, as the reading's judge judges them there.

        Whoever closes the iterator ends the process. Should this process be killed, the other one
        ends as soon as it has something to say.

        Raises:
            TocsinError: the directory cannot be read, as the directory says it.
            Unavailable: the process ended before the last person.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # it may name people
            start_new_session=True,  # a Ctrl-C is for this process, which ends the other
            limit=_AHEAD,
        )
        try:
            await _ask(process, pickle.dumps((self._section, reading)))
            while (page := await _next(process)) is not None:
                yield page
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _ask(process: asyncio.subprocess.Process, asked: bytes) -> None:
    assert process.stdin is not None  # noqa: S101  # it is a pipe
    try:
        process.stdin.write(asked)
        await process.stdin.drain()
        process.stdin.close()
    except ConnectionError:
        raise _ended() from None


async def _next(process: asyncio.subprocess.Process) -> JudgedPage | None:
    assert process.stdout is not None  # noqa: S101  # it is a pipe
    try:
        told, said = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
        return page_of(
            await process.stdout.readexactly(told), await process.stdout.readexactly(said)
        )
    except asyncio.IncompleteReadError:
        raise _ended() from None


def _ended() -> Unavailable:
    message = "the process that reads the directory ended before the last person"
    return Unavailable(
        message, field="directory", fix="see whether memory is short; it is repeated"
    )
