"""A worker's sign of life: a row in the ledger, and a call to somebody who misses it.

Either is only given while the worker really works: its loop turns, its claims or Commits go
through, and the ledger takes a write at this moment. A process that is stopped, hung, or cut off
from the ledger is silent, and silence is what the other side alarms about.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator
from tocsin.ledger import heartbeats
from tocsin.notifiers.http_settings import is_safe_url
from tocsin.runtimes.log import structlog
from tocsin.runtimes.step import Step
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import boottime
from tocsin.schemas.record import Record

if TYPE_CHECKING:
    import aiohttp

_log = structlog.get_logger("tocsin.heartbeat")
BEAT_S = 5.0
"""A worker writes its row so often."""
STALE_S = 20.0
"""Whoever wrote none for so long does not work."""
_STUCK_S = 90.0
"""Idle slots claim at least once a minute, busy ones renew their leases: longer is stuck."""
_ANSWER_S = 10.0
_CLAIMS_STOPPED = "no claim and no Commit went through"


class HeartbeatSection(Record):
    """Whom a worker calls while it works; a service that is not called any more alarms."""

    url: str = Field(repr=False)
    every_s: float = Field(default=60, ge=0.2, le=3600)
    method: Literal["GET", "POST"] = "GET"

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        if not is_safe_url(url):
            message = "write an https URL without a user name"
            raise ValueError(message)
        return url


def worker_name() -> str:
    """Return how this process is called in the ledger: machine and process."""
    return f"{os.uname().nodename}:{os.getpid()}"


class Heart:
    """Beats while a step's slots work."""

    def __init__(self, step: Step, called: HeartbeatSection | None) -> None:
        """Name whose life it is, and who is called."""
        self._step = step
        self._called = called
        self._name = worker_name()
        self._next_call = 0.0

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat while the block works; at its end it stands in the ledger that it ended."""
        session = self._session()
        beating = asyncio.create_task(self._beat(session))
        try:
            yield
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating
            if session is not None:
                await session.close()
            self._step.ledger.hurry()  # who ends waits for no database that is away to say so
            try:
                await self._write(ended=True)
            finally:
                self._step.ledger.hurry(hurried=False)

    def _session(self) -> "aiohttp.ClientSession | None":
        if self._called is None:
            return None
        try:
            from tocsin.notifiers.http_post import new_session  # noqa: PLC0415  # optional
        except ImportError as error:
            message = f"what a heartbeat needs is not installed ({error.name})"
            fix = "pip install 'tocsin[http]'"
            raise InvalidInput(message, field="heartbeat", fix=fix) from None
        return new_session(connections=1, timeout_s=_ANSWER_S)

    async def _beat(self, session: "aiohttp.ClientSession | None") -> None:
        pause = BEAT_S if self._called is None else min(BEAT_S, self._called.every_s)
        with suppress(Exception):
            await self._step.ledger.write(heartbeats.forget)
        while True:
            if await self._works() and session is not None and boottime() >= self._next_call:
                await self._call(session)
            await asyncio.sleep(pause)

    async def _works(self) -> bool:
        """Whether work goes on here; waits as long as the ledger does not answer."""
        still_for = boottime() - self._step.moved_at
        if still_for > max(_STUCK_S, 2 * self._step.lease_s):
            _log.error("not working", why=_CLAIMS_STOPPED, for_s=round(still_for))
            return False
        return await self._write()

    async def _write(self, *, ended: bool = False) -> bool:
        try:
            await self._step.ledger.write(lambda db: heartbeats.beat(db, self._name, ended=ended))
        except Exception as error:  # noqa: BLE001  # the work's own way says what is wrong
            _log.warning("no heartbeat", error=type(error).__name__)
            return False
        return True

    async def _call(self, session: "aiohttp.ClientSession") -> None:
        """Call outside. A failure is logged without the address, which may be a secret."""
        called = self._called
        assert called is not None  # noqa: S101  # there is a session
        self._next_call = boottime() + called.every_s - 0.05
        try:
            async with session.request(called.method, called.url, allow_redirects=False) as answer:
                if answer.status >= 300:  # noqa: PLR2004  # anything but a plain yes
                    _log.warning("heartbeat was refused", status=answer.status)
        except Exception as error:  # noqa: BLE001  # whoever is away must not stop the work
            _log.warning("heartbeat was not taken", error=type(error).__name__)
