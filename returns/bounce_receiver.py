"""Receives bounces over LMTP (RFC 2033) or SMTP (RFC 5321), for codes of ours and nobody else."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tocsin.returns.bounce_door import BounceDoor
from tocsin.returns.bounce_session import BounceSession, session_for
from tocsin.returns.desk import Desk
from tocsin.returns.dsn import Kind
from tocsin.returns.receiver_settings import ReceiverSettings
from tocsin.returns.shared_take import SharedTake


class BounceReceiver:
    """Listens while it is open; a bounce is answered 250 when what it says is on record.

        async with BounceReceiver(settings, desk) as receiver:
            ...  # receiver.port, receiver.counts

    A recipient that is no genuine code gets 550 5.1.1, whatever is wrong with it. While the desk
    cannot take anything the answer is 451 4.3.0: whoever has the bounce keeps it and comes again.
    Sessions that end at the same time share one write. No message is stored, passed on or logged.
    Nobody reads mail here, no postmaster either: that of the domain is where its MX record leads.
    """

    def __init__(self, settings: ReceiverSettings, desk: Desk) -> None:
        self._settings = settings
        self._shared = SharedTake(desk)
        self._door = BounceDoor(settings, desk, self._shared)
        self._sessions: set[BounceSession] = set()
        self._server: asyncio.Server | None = None
        self._group: asyncio.TaskGroup | None = None
        self._writer: asyncio.Task[None] | None = None
        self.port = settings.port

    @property
    def counts(self) -> Mapping[Kind, int]:
        """How many messages of each kind came in since the start."""
        return Counter(self._door.counts)

    async def __aenter__(self) -> Self:
        """Take the address, and connections from now on.

        Raises:
            OSError: the address cannot be taken.
        """
        self._server = await asyncio.get_running_loop().create_server(
            self._session, self._settings.host, self._settings.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._group = await asyncio.TaskGroup().__aenter__()
        self._writer = self._group.create_task(self._shared.run(), name="bounces")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more; a message whose receipts are not on record yet is answered 451."""
        if self._server is not None:
            self._server.close()
        if self._writer is not None:
            self._writer.cancel()
        if not isinstance(error, asyncio.CancelledError):
            kind = error = trace = None  # the block's own error leaves as it is, in no group
        try:
            if self._group is not None:
                await self._group.__aexit__(kind, error, trace)
        finally:
            await self._end_sessions()

    async def _end_sessions(self) -> None:
        await asyncio.sleep(0)  # for those that were just told 451 to say so
        tasks = [session.task for session in self._sessions if session.task is not None]
        for session in tuple(self._sessions):
            session.leave()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _session(self) -> asyncio.Protocol:
        if len(self._sessions) >= self._settings.sessions:
            return _Full()
        session = session_for(self._door, self._settings)
        self._sessions.add(session)
        session.when_gone(self._sessions.discard)
        return session


class _Full(asyncio.Protocol):
    """Says that there is no room, and closes (RFC 5321 section 3.8)."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(b"421 4.3.2 too many sessions, come again\r\n")
            transport.close()
