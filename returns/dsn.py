"""What a message to a bounce address says about the notice: RFC 3464, or nearly so.

    report      a delivery status notification: each of its recipients has an action
    plain       a bounce in words (qmail, older Exim, many providers): `plain_bounces.py`
    automatic   a reply of a machine (RFC 3834) or a receipt for display (RFC 8098): says nothing
    other       anything else: what a person wrote, spam, noise; says nothing

Nobody is looked up by what stands here, and no word of it is kept: the address it came to names the
notice. Any bytes can be read, and none of them raise.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from tocsin.returns.bounce_reasons import reason_of
from tocsin.returns.mime_parts import Part, fields_of, leaves, whole
from tocsin.returns.plain_bounces import failure_in, is_automatic
from tocsin.returns.said import Said
from tocsin.schemas.evidence import Heard

_STATUS_PARTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
"""The second is that of RFC 6533, whose fields may be UTF-8."""
_LONGEST_STATUS = 64 * 1024
_MOST_GROUPS = 100
_GROUPS = re.compile(r"\r?\n[ \t]*\r?\n")
_WORD = re.compile(r"[a-z]+")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\d)", re.ASCII)


class Kind(StrEnum):
    """What sort of message came back."""

    REPORT = "report"
    PLAIN = "plain"
    AUTOMATIC = "automatic"
    OTHER = "other"


class Returned(NamedTuple):
    """A message that came back: what it is, and what it says; a delay says nothing."""

    kind: Kind
    said: tuple[Said, ...] = ()


def read_bounce(content: bytes) -> Returned:
    """Read a message that came to a bounce address."""
    message = whole(content)
    parts = leaves(message)
    reports = [
        part for part in parts if part.kind in _STATUS_PARTS and part.within == "multipart/report"
    ]
    if reports:
        return Returned(Kind.REPORT, _distinct(_said(reports)))
    if is_automatic(message):
        return Returned(Kind.AUTOMATIC)
    failure = failure_in(message, parts)
    if failure is not None:
        return Returned(Kind.PLAIN, (Said(Heard.FAILED, failure),))
    return Returned(Kind.OTHER)


def _distinct(said: Iterator[Said]) -> tuple[Said, ...]:
    return tuple(dict.fromkeys(said))


def _said(reports: Sequence[Part]) -> Iterator[Said]:
    for report in reports:
        text = report.content()[:_LONGEST_STATUS].decode("utf-8", "replace")
        for group in _GROUPS.split(text, _MOST_GROUPS)[:_MOST_GROUPS]:
            said = _of_recipient(fields_of(group))
            if said is not None:
                yield said


def _of_recipient(fields: Mapping[str, str]) -> Said | None:
    """Return what one group of fields says (RFC 3464 section 2.3), None where that is nothing."""
    word = _WORD.match(fields.get("action", "").lower())
    found = _STATUS.match(fields.get("status", ""))
    action = word[0] if word else ""
    status = found[0] if found else ""
    if action == "delivered" and not status.startswith(("4", "5")):
        return Said(Heard.DELIVERED)
    if action == "failed" or (not action and status.startswith("5")):
        return Said(Heard.FAILED, reason_of(status, fields.get("diagnostic-code", "")[:2000]))
    return None
