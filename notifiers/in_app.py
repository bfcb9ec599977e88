"""Notices that the organisation's own site or app shows to whoever is signed in."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Self

from tocsin.notifiers.in_app_settings import InAppSettings
from tocsin.notifiers.in_app_store import InAppStore, Kept
from tocsin.notifiers.in_app_tokens import account_digest
from tocsin.notifiers.notice_payload import read_payload
from tocsin.notifiers.sent import Sent
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused, SendOutcome

NAME = "in_app"
"""What stands as the relay in every `Sent`."""


class InApp:
    """Puts notices where the site asks for them, and says what became of each.

        async with InApp(settings) as in_app:
            async with aclosing(in_app.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is how the site knows the person, its `content` a payload in UTF-8 JSON
    with a return code. Accepted says that it waits to be fetched; `tocsin.returns.in_app` hears
    that it was.
    """

    def __init__(self, settings: InAppSettings) -> None:
        self._secret = settings.secret
        self._flush_at = max(1, settings.flush // 2)
        self._store = InAppStore(settings.database)

    async def __aenter__(self) -> Self:
        """Open the store. Raises Unavailable."""
        await asyncio.to_thread(self._store.open)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave; every flush is on disk already."""

    async def send(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Store messages and yield their outcomes in flushes; see `SmtpMailer.send`.

        At most half of `flush` notices are stored and not applied. `sender` does not matter here.
        """
        del sender
        for start in range(0, len(messages), self._flush_at):
            if not lease.may_send:
                return
            chunk = messages[start : start + self._flush_at]
            yield await asyncio.to_thread(self._put, chunk)

    async def forget(self, round_id: str) -> int:
        """Remove a round's notices and return how many there were. Raises Unavailable."""
        return await asyncio.to_thread(self._store.forget, round_id)

    def _put(self, messages: Sequence[Message]) -> tuple[Sent, ...]:
        """Store a chunk in one transaction."""
        found = [(each, self._kept(each)) for each in messages]
        stored: SendOutcome = Accepted()
        try:
            self._store.put([kept for _, kept in found if isinstance(kept, Kept)])
        except Unavailable:
            stored = Deferred(Reason.RELAY_UNAVAILABLE)
        return tuple(
            Sent(each.lane, each.seq, stored if isinstance(kept, Kept) else kept, NAME)
            for each, kept in found
        )

    def _kept(self, message: Message) -> Kept | Refused:
        payload = read_payload(message.content) or {}
        code = ReturnCode.read(payload.get("code", ""))
        if not message.recipient:
            return Refused(Reason.MALFORMED_ADDRESS)
        if code is None:
            return Refused(Reason.REFUSED_CONTENT)
        account = account_digest(self._secret, message.recipient)
        return Kept(str(code), code.round, account, message.content)
