"""Text messages over Twilio: one at a time, each on record before the next, none sent twice."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from tocsin.notifiers.sent import Sent
from tocsin.notifiers.sms_readiness import SmsSender, refusal
from tocsin.notifiers.twilio_account import RETRIES
from tocsin.notifiers.twilio_api import Kind
from tocsin.notifiers.twilio_receipts import Finding, of_text
from tocsin.notifiers.twilio_sending import Shown, TwilioSending, Wanted
from tocsin.notifiers.twilio_settings import TwilioSettings
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Refused

# It was taken but never arrived: no proof that the person has the text.
_FAILED = frozenset({"failed", "undelivered", "canceled"})


class Text(NamedTuple):
    """A text message as Twilio is asked for it. Its repr is never logged."""

    to: str
    sender: str
    body: str

    def is_it(self, shown: Shown) -> bool:
        """Whether Twilio shows this very text, number and sender, and it did not fail."""
        listed = shown.fields
        same = self == (listed.get("to"), listed.get("from"), listed.get("body"))
        return same and listed.get("status") not in _FAILED

    def __repr__(self) -> str:
        return "Text()"


class TwilioSms(TwilioSending):
    """Hands text messages to Twilio and says what became of each.

        async with TwilioSms(settings) as sms:
            async with aclosing(sms.send(messages, lease, sender=name)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a number in E.164 form, its `content` the text in UTF-8.
    """

    def __init__(self, settings: TwilioSettings) -> None:
        super().__init__(settings, Kind.TEXT, _says)
        self._settings = settings
        self._senders = {sender.name: sender for sender in settings.senders}

    def send(
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
        looked up at Twilio first and not sent when it is found there. Under a message's return
        code Twilio says what becomes of it; without one, or without the account's `public_url`, it
        calls nobody back and `poll` is the way to know.

        Raises:
            InvalidInput: there is no such sender.
        """
        papers = self._senders.get(sender)
        if papers is None:
            message = "there is no such sender of text messages"
            raise InvalidInput(message, field="sender", fix="name one of the configured senders")

        def prepare(each: Message) -> Wanted | Refused:
            return self._wanted(each, papers)

        return self._hand_over(messages, lease, prepare, doubtful=doubtful)

    def _wanted(self, message: Message, papers: SmsSender) -> Wanted | Refused:
        text = Text(message.recipient, papers.name, message.content.decode())
        refused = refusal(text.to, papers, text.body)
        if refused is not None:
            return refused
        form = {"To": text.to, "From": text.sender, "Body": text.body}
        callback = self._settings.text_callback(message.code) if message.code else ""
        if callback:
            form["StatusCallback"] = callback + RETRIES
        return Wanted(form, text.is_it)


def _says(shown: Mapping[str, Any]) -> Finding | None:
    return of_text(str(shown.get("status")), shown.get("error_code"))
