"""Push messages to browsers (RFC 8030): encrypted for each (RFC 8291), signed by us (RFC 8292)."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from aiohttp.abc import AbstractResolver
from pywebpush import WebPusher
from tocsin.notifiers.http_post import Answer, new_session, post, translated
from tocsin.notifiers.pauses import Pauses
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.side_by_side import SideBySide
from tocsin.notifiers.web_push_answers import MEANINGS
from tocsin.notifiers.web_push_settings import WebPushSettings
from tocsin.notifiers.web_push_subscription import (
    PublicResolver,
    Subscription,
    read_subscription,
)
from tocsin.notifiers.web_push_vapid import VapidTokens
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Reason, Refused, SendOutcome

if TYPE_CHECKING:
    import aiohttp

NAME = "web_push"
"""What stands as the relay in every `Sent`."""
LONGEST_PLAINTEXT = 3_993
"""Bytes of content that fit one message (RFC 8291 section 4)."""
_TOPIC_BYTES = 24  # 32 characters in base64url, the most that a topic may have

_MALFORMED = Refused(Reason.MALFORMED_ADDRESS)


class WebPush:
    """Hands messages to the push services of browsers and says what became of each.

        async with WebPush(settings) as push:
            async with aclosing(push.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a push subscription in JSON, its `content` a payload in UTF-8 JSON.
    The topic is made from its `reference`: a repeat replaces the one that waits at the service
    (RFC 8030 section 5.4). `clock` gives seconds since 1970, `resolver` finds names (None: this
    machine's).
    """

    def __init__(
        self,
        settings: WebPushSettings,
        *,
        clock: Callable[[], float] = time.time,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._settings = settings
        self._names = resolver
        self._tokens = VapidTokens(settings, clock)
        self._pauses = Pauses()
        self._side_by_side = SideBySide(
            NAME,
            flush=settings.flush,
            connections=settings.connections,
            rate_per_s=settings.rate_per_s,
        )
        self._session: aiohttp.ClientSession | None = None
        self._resolver: PublicResolver | None = None

    async def __aenter__(self) -> Self:
        """Make ready; a connection is made when a message needs it."""
        self._resolver = None if self._settings.loopback else PublicResolver(self._names)
        self._session = new_session(
            connections=self._settings.connections,
            timeout_s=self._settings.timeout_s,
            resolver=self._resolver,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Send messages and yield their outcomes in flushes; see `SideBySide.send`.

        `sender` does not matter here: push services know us by our key.
        """
        del sender
        if self._session is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        return self._side_by_side.send(messages, lease, self._deliver)

    async def _deliver(self, message: Message, lease: Lease) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start."""
        made = _encrypted(message, loopback=self._settings.loopback)
        if isinstance(made, Refused):
            return made
        to, body = made
        loop = asyncio.get_running_loop()
        pause = self._pauses.left(to.origin, loop.time())
        if pause is not None:
            return pause
        session = self._session
        if session is None or not lease.may_send:
            return None
        answer = await post(session, to.endpoint, body, self._headers(message, to))
        outcome = translated(answer, MEANINGS) if isinstance(answer, Answer) else answer
        self._pauses.heed(to.origin, outcome, loop.time())
        return outcome

    def _headers(self, message: Message, to: Subscription) -> dict[str, str]:
        return {
            "Authorization": self._tokens.authorization(to.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(self._settings.ttl_s),
            "Topic": topic_of(message.reference),
            "Urgency": "high",
        }


def topic_of(reference: str) -> str:
    """Return the topic of a notice: 32 characters of base64url that say nothing of it."""
    digest = hashlib.sha256(b"topic/" + reference.encode()).digest()
    return base64.urlsafe_b64encode(digest[:_TOPIC_BYTES]).decode()


def _encrypted(message: Message, *, loopback: bool) -> tuple[Subscription, bytes] | Refused:
    """Return where one message goes and its body, or why it goes nowhere."""
    to = read_subscription(message.recipient, loopback=loopback)
    if to is None:
        return _MALFORMED
    if not 0 < len(message.content) <= LONGEST_PLAINTEXT:
        return Refused(Reason.REFUSED_CONTENT)
    keys = {"p256dh": to.p256dh, "auth": to.auth}
    try:
        pusher = WebPusher({"endpoint": to.endpoint, "keys": keys})
        body: bytes = pusher.encode(message.content, "aes128gcm")["body"]
    except ValueError:  # no point on the curve
        return _MALFORMED
    return to, body
