"""A process that reads people from the directory and judges them, for a worker that writes.

Started by `readers` and by nothing else. It is given what to read on its standard input, and hands
on a page after the other on its standard output; its last frame says that there are no more people,
or what went wrong. When nobody listens any more, it ends.
"""

import asyncio
import marshal
import os
import pickle
import signal
import sys
from contextlib import aclosing
from struct import Struct
from typing import BinaryIO

from tocsin.runtimes.collecting import collect_seldom
from tocsin.runtimes.directory_section import DirectorySection
from tocsin.runtimes.heap import share_heap
from tocsin.runtimes.where import where
from tocsin.schemas.errors import TocsinError, Unavailable
from tocsin.services.judge import JudgedPage, JudgedPerson, Reading

HEAD = Struct("!II")
"""How many octets of a frame are people, and how many say the rest of it."""


def frame(people: list[JudgedPerson], rest: object) -> bytes:
    """Return a frame: people are plain tuples, which `marshal` reads back faster than they move."""
    told, said = marshal.dumps(people), pickle.dumps(rest)
    return HEAD.pack(len(told), len(said)) + told + said


def page_of(told: bytes, said: bytes) -> JudgedPage | None:
    """Return the page of a frame; None at the end. Raises what went wrong there."""
    rest = pickle.loads(said)  # noqa: S301  # of a process that this one started, and no other
    if isinstance(rest, TocsinError):
        raise rest
    if rest is None:
        return None
    cohorts, counts = rest
    return JudgedPage(marshal.loads(told), cohorts, counts)  # noqa: S302  # as above


async def read(section: DirectorySection, reading: Reading, out: BinaryIO) -> None:
    """Write people as they are judged, and the end."""
    try:
        directory = section.open()
        try:
            stream = directory.snapshot(
                reading.scope, reading.kinds, after=reading.after, page=reading.page
            )
            async with aclosing(stream) as pages:
                async for found in pages:
                    judged = reading.judge.page(found)
                    out.write(frame(judged.people, (judged.cohorts, judged.counts)))
                    out.flush()
        finally:
            await directory.close()
    except BrokenPipeError:
        raise
    except TocsinError as error:
        out.write(frame([], error))
    except Exception as error:  # noqa: BLE001  # its text may hold personal data and stays here
        message = f"people could not be read and judged ({where(error)})"
        out.write(frame([], Unavailable(message, field="directory")))
    else:
        out.write(frame([], None))
    out.flush()


def main() -> int:
    """Read and judge what is asked for on the standard input."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # for the worker, which ends this process itself
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a driver prints is no frame
    share_heap()
    section, reading = pickle.load(sys.stdin.buffer)  # noqa: S301  # as in `page_of`
    collect_seldom()
    try:
        with out:
            asyncio.run(read(section, reading, out))
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
