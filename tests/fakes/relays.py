"""Leases, messages and relay settings for tests that send to the demo relay."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any

from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.sent import Sent
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Reason

SENDER = "notices@organisation.test"


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a test to its end, and never longer than it should take."""

    async def bounded() -> None:
        async with asyncio.timeout(15):
            await main

    asyncio.run(bounded())


def lease_of(length_s: float = 30.0) -> Lease:
    return Lease(deadline=boottime() + length_s, length_s=length_s)


def address(seq: int) -> str:
    return f"person{seq}@example.test"


def message(seq: int, *, lane: str = "example", body: bytes = b"Dear reader\r\n") -> Message:
    head = f"From: {SENDER}\r\nTo: {address(seq)}\r\nMessage-ID: <{lane}{seq}@organisation.test>"
    return Message(
        lane, seq, address(seq), (head.encode() + b"\r\n\r\n" + body,), f"REF{seq:02}-AAAAA"
    )


def messages(number: int, *, start: int = 0, lane: str = "example") -> tuple[Message, ...]:
    return tuple(message(seq, lane=lane) for seq in range(start, start + number))


def plan(behaviours: Mapping[int, Do] | None = None, **relay: Any) -> RelayPlan:
    found = {address(seq): Behaviour(do=do) for seq, do in (behaviours or {}).items()}
    return RelayPlan(addresses=found, **relay)


def settings(relay: RelayServer, name: str = "relay-a", **fields: Any) -> RelaySettings:
    given: dict[str, Any] = {
        "tls": Tls.NONE,
        "connections": 2,
        "timeout_s": 2.0,
        "hello": "localhost",
    }
    return RelaySettings(name=name, host="127.0.0.1", port=relay.port, **given | fields)


async def collect(
    flushes: AsyncGenerator[tuple[Sent, ...], None],
    on_flush: Callable[[tuple[Sent, ...]], None] | None = None,
) -> dict[int, Sent]:
    """Apply every flush at once; return seq -> Sent and check that none comes twice."""
    outcomes: dict[int, Sent] = {}
    async with aclosing(flushes) as open_flushes:
        async for flush in open_flushes:
            for sent in flush:
                assert sent.seq not in outcomes
                outcomes[sent.seq] = sent
            if on_flush is not None:
                on_flush(flush)
    return outcomes


def reason_of(sent: Sent) -> Reason:
    """Return why a message was not accepted; one that was fails the test."""
    assert not isinstance(sent.outcome, Accepted)
    return sent.outcome.reason
