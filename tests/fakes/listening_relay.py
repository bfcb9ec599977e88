"""A relay that remembers from whom each message came in its envelope."""

import asyncio
import re

from tocsin.demo.relay import RelayServer
from tocsin.demo.relay_session import RelaySession


class _Listening(RelaySession):
    def __init__(self, relay: "ListeningRelay") -> None:
        super().__init__(relay)
        self._heard = relay.senders

    def data_received(self, data: bytes) -> None:
        self._heard.extend(found.decode() for found in re.findall(rb"MAIL FROM:<([^>]*)>", data))
        super().data_received(data)


class ListeningRelay(RelayServer):
    """Keeps the envelope senders, in their order, in `senders`."""

    senders: list[str]

    async def come_up(self) -> None:
        assert self._bound is not None
        self.senders = []
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Listening(self), sock=self._bound)
