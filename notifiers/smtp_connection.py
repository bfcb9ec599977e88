"""One open SMTP session: bytes out, replies in, in the order in which they were asked for.

aiosmtplib opens the session (connect, EHLO, STARTTLS, AUTH); from then on this protocol owns the
transport, because four replies per message is where a general client spends its time.
"""

import asyncio
import socket
from collections import deque
from typing import Protocol, cast

from tocsin.notifiers.smtp_replies import CLOSING, CODE_LENGTH, Reply, reply_in
from tocsin.schemas.outcome import Reason

_LONGEST_REPLY = 32_768
_CODES = {b"%d" % code: code for code in range(200, 600)}
"""What a reply may begin with (RFC 5321 section 4.2)."""
_AT_ONCE: int | None = getattr(socket, "TCP_QUICKACK", None)


class ConnectionFailed(Exception):
    """No reply will come on this connection, for this reason. Holds none of the relay's words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Listener(Protocol):
    """Hears every reply itself, where no future waits for one."""

    @property
    def amid_a_group(self) -> bool:
        """Whether replies to what was written together are in, and others are not."""
        ...

    def replied(self, code: int, line: bytes) -> None:
        """Take a reply: its code, and its last line with it."""
        ...

    def failed(self, reason: Reason) -> None:
        """Hear, once, that no reply will come any more."""
        ...


class SmtpConnection(asyncio.Protocol):
    """An authenticated session with a relay, over the transport that was opened for it."""

    def __init__(
        self, transport: asyncio.Transport, *, extensions: frozenset[str], timeout_s: float
    ) -> None:
        self.extensions = extensions
        self.served = 0
        """Messages that this connection dealt with."""
        self.listener: Listener | None = None
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._timeout_s = timeout_s
        self._buffer = b""
        self._expected: deque[asyncio.Future[Reply]] = deque()
        self._told = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._failed: Reason | None = None
        transport.set_protocol(self)

    @property
    def usable(self) -> bool:
        """Whether another message may start here."""
        return self._failed is None and not self._transport.is_closing()

    def ask(self, data: bytes) -> asyncio.Future[Reply]:
        """Write `data`, which the relay answers once; the future holds the reply.

        Raises:
            ConnectionFailed: at once, or from the future.
        """
        if self._failed is not None or self._transport.is_closing():
            raise ConnectionFailed(self._failed or Reason.CONNECTION_LOST)
        reply: asyncio.Future[Reply] = self._loop.create_future()
        if not self._expected:
            self._deadline = self._loop.time() + self._timeout_s
            if self._timer is None:
                self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)
        self._expected.append(reply)
        self._transport.write(data)
        return reply

    def tell(self, data: bytes) -> None:
        """Write `data`, whose replies the listener hears: each within the timeout, until it rests.

        Raises:
            ConnectionFailed: the connection has ended.
        """
        if self._failed is not None or self._transport.is_closing():
            raise ConnectionFailed(self._failed or Reason.CONNECTION_LOST)
        self._told = True
        self._deadline = self._loop.time() + self._timeout_s
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)
        self._transport.write(data)

    def rests(self) -> None:
        """Note that no reply is due to the listener."""
        self._told = False

    def shut(self) -> None:
        """Close: the relay said that it does."""
        self._fail(Reason.CONNECTION_LOST)
        self._transport.close()

    def abort(self, reason: Reason = Reason.CONNECTION_LOST) -> None:
        """Drop the connection now: what is not on the wire yet never will be."""
        self._fail(reason)
        self._transport.abort()

    def leave(self) -> None:
        """Say QUIT and close, without waiting for the relay's good-bye."""
        if self.usable and not self._expected and not self._told:
            self._transport.write(b"QUIT\r\n")
        self._fail(Reason.CONNECTION_LOST)
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Cut what arrived into replies and hand each to whoever asked first."""
        data = bytes(data)
        if self._buffer:
            data = self._buffer + data
        if self._told:
            self._deadline = self._loop.time() + self._timeout_s
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._failed is not None:
                return
            if line[CODE_LENGTH : CODE_LENGTH + 1] != b"-":
                code = _CODES.get(line[:CODE_LENGTH])
                if code is None:
                    self.abort(Reason.PROTOCOL_ERROR)
                elif self._expected or self.listener is None:
                    self._reply(code, line)
                else:
                    self.listener.replied(code, line)
        if self._told and self.listener is not None and self.listener.amid_a_group:
            self._ask_for_the_rest()
        self._buffer = rest
        if len(self._buffer) > _LONGEST_REPLY:
            self.abort(Reason.PROTOCOL_ERROR)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everyone who still waits that no reply will come."""
        del exc  # its text may name the peer; the reason says enough
        self._fail(Reason.CONNECTION_LOST)

    def _ask_for_the_rest(self) -> None:
        """Acknowledge at once: a relay that writes its replies one by one may wait for that.

        Nagle's algorithm there and a delayed acknowledgement here cost 40 ms a message (RFC 1122
        section 4.2.3.2; RFC 2920 section 3.2 asks servers to send the replies of a group together).
        """
        link = self._transport.get_extra_info("socket")
        if link is not None and _AT_ONCE is not None:
            link.setsockopt(socket.IPPROTO_TCP, _AT_ONCE, 1)

    def _reply(self, code: int, line: bytes) -> None:
        if self._expected:
            waiting = self._expected.popleft()
            self._deadline = self._loop.time() + self._timeout_s
            if not waiting.done():
                waiting.set_result(reply_in(code, line))
        else:
            # A reply that nobody asked for: 421 before a close, or a relay out of step.
            self.abort()
            return
        if code == CLOSING:
            self.shut()

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if not self._expected and not self._told:
            return
        if self._loop.time() >= self._deadline:
            self.abort(Reason.TIMED_OUT)
        else:
            self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)

    def _fail(self, reason: Reason) -> None:
        if self._failed is not None:
            return
        self._failed = reason
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._expected:
            waiting = self._expected.popleft()
            if not waiting.done():
                waiting.set_exception(ConnectionFailed(reason))
                waiting.exception()  # nobody may be waiting any more
        if self.listener is not None:
            self.listener.failed(reason)


def adopt(
    transport: asyncio.BaseTransport, *, extensions: frozenset[str], timeout_s: float
) -> SmtpConnection:
    """Take over the transport of a session that stands."""
    return SmtpConnection(
        cast("asyncio.Transport", transport), extensions=extensions, timeout_s=timeout_s
    )
