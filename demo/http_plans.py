"""What a server on this machine does with a request for somebody, and how it starts and stops."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from aiohttp import web


class Do(StrEnum):
    """What the server does."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    HANG = "hang"
    CUT = "cut"


@dataclass(frozen=True)
class Answer:
    """One behaviour; `taken`: the message is kept all the same, whatever the answer."""

    do: Do = Do.ACCEPT
    status: int = 400
    retry_after: int | str | None = None
    body: Mapping[str, Any] | None = None
    taken: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


def patience(answer: Answer) -> float:
    """Return how long a test waits for this answer, in seconds: not long where none comes."""
    return 0.4 if answer.do is Do.HANG else 5.0


Plan = Mapping[str, Sequence[Answer]]
"""Recipient -> its answers in turn; the last one stays. Others are accepted."""


@dataclass
class HttpServer:
    """`async with` it: `url` is its base. Keeps who was asked for, and answers by the plan."""

    plan: Plan = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The recipient of every genuine request, answered or not."""
    url: str = ""
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what the server answers to."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_routes(self.routes())
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._closing.set()
        await self._runner.cleanup()

    def answer_for(self, recipient: str) -> Answer:
        """Return what is planned for this request, and note it."""
        answers = self.plan.get(recipient, [Answer()])
        turn = self.asked.count(recipient) if len(answers) > 1 else 0
        self.asked.append(recipient)
        return answers[min(turn, len(answers) - 1)]

    async def refuse(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        """Do what is planned instead of accepting."""
        if answer.do is Do.HANG:
            await self._closing.wait()
        if answer.do is not Do.REFUSE:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if answer.body is not None:
            body = dict(answer.body)
            return web.json_response(body, status=answer.status, headers=answer.headers)
        return web.Response(status=answer.status, headers=answer.headers, text="words of a server")
