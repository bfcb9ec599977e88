"""Postfix's own load generator beside us: `smtp-source -d -s 10` into the same `smtp-sink`."""

import asyncio
import os
import sys
import time
from pathlib import Path

from fakes.postfix import program
from fakes.turns import Took

CONNECTIONS = 10


def children_cpu_s() -> float:
    """Return the CPU seconds of children that have ended."""
    used = os.times()
    return used.children_user + used.children_system


async def smtp_source(port: int, messages: int, content: Path) -> Took:
    """Let smtp-source hand over so many messages of this content (a file, lines ended by LF)."""
    before, start = children_cpu_s(), time.monotonic()
    process = await asyncio.create_subprocess_exec(
        program("smtp-source"),
        *("-4", "-d", "-s", str(CONNECTIONS), "-m", str(messages), "-F", str(content)),
        *("-f", "notices@example.com", "-t", "person@mail.example", f"127.0.0.1:{port}"),
    )
    if await process.wait():
        sys.exit("smtp-source failed")
    seconds = time.monotonic() - start
    return Took(messages, seconds, children_cpu_s() - before)
