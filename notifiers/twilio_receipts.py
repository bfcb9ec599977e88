"""What Twilio says of texts and calls after it took them, as what was heard of a notice.

Statuses come in any order and more than once; each is translated by itself, and what is no evidence
yet is nothing. Sources: Twilio's "Message resource: Message Status values", "Call resource: Call
Status values", "Answering Machine Detection", "Webhooks security".
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from types import MappingProxyType
from typing import NamedTuple

from pydantic import SecretStr
from tocsin.notifiers.twilio_codes import MEANINGS
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Accepted, Reason

SOURCE = "twilio"
"""What stands as the source in every receipt."""
CONFIRM = "2"
"""The key that says "I heard it"; 1, and any other, says it again."""


class Finding(NamedTuple):
    """What one status says of a notice."""

    heard: Heard
    reason: Reason = Reason.NONE


_DELIVERED = Finding(Heard.DELIVERED)
_NO_ANSWER = Finding(Heard.FAILED, Reason.NO_ANSWER)
_TEXTS = MappingProxyType(
    {
        "delivered": _DELIVERED,
        # Seen is not acted upon: a view confirms nothing.
        "read": _DELIVERED,
        "failed": Finding(Heard.FAILED, Reason.TEMPORARY_FAILURE),
        "undelivered": Finding(Heard.FAILED, Reason.TEMPORARY_FAILURE),
        # Somebody with the right to our account took it back.
        "canceled": Finding(Heard.FAILED, Reason.RELAY_REFUSED_US),
    }
)
_CALLS = MappingProxyType(
    {
        "busy": _NO_ANSWER,
        "no-answer": _NO_ANSWER,
        # "could not be completed as dialed, most likely because the number was non-existent"
        "failed": Finding(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
        "canceled": Finding(Heard.FAILED, Reason.RELAY_REFUSED_US),
    }
)
# Of a machine there is no evidence: nobody knows who listens to it, or when. A call that nobody
# judged, or that could not be judged, is none either.
_PICKED_UP = MappingProxyType({"human": _DELIVERED, "fax": _NO_ANSWER})


def of_text(status: str, error_code: object = None) -> Finding | None:
    """Return what a message's status says (`MessageStatus` of a callback, `status` of a message).

    `error_code` says why it failed: a number, or its digits; one that nobody knows says nothing.
    """
    return _because(_TEXTS.get(status), error_code)


def of_call(status: str, answered_by: object = None, error_code: object = None) -> Finding | None:
    """Return what a call's status says (`CallStatus` of a callback, `status` of a call)."""
    if status == "completed":
        return of_pick_up(answered_by)
    return _because(_CALLS.get(status), error_code)


def of_pick_up(answered_by: object) -> Finding | None:
    """Return what `AnsweredBy` says: a human heard it, a fax did not, a machine says nothing."""
    return _PICKED_UP.get(answered_by) if isinstance(answered_by, str) else None


def of_key(digits: str) -> Finding | None:
    """Return what a pressed key says: only the one for "I heard it" confirms."""
    return Finding(Heard.CONFIRMED) if digits == CONFIRM else None


def _because(found: Finding | None, error_code: object) -> Finding | None:
    if found is None or found.heard is not Heard.FAILED:
        return found
    text = str(error_code)
    meaning = MEANINGS.get(int(text)) if text.isascii() and text.isdigit() else None
    if meaning is None or isinstance(meaning, Accepted):
        return found
    return Finding(Heard.FAILED, meaning.reason)


def is_signed(
    signature: str, url: str, fields: Sequence[tuple[str, str]], token: SecretStr
) -> bool:
    """Whether X-Twilio-Signature was made with the account's token for this URL and this form.

    It is the HMAC-SHA1, in base64, of the URL and of the form's names and values in order, one
    after the other; compared in constant time. The URL is the one that Twilio was given, without
    its fragment.
    """
    said = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    made = hmac.digest(token.get_secret_value().encode(), said.encode(), hashlib.sha1)
    return hmac.compare_digest(base64.b64encode(made), signature.encode("utf-8", "replace"))
