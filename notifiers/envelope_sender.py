"""Who stands as sender in the envelope: one address for all messages, or one for each (VERP)."""

import asyncio
from collections.abc import Callable, Sequence

from tocsin.notifiers.smtp_dialogue import is_path
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message

_AT_ONCE = 100

EnvelopeSender = str | Callable[[Message], str]
"""A bare address, or what gives a message its own, to which its bounces come back."""


async def senders_of(
    messages: Sequence[Message], sender: EnvelopeSender
) -> Callable[[Message], bytes]:
    """Return what knows the sender of each of `messages`, all checked before the first goes out.

    The null sender is refused: bounces to it go nowhere (RFC 5321 section 4.5.5). Others get their
    turn meanwhile, for a code takes some microseconds to make.

    Raises:
        InvalidInput: a sender cannot stand in an envelope. It is not repeated in the error.
    """
    if isinstance(sender, str):
        of_all = _checked(sender)
        return lambda _: of_all
    of_each: dict[tuple[str, int], bytes] = {}
    for each in messages:
        of_each[each.lane, each.seq] = _checked(sender(each))
        if len(of_each) % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return lambda message: of_each[message.lane, message.seq]


def _checked(sender: str) -> bytes:
    if not (sender and sender.isascii() and is_path(sender)):
        message = "not an envelope sender"
        raise InvalidInput(message, field="sender", fix="write a bare ASCII address")
    return sender.encode()
