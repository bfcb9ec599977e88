"""Text messages over Twilio: one at a time, each recorded before the next, none sent blindly twice.

A text costs money and a second one frightens people, so at most one is ever out without a record.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from types import TracebackType
from typing import Self

from tocsin.notifiers.sent import Sent
from tocsin.notifiers.sms_readiness import SmsSender, refusal
from tocsin.notifiers.twilio_api import Text, TwilioApi
from tocsin.notifiers.twilio_settings import TwilioSettings
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, SendOutcome

NAME = "twilio"
"""What stands as the relay in every `Sent`."""
_HEARTBEATS_PER_LEASE = 3
_PULSE_S = 0.1


class TwilioSms:
    """Hands text messages to Twilio and says what became of each.

        async with TwilioSms(settings) as sms:
            async with aclosing(sms.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a number in E.164 form, its `content` the text in UTF-8.
    """

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._senders = {sender.name: sender for sender in settings.senders}
        self._api: TwilioApi | None = None
        self._known: set[str] = set()
        self._pause = Deferred(Reason.RATE_LIMITED)
        self._pause_until = 0.0

    async def __aenter__(self) -> Self:
        """Make ready; a connection is made when a message needs it."""
        self._api = TwilioApi(self._settings)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave Twilio."""
        api, self._api = self._api, None
        if api is not None:
            await api.close()

    async def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: str,
        doubtful: Collection[tuple[str, int]] = frozenset(),
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Send messages and yield their outcomes one by one, with empty flushes between.

        Resuming after a flush means that it was durably applied; the next message starts only then.
        There is a flush at least every third of the lease. When the lease orders a pause or a stop,
        no message starts any more; when it is lost, the one in flight is aborted and has no outcome
        (it is in doubt). `doubtful` are (lane, seq) of messages that may be out already: each is
        looked up at Twilio first and not sent when it is found there.

        Raises:
            InvalidInput: there is no such sender.
        """
        api = self._api
        if api is None:
            message = "the notifier is used outside its `async with`"
            raise RuntimeError(message)
        papers = self._senders.get(sender)
        if papers is None:
            message = "there is no such sender of text messages"
            raise InvalidInput(message, field="sender", fix="name one of the configured senders")
        loop = asyncio.get_running_loop()
        for each in messages:
            if not lease.may_send:
                return
            again = (each.lane, each.seq) in doubtful
            delivery = loop.create_task(self._deliver(api, each, papers, lease, again=again))
            beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            try:
                while not (await asyncio.wait({delivery}, timeout=_PULSE_S))[0]:
                    if not lease.alive:
                        return
                    if loop.time() >= beat_at:
                        yield ()
                        beat_at = loop.time() + lease.length_s / _HEARTBEATS_PER_LEASE
            finally:
                delivery.cancel()
                await asyncio.wait({delivery})
            outcome = delivery.result()
            if outcome is None:
                return
            yield (Sent(each.lane, each.seq, outcome, NAME),)
            if isinstance(outcome, Accepted):
                self._known.add(outcome.provider_ref)  # only now is it on record whose it is

    async def _deliver(
        self, api: TwilioApi, message: Message, papers: SmsSender, lease: Lease, *, again: bool
    ) -> SendOutcome | None:
        """Return the outcome of one message, or None where the lease no longer lets it start."""
        refused = refusal(message.recipient, papers)
        if refused is not None:
            return refused
        text = Text(message.recipient, papers.name, message.content.decode())
        if again:
            sid = await api.find(text, known=self._known)
            if sid is None:
                return InDoubt(Reason.RELAY_UNAVAILABLE)  # sent now it would be sent blindly
            if sid:
                return Accepted(sid)
        now = asyncio.get_running_loop().time()
        if now < self._pause_until:
            return Deferred(self._pause.reason, retry_after=round(self._pause_until - now, 3))
        if not lease.may_send:
            return None
        outcome = await api.create(text)
        if isinstance(outcome, InDoubt):
            outcome = await self._look_up(api, text, outcome)
        self._heed(outcome)
        return outcome

    async def _look_up(self, api: TwilioApi, text: Text, doubt: InDoubt) -> SendOutcome:
        """Return Accepted if Twilio has the text; not found is no proof that it has not."""
        for wait_s in self._settings.look_up_after_s:
            await asyncio.sleep(wait_s)
            if sid := await api.find(text, known=self._known):
                return Accepted(sid)
        return doubt

    def _heed(self, outcome: SendOutcome) -> None:
        """Ask nothing before the time that was named: sooner would make the wait longer."""
        if isinstance(outcome, Deferred) and outcome.retry_after is not None:
            self._pause = outcome
            self._pause_until = asyncio.get_running_loop().time() + outcome.retry_after
