"""Why a notice came back: the status of a bounce (RFC 3463), or the reply that it quotes.

The table is that of the replies of relays; what differs is who is spoken of. A bounce is about a
server beyond our relay, so nothing in it is a fault of our own connection, and `not now` has become
`not at all`: whoever tried has given up.
"""

import re

from tocsin.notifiers.smtp_replies import Reply, Stage, outcome_of
from tocsin.schemas.outcome import Accepted, Reason

_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)", re.ASCII)
_REPLY = re.compile(
    r"(?:^|[;:>\n]|\b(?:said|error|code|status))[ \t]*[#\"(]?"
    r"(4[2-5]\d|50[0-4]|52[13]|5[35]\d)(?=[ \t\-,;:)\"]|$)",
    re.ASCII | re.IGNORECASE,
)
_NO_MAILBOX = re.compile(
    r"\b(?:no such|unknown|invalid|non-?existent) (?:\w{1,20} )?"
    r"(?:user|mailbox|recipient|address|account|local part)\b"
    r"|\b(?:user|mailbox|recipient|address|account)\b[^\n]{0,60}?"
    r"(?:\bunknown\b|\bnot found\b|n[o']t exist|\bdisabled\b)"
    r"|\bno mailbox here\b|\bunrouteable address\b"
    r"|(?:用户|收件人|邮箱|地址)[^\n]{0,20}不存在|不存在[^\n]{0,10}(?:用户|收件人|邮箱|地址)|无此用户",
    re.IGNORECASE,
)
_FULL = re.compile(
    r"\bquota\b|\bmailbox (?:is )?full\b|邮箱[^\n]{0,10}(?:已满|空间不足)|容量不足", re.IGNORECASE
)
_IN_PLACE_OF = {
    Reason.TEMPORARY_FAILURE: Reason.RETRIES_EXHAUSTED,
    Reason.RELAY_UNAVAILABLE: Reason.RETRIES_EXHAUSTED,
    Reason.RELAY_REFUSED_US: Reason.REFUSED_BY_POLICY,
    Reason.PROTOCOL_ERROR: Reason.REFUSED_BY_POLICY,
}
_EXPIRED = ("4", "7")
"""Delivery time expired (RFC 3463 section 3.5), which 5.4.7 says as well."""


def replies_in(text: str) -> tuple[str, ...]:
    """Return the codes that a text quotes: `5.1.1` and `550`, the enhanced ones first.

    Three digits alone count only where a reply begins: numbers stand in many texts.
    """
    enhanced = [found[0] for found in _STATUS.finditer(text)]
    return (*enhanced, *(found[1] for found in _REPLY.finditer(text)))


def reason_of(status: str, said: str) -> Reason:
    """Return why a delivery failed for good.

    `status` is an enhanced code or empty. `said` is what the other side said: it is read where the
    status says nothing (`5.0.0`), and nothing of it is kept.
    """
    codes = replies_in(said)
    for enhanced in (status, *codes):
        found = _STATUS.fullmatch(enhanced)
        if found is not None and int(found[2]) > 0:
            return _of_status(*found.groups())
    if _FULL.search(said):
        return Reason.MAILBOX_FULL
    if _NO_MAILBOX.search(said):
        return Reason.NO_SUCH_MAILBOX
    for code in (*codes, status):
        if code.isdigit():
            return _final(Reply(int(code), b""))
    return Reason.RETRIES_EXHAUSTED if status.startswith("4") else Reason.REFUSED_BY_POLICY


def _of_status(first: str, subject: str, detail: str) -> Reason:
    if (subject, detail) == _EXPIRED:
        return Reason.RETRIES_EXHAUSTED
    code = 554 if first == "5" else 450  # neither says anything that the enhanced code does not
    return _final(Reply(code, f"{first}.{subject}.{detail}".encode()))


def _final(reply: Reply) -> Reason:
    # Which command was answered is not known: the table for content claims least of the person.
    outcome = outcome_of(reply, Stage.CONTENT)
    if outcome is None or isinstance(outcome, Accepted):
        return Reason.REFUSED_BY_POLICY
    return _IN_PLACE_OF.get(outcome.reason, outcome.reason)
