"""Messages one behind the other (RFC 2920): what is written when, and what each reply means."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.lease import Order
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.relays import SENDER, address, collect, lease_of, messages, plan, run, settings

Answer = Callable[[str, int], bytes]
"""What a relay says to a command ("MAIL", "DATA", "." ...) when it hears it for the n-th time."""


def _as_usual(command: str, _nth: int) -> bytes:
    return b"354 go on" if command == "DATA" else b"250 2.0.0 ok"


class Relay:
    """Answers every command by itself, as scripted, and keeps what came in one read."""

    def __init__(self, answer: Answer = _as_usual) -> None:
        self.answer = answer
        self.reads: list[bytes] = []
        self.heard: list[str] = []
        self.told: list[str] = []
        self._sessions: list[asyncio.Task[None]] = []

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sessions.append(asyncio.create_task(self._serve(reader, writer)))

    async def ended(self) -> None:
        await asyncio.gather(*self._sessions)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay.test\r\n")
        buffer, content, to = b"", False, ""
        while data := await reader.read(1 << 16):
            self.reads.append(data)
            buffer += data
            while True:
                end = buffer.find(b"\r\n.\r\n") + 3 if content else buffer.find(b"\r\n")
                if content and buffer.startswith(b".\r\n"):
                    end = 1
                if end < (1 if content else 0) or (content and end == 2):
                    break
                line, buffer = buffer[:end], buffer[end + 2 :]
                command = "." if content else line[:4].decode()
                self.heard.append(command)
                said = self.answer(command, self.heard.count(command))
                if command == "EHLO":
                    said = b"250-relay.test\r\n250 PIPELINING"
                elif command == "RCPT":
                    to = line.partition(b"<")[2].partition(b">")[0].decode()
                elif command == "." and said.startswith(b"2") and line:
                    self.told.append(to)
                content = command == "DATA" and said.startswith(b"3")
                if not said:
                    writer.close()
                    await writer.wait_closed()
                    return
                writer.write(said + b"\r\n")
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def served(relay: Relay, *, nagle: bool = False) -> AsyncIterator[RelaySettings]:
    """Serve a relay; with `nagle` its small replies wait for an acknowledgement."""
    bound = socket.socket(proto=0 if nagle else socket.IPPROTO_TCP)
    bound.bind(("127.0.0.1", 0))
    async with await asyncio.start_server(relay.serve, sock=bound):
        yield RelaySettings(
            "relay-a", "127.0.0.1", bound.getsockname()[1], Tls.NONE, connections=1,
            hello="localhost", timeout_s=2,
        )  # fmt: skip
        await relay.ended()


def test_content_goes_out_with_the_envelope_of_the_next_in_one_write() -> None:
    async def main() -> None:
        relay = Relay()
        async with served(relay) as here, SmtpMailer([here], flush=20) as mailer:
            sent = await collect(mailer.send(messages(5), lease_of(), sender=SENDER))
            assert all(isinstance(one.outcome, Accepted) for one in sent.values())
        first, *groups = [read for read in relay.reads if b"EHLO" not in read]
        assert first == f"MAIL FROM:<{SENDER}>\r\nRCPT TO:<{address(0)}>\r\nDATA\r\n".encode()
        for seq, group in enumerate(groups[:4]):
            content, _, envelope = group.partition(b"\r\n.\r\n")
            assert content.startswith(f"From: {SENDER}\r\nTo: {address(seq)}\r\n".encode())
            assert envelope.startswith(b"MAIL FROM:")
            assert envelope.endswith(f"RCPT TO:<{address(seq + 1)}>\r\nDATA\r\n".encode())
        assert relay.told == [address(seq) for seq in range(5)]

    run(main())


@pytest.mark.parametrize("after_refusal", [b"503 5.5.1 no", b"354 go on"])
def test_a_content_that_is_asked_for_after_a_refusal_is_a_lone_dot(after_refusal: bytes) -> None:
    def answer(command: str, nth: int) -> bytes:
        if nth == 2 and command == "RCPT":
            return b"550 5.1.1 nobody here"
        if nth == 2 and command == "DATA":
            return after_refusal
        if nth == 2 and command == "." and after_refusal.startswith(b"3"):
            return b"554 5.5.1 no valid recipients"
        return _as_usual(command, nth)

    async def main() -> None:
        relay = Relay(answer)
        async with served(relay) as here, SmtpMailer([here], flush=20) as mailer:
            sent = await collect(mailer.send(messages(4), lease_of(), sender=SENDER))
        assert sent.pop(1).outcome == Refused(Reason.NO_SUCH_MAILBOX)
        assert all(isinstance(one.outcome, Accepted) for one in sent.values())
        assert relay.told == [address(seq) for seq in (0, 2, 3)]
        assert "RSET" in relay.heard

    run(main())


@pytest.mark.parametrize(
    ("command", "nth", "said", "outcome"),
    [
        ("MAIL", 2, b"451 4.7.1 later", Deferred(Reason.RATE_LIMITED)),
        ("MAIL", 2, b"421 4.7.0 closing", Deferred(Reason.RATE_LIMITED)),
        ("MAIL", 2, b"354 what", Deferred(Reason.PROTOCOL_ERROR)),
        ("RCPT", 2, b"421 4.3.2 closing", Deferred(Reason.RELAY_UNAVAILABLE)),
        ("DATA", 2, b"452 4.2.2 full", Deferred(Reason.MAILBOX_FULL)),
        ("DATA", 2, b"250 what", Deferred(Reason.PROTOCOL_ERROR)),
        (".", 2, b"421 4.3.0 closing", Deferred(Reason.RELAY_UNAVAILABLE)),
        (".", 2, b"%$# what", InDoubt(Reason.PROTOCOL_ERROR)),
        (".", 2, b"", InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_reply_is_read_for_the_message_that_it_answers(
    command: str, nth: int, said: bytes, outcome: Deferred | InDoubt
) -> None:
    def answer(asked: str, time_heard: int) -> bytes:
        if asked == command and time_heard == nth:
            return said
        if command in {"MAIL", "RCPT"} and asked == "DATA" and time_heard == nth:
            return b"503 5.5.1 no"
        return _as_usual(asked, time_heard)

    async def main() -> None:
        relay = Relay(answer)
        async with served(relay) as here, SmtpMailer([here], flush=20) as mailer:
            sent = await collect(mailer.send(messages(6), lease_of(), sender=SENDER))
            assert mailer.credits.available == mailer.credits.total
        assert sent.pop(1).outcome == outcome
        assert all(isinstance(one.outcome, Accepted) for one in sent.values())
        assert len(relay.told) == len(set(relay.told)) == 5

    run(main())


def test_a_relay_that_answers_each_command_by_itself_is_not_waited_for() -> None:
    async def main() -> None:
        relay = Relay()
        async with served(relay, nagle=True) as here, SmtpMailer([here], flush=100) as mailer:
            started = time.monotonic()
            sent = await collect(mailer.send(messages(60), lease_of(), sender=SENDER))
            assert len(sent) == 60
            # a delayed acknowledgement per message would make it 2.4 s
            assert time.monotonic() - started < 1.2

    run(main())


def test_who_stops_cuts_off_no_message_of_another_on_the_same_connection() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(delay_ms=60)) as relay,
            SmtpMailer([settings(relay, connections=1)], flush=20) as mailer,
        ):
            mine = mailer.send(messages(6, lane="mine"), lease_of(0.3), sender=SENDER)
            theirs = asyncio.create_task(
                collect(mailer.send(messages(6, start=50), lease_of(), sender=SENDER))
            )
            async with aclosing(mine) as flushes:
                async for _flush in flushes:
                    break
            sent = await theirs
            assert all(isinstance(one.outcome, Accepted) for one in sent.values())
            told = [each.address for each in relay.received if each.accepted]
            assert len(told) == len(set(told))
            assert {address(seq) for seq in range(50, 56)} <= set(told)

    run(main())


def test_a_message_whose_lease_pauses_after_its_envelope_is_not_handed_over() -> None:
    async def main() -> None:
        lease = lease_of()

        def answer(command: str, nth: int) -> bytes:
            if command == "RCPT" and nth == 2:  # its envelope went out with the content before
                lease.order = Order.STOP
            return _as_usual(command, nth)

        relay = Relay(answer)
        async with served(relay) as here, SmtpMailer([here], flush=20) as mailer:
            sent = await collect(mailer.send(messages(4), lease, sender=SENDER))
            assert mailer.credits.available == mailer.credits.total
        assert set(sent) == {0}
        assert relay.told == [address(0)]

    run(main())
