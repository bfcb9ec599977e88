"""Made-up calls and settings for tests that have the fake Twilio make them."""

import json
from typing import Any

from pydantic import SecretStr
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import TwilioServer
from tocsin.notifiers.twilio_settings import TwilioCallSettings
from tocsin.schemas.identifiers import ReturnCode, notice_seed, reference_code
from tocsin.schemas.notice import Message

from fakes.text_messages import number

ROUND_KEY = b"r" * 32
ROUND = "INC-7K2QX/r1"
CALLER = "+15005550006"
PUBLIC = "https://notices.organisation.test/back"


def code_of(seq: int) -> ReturnCode:
    return ReturnCode.of(ROUND_KEY, ROUND, "example", seq, rung=1)


def reference_of(seq: int) -> str:
    return reference_code(ROUND_KEY, notice_seed(ROUND_KEY, ROUND, "example", seq))


def call_content(seq: int, **fields: Any) -> bytes:
    given: dict[str, Any] = {
        "lang": "en",
        "say": [
            "This is a recorded message from Organisation & Co.",
            f"Your reference is {reference_of(seq)}.",
            "Press 1 to hear it again, press 2 to say that you heard it.",
        ],
        "voicemail": ["Organisation & Co. has an important notice.", "Please look at our site."],
        "reference": reference_of(seq),
        "code": str(code_of(seq)),
    }
    return json.dumps(given | fields).encode()


def phone_call(seq: int, *, to: str | None = None, **fields: Any) -> Message:
    content = call_content(seq, **fields)
    return Message("example", seq, to or number(seq), (content,), reference_of(seq))


def phone_calls(count: int) -> list[Message]:
    return [phone_call(seq) for seq in range(count)]


def call_settings(server: TwilioServer, **fields: Any) -> TwilioCallSettings:
    given: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": SecretStr(TOKEN),
        "numbers": (CALLER,),
        "base_url": server.url,
        "public_url": PUBLIC,
        "timeout_s": 0.5,
        "look_up_after_s": (0.0, 0.05),
        "rate_per_s": 1000.0,
    }
    return TwilioCallSettings(**given | fields)
