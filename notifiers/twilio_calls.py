"""Calls over Twilio: a voice reads the script, one key hears it again, another says it was heard.

Paid, and frightening twice: one at a time, each recorded before the next, doubtful ones looked up.

Twilio judges in the background what picked up, so that a human waits for nothing. When it was a
machine, `leave_message` changes the call to the neutral words before the tone. Should that fail the
machine hears the script, which says no more than anybody who picks up may hear.
"""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from tocsin.notifiers.call_script import CallScript
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.sms_readiness import number_of
from tocsin.notifiers.twilio_account import RETRIES
from tocsin.notifiers.twilio_api import Kind
from tocsin.notifiers.twilio_receipts import Finding, of_call
from tocsin.notifiers.twilio_sending import Shown, TwilioSending, Wanted
from tocsin.notifiers.twilio_settings import TwilioCallSettings
from tocsin.notifiers.twilio_twiml import LONGEST, for_human, for_machine
from tocsin.notifiers.twilio_voices import voice_of
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Reason, Refused

# These never rang. One that rang unheard is known by its status, and not repeated in doubt.
_NEVER_RANG = frozenset({"failed", "canceled"})


class Call(NamedTuple):
    """A call as Twilio is asked for it. Its repr is never logged."""

    to: str
    sender: str
    look_back_s: float

    def is_it(self, shown: Shown) -> bool:
        """Whether Twilio shows a call between these numbers, made lately, that may have rung."""
        listed = shown.fields
        if listed.get("status") in _NEVER_RANG:
            return False
        if (listed.get("to"), listed.get("from")) != (self.to, self.sender):
            return False
        if shown.at is None:
            return True  # better one call too few than a second one
        within_s = self.look_back_s if shown.within_s is None else shown.within_s
        try:
            made = parsedate_to_datetime(str(listed.get("date_created")))
            return shown.at - made <= timedelta(seconds=within_s)
        except (ValueError, TypeError):  # no date, or one without a zone
            return True

    def __repr__(self) -> str:
        return "Call()"


class TwilioCalls(TwilioSending):
    """Has Twilio make calls and says what became of each.

        async with TwilioCalls(settings) as calls:
            async with aclosing(calls.send(messages, lease, sender=number)) as flushes:
                async for flush in flushes:
                    ...  # apply it durably; asking for the next one says that it was

    A message's `recipient` is a number in E.164 form, its `content` what `CallScript.read` reads.
    """

    def __init__(self, settings: TwilioCallSettings) -> None:
        super().__init__(settings, Kind.CALL, _says)
        self._settings = settings

    def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: str,
        doubtful: Collection[tuple[str, int]] = frozenset(),
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        """Make calls and yield their outcomes one by one, as `TwilioSms.send` does.

        `sender` is the number that shows. Accepted means that Twilio makes the call; what came of
        it is called back, or polled. A language without a voice and a script too long for one
        request are refused: on this channel that person is never reached. When it is a fit hour
        to call is judged before, by whoever sends.

        Raises:
            InvalidInput: there is no such number, or a message's content is no script.
        """
        if sender not in self._settings.numbers:
            message = "calls do not come from there"
            raise InvalidInput(message, field="sender", fix="name one of the configured numbers")

        def prepare(each: Message) -> Wanted | Refused:
            return self._wanted(each, sender)

        return self._hand_over(messages, lease, prepare, doubtful=doubtful)

    def _wanted(self, message: Message, sender: str) -> Wanted | Refused:
        if number_of(message.recipient) is None:
            return Refused(Reason.MALFORMED_ADDRESS)
        script = CallScript.read(message.content)
        twiml = spoken(script, self._settings, times=2) or spoken(script, self._settings)
        if not twiml:
            return Refused(Reason.REFUSED_CONTENT)
        call = Call(message.recipient, sender, self._settings.look_back_s)
        form = {
            "To": call.to,
            "From": call.sender,
            "Twiml": twiml,
            "Timeout": str(self._settings.ring_s),
            "TimeLimit": str(self._settings.longest_s),
            "MachineDetection": "DetectMessageEnd",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": self._settings.call_callback(script.code, "answered")
            + RETRIES,
            "StatusCallback": self._settings.call_callback(script.code) + RETRIES,
        }
        return Wanted(form, call.is_it)

    async def leave_message(self, sid: str, content: bytes) -> bool:
        """Have the words for a machine said in a call that goes on, and nothing after them.

        Returns whether Twilio does so. Not within the account's rate: the tone has sounded.
        """
        script = CallScript.read(content)
        voice = voice_of(script.lang)
        if voice is None or not Kind.CALL.sid(sid):
            return False
        changed = await self._open.change(sid, {"Twiml": for_machine(script, voice)})
        return isinstance(changed, Accepted)


def spoken(script: CallScript, settings: TwilioCallSettings, *, times: int = 1) -> str:
    """Return the call for a human, in TwiML; nothing where nobody reads it or it is too long."""
    voice = voice_of(script.lang)
    if voice is None:
        return ""
    keys_url = settings.call_callback(script.code, "keys") + RETRIES
    twiml = for_human(script, voice, keys_url=keys_url, times=times)
    return twiml if len(twiml) <= LONGEST else ""


def _says(shown: Mapping[str, Any]) -> Finding | None:
    return of_call(str(shown.get("status")), shown.get("answered_by"))
