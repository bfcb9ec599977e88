"""Postfix's smtp-sink on loopback: takes everything, quickly, and keeps nothing."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fakes.postfix import program


@asynccontextmanager
async def sink() -> AsyncIterator[int]:
    """Start smtp-sink on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    as_nobody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(  # noqa: ASYNC220  # before anything else runs
        [program("smtp-sink"), *as_nobody, "-m", "1024", f"127.0.0.1:{port}", "1024"]
    )
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()
