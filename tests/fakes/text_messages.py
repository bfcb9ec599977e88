"""Made-up numbers, text messages and settings for tests that send to the fake Twilio."""

from typing import Any

from pydantic import SecretStr
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import TwilioServer
from tocsin.notifiers.sms_readiness import SmsSender
from tocsin.notifiers.twilio_settings import TwilioSettings
from tocsin.schemas.notice import Message

SMS_SENDER = "Organisation"
_AREAS = (202, 212, 213, 305)


def number(seq: int) -> str:
    """Return a number that is nobody's: 555-0100 to 555-0199 of an area are kept for stories."""
    return f"+1{_AREAS[seq // 100]}55501{seq % 100:02}"


def text_message(seq: int, *, to: str | None = None, body: str | None = None) -> Message:
    reference = f"REF{seq:02}-AAAAA"
    words = body or f"Your data was copied. Reference {reference}"
    return Message("example", seq, to or number(seq), (words.encode(),), reference)


def text_messages(count: int) -> list[Message]:
    return [text_message(seq) for seq in range(count)]


def twilio_settings(server: TwilioServer, **fields: Any) -> TwilioSettings:
    given: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": SecretStr(TOKEN),
        "senders": (SmsSender(SMS_SENDER, frozenset({"US"})),),
        "base_url": server.url,
        "timeout_s": 0.5,
        "look_up_after_s": (0.0, 0.05),
        "rate_per_s": 1000.0,
    }
    return TwilioSettings(**given | fields)
