"""Messages carried one behind the other over a session with PIPELINING (RFC 2920).

In the steady state one write holds the content of a message and MAIL, RCPT and DATA of the next:
content may begin a group and DATA must end one (section 3.1), so a message costs one round trip,
and no content is written before the relay asked for it. Replies come in the order of the commands
and are matched one by one; no task and no future is made for a message.
"""

import asyncio
from typing import NamedTuple, Protocol

from tocsin.notifiers.sending import Sending
from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection
from tocsin.notifiers.smtp_dialogue import on_the_wire, parameters
from tocsin.notifiers.smtp_replies import CLOSING, Reply, Stage, outcome_of, reply_in
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, SendOutcome


class Load(NamedTuple):
    """A message on its way, and the sending it belongs to."""

    sending: Sending
    message: Message


class Source(Protocol):
    """Where loads come from, and what is said of each in the end."""

    def draw(self, connection: SmtpConnection, behind: Sending | None = None) -> Load | None:
        """Return the next load for this connection; None when there is nothing to carry now.

        `behind`: one of that sending goes before it.
        """
        ...

    def settle(self, load: Load, outcome: SendOutcome | None) -> None:
        """Take what became of a load; None where a lost lease leaves it without an outcome."""
        ...

    def put_back(self, load: Load) -> None:
        """Take back a load of which nothing was handed over."""
        ...


# The command whose reply comes next; plain numbers, for each message passes through most of them.
_NOTHING, _RSET, _MAIL, _RCPT, _DATA, _CONTENT, _LONE_DOT = range(7)
"""_LONE_DOT: the end of a content that the relay asks for although it refused the envelope."""
_ENVELOPE = {_MAIL: Stage.SESSION, _RCPT: Stage.RECIPIENT}
_POSITIVE = range(200, 300)
_REFUSAL = range(400, 600)
_DONE = 250
_GO_AHEAD = 354  # RFC 5321 section 4.2.3


class Pipeline:
    """One session: `run` carries what its source has, and returns when that is all or it ended."""

    def __init__(self, connection: SmtpConnection, source: Source) -> None:
        """Take a session over; its replies are heard here from now on."""
        self.connection = connection
        self._source = source
        self._awaits = _NOTHING
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
        return _RSET <= self._awaits <= _DATA

    async def run(self, load: Load) -> None:
        """Carry a load and all that follow it, until there is none or the session has ended."""
        self._rest = asyncio.get_running_loop().create_future()
        self._awaits = _MAIL
        self._write(self._opened(load))
        try:
            await self._rest
        finally:
            self._rest = None

    def cut_off(self, sending: Sending) -> None:
        """Drop the session where a sending's load is first in it, not where others go before."""
        first = self._out or self._next
        if first is not None and first.sending is sending:
            self.connection.abort()

    # what the connection tells -----------------------------------------------------------------

    def replied(self, code: int, line: bytes) -> None:
        """Match a reply with the command that it answers, and write what comes next."""
        awaits = self._awaits
        if code == _DONE and awaits in _ENVELOPE:
            self._awaits = awaits + 1
        elif awaits == _CONTENT:
            self._concluded(reply_in(code, line))
        elif awaits == _DATA:
            self._may_write(code, line)
        else:
            self._seldom(code, line)
        if code == CLOSING:
            self.connection.shut()

    def _seldom(self, code: int, line: bytes) -> None:
        """Act on a reply that is not the next of a message that goes well."""
        awaits = self._awaits
        if awaits == _NOTHING:
            self.connection.abort()  # nobody asked: 421 before a close, or a relay out of step
        elif code == CLOSING and awaits == _RSET:
            self.connection.shut()
        elif code in _REFUSAL and awaits in _ENVELOPE:
            self._refused(reply_in(code, line), _ENVELOPE[awaits])
            self._awaits = awaits + 1
        elif awaits == _LONE_DOT and (code in _POSITIVE or code in _REFUSAL):
            self._over_with_envelope()
        elif code not in _POSITIVE:
            self.connection.abort(Reason.PROTOCOL_ERROR)
        elif self._next is None:
            self._go_on(reset=False)  # a RSET that nothing followed
        else:
            self._awaits = awaits + 1

    def failed(self, reason: Reason) -> None:
        """Say of each load what the end of the session means for it."""
        out, following = self._out, self._next
        self._out = self._next = None
        self._awaits = _NOTHING
        if following is not None:
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
            self._source.settle(out, InDoubt(reason))
        self._done()

    # steps ---------------------------------------------------------------------------------------

    def _opened(self, load: Load, *, reset: bool = False) -> bytes:
        """Make a load the next one, and return the commands of its envelope."""
        sending, message = self._next = load
        self._no = None
        sending.carriers.add(self)
        return b"%sMAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\nDATA\r\n" % (
            b"RSET\r\n" if reset else b"",
            sending.sender_of(message),
            parameters(message),
            message.recipient.encode(),
        )

    def _refused(self, reply: Reply, stage: Stage) -> None:
        self._no = self._no or (reply, stage)

    def _may_write(self, code: int, line: bytes) -> None:
        """Act on the reply to DATA: hand the content over, or leave the envelope."""
        load = self._next
        assert load is not None  # noqa: S101  # DATA was written for it
        if code != _GO_AHEAD:
            if code not in _REFUSAL:
                self.connection.abort(Reason.PROTOCOL_ERROR)
                return
            self._refused(reply_in(code, line), Stage.CONTENT)
            self._over_with_envelope()
        elif self._no is not None:  # asked for, although no recipient was taken
            self._awaits = _LONE_DOT
            self._write(b".\r\n")
        elif load.sending.closed or not load.sending.lease.may_send:
            self.connection.abort()  # paused, stopped or lost since its envelope was written
        else:
            self._out, self._next = load, None
            following = self._source.draw(self.connection, load.sending)
            envelope = b"" if following is None else self._opened(following)
            self._awaits = _CONTENT
            self._write(on_the_wire(load.message, envelope))

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
        self._awaits = _MAIL if self._next is not None else _NOTHING
        self._source.settle(load, outcome)
        if self._next is None and reply.code != CLOSING:
            self._go_on(reset=False)

    def _over_with_envelope(self) -> None:
        """Settle a load whose envelope was refused, and go on with a clean session."""
        load, no = self._next, self._no
        assert load is not None  # noqa: S101  # it was refused
        assert no is not None  # noqa: S101
        self._next = self._no = None
        self._awaits = _NOTHING
        self.connection.served += 1
        self._source.settle(load, outcome_of(*no))
        if no[0].code != CLOSING:
            self._go_on(reset=True)

    def _go_on(self, *, reset: bool) -> None:
        load = self._source.draw(self.connection) if self.connection.usable else None
        if load is not None:
            self._awaits = _RSET if reset else _MAIL
            self._write(self._opened(load, reset=reset))
        elif reset and self.connection.usable:
            self._awaits = _RSET
            self._write(b"RSET\r\n")
        else:
            self._awaits = _NOTHING
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
