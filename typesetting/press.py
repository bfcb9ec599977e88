"""Runs the typesetter, a few processes at a time, and ends them with whoever waits for them."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


class TypesettingFailed(Exception):
    """A typesetter ended without an answer. Says nothing of the job."""


class Press:
    """At most `processes` typesetters at once; `program` is a module that reads one job."""

    def __init__(self, processes: int, program: str) -> None:
        self._program = program
        self._free = asyncio.Semaphore(processes)

    async def run(self, job: Mapping[str, Any], *, keep_open: Sequence[int] = ()) -> dict[str, Any]:
        """Return the answer to a job, which is JSON; see `bytes_of`."""
        answer: dict[str, Any] = json.loads(await self.bytes_of(job, keep_open=keep_open))
        return answer

    async def bytes_of(self, job: Mapping[str, Any], *, keep_open: Sequence[int] = ()) -> bytes:
        """Return what the typesetter wrote.

        The typesetter holds the file descriptors `keep_open` until it has ended, even where this
        process is killed before. Cancelling ends it.

        Raises:
            TypesettingFailed: there is no answer: the job cannot be set, or memory was short.
        """
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it may quote the job
                pass_fds=tuple(keep_open),
            )
            try:
                said, _ = await process.communicate(json.dumps(job).encode())
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            message = "the typesetter ended without an answer"
            raise TypesettingFailed(message)
        return said
