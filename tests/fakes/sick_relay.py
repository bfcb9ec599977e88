"""A quick relay in a process of its own that is sick towards a domain, or everybody, when told so.

    async with SickRelay() as relay:
        await relay.turn("tarpit")
        ... relay.port ...
        await relay.turn("none")
        record = await relay.record()

It offers PIPELINING and answers at once, but for recipients in `SICK`, or for everybody. What it is
told goes over its standard input, a line of JSON each, and its answers come back the same way.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple, Self, cast

SICK = b"sick.example"
TARPIT_S = 1.0
DEFERS_OF_TEN = 3
DROPS_EACH = 500
FAULTS = ("tarpit", "defer", "drop", "hang")
"""Towards some recipients; `silent` is towards whoever connects: nothing is ever said."""
_END = b"\r\n.\r\n"
_PATH = re.compile(rb"(?i)TO:\s*<([^>]*)>")
_TESTS = Path(__file__).resolve().parents[1]


class Taken(NamedTuple):
    """What the relay knows of an address: when it was first accepted there, and how often."""

    at: float
    times: int


class _State:
    """What all connections share."""

    def __init__(self, *, everybody: bool) -> None:
        self.fault = "none"
        self.everybody = everybody
        self.taken: dict[str, Taken] = {}
        self.healthy = 0
        self.answered = 0
        """Hand-overs that were answered, accepted or not."""
        self.met = 0
        """Sick recipients that were named."""
        self.dropped = 0
        self.faults = 0
        self.sessions: set[_Session] = set()

    def accept(self, address: bytes, *, sick: bool) -> None:
        name = address.decode()
        known = self.taken.get(name)
        self.taken[name] = Taken(known.at, known.times + 1) if known else Taken(time.monotonic(), 1)
        self.healthy += known is None and not sick


class _Session(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self._state = state
        self._buffer = b""
        self._content = False
        self._address = b""
        self._sick = False
        self._waits = False
        self.hangs = False
        """Nothing will make it go on."""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._state.sessions.add(self)
        if self._state.fault == "silent":
            self._state.faults += 1
            self._waits = self.hangs = True
        else:
            self._transport.write(b"220 relay.test ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._state.sessions.discard(self)
        self._transport = None

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        while not self._waits and self._transport is not None:
            end = _END if self._content else b"\r\n"
            found = self._buffer.find(end)
            if found < 0:
                return
            line, self._buffer = self._buffer[:found], self._buffer[found + len(end) :]
            if self._content:
                self._content = False
                self._received()
            else:
                self._command(line)

    def _say(self, answer: bytes, *, late: bool = False) -> None:
        """Answer now, or after a while in a tarpit."""
        if late and self._state.fault == "tarpit":
            self._waits = True
            asyncio.get_running_loop().call_later(TARPIT_S, self._say_late, answer)
        elif self._transport is not None:
            self._transport.write(answer + b"\r\n")

    def _say_late(self, answer: bytes) -> None:
        self._waits = False
        self._say(answer)
        self._go_on()

    def _command(self, line: bytes) -> None:
        match line[:4].upper():
            case b"EHLO":
                self._say(b"250-relay.test\r\n250-PIPELINING\r\n250 8BITMIME")
            case b"RCPT":
                self._recipient(line)
            case b"DATA":
                self._content = bool(self._address)
                answer = b"354 go on" if self._content else b"503 5.5.1 RCPT first"
                self._say(answer, late=self._sick)
            case b"QUIT":
                self._say(b"221 2.0.0 bye")
                if self._transport is not None:
                    self._transport.close()
            case b"RSET":
                self._address, self._sick = b"", False
                self._say(b"250 2.0.0 ok")
            case _:
                self._say(b"250 2.0.0 ok")

    def _recipient(self, line: bytes) -> None:
        found = _PATH.search(line)
        address = found[1] if found else b""
        self._address = address
        self._sick = self._state.everybody or address.endswith(b"@" + SICK)
        if self._sick:
            self._state.met += 1
            if self._state.fault == "hang":
                self._state.faults += 1
                self._waits = self.hangs = True
                return
            if self._state.fault == "defer" and self._state.met % 10 < DEFERS_OF_TEN:
                self._state.faults += 1
                self._state.answered += 1
                self._address, self._sick = b"", False
                self._say(b"451 4.7.1 come back later")
                return
            self._state.faults += self._state.fault == "tarpit"
        self._say(b"250 2.1.5 ok", late=self._sick)

    def _received(self) -> None:
        state, address, sick = self._state, self._address, self._sick
        self._address = b""
        if sick and state.fault == "drop":
            state.dropped += 1
            if state.dropped % DROPS_EACH == 0:
                state.faults += 1
                self.abort()
                return
        state.accept(address, sick=sick)
        state.answered += 1
        self._say(b"250 2.0.0 queued", late=sick)
        self._sick = False


async def _serve(*, everybody: bool) -> None:
    """Take mail and orders until the orders end."""
    state, loop = _State(everybody=everybody), asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Session(state), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    async for line in orders:
        order = json.loads(line)
        answer: Any = [state.healthy, len(state.taken), state.answered, state.faults]
        if order == "record":
            answer = state.taken
        elif order != "counts":
            state.fault = order
            for session in tuple(state.sessions):
                if order == "none" and session.hangs:
                    session.abort()
        print(json.dumps(answer), flush=True)
    server.close()


class Counts(NamedTuple):
    """What the relay counted so far."""

    healthy: int
    """Addresses in no sick domain that accepted something."""
    accepted: int
    """Addresses of whatever domain that did."""
    answered: int
    """Hand-overs that were answered, accepted or deferred."""
    faults: int


class SickRelay:
    """The relay's process."""

    port: int

    def __init__(self, *, everybody: bool = False) -> None:
        self._whom = ["everybody"] if everybody else []

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fakes.sick_relay", *self._whom),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_TESTS,
            limit=2**26,
        )
        self.port = await self._read()
        return self

    async def __aexit__(self, *ended: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()

    async def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(await self._process.stdout.readline())

    async def _ask(self, order: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await self._read()

    async def turn(self, fault: str) -> None:
        """Fall sick with one of `FAULTS`, or `silent`, or be well again: `none`."""
        await self._ask(fault)

    async def counts(self) -> Counts:
        return Counts(*await self._ask("counts"))

    async def record(self) -> dict[str, Taken]:
        """Return when each address first accepted something, and how often it did."""
        return {address: Taken(*taken) for address, taken in (await self._ask("record")).items()}


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(everybody="everybody" in sys.argv[1:]))
