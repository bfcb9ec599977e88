"""What Twilio shows of a text and of a call that were asked for, as its reference documents it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

ACCOUNT = "AC" + "0f" * 16
TOKEN = "made-up-token"  # noqa: S105  # of no account


def new_text(sid: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return a text message as it is right after it was asked for."""
    return _new(sid, form, "Messages") | {
        "body": form["Body"],
        "date_sent": None,
        "error_code": None,
        "error_message": None,
        "num_media": "0",
        "num_segments": "1",
    }


def new_call(sid: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return a call as it is right after it was asked for."""
    return _new(sid, form, "Calls") | {
        "answered_by": None,
        "caller_name": None,
        "duration": None,
        "end_time": None,
        "forwarded_from": None,
        "from_formatted": form["From"],
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "0e" * 16,
        "queue_time": "0",
        "start_time": None,
        "to_formatted": form["To"],
        "trunk_sid": None,
    }


def _new(sid: str, form: Mapping[str, str], kind: str) -> dict[str, Any]:
    now = format_datetime(datetime.now(UTC))
    return {
        "account_sid": ACCOUNT,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "from": form["From"],
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "queued",
        "to": form["To"],
        "uri": f"/2010-04-01/Accounts/{ACCOUNT}/{kind}/{sid}.json",
    }
