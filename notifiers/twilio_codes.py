"""What Twilio's answers mean: HTTP status and error code, translated once.

Codes: Twilio's "Error and Warning Dictionary". Read there (public extracts of 2026): 10001, 10004,
13224, 20003, 20404, 20429, 21210, 21211, 21217, 21608, 21610, 30001, 30003, 30005, 30006, 30007,
30034; the others are from memory and to be checked against it. New ones appear and old ones are
split without notice, so whatever is not in the table is put off, never held against the person.
The words of an answer may hold a number; nothing of them is kept.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused, SendOutcome

_TEXT_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_CALL_SID = re.compile(r"CA[0-9a-f]{32}")

_OURS = Deferred(Reason.RELAY_REFUSED_US)  # the operator mends it, and the notice goes
_BUSY = Deferred(Reason.RATE_LIMITED)
_LATER = Deferred(Reason.TEMPORARY_FAILURE)
_NO_NUMBER = Refused(Reason.NO_SUCH_MAILBOX)
_NO_TEXTS = Refused(Reason.MAILBOX_BARRED)
_POLICY = Refused(Reason.REFUSED_BY_POLICY)
_CONTENT = Refused(Reason.REFUSED_CONTENT)
_MALFORMED = Refused(Reason.MALFORMED_ADDRESS)

MEANINGS: Mapping[int, SendOutcome] = MappingProxyType(
    {
        10001: _OURS,  # the account is not active
        10004: _BUSY,  # as many calls at a time as the account may make
        13224: _NO_NUMBER,  # nobody can be called there
        13225: _POLICY,  # calls to it are blocked
        13227: _OURS,  # the account may not call this region
        14107: _BUSY,  # message rate limit exceeded
        20003: _OURS,  # credentials or permission
        20404: _OURS,  # no such account under this address
        20429: _BUSY,  # too many requests: not processed
        20503: _LATER,  # service unavailable
        21205: _OURS,  # an address of ours is invalid
        21210: _OURS,  # "From" is not a verified number
        21211: _MALFORMED,  # invalid "To"
        21212: _OURS,  # invalid "From"
        21214: _NO_NUMBER,  # "To" cannot be reached
        21215: _OURS,  # the account may not call this region
        21216: _POLICY,  # calls to "To" are not allowed
        21217: _MALFORMED,  # not a valid number
        21219: _OURS,  # a trial account calls verified numbers only
        21265: _NO_TEXTS,  # "To" is a short code
        21266: _NO_TEXTS,  # "To" and "From" are the same
        21267: _OURS,  # no alphanumeric sender on a trial account
        21408: _OURS,  # the account may not send to this region
        21602: _CONTENT,  # no text
        21603: _OURS,  # no "From"
        21604: _MALFORMED,  # no "To"
        21606: _OURS,  # "From" cannot send texts
        21608: _OURS,  # a trial account sends to verified numbers only
        21610: _NO_TEXTS,  # the recipient opted out
        21611: _BUSY,  # the queue of "From" is full
        21612: _POLICY,  # no way from "From" to "To"
        21614: _NO_TEXTS,  # "To" is not a mobile number
        21617: _CONTENT,  # more than 1,600 characters
        21635: _NO_TEXTS,  # "To" is a landline
        21659: _OURS,  # "From" is not a Twilio number
        21660: _OURS,  # "From" belongs to another account
        21661: _OURS,  # "From" cannot send texts
        # Said of a message after it was accepted, in its status.
        30001: _BUSY,  # queue overflow
        30002: _OURS,  # account suspended
        30003: _LATER,  # handset unreachable
        30004: _POLICY,  # message blocked
        30005: _NO_NUMBER,  # unknown handset
        30006: _NO_TEXTS,  # landline or unreachable carrier
        30007: _CONTENT,  # filtered
        30008: _LATER,  # unknown error
        30022: _BUSY,  # US A2P 10DLC: rate exceeded
        30023: _BUSY,  # US A2P 10DLC: daily cap reached
        30032: _OURS,  # toll-free number not verified
        30034: _OURS,  # US A2P 10DLC: number not registered
        30036: _LATER,  # validity period expired
    }
)
"""Error code -> outcome. None of them says that a message was taken: only a Sid does."""

_BY_STATUS: Mapping[int, SendOutcome] = MappingProxyType(
    {
        401: _OURS,
        403: _OURS,
        404: _OURS,
        408: InDoubt(Reason.TIMED_OUT),
        429: _BUSY,
        503: Deferred(Reason.RELAY_UNAVAILABLE),
    }
)
_SERVER_ERRORS = 500
_SUCCESSES = range(200, 300)


def message_sid(value: object) -> str:
    """Return Twilio's name of a message, or nothing where `value` is none."""
    return value if isinstance(value, str) and _TEXT_SID.fullmatch(value) else ""


def call_sid(value: object) -> str:
    """Return Twilio's name of a call, or nothing where `value` is none."""
    return value if isinstance(value, str) and _CALL_SID.fullmatch(value) else ""


def outcome_of(
    status: int, *, code: int | None, sid: str = "", retry_after: float | None = None
) -> SendOutcome:
    """Return what an answer means for the message that was handed over.

    A success without a Sid and an error on Twilio's side leave it in doubt: the message may be on
    its way. Every other unknown answer puts it off.
    """
    if status in _SUCCESSES:
        return Accepted(sid) if sid else InDoubt(Reason.PROTOCOL_ERROR)
    if status >= _SERVER_ERRORS and status not in _BY_STATUS:
        return InDoubt(Reason.TEMPORARY_FAILURE)
    meaning = MEANINGS.get(code) if code is not None else None
    meaning = meaning or _BY_STATUS.get(status) or Deferred(Reason.PROTOCOL_ERROR)
    if isinstance(meaning, Deferred) and retry_after is not None:
        return Deferred(meaning.reason, retry_after)
    return meaning
