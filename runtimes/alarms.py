"""Rings duty officers: by webhook, text message and e-mail, and always with a line in the log.

Every ring has a name that follows from the alarm, the officer and the means: whoever is rung again
after a crash gets the same webhook id, the same Message-ID, and a text message is looked up first.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from importlib import import_module

from tocsin.ledger.alarms import alarm, was_rung
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.reads import incident
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.log import structlog
from tocsin.runtimes.officers import DutyOfficerSection
from tocsin.runtimes.settings import Settings
from tocsin.schemas.alarm import Call, Means, Rung
from tocsin.schemas.errors import InvalidInput, NotFound
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.notice import Message
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused, Result, SendOutcome
from tocsin.schemas.views import AlarmView

_log = structlog.get_logger("tocsin.alarm")
_PATIENCE_S = 20.0
"""The longest wait for one means: a bell that hangs holds nobody up for longer."""
_LANE = "alarms"
_LONGEST_TEXT = 450
"""Characters of a text message, three parts; the rest stands in the ledger."""
_LIBRARIES: Mapping[Means, str] = {
    Means.WEBHOOK: "tocsin.notifiers.alarm_webhook",
    Means.SMS: "tocsin.notifiers.twilio_sms",
    Means.EMAIL: "tocsin.notifiers.smtp",
}
_RESULTS: Mapping[type, Result] = {
    Accepted: Result.ACCEPTED,
    Deferred: Result.DEFERRED,
    Refused: Result.REFUSED,
    InDoubt: Result.IN_DOUBT,
}


class AlarmBook:
    """The alarms that stand in the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def alarm(self, incident_id: str, name: str, link: int) -> AlarmView:
        """Return the alarm of a name in a link of the chain."""
        return await self._ledger.ask(alarm, incident_id, name, link)

    async def was_rung(self, incident_id: str, group: str, since: datetime) -> bool:
        """Whether somebody was reached for an alarm whose name begins so, since a time."""
        return await self._ledger.ask(was_rung, incident_id, group, since)

    async def is_drill(self, incident_id: str) -> bool:
        """Whether an incident is a drill; False for what belongs to none."""
        if incident_id == SYSTEM:
            return False
        try:
            return (await self._ledger.ask(incident, incident_id)).drill
        except NotFound:
            return False


class OfficerBells:
    """Rings the officers of `[[duty_officers]]`."""

    def __init__(
        self, settings: Settings, *, clock: Clock, patience_s: float = _PATIENCE_S
    ) -> None:
        """Take the officers and the ways to them; nothing is opened before somebody is rung."""
        self._patience_s = patience_s
        self._settings = settings
        self._clock = clock
        self._officers = {o.name: (i, o) for i, o in enumerate(settings.duty_officers)}
        self._ways: Mapping[Means, Callable[[str, Call, bool], Awaitable[SendOutcome]]] = {
            Means.WEBHOOK: self._webhook,
            Means.SMS: self._sms,
            Means.EMAIL: self._email,
        }

    def load(self) -> None:
        """Load what the means need now: done at the first alarm it would hold up the work."""
        wanted = {means for _, section in self._officers.values() for means in section.means}
        for means in wanted:
            with suppress(ImportError):  # ringing says so, and `tocsin config check`
                import_module(_LIBRARIES[means])

    def say(self, call: Call) -> None:
        """Write an `alarm` line at the level critical."""
        officers = [o.name for o in self._settings.duty_officers if call.gravity in o.severities]
        _log.critical("alarm", text=call.text, gravity=call.gravity.value, officers=officers)

    async def ring(self, officer: str, means: Means, call: Call, *, again: bool) -> Rung:
        """Ring an officer by one means; whatever goes wrong is the answer, and never raised."""
        try:
            async with asyncio.timeout(self._patience_s):
                outcome = await self._ways[means](officer, call, again)
            reason = Reason.NONE if isinstance(outcome, Accepted) else outcome.reason
            rung = Rung(_RESULTS[type(outcome)], reason)
        except TimeoutError:
            rung = Rung(Result.IN_DOUBT, Reason.TIMED_OUT)
        except InvalidInput as error:
            rung = Rung(Result.DEFERRED, Reason.RELAY_UNAVAILABLE, error.field or "")
        except ImportError as error:
            rung = Rung(Result.DEFERRED, Reason.RELAY_UNAVAILABLE, f"not installed: {error.name}")
        except Exception as error:  # noqa: BLE001  # a bell that fails must not hold the work up
            _log.error("bell failed", means=means.value, error=type(error).__name__)
            rung = Rung(Result.DEFERRED, Reason.TEMPORARY_FAILURE)
        if rung.result is not Result.ACCEPTED:
            _log.error("not rung", officer=officer, means=means.value, **_shown(rung))
        return rung

    def _of(self, officer: str) -> tuple[int, DutyOfficerSection]:
        return self._officers[officer]

    async def _webhook(self, officer: str, call: Call, again: bool) -> SendOutcome:
        del again  # the receiver knows the id
        from tocsin.notifiers.alarm_webhook import post_alarm  # noqa: PLC0415  # needs aiohttp

        position, section = self._of(officer)
        body = {
            "type": "org.tocsin.alarm.v1",
            "incident": call.incident,
            "alarm": call.alarm,
            "gravity": call.gravity.value,
            "text": call.text,
            "at": call.at.isoformat(),
            "drill": call.drill,
            "officer": officer,
        }
        return await post_alarm(
            section.webhook or "",
            section.key(position),
            body,
            name=f"alm_{ring_name(call, officer, Means.WEBHOOK)}",
            at=int(self._clock.now().timestamp()),
        )

    async def _sms(self, officer: str, call: Call, again: bool) -> SendOutcome:
        from tocsin.notifiers.twilio_sms import TwilioSms  # noqa: PLC0415  # an optional channel
        from tocsin.runtimes.channel_settings import of_texts  # noqa: PLC0415

        section = self._settings.sms
        if section is None:
            message = "there is no [sms]"
            raise InvalidInput(message, field="sms", fix="configure it, or leave the phone out")
        name = ring_name(call, officer, Means.SMS)
        # The mark tells two alarms of the same words apart when one is looked up.
        text = f"{call.text[:_LONGEST_TEXT]} [{name[:6]}]".encode()
        number = self._of(officer)[1].phone or ""
        wanted = Message(_LANE, 0, number, (text,), name)
        doubtful = {(_LANE, 0)} if again else frozenset()
        async with TwilioSms(of_texts(section)) as sms:
            stream = sms.send([wanted], _lease(), sender=section.sender, doubtful=doubtful)
            async with aclosing(stream) as flushes:
                async for flush in flushes:
                    for sent in flush:
                        return sent.outcome
        return InDoubt(Reason.TIMED_OUT)

    async def _email(self, officer: str, call: Call, again: bool) -> SendOutcome:
        del again  # it bears the same Message-ID
        from tocsin.notifiers.smtp import SmtpMailer  # noqa: PLC0415  # opened when needed

        address = self._of(officer)[1].email or ""
        by = self._settings.organisations[0]  # whichever of ours: it stays with us
        content = mail_of(call, officer, address, by)
        message = Message(_LANE, 0, address, (content,), ring_name(call, officer, Means.EMAIL))
        outcome: SendOutcome = Deferred(Reason.RELAY_UNAVAILABLE)
        for position, section in enumerate(self._settings.relays):
            relay = replace(section.relay(position), connections=1, weight=1)
            async with SmtpMailer([relay], flush=2) as mailer:
                stream = mailer.send([message], _lease(), sender=by.sender_email)
                async with aclosing(stream) as flushes:
                    async for flush in flushes:
                        for sent in flush:
                            outcome = sent.outcome
            if not isinstance(outcome, Deferred):
                return outcome  # taken, or perhaps taken: another relay would tell them twice
        return outcome


def ring_name(call: Call, officer: str, means: Means) -> str:
    """Return the name of one ring: the same however often it is tried."""
    text = f"{call.incident}/{call.link}/{call.alarm}/{officer}/{means.value}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def mail_of(call: Call, officer: str, address: str, by: Organisation) -> bytes:
    """Return an alarm as an e-mail: byte for byte the same whenever it is made."""
    mail = EmailMessage(policy=SMTP)
    urgency = {"urgent": "URGENT: ", "warning": "", "note": ""}[call.gravity.value]
    mail["Subject"] = f"{'[EXERCISE] ' if call.drill else ''}[Tocsin] {urgency}{_subject(call)}"
    mail["From"] = f"Tocsin <{by.sender_email}>"
    mail["To"] = address
    mail["Date"] = format_datetime(call.at)
    domain = by.sender_email.rpartition("@")[2]
    mail["Message-ID"] = f"<{ring_name(call, officer, Means.EMAIL)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    if call.gravity.value == "urgent":
        mail["Importance"] = "high"
    look = "" if call.incident == SYSTEM else f"    tocsin incident show {call.incident}\n"
    mail.set_content(
        f"{call.text}\n\nLook at all clocks, and at what waits:\n\n    tocsin clocks\n{look}\n"
        f"Raised {call.at:%Y-%m-%d %H:%M} UTC, for {officer}."
    )
    return mail.as_bytes()


def _subject(call: Call) -> str:
    text = call.text.removeprefix("[EXERCISE] ")
    return text if len(text) <= 90 else f"{text[:90].rsplit(' ', 1)[0]} ..."  # noqa: PLR2004


def _lease() -> Lease:
    return Lease(deadline=boottime() + _PATIENCE_S, length_s=_PATIENCE_S)


def _shown(rung: Rung) -> Mapping[str, str]:
    return {"result": rung.result.value, "reason": rung.reason.value, "setting": rung.field}
