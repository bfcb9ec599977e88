"""How far the work is, while it is done: a picture on a terminal, or a JSON line a second."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Group
from rich.live import Live
from tocsin.cli.asked import Asked
from tocsin.cli.pace import Pace
from tocsin.cli.plain import write_json
from tocsin.cli.showing import console, line
from tocsin.cli.status import document, parts
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.overview import standing
from tocsin.runtimes.supervisor import Supervisor

_EVERY_S = 1.0


@asynccontextmanager
async def shown(
    asked: Asked, runtime: Runtime, supervisor: Supervisor | None
) -> AsyncIterator[None]:
    """Show it every second as long as it is open, and once more at the end."""
    pace = Pace()
    with contextlib.ExitStack() as stack:
        live = None
        if not asked.as_json:
            live = stack.enter_context(Live(console=console(), auto_refresh=False))

        async def look() -> None:
            now = await standing(runtime)
            restarts = supervisor.restarts if supervisor else 0
            if live is None:
                write_json({**document(now, pace), "restarts": restarts}, one_line=True)
                return
            again = [line(f"{restarts} restarts")] if restarts else []
            live.update(Group(*parts(now, pace), *again), refresh=True)

        async def go_on() -> None:
            while True:
                await look()
                await asyncio.sleep(_EVERY_S)

        looking = asyncio.create_task(go_on())
        try:
            yield
        finally:
            looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await looking
            await look()
