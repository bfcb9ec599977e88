"""A wire to a PostgreSQL server that a test cuts: before a request arrives, or before its answer.

One write of the client is one request, as libpq sends a statement.
"""

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import make_url

_SOCKET = ".s.PGSQL.5432"


@dataclass
class Cut:
    """Where the wire is to be cut: at the n-th request from now."""

    request: int
    answered: bool
    """Whether the server still gets the request and does it; the answer is never passed on."""
    done: bool = False


class Wire:
    """Passes bytes between clients and a server: `async with Wire(url, folder) as wire`."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = make_url(url)
        self._folder = folder
        self._cut: Cut | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The server's URL, by way of this wire."""
        query = {**self._url.query, "host": str(self._folder)}
        return self._url.set(host=None, port=None, query=query).render_as_string(
            hide_password=False
        )

    async def __aenter__(self) -> Self:
        self._folder.mkdir()
        self._server = await asyncio.start_unix_server(self._serve, self._folder / _SOCKET)
        return self

    async def __aexit__(self, *ended: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, request: int, *, answered: bool) -> Cut:
        """Cut the wire at a request of the connections that stand now."""
        self._cut = Cut(request, answered)
        return self._cut

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        host = self._url.query.get("host", self._url.host or "127.0.0.1")
        assert isinstance(host, str)
        if host.startswith("/"):
            to, away = await asyncio.open_unix_connection(Path(host) / _SOCKET)
        else:
            to, away = await asyncio.open_connection(host, self._url.port or 5432)
        answers = asyncio.create_task(_pass_on(to, writer))
        try:
            while request := await reader.read(1 << 20):
                if not self._is_cut():
                    away.write(request)
                    await away.drain()
                    continue
                answers.cancel()
                await asyncio.gather(answers, return_exceptions=True)
                if self._cut is not None and self._cut.answered:
                    away.write(request)
                    await to.read(1 << 20)
                self._cut = None
                break
        finally:
            answers.cancel()
            for end in (writer, away):
                end.close()
            self._tasks.discard(task)

    def _is_cut(self) -> bool:
        if self._cut is None:
            return False
        self._cut.request -= 1
        self._cut.done = self._cut.request == 0
        return self._cut.done


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 20):
            writer.write(data)
            await writer.drain()
    writer.close()
