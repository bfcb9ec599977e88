"""Push messages to apps, over Firebase Cloud Messaging (HTTP v1 API)."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tocsin.notifiers.fcm_answers import is_stale_token, outcome_of
from tocsin.notifiers.fcm_settings import FcmSettings, read_service_account
from tocsin.notifiers.fcm_tokens import AccessTokens
from tocsin.notifiers.http_post import Answer, new_session, post
from tocsin.notifiers.notice_payload import read_payload
from tocsin.notifiers.pauses import Pauses
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.side_by_side import SideBySide
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, Reason, Refused, SendOutcome

if TYPE_CHECKING:
    import aiohttp

NAME = "fcm"
"""What stands as the relay in every `Sent`."""
_DATA = ("reference", "code", "lang")
_LONGEST_TOKEN = 4_096


class FcmPush:
    """Hands messages to Firebase and says what became of each.

        async with FcmPush(settings) as push:
            async with aclosing(push.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a registration token, its `content` a payload in UTF-8 JSON: `title`
    and `body` are shown, `reference`, `code` and `lang` reach the app as data. A repeat replaces
    the one that waits, and the one that is shown. `clock` gives seconds since 1970.
    """

    def __init__(self, settings: FcmSettings, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._account = read_service_account(settings.service_account)
        self._url = f"{settings.base_url}/v1/projects/{self._account.project}/messages:send"
        self._clock = clock
        self._pauses = Pauses()
        self._side_by_side = SideBySide(
            NAME,
            flush=settings.flush,
            connections=settings.connections,
            rate_per_s=settings.rate_per_s,
        )
        self._session: aiohttp.ClientSession | None = None
        self._tokens: AccessTokens | None = None

    async def __aenter__(self) -> Self:
        """Make ready; a token is asked for when a message needs it."""
        self._session = new_session(
            connections=self._settings.connections + 1, timeout_s=self._settings.timeout_s
        )
        self._tokens = AccessTokens(self._account, self._session, self._clock)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections and forget the token."""
        session, self._session, self._tokens = self._session, None, None
        if session is not None:
            await session.close()

    def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Send messages and yield their outcomes in flushes; see `SideBySide.send`.

        `sender` does not matter here: the project is the sender.
        """
        del sender
        if self._session is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        return self._side_by_side.send(messages, lease, self._deliver)

    async def _deliver(self, message: Message, lease: Lease) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start."""
        token, payload = message.recipient, read_payload(message.content)
        if not (0 < len(token) <= _LONGEST_TOKEN and token.isascii() and token.isprintable()):
            return Refused(Reason.MALFORMED_ADDRESS)
        if payload is None:
            return Refused(Reason.REFUSED_CONTENT)
        loop = asyncio.get_running_loop()
        pause = self._pauses.left(NAME, loop.time())
        if pause is not None:
            return pause
        body = json.dumps(
            _asked(message, payload, self._settings.ttl_s), ensure_ascii=False
        ).encode()
        answer = await self._ask(body, lease)
        outcome = outcome_of(answer) if isinstance(answer, Answer) else answer
        if outcome is not None:
            self._pauses.heed(NAME, outcome, loop.time())
        return outcome

    async def _ask(self, body: bytes, lease: Lease) -> Answer | SendOutcome | None:
        """Ask with a token; once more where Google no longer takes the one that was kept."""
        answer: Answer | SendOutcome | None = None
        for _ in range(2):
            session, tokens = self._session, self._tokens
            if session is None or tokens is None:
                return None
            token = await tokens.token()
            if isinstance(token, Deferred):
                return token
            if not lease.may_send:
                return None
            headers = {
                "Authorization": f"Bearer {token}",
                "Content-Type": "application/json; charset=UTF-8",
            }
            answer = await post(session, self._url, body, headers)
            if not isinstance(answer, Answer) or not is_stale_token(answer):
                break
            tokens.forget(token)
        return answer


def collapse_key(reference: str) -> str:
    """Return what a notice is replaced by at Firebase and Apple: 32 characters, telling nothing."""
    return hashlib.sha256(b"collapse/" + reference.encode()).hexdigest()[:32]


def _asked(message: Message, payload: Mapping[str, str], ttl_s: int) -> dict[str, Any]:
    """Return the request's body ("Method: projects.messages.send")."""
    key = collapse_key(message.reference)
    return {
        "message": {
            "token": message.recipient,
            "notification": {"title": payload["title"], "body": payload["body"]},
            "data": {name: payload[name] for name in _DATA if name in payload},
            "android": {
                "collapse_key": key,
                "priority": "HIGH",
                "ttl": f"{ttl_s}s",
                "notification": {"tag": key},
            },
            "apns": {"headers": {"apns-collapse-id": key, "apns-priority": "10"}},
        }
    }
