"""Messages and settings for tests of push, in-app, webhook and call lists."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from tocsin.demo.fcm_server import FcmServer, service_account
from tocsin.notifiers.call_list_settings import CallListSettings
from tocsin.notifiers.fcm_settings import FcmSettings
from tocsin.notifiers.in_app_settings import InAppSettings
from tocsin.notifiers.web_push_settings import WebPushSettings
from tocsin.notifiers.webhook_settings import WebhookSettings
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Message

from fakes.push_service import Browser, PushService, b64url, raw_point
from fakes.webhook_receiver import SECRET, WebhookReceiver

VAPID_KEY = ec.derive_private_key(2**200 + 7, ec.SECP256R1())
APPLICATION_KEY = b64url(raw_point(VAPID_KEY))
ROUND = "INC-7K2QX/r1"
ROUND_KEY = b"k" * 32
IN_APP_SECRET = SecretStr("made-up-secret-of-32-characters-x")


def return_code(seq: int, *, round_id: str = ROUND, rung: int = 0) -> ReturnCode:
    return ReturnCode.of(ROUND_KEY, round_id, "example", seq, rung=rung)


def payload(seq: int, **fields: Any) -> bytes:
    said = {
        "title": "Your data was copied",
        "body": f"Someone copied your data.\n\nYour reference: REF{seq:02}-AAAAA",
        "lang": "en",
        "reference": f"REF{seq:02}-AAAAA",
        "code": str(return_code(seq)),
    }
    return json.dumps(said | fields, ensure_ascii=False).encode()


def noticed(seq: int, to: str, **fields: Any) -> Message:
    return Message("example", seq, to, (payload(seq, **fields),), f"REF{seq:02}-AAAAA")


def browser(seq: int) -> Browser:
    return Browser(f"browser-{seq}")


def telephone(seq: int) -> str:
    return f"+1202555{seq:04}"


def push_service(**fields: Any) -> PushService:
    return PushService(application_key=APPLICATION_KEY, **fields)


def web_push_settings(**fields: Any) -> WebPushSettings:
    raw = VAPID_KEY.private_numbers().private_value.to_bytes(32)
    given: dict[str, Any] = {
        "vapid_key": SecretStr(base64.urlsafe_b64encode(raw).decode()),
        "subject": "mailto:privacy@organisation.test",
        "connections": 2,
        "flush": 20,
        "timeout_s": 5.0,
        "loopback": True,
    }
    return WebPushSettings(**given | fields)


def fcm_settings(server: FcmServer, **fields: Any) -> FcmSettings:
    given: dict[str, Any] = {
        "service_account": SecretStr(service_account(server.url)),
        "base_url": server.url,
        "connections": 2,
        "flush": 20,
        "timeout_s": 5.0,
    }
    return FcmSettings(**given | fields)


def webhook_settings(receiver: WebhookReceiver, **fields: Any) -> WebhookSettings:
    given: dict[str, Any] = {
        "url": f"{receiver.url}/notices",
        "secret": SecretStr(SECRET),
        "connections": 2,
        "rate_per_s": 1_000.0,
        "flush": 20,
        "timeout_s": 5.0,
    }
    return WebhookSettings(**given | fields)


def in_app_settings(folder: Path, **fields: Any) -> InAppSettings:
    given: dict[str, Any] = {"database": folder / "in_app.db", "secret": IN_APP_SECRET, "flush": 20}
    return InAppSettings(**given | fields)


def call_list_settings(folder: Path, **fields: Any) -> CallListSettings:
    given: dict[str, Any] = {"folder": folder, "flush": 20}
    return CallListSettings(**given | fields)
