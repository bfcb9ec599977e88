"""Whoever brings bounces: a mail server on a raw socket, and receivers to bring them to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tocsin.returns.bounce_receiver import BounceReceiver
from tocsin.returns.receiver_settings import MailProtocol, ReceiverSettings
from tocsin.returns.verp import Verp
from tocsin.schemas.identifiers import ReturnCode

from fakes.recording_desk import RecordingDesk

DOMAIN = "bounces.organisation.test"


def bounce_address(code: ReturnCode) -> str:
    address = Verp(DOMAIN).address(code)
    assert address is not None
    return address


def receiver_settings(**fields: Any) -> ReceiverSettings:
    given: dict[str, Any] = {"domain": DOMAIN, "hostname": "mx.organisation.test", "port": 0}
    return ReceiverSettings(**given | fields)


def smtp_settings(**fields: Any) -> ReceiverSettings:
    return receiver_settings(protocol=MailProtocol.SMTP, **fields)


class Wire:
    """One connection: lines out, whole answers in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def answer(self) -> str:
        """Return the next answer, all of its lines."""
        lines = []
        while True:
            line = (await self.reader.readline()).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def pour(self, data: bytes) -> None:
        """Send the same again and again, until the connection is cut."""
        for _ in range(100_000):
            self.writer.write(data)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def greet(self, hello: str = "LHLO relay.test") -> str:
        assert (await self.answer()).startswith("220 ")
        return await self.say(hello)

    async def bring(
        self, content: bytes, addresses: Sequence[str], *, lmtp: bool = True
    ) -> tuple[list[str], list[str]]:
        """Bring a message; return the answers to its recipients and those after its final dot."""
        assert (await self.say("MAIL FROM:<>")).startswith("250 ")
        taken = [await self.say(f"RCPT TO:<{address}>") for address in addresses]
        go_on = await self.say("DATA")
        if not go_on.startswith("354 "):
            return taken, [go_on]
        self.writer.write(content.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
        due = sum(answer.startswith("250 ") for answer in taken) if lmtp else 1
        return taken, [await self.answer() for _ in range(due)]


@asynccontextmanager
async def wire_to(receiver: BounceReceiver) -> AsyncIterator[Wire]:
    """Connect to a receiver."""
    reader, writer = await asyncio.open_connection("127.0.0.1", receiver.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def lmtp(desk: RecordingDesk, **fields: Any) -> AsyncIterator[tuple[BounceReceiver, Wire]]:
    """Open a receiver and a session with it in which LHLO was said."""
    async with (
        BounceReceiver(receiver_settings(**fields), desk) as receiver,
        wire_to(receiver) as wire,
    ):
        await wire.greet()
        yield receiver, wire
