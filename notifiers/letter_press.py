"""Runs the typesetter, a few processes at a time, and ends them with whoever waits for them."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

_PROGRAM = "tocsin.notifiers.letter_typesetter"


class TypesettingFailed(Exception):
    """A typesetter ended without an answer. Says nothing of the letters."""


class Press:
    """At most `processes` typesetters at once (`letter_typesetter` tells what a job looks like)."""

    def __init__(self, processes: int) -> None:
        self._free = asyncio.Semaphore(processes)

    async def run(self, job: Mapping[str, Any], *, keep_open: Sequence[int] = ()) -> dict[str, Any]:
        """Return the answer to a job.

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
                _PROGRAM,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # it may quote a letter
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
        answer: dict[str, Any] = json.loads(said)
        return answer
