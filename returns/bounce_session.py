"""One session with whoever brings bounces, over aiosmtpd: LMTP or SMTP as far as bounces need it.

aiosmtpd's own log repeats addresses, so it is switched off, and so are the commands that tell about
mailboxes.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from aiosmtpd.smtp import SMTP
from tocsin.returns.bounce_door import BounceDoor
from tocsin.returns.receiver_settings import MailProtocol, ReceiverSettings

_GO_AHEAD = "354"
_MARGIN = 64 * 1024
_CALLS = {"MAIL": 10_000, "RCPT": 10_000, "DATA": 10_000, "RSET": 10_000, "*": 100}
"""How often each command may come in one session, so that none is held open for ever."""

logging.getLogger("mail.log").disabled = True


class BounceSession(SMTP):
    """SMTP (RFC 5321) as far as bounces need it.

    Lines may be longer than they should be: bounces in HTML often are, and to refuse one is to lose
    it.
    """

    line_length_limit = 64 * 1024

    def __init__(self, door: BounceDoor, settings: ReceiverSettings) -> None:
        super().__init__(
            door,
            data_size_limit=settings.size_limit,
            enable_SMTPUTF8=True,  # bounces of RFC 6533 have UTF-8 in their fields
            hostname=settings.hostname,
            ident=settings.protocol.upper(),
            tls_context=settings.tls,
            timeout=settings.timeout_s,
            command_call_limit=_CALLS,
            loop=asyncio.get_running_loop(),
        )
        self._most_unanswered = 2 * settings.size_limit + _MARGIN
        self._unanswered = 0
        self._gone: Callable[[BounceSession], None] | None = None

    @property
    def task(self) -> asyncio.Task[None] | None:
        """What serves this session until its connection is gone."""
        return self._handler_coroutine

    def data_received(self, data: bytes) -> None:
        """Drop whoever sends without an end; what is merely too long still gets its answer."""
        self._unanswered += len(data)
        if self._unanswered > self._most_unanswered and self.transport is not None:
            self._cut()
            return
        super().data_received(data)

    async def push(self, status: str) -> None:  # type: ignore[override]  # aiosmtpd answers in text
        """Answer; what was read until now is done with."""
        self._unanswered = 0
        await super().push(status)

    def connection_lost(self, error: Exception | None) -> None:
        """End with the connection."""
        super().connection_lost(error)
        if self._gone is not None:
            self._gone(self)

    def when_gone(self, then: Callable[["BounceSession"], None]) -> None:
        """Call `then` once the connection is gone."""
        self._gone = then

    def leave(self) -> None:
        """Close the connection once what was answered is out."""
        if self.transport is not None:
            self.transport.close()

    def _timeout_cb(self) -> None:
        self._cut()  # aiosmtpd would wait for whoever does not read its answers

    def _cut(self) -> None:
        if self.transport is not None:
            cast("asyncio.Transport", self.transport).abort()

    async def smtp_VRFY(self, _: str) -> None:  # noqa: N802
        """Say the same of every address (RFC 5321 section 3.5.3)."""
        await self.push("252 2.5.2 send it and see")

    async def smtp_AUTH(self, _: str) -> None:  # noqa: N802
        """Know nobody: there is nothing to log in for."""
        await self.push("502 5.5.1 not here")


class LmtpSession(BounceSession):
    """LMTP (RFC 2033): LHLO, and after the final dot one answer for each recipient."""

    def __init__(self, door: BounceDoor, settings: ReceiverSettings) -> None:
        super().__init__(door, settings)
        self._answers_due = 1

    async def smtp_LHLO(self, name: str) -> None:  # noqa: N802
        """Greet, as EHLO does."""
        await super().smtp_EHLO(name)

    async def smtp_HELO(self, _: str) -> None:  # noqa: N802
        """Refuse: this is no SMTP."""
        await self.push("500 5.5.1 say LHLO")

    async def smtp_EHLO(self, _: str) -> None:  # noqa: N802
        """Refuse: this is no SMTP."""
        await self.push("500 5.5.1 say LHLO")

    async def push(self, status: str) -> None:  # type: ignore[override]
        """Answer; after content as often as it has recipients, whatever the answer is."""
        if status.startswith(_GO_AHEAD) and self.envelope is not None:
            await super().push(status)
            self._answers_due = len(self.envelope.rcpt_tos)
            return
        due, self._answers_due = self._answers_due, 1
        await super().push("\r\n".join([status] * due))


def session_for(door: BounceDoor, settings: ReceiverSettings) -> BounceSession:
    """Return a new session in the protocol of the settings."""
    lmtp = settings.protocol is MailProtocol.LMTP
    return LmtpSession(door, settings) if lmtp else BounceSession(door, settings)
