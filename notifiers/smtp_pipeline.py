"""Messages carried one behind the other over a session with PIPELINING (RFC 2920).

In the steady state one write holds the content of a message and MAIL, RCPT and DATA of the next:
content may begin a group and DATA must end one (section 3.1), so a message costs one round trip,
and no content is written before the relay asked for it. Replies come in the order of the commands
and are matched one by one; no task and no future is made for a message.
"""

import asyncio
from enum import IntEnum
from typing import NamedTuple, Protocol

from tocsin.notifiers.sending import Sending
from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection
from tocsin.notifiers.smtp_dialogue import on_the_wire, parameters
from tocsin.notifiers.smtp_replies import CLOSING, Reply, Stage, outcome_of
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, SendOutcome


class Load(NamedTuple):
    """A message on its way, and the sending it belongs to."""

    sending: Sending
    message: Message

    @property
    def place(self) -> tuple[str, int]:
        """The obligation that the message is for."""
        return (self.message.lane, self.message.seq)


class Source(Protocol):
    """Where loads come from, and what is said of each in the end."""

    def draw(self, connection: SmtpConnection) -> Load | None:
        """Return the next load for this connection; None when there is nothing to carry now."""
        ...

    def settle(self, load: Load, outcome: SendOutcome | None) -> None:
        """Take what became of a load; None where a lost lease leaves it without an outcome."""
        ...

    def put_back(self, load: Load) -> None:
        """Take back a load of which nothing was handed over."""
        ...


class _Awaits(IntEnum):
    """The command whose reply comes next."""

    NOTHING = 0
    RSET = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    CONTENT = 5
    LONE_DOT = 6
    """The end of a content that the relay asks for although it refused the envelope."""


_ENVELOPE = {_Awaits.MAIL: Stage.SESSION, _Awaits.RCPT: Stage.RECIPIENT}
_POSITIVE = range(200, 300)
_REFUSAL = range(400, 600)
_GO_AHEAD = 354  # RFC 5321 section 4.2.3


class Pipeline:
    """One session: `run` carries what its source has, and returns when that is all or it ended."""

    def __init__(self, connection: SmtpConnection, source: Source) -> None:
        """Take a session over; its replies are heard here from now on."""
        self.connection = connection
        self._source = source
        self._awaits = _Awaits.NOTHING
        self._out: Load | None = None
        """Its content is written, its reply is not in."""
        self._next: Load | None = None
        """Its envelope is written, nothing of its content."""
        self._no: tuple[Reply, Stage] | None = None
        """Why the envelope is refused: the first reply that said so."""
        self._rest: asyncio.Future[None] | None = None
        connection.listener = self

    @property
    def amid_a_group(self) -> bool:
        """Whether replies to an envelope are due that was written with what was answered."""
        return _Awaits.RSET <= self._awaits <= _Awaits.DATA

    async def run(self, load: Load) -> None:
        """Carry a load and all that follow it, until there is none or the session has ended."""
        self._rest = asyncio.get_running_loop().create_future()
        self._awaits = _Awaits.MAIL
        self._write(self._opened(load))
        try:
            await self._rest
        finally:
            self._rest = None

    def abort(self, load: Load) -> None:
        """Drop the session for a load that must not go on; not for one that others go before."""
        if self._out is None or load is self._out:
            self.connection.abort()

    # what the connection tells -----------------------------------------------------------------

    def replied(self, code: int, text: bytes) -> None:
        """Match a reply with the command that it answers, and write what comes next."""
        awaits = self._awaits
        if awaits is _Awaits.CONTENT:
            self._concluded(Reply(code, text))
        elif awaits is _Awaits.DATA:
            self._may_write(code, text)
        elif awaits is _Awaits.NOTHING:
            self.connection.abort()  # nobody asked: 421 before a close, or a relay out of step
        elif code == CLOSING and awaits is _Awaits.RSET:
            self.connection.shut()
        elif code in _REFUSAL and awaits in _ENVELOPE:
            self._refused(Reply(code, text), _ENVELOPE[awaits])
            self._awaits = _Awaits(awaits + 1)
        elif awaits is _Awaits.LONE_DOT and (code in _POSITIVE or code in _REFUSAL):
            self._over_with_envelope()
        elif code not in _POSITIVE:
            self.connection.abort(Reason.PROTOCOL_ERROR)
        elif self._next is None:
            self._go_on(reset=False)  # a RSET that nothing followed
        else:
            self._awaits = _Awaits(awaits + 1)
        if code == CLOSING:
            self.connection.shut()

    def failed(self, reason: Reason) -> None:
        """Say of each load what the end of the session means for it."""
        out, following = self._out, self._next
        self._out = self._next = None
        self._awaits = _Awaits.NOTHING
        if following is not None:
            following.sending.carriers.pop(following.place, None)
            stale = self.connection.served > 0 and reason is Reason.CONNECTION_LOST
            if self._no is not None:
                self._source.settle(following, outcome_of(*self._no))
            elif following.sending.closed or not following.sending.lease.may_send:
                self._source.settle(following, None)
            elif out is not None or stale:
                self._source.put_back(following)
            else:
                self._source.settle(following, Deferred(reason))
        if out is not None:
            out.sending.carriers.pop(out.place, None)
            self._source.settle(out, InDoubt(reason))
        self._done()

    # steps ---------------------------------------------------------------------------------------

    def _opened(self, load: Load, *, reset: bool = False) -> bytes:
        """Make a load the next one, and return the commands of its envelope."""
        sending, message = self._next = load
        self._no = None
        sending.carriers[message.lane, message.seq] = _Place(self, load)
        return b"%sMAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\nDATA\r\n" % (
            b"RSET\r\n" if reset else b"",
            sending.sender_of(message),
            parameters(message),
            message.recipient.encode(),
        )

    def _refused(self, reply: Reply, stage: Stage) -> None:
        self._no = self._no or (reply, stage)

    def _may_write(self, code: int, text: bytes) -> None:
        """Act on the reply to DATA: hand the content over, or leave the envelope."""
        load = self._next
        assert load is not None  # noqa: S101  # DATA was written for it
        if code != _GO_AHEAD:
            if code not in _REFUSAL:
                self.connection.abort(Reason.PROTOCOL_ERROR)
                return
            self._refused(Reply(code, text), Stage.CONTENT)
            self._over_with_envelope()
        elif self._no is not None:  # asked for, although no recipient was taken
            self._awaits = _Awaits.LONE_DOT
            self._write(b".\r\n")
        elif load.sending.closed or not load.sending.lease.may_send:
            self.connection.abort()  # paused, stopped or lost since its envelope was written
        else:
            self._out, self._next = load, None
            following = self._source.draw(self.connection)
            envelope = b"" if following is None else self._opened(following)
            self._awaits = _Awaits.CONTENT
            self._write(b"".join((*on_the_wire(load.message), envelope)))

    def _concluded(self, reply: Reply) -> None:
        """Act on the reply to a content: the message is over, the envelope of the next is out."""
        load = self._out
        assert load is not None  # noqa: S101  # its content was written
        outcome = outcome_of(reply, Stage.CONTENT)
        if outcome is None:
            self.connection.abort(Reason.PROTOCOL_ERROR)
            return
        self._out = None
        self.connection.served += 1
        load.sending.carriers.pop(load.place, None)
        self._awaits = _Awaits.MAIL if self._next is not None else _Awaits.NOTHING
        self._source.settle(load, outcome)
        if self._next is None and reply.code != CLOSING:
            self._go_on(reset=False)

    def _over_with_envelope(self) -> None:
        """Settle a load whose envelope was refused, and go on with a clean session."""
        load, no = self._next, self._no
        assert load is not None  # noqa: S101  # it was refused
        assert no is not None  # noqa: S101
        self._next = self._no = None
        self._awaits = _Awaits.NOTHING
        self.connection.served += 1
        load.sending.carriers.pop(load.place, None)
        self._source.settle(load, outcome_of(*no))
        if no[0].code != CLOSING:
            self._go_on(reset=True)

    def _go_on(self, *, reset: bool) -> None:
        load = self._source.draw(self.connection) if self.connection.usable else None
        if load is not None:
            self._awaits = _Awaits.RSET if reset else _Awaits.MAIL
            self._write(self._opened(load, reset=reset))
        elif reset and self.connection.usable:
            self._awaits = _Awaits.RSET
            self._write(b"RSET\r\n")
        else:
            self._awaits = _Awaits.NOTHING
            self.connection.rests()
            self._done()

    def _write(self, data: bytes) -> None:
        try:
            self.connection.tell(data)
        except ConnectionFailed as failure:
            self.failed(failure.reason)

    def _done(self) -> None:
        if self._rest is not None and not self._rest.done():
            self._rest.set_result(None)


class _Place(NamedTuple):
    """Where a load is: what `Sending.close` cuts off."""

    pipeline: Pipeline
    load: Load

    def abort(self) -> None:
        """Cut the load off."""
        self.pipeline.abort(self.load)
