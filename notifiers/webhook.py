"""Notices to a system of the organisation, which tells the person: signed requests.

Headers and signature as Standard Webhooks 1.0 has them, which receivers have libraries for.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self

from tocsin.notifiers.http_post import Answer, new_session, post, translated
from tocsin.notifiers.notice_payload import read_payload
from tocsin.notifiers.pauses import Pauses
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.side_by_side import SideBySide
from tocsin.notifiers.webhook_settings import WebhookSettings, secret_bytes
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused, SendOutcome

if TYPE_CHECKING:
    import aiohttp

NAME = "webhook"
"""What stands as the relay in every `Sent`."""

_OURS = Deferred(Reason.RELAY_REFUSED_US)
_CONTENT = Refused(Reason.REFUSED_CONTENT)
_BY_STATUS: Mapping[int, SendOutcome] = MappingProxyType(
    dict.fromkeys(range(200, 300), Accepted())
    | {
        400: _CONTENT,
        401: _OURS,
        403: _OURS,
        404: _OURS,  # the address is wrong, not the person
        405: _OURS,
        408: InDoubt(Reason.TIMED_OUT),
        410: Refused(Reason.NO_SUCH_MAILBOX),  # the account is gone
        413: _CONTENT,
        415: _CONTENT,
        422: _CONTENT,
        429: Deferred(Reason.RATE_LIMITED),
        503: Deferred(Reason.RELAY_UNAVAILABLE),
    }
)


class Webhook:
    """Posts notices to the organisation and says what became of each.

        async with Webhook(settings) as webhook:
            async with aclosing(webhook.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is how the organisation's systems know the person, its `content` a
    payload in UTF-8 JSON; both travel as `{"account": ..., "notice": {...}}`. A repeat bears the
    same `webhook-id`: a receiver that keeps those tells nobody twice. `clock` gives seconds since
    1970.
    """

    def __init__(
        self, settings: WebhookSettings, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings = settings
        self._key = secret_bytes(settings.secret)
        self._clock = clock
        self._pauses = Pauses()
        self._side_by_side = SideBySide(
            NAME,
            flush=settings.flush,
            connections=settings.connections,
            rate_per_s=settings.rate_per_s,
        )
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Make ready; a connection is made when a message needs it."""
        self._session = new_session(
            connections=self._settings.connections, timeout_s=self._settings.timeout_s
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

    def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Send messages and yield their outcomes in flushes; see `SideBySide.send`.

        `sender` does not matter here: the signature says who sends.
        """
        del sender
        if self._session is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        return self._side_by_side.send(messages, lease, self._deliver)

    async def _deliver(self, message: Message, lease: Lease) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start."""
        payload = read_payload(message.content)
        if not message.recipient:
            return Refused(Reason.MALFORMED_ADDRESS)
        if payload is None:
            return _CONTENT
        loop = asyncio.get_running_loop()
        pause = self._pauses.left(NAME, loop.time())
        if pause is not None:
            return pause
        if self._session is None or not lease.may_send:
            return None
        body = json.dumps(
            {"account": message.recipient, "notice": payload}, ensure_ascii=False
        ).encode()
        name = webhook_id(message.reference, payload.get("code", ""))
        at = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": at,
            "webhook-signature": signature(self._key, name, at, body),
        }
        answer = await post(self._session, self._settings.url, body, headers)
        outcome = translated(answer, _BY_STATUS) if isinstance(answer, Answer) else answer
        self._pauses.heed(NAME, outcome, loop.time())
        return outcome


def webhook_id(reference: str, code: str) -> str:
    """Return the name of one notice on one rung: the same whenever it is sent again."""
    return "msg_" + hashlib.sha256(f"webhook/{reference}/{code}".encode()).hexdigest()[:32]


def signature(key: bytes, name: str, at: str, body: bytes) -> str:
    """Return `v1,` and the HMAC-SHA-256 over id, time and body (Standard Webhooks)."""
    digest = hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()
