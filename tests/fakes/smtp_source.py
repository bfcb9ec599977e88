"""Postfix's own load generator beside us: `smtp-source -d -s 10` into the same `smtp-sink`."""

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

PROGRAMS = "/usr/sbin:/usr/bin:/usr/lib/postfix/sbin"
CONNECTIONS = 10


class Took(NamedTuple):
    """What one side of a pair took."""

    messages: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_s_per_1000(self) -> float:
        """CPU seconds per 1,000 messages."""
        return self.cpu_s * 1000 / self.messages


def children_cpu_s() -> float:
    """Return the CPU seconds of children that have ended."""
    used = os.times()
    return used.children_user + used.children_system


async def smtp_source(port: int, messages: int, content: Path) -> Took:
    """Let smtp-source hand over so many messages of this content (a file, lines ended by LF)."""
    program = shutil.which("smtp-source", path=PROGRAMS)
    if program is None:
        sys.exit("smtp-source is missing: apt-get install --no-install-recommends postfix")
    before, start = children_cpu_s(), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        program,
        *("-4", "-d", "-s", str(CONNECTIONS), "-m", str(messages), "-F", str(content)),
        *("-f", "notices@example.com", "-t", "person@mail.example", f"127.0.0.1:{port}"),
    )
    if await process.wait():
        sys.exit("smtp-source failed")
    seconds = time.monotonic() - start
    return Took(messages, seconds, children_cpu_s() - before)


def ratio_of(pairs: list[tuple[Took, Took]]) -> float:
    """Return the median over pairs of how many times as fast the first side was."""
    return round(median(ours.per_s / theirs.per_s for ours, theirs in pairs), 3)
