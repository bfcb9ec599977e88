"""What a relay's replies mean: RFC 5321 codes and RFC 3463 enhanced codes, translated once.

The words of a reply may hold addresses, so nothing of them is kept but the enhanced code and a
queue id that looks like one.
"""

import re
from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused, SendOutcome

CLOSING = 421
"""The relay closes the connection (RFC 5321 section 3.8)."""

CODE_LENGTH = 3
_ENHANCED = re.compile(rb"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_QUEUE_ID = re.compile(
    rb"(?:queued as |id=)([A-Za-z0-9-]{1,40})(?=[\s)>;,\]]|$)"
    rb"|^2\.0\.0 ([A-Za-z0-9]{8,40}) Message accepted"
)


class Stage(StrEnum):
    """Which command a reply answers."""

    SESSION = "session"
    """Greeting, EHLO, AUTH and MAIL: about us, never about the person."""
    RECIPIENT = "recipient"
    CONTENT = "content"
    """DATA, and the content with its final dot."""


class Reply(NamedTuple):
    """One complete reply. `text` is its last line without the code, and never shows in a repr."""

    code: int
    text: bytes

    def __repr__(self) -> str:
        return f"Reply({self.code})"

    @property
    def positive(self) -> bool:
        """Whether the command was carried out (2yz)."""
        return 200 <= self.code < 300  # noqa: PLR2004  # the first digit is the meaning

    @property
    def go_ahead(self) -> bool:
        """Whether the relay waits for the content (354)."""
        return self.code == 354  # noqa: PLR2004  # RFC 5321 section 4.2.3

    @property
    def is_refusal(self) -> bool:
        """Whether it says no, for now (4yz) or for good (5yz)."""
        return 400 <= self.code < 600  # noqa: PLR2004  # the first digit is the meaning


def reply_in(code: int, line: bytes) -> Reply:
    """Return the reply that a line ends, which begins with its code."""
    return Reply(code, line[CODE_LENGTH + 1 :].strip())


# "subject.detail" of the enhanced code, then "subject"; for 4.y.z and for 5.y.z.
_LATER = {
    "2.2": Reason.MAILBOX_FULL,
    "5.3": Reason.RATE_LIMITED,
    "5": Reason.PROTOCOL_ERROR,
    "7": Reason.RATE_LIMITED,
}
_NEVER = {
    "1.3": Reason.MALFORMED_ADDRESS,
    "1": Reason.NO_SUCH_MAILBOX,
    "2.2": Reason.MAILBOX_FULL,
    "2.3": Reason.REFUSED_CONTENT,
    "2.4": Reason.REFUSED_BY_POLICY,
    "2": Reason.NO_SUCH_MAILBOX,
    "3.4": Reason.REFUSED_CONTENT,
    "4.1": Reason.NO_SUCH_MAILBOX,
    "4.4": Reason.NO_SUCH_MAILBOX,
    "6": Reason.REFUSED_CONTENT,
}
# Permanent for the session as it is, not for the person: the operator mends it and the notice goes.
_NOT_THE_PERSON = {
    "1.7": Reason.RELAY_REFUSED_US,  # bad sender's address syntax
    "1.8": Reason.RELAY_REFUSED_US,  # bad sender's system address
    "5.3": Reason.RATE_LIMITED,  # too many recipients
    "5": Reason.PROTOCOL_ERROR,
    "7.8": Reason.RELAY_REFUSED_US,  # RFC 4954: authentication credentials invalid
    "7.9": Reason.RELAY_REFUSED_US,  # authentication mechanism too weak
    "7.11": Reason.RELAY_REFUSED_US,  # encryption required
}
_PLAIN_LATER = {421: Reason.RELAY_UNAVAILABLE, 455: Reason.PROTOCOL_ERROR}
_PLAIN_NEVER = {
    501: Reason.MALFORMED_ADDRESS,
    550: Reason.NO_SUCH_MAILBOX,
    551: Reason.NO_SUCH_MAILBOX,
    552: Reason.MAILBOX_FULL,
    553: Reason.MALFORMED_ADDRESS,
    556: Reason.NO_SUCH_MAILBOX,  # RFC 7504: the domain takes no mail
}
_PLAIN_CONTENT = {
    501: Reason.REFUSED_CONTENT,
    552: Reason.REFUSED_CONTENT,  # too much mail data
    553: Reason.REFUSED_BY_POLICY,
}
_PLAIN_NOT_THE_PERSON = {
    500: Reason.PROTOCOL_ERROR,
    502: Reason.PROTOCOL_ERROR,
    503: Reason.PROTOCOL_ERROR,
    504: Reason.PROTOCOL_ERROR,
    530: Reason.RELAY_REFUSED_US,
    534: Reason.RELAY_REFUSED_US,
    535: Reason.RELAY_REFUSED_US,
    538: Reason.RELAY_REFUSED_US,
    555: Reason.PROTOCOL_ERROR,
}


def queue_id(text: bytes) -> str:
    """Return the relay's name for the message, or nothing when no word is surely one.

    At most 40 letters, digits and hyphens with a digit among them, where the known relays put it.
    """
    if b"=" not in text and b"queued" not in text and b"Message" not in text:
        return ""  # no need to search in each of millions that name none
    found = _QUEUE_ID.search(text)
    if found is None:
        return ""
    word = (found[1] or found[2]).decode()
    return word if any(c.isdigit() for c in word) else ""


def _look_up(table: dict[str, Reason], detail: str) -> Reason | None:
    return table.get(detail) or table.get(detail.partition(".")[0])


def outcome_of(reply: Reply, stage: Stage) -> SendOutcome | None:
    """Return what a final reply means for the message, or None for one that has no place there."""
    if reply.positive:
        return Accepted(queue_id(reply.text)) if stage is Stage.CONTENT else None
    if not reply.is_refusal:
        return None
    first = reply.code // 100
    enhanced = _ENHANCED.match(reply.text)
    detail = ""
    if enhanced is not None and int(enhanced[1]) == first:
        detail = f"{int(enhanced[2])}.{int(enhanced[3])}"
    return _later(reply.code, detail) if first == 4 else _never(reply.code, detail, stage)  # noqa: PLR2004


def _later(code: int, detail: str) -> SendOutcome:
    reason = _look_up(_LATER, detail) or _PLAIN_LATER.get(code) or Reason.TEMPORARY_FAILURE
    return Deferred(reason)


def _never(code: int, detail: str, stage: Stage) -> SendOutcome:
    if stage is Stage.SESSION:
        return Deferred(Reason.RELAY_REFUSED_US)
    ours = _look_up(_NOT_THE_PERSON, detail) or _PLAIN_NOT_THE_PERSON.get(code)
    if ours is not None:
        return Deferred(ours)
    if detail:
        return Refused(_look_up(_NEVER, detail) or Reason.REFUSED_BY_POLICY)
    plain = _PLAIN_CONTENT if stage is Stage.CONTENT else _PLAIN_NEVER
    return Refused(plain.get(code, Reason.REFUSED_BY_POLICY))
