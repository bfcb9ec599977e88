"""The dialogue of one message: MAIL, RCPT, DATA, content (RFC 5321 section 3.3).

Before each write the lease is asked: whoever lost it in the middle drops the connection, and the
message gets no outcome; whoever holds the event now sends it again.
"""

import asyncio
import re

from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection
from tocsin.notifiers.smtp_replies import CLOSING, Reply, Stage, outcome_of
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, InDoubt, Reason, Refused, SendOutcome

_NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")


class StaleConnection(Exception):
    """The relay had closed a kept connection before it saw anything of the message."""


def is_path(address: str) -> bool:
    """Whether an address can stand between the angle brackets of an envelope."""
    return not _NOT_IN_A_PATH.search(address)


def stuffed(content: bytes) -> bytes:
    """Return content as it goes over the wire: dots doubled, final dot (RFC 5321 section 4.5.2)."""
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def on_the_wire(message: Message, then: bytes = b"") -> bytes:
    """Return a message's content as it goes over the wire, with its end and what goes behind it."""
    if message.is_plain:
        return b"".join((*message.pieces, b".\r\n", then))
    return stuffed(message.content) + then


def refused_unsent(message: Message, extensions: frozenset[str]) -> SendOutcome | None:
    """Return why a message cannot be offered at all; None where it can."""
    if not message.recipient or not is_path(message.recipient) or "@" not in message.recipient:
        return Refused(Reason.MALFORMED_ADDRESS)
    if not message.recipient.isascii() and "smtputf8" not in extensions:
        return Refused(Reason.MALFORMED_ADDRESS)
    if "8bitmime" not in extensions and not (message.is_plain or message.content.isascii()):
        return Refused(Reason.REFUSED_CONTENT)
    return None


def parameters(message: Message) -> bytes:
    """Return the parameters of MAIL that a message needs (RFC 6152, RFC 6531)."""
    plain = message.is_plain or message.content.isascii()
    return (b"" if plain else b" BODY=8BITMIME") + (
        b"" if message.recipient.isascii() else b" SMTPUTF8"
    )


async def _not_taken(
    connection: SmtpConnection, reply: Reply, stage: Stage, lease: Lease
) -> SendOutcome | None:
    outcome = outcome_of(reply, stage) if reply.is_refusal else None
    if outcome is None:  # an answer that has no place here: this relay and we are out of step
        connection.abort(Reason.PROTOCOL_ERROR)
        return Deferred(Reason.PROTOCOL_ERROR)
    if reply.code == CLOSING:
        return outcome
    if not lease.alive:
        connection.abort()
        return None
    try:
        reset = await connection.ask(b"RSET\r\n")
    except ConnectionFailed:
        return outcome
    if not reset.positive:
        connection.abort(Reason.PROTOCOL_ERROR)
    return outcome


async def offer(
    connection: SmtpConnection, message: Message, *, sender: bytes, lease: Lease
) -> asyncio.Future[Reply] | SendOutcome | None:
    """Take a message up to and including its final dot.

    Returns the reply to come once the content is out; an outcome when it came to an end before;
    None when the lease was lost, with the connection dropped.

    Raises:
        StaleConnection: a connection that served before was found closed at MAIL.
    """
    try:
        return await _offer(connection, message, sender=sender, lease=lease)
    except ConnectionFailed as failure:
        return Deferred(failure.reason)


async def _offer(
    connection: SmtpConnection, message: Message, *, sender: bytes, lease: Lease
) -> asyncio.Future[Reply] | SendOutcome | None:
    unsent = refused_unsent(message, connection.extensions)
    if unsent is not None:
        return unsent
    try:
        mail = b"MAIL FROM:<" + sender + b">" + parameters(message) + b"\r\n"
        reply = await connection.ask(mail)
    except ConnectionFailed as failure:
        if connection.served and failure.reason is Reason.CONNECTION_LOST:
            raise StaleConnection from None
        raise
    if not reply.positive:
        return await _not_taken(connection, reply, Stage.SESSION, lease)
    for command, stage in (
        (b"RCPT TO:<" + message.recipient.encode() + b">\r\n", Stage.RECIPIENT),
        (b"DATA\r\n", Stage.CONTENT),
    ):
        if not lease.alive:
            connection.abort()
            return None
        reply = await connection.ask(command)
        if not (reply.positive if stage is Stage.RECIPIENT else reply.go_ahead):
            return await _not_taken(connection, reply, stage, lease)
    if not lease.alive:
        connection.abort()
        return None
    return connection.ask(on_the_wire(message))


async def conclude(connection: SmtpConnection, coming: asyncio.Future[Reply]) -> SendOutcome:
    """Return the outcome of a message whose content is out; without a clear answer, in doubt."""
    try:
        reply = await coming
    except ConnectionFailed as failure:
        return InDoubt(failure.reason)
    outcome = outcome_of(reply, Stage.CONTENT)
    if outcome is None:
        connection.abort(Reason.PROTOCOL_ERROR)
        return InDoubt(Reason.PROTOCOL_ERROR)
    return outcome
