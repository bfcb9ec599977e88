"""How a worker is watched: /healthz, /readyz and /metrics on the address of `worker.http`.

Nothing here needs a token, and nothing here is personal: ids, counts and closed words.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from sqlalchemy import Connection
from tocsin.ledger import queue, reads
from tocsin.runtimes.distributed import Worker
from tocsin.runtimes.metrics import LedgerFigures, exposition
from tocsin.schemas.errors import InvalidInput

_PATIENCE_S = 2.0
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def watched(worker: Worker, place: str) -> AsyncIterator[int]:
    """Answer at `host:port` while the block runs; yield the port.

    Raises InvalidInput where the address cannot be taken.
    """
    host, _, port = place.rpartition(":")
    app = web.Application()
    app.add_routes(
        [
            web.get("/healthz", _Pages(worker).health),
            web.get("/readyz", _Pages(worker).readiness),
            web.get("/metrics", _Pages(worker).metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host.strip("[]"), int(port))
        try:
            await site.start()
        except OSError as error:
            message = f"the address {place} cannot be taken ({type(error).__name__})"
            fix = "stop what listens there, or give another one with --http"
            raise InvalidInput(message, field="worker.http", fix=fix) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Pages:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def health(self, _: web.Request) -> web.Response:
        """Answer that the process turns; a database or broker that is away is not its fault."""
        return web.json_response({"healthy": True})

    async def readiness(self, _: web.Request) -> web.Response:
        """Answer whether work is being done: the ledger is needed, the streams are missed."""
        ledger = await self._ledger()
        parts = {
            "ledger": "up" if ledger is not None else "away",
            "streams": "up" if self._worker.streams.up else "away",
        }
        ready = ledger is not None
        return web.json_response({"ready": ready, **parts}, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """Answer a scrape."""
        body = exposition(self._worker, await self._ledger())
        return web.Response(body=body, headers={"Content-Type": _EXPOSITION})

    async def _ledger(self) -> LedgerFigures | None:
        runtime = self._worker.runtime
        now_us = queue.microseconds(runtime.step.clock.now())

        def look(db: Connection) -> LedgerFigures:
            return LedgerFigures(reads.backlog(db, now_us=now_us), reads.open_people(db))

        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await runtime.ledger.ask(look)
        except Exception:  # noqa: BLE001  # whatever is wrong with it: it does not answer
            return None
