"""One connection to the demo relay: SMTP as RFC 5321 has it, misbehaving as planned."""

import asyncio
import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from tocsin.demo.behaviour import AFTER_DOT, Behaviour, Do

if TYPE_CHECKING:
    from tocsin.demo.relay import RelayServer

_END = b"\r\n.\r\n"
_LONGEST_LINE = 2048
_PATH = re.compile(rb"(?i)^(?:FROM|TO):\s*<([^>]*)>")
_SIZE = 20 * 1024 * 1024
_AT_RCPT = {
    Do.REFUSE: b"550 5.1.1 no such mailbox here",
    Do.FULL: b"452 4.2.2 mailbox full",
    Do.DEFER: b"451 4.7.1 come back later",
    Do.GARBAGE: b"%$# what a relay never says",
}


class RelaySession(asyncio.Protocol):
    """One connection to the relay."""

    def __init__(self, relay: "RelayServer") -> None:
        self._relay = relay
        self._buffer = bytearray()
        self._content = False
        self._scanned = 0
        self._authenticated = False
        self._sender: str | None = None
        self._address = ""
        self._behaviour = Behaviour(do=Do.ACCEPT)
        self._waits = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client, or send it away when there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        self._relay.sessions.add(self)
        if len(self._relay.sessions) > self._relay.plan.max_connections:
            self._say(b"421 4.3.2 too many connections")
            self.transport.close()
            return
        self._relay.connections += 1
        self._say(b"220 relay.test ESMTP")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the session."""
        del exc
        self._relay.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        """Answer commands in order, or collect content up to its final dot."""
        self._buffer += data
        if not self._waits:
            self._go_on()

    def _go_on(self) -> None:
        while self.transport is not None and not self.transport.is_closing() and not self._waits:
            if self._content:
                end = self._buffer.find(_END, max(0, self._scanned - len(_END)))
                if self._buffer.startswith(_END[2:]):
                    end = -2
                if end == -1:
                    self._scanned = len(self._buffer)
                    return
                content = bytes(self._buffer[: end + 2])
                del self._buffer[: end + len(_END)]
                self._content = False
                self._received(content)
            else:
                end = self._buffer.find(b"\n")
                if end < 0:
                    if len(self._buffer) > _LONGEST_LINE:
                        self.transport.abort()
                    return
                line = bytes(self._buffer[:end]).rstrip()
                del self._buffer[: end + 1]
                verb, _, rest = line.partition(b" ")
                command = self._commands.get(verb.upper(), RelaySession._unknown)
                command(self, rest)

    def _say(self, *lines: bytes) -> None:
        if self.transport is None or self._relay.plan.hang:
            return
        last = len(lines) - 1
        self.transport.write(
            b"".join(
                line[:3] + (b" " if i == last else b"-") + line[4:] + b"\r\n"
                if line[:3].isdigit()
                else line + b"\r\n"
                for i, line in enumerate(lines)
            )
        )

    def _ehlo(self, _rest: bytes) -> None:
        offers = [b"250 SIZE %d" % _SIZE, b"250 8BITMIME", b"250 ENHANCEDSTATUSCODES"]
        if self._relay.plan.pipelining:
            offers.append(b"250 PIPELINING")
        if self._relay.plan.username is not None:
            offers.append(b"250 AUTH PLAIN")
        if self._relay.starttls and self._transport_is_plain():
            offers.append(b"250 STARTTLS")
        self._say(b"250 relay.test", *offers)

    def _helo(self, _rest: bytes) -> None:
        self._say(b"250 relay.test")

    def _transport_is_plain(self) -> bool:
        return self.transport is not None and not self.transport.get_extra_info("sslcontext")

    def _starttls(self, _rest: bytes) -> None:
        if not (self._relay.starttls and self._transport_is_plain()):
            self._say(b"502 5.5.1 not offered")
            return
        self._say(b"220 2.0.0 go ahead")
        self._buffer.clear()  # what came before the handshake nobody vouches for
        self._waits = True
        self._relay.encrypt(self)

    def encrypted(self, transport: asyncio.Transport) -> None:
        """Go on over TLS."""
        self.transport = transport
        self._waits = False
        self._go_on()

    def _auth(self, rest: bytes) -> None:
        plan = self._relay.plan
        secret = plan.password.get_secret_value() if plan.password else ""
        want = base64.b64encode(f"\0{plan.username}\0{secret}".encode())
        self._authenticated = rest == b"PLAIN " + want
        self._say(b"235 2.7.0 welcome" if self._authenticated else b"535 5.7.8 credentials invalid")

    def _mail(self, rest: bytes) -> None:
        path = _PATH.match(rest)
        if self._relay.plan.username is not None and not self._authenticated:
            self._say(b"530 5.7.0 authentication required")
        elif self._sender is not None:
            self._say(b"503 5.5.1 nested MAIL")
        elif path is None:
            self._say(b"501 5.5.4 syntax")
        elif self._relay.plan.refuse_sender:
            self._say(b"550 5.7.1 sender refused")
        else:
            self._sender = path[1].decode("utf-8", "replace")
            self._say(b"250 2.1.0 ok")

    def _rcpt(self, rest: bytes) -> None:
        path = _PATH.match(rest)
        if self._sender is None or path is None:
            self._say(b"503 5.5.1 MAIL first" if path else b"501 5.1.3 syntax")
            return
        address = path[1].decode("utf-8", "replace")
        behaviour = self._relay.turn(address)
        do = behaviour.do
        if do in AFTER_DOT:
            self._address, self._behaviour = address, behaviour
            self._say(b"250 2.1.5 ok")
        elif do in _AT_RCPT:
            self._say(_AT_RCPT[do])
        elif do is Do.CLOSE_421 and self.transport is not None:
            self._say(b"421 4.3.2 closing")
            self.transport.close()
        elif do is Do.DROP and self.transport is not None:
            self.transport.abort()
        elif do is Do.HANG:
            self._waits = True  # for ever: a relay that hangs answers nothing that comes later

    def _data(self, _rest: bytes) -> None:
        if not self._address:
            self._say(b"503 5.5.1 RCPT first")
            return
        self._content, self._scanned = True, 0
        self._say(b"354 go on")

    def _rset(self, _rest: bytes) -> None:
        self._sender, self._address = None, ""
        self._say(b"250 2.0.0 ok")

    def _noop(self, _rest: bytes) -> None:
        self._say(b"250 2.0.0 ok")

    def _quit(self, _rest: bytes) -> None:
        self._say(b"221 2.0.0 bye")
        if self.transport is not None:
            self.transport.close()

    def _unknown(self, _rest: bytes) -> None:
        self._say(b"500 5.5.2 unknown command")

    def _received(self, content: bytes) -> None:
        address, behaviour = self._address, self._behaviour
        self._sender, self._address = None, ""
        delay = behaviour.delay_ms if behaviour.do is Do.SLOW else 0
        delay = max(delay, self._relay.plan.delay_ms)
        if delay:
            self._waits = True
            loop = asyncio.get_running_loop()
            loop.call_later(delay / 1000, self._answer_late, content, address, behaviour.do)
        else:
            self._answer(content, address, behaviour.do)

    def _answer_late(self, content: bytes, address: str, do: Do) -> None:
        self._waits = False
        self._answer(content, address, do)
        self._go_on()

    def _answer(self, content: bytes, address: str, do: Do) -> None:
        gone = self.transport is None or self.transport.is_closing()
        accepted = do in {Do.ACCEPT, Do.SLOW} and not self._relay.plan.hang and not gone
        number = self._relay.note(content, address, do, accepted=accepted)
        if accepted:
            self._say(b"250 2.0.0 Ok: queued as %010X" % number)
        elif do is Do.POLICY:
            self._say(b"554 5.7.1 refused by policy")
        elif do is Do.GARBAGE_AFTER_DOT:
            self._say(b"%$# what a relay never says")
        elif do is Do.DROP_AFTER_DOT and self.transport is not None:
            self.transport.abort()
        elif do is Do.HANG_AFTER_DOT:
            self._waits = True

    _commands: dict[bytes, Callable[["RelaySession", bytes], None]] = {  # noqa: RUF012  # a constant
        b"EHLO": _ehlo,
        b"HELO": _helo,
        b"STARTTLS": _starttls,
        b"AUTH": _auth,
        b"MAIL": _mail,
        b"RCPT": _rcpt,
        b"DATA": _data,
        b"RSET": _rset,
        b"NOOP": _noop,
        b"QUIT": _quit,
    }
