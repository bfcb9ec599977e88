"""What Firebase's answers mean: HTTP status and error code, translated once.

Codes: "ErrorCode" in the reference of the FCM HTTP v1 API. `error.details` holds the code in an
`FcmError`, and the field at fault in a `google.rpc.BadRequest`; `error.status` is another code. The
words of an answer may hold a token; nothing of them is kept.
"""

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tocsin.notifiers.http_post import Answer, translated
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused, SendOutcome

_NAME = re.compile(r"projects/[^/]{1,100}/messages/([A-Za-z0-9:%_.-]{1,100})")
_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_ABOUT_THE_TOKEN = "registration token"  # noqa: S105  # words of an answer
_QUOTA_PAUSE_S = 60.0
"""What Firebase asks for where a 429 names no time."""

_OURS = Deferred(Reason.RELAY_REFUSED_US)  # the operator mends it, and the notice goes
_GONE = Refused(Reason.NO_SUCH_MAILBOX)
_BUSY = Deferred(Reason.RATE_LIMITED, _QUOTA_PAUSE_S)

MEANINGS: Mapping[str, SendOutcome] = MappingProxyType(
    {
        "UNREGISTERED": _GONE,
        "SENDER_ID_MISMATCH": _GONE,  # a token of another project: for ours there is no such app
        "QUOTA_EXCEEDED": _BUSY,
        "UNAVAILABLE": Deferred(Reason.RELAY_UNAVAILABLE),
        "INTERNAL": InDoubt(Reason.TEMPORARY_FAILURE),
        "THIRD_PARTY_AUTH_ERROR": _OURS,  # the project's key for Apple or for web push
    }
)
"""`errorCode` -> outcome. INVALID_ARGUMENT depends on the field at fault."""

_BY_STATUS: Mapping[int, SendOutcome] = MappingProxyType(
    {
        400: Refused(Reason.REFUSED_CONTENT),
        401: _OURS,
        403: _OURS,  # the account may not send, or the API is off
        404: _OURS,  # no such project: a token that ended comes with its code
        408: InDoubt(Reason.TIMED_OUT),
        413: Refused(Reason.REFUSED_CONTENT),
        429: _BUSY,
        503: Deferred(Reason.RELAY_UNAVAILABLE),
    }
)
_SUCCESSES = range(200, 300)
_UNAUTHENTICATED = 401


def outcome_of(answer: Answer) -> SendOutcome:
    """Return what an answer means for the message that was handed over.

    A success without a message's name leaves it in doubt.
    """
    said = _read(answer.body)
    if answer.status in _SUCCESSES:
        named = _NAME.fullmatch(str(said.get("name")))
        return Accepted(named[1]) if named else InDoubt(Reason.PROTOCOL_ERROR)
    code = error_code(answer)
    if code == "INVALID_ARGUMENT":
        blamed = Reason.MALFORMED_ADDRESS if _blames_token(said) else Reason.REFUSED_CONTENT
        return Refused(blamed)
    known = MEANINGS.get(code)
    return translated(answer, _BY_STATUS if known is None else {answer.status: known})


def is_stale_token(answer: Answer) -> bool:
    """Whether our access token was not taken: another one may be."""
    return answer.status == _UNAUTHENTICATED and not error_code(answer)


def error_code(answer: Answer) -> str:
    """Return the `errorCode` of an answer, or nothing."""
    for detail in _details(_read(answer.body), _FCM_ERROR):
        return str(detail.get("errorCode", ""))
    return ""


def _blames_token(said: Mapping[str, Any]) -> bool:
    """Whether the field at fault is the token; Firebase says so by field, or in words alone."""
    fields = [
        str(violation.get("field"))
        for detail in _details(said, _BAD_REQUEST)
        for violation in detail.get("fieldViolations") or ()
        if isinstance(violation, dict)
    ]
    if fields:
        return "message.token" in fields
    return _ABOUT_THE_TOKEN in str(said["error"].get("message")).lower()


def _details(said: Mapping[str, Any], kind: str) -> Iterator[Mapping[str, Any]]:
    error = said.get("error")
    details = error.get("details") if isinstance(error, dict) else None
    for each in details if isinstance(details, list) else ():
        if isinstance(each, dict) and each.get("@type") == kind:
            yield each


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
