"""A notice as an e-mail: serialised once per cohort, cut at the places where a person's values go.

`segments` writes the whole message (RFC 5322, RFC 2046 multipart/alternative, 7-bit) with slots
for the recipient, the Message-ID, the personal reference and, where a notice offers one, the code
of a pool; `splice` puts a person's values between the segments. Splicing is all that happens per
person, so a message sent again is the same byte for byte.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote

from tocsin.rendering import splicing
from tocsin.rendering.contact import brand_in
from tocsin.rendering.environment import ENROLMENT_SLOT, REFERENCE_SLOT, printable
from tocsin.rendering.locales import DEFAULT, locales
from tocsin.rendering.quoted_printable import encode
from tocsin.rendering.splicing import is_address, slot
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.locales import best_locale
from tocsin.schemas.notice import RenderedNotice, Segments
from tocsin.schemas.organisation import Organisation

_LONGEST_LINE = 76
_CRLF = b"\r\n"
_OWN_LINES = re.compile(rf"\n({re.escape(REFERENCE_SLOT)}|{re.escape(ENROLMENT_SLOT)})\n")


def segments(
    notice: RenderedNotice,
    *,
    sender: tuple[str | None, str],
    reply_to: str | None,
    dated: datetime,
    organisation: Organisation,
) -> Segments:
    """Return a notice's message cut at its slots.

    `sender` is (display name, address); without a name the organisation's brand stands for it.
    `dated` is the round's time and becomes the Date header. Raises InvalidInput for a sender that
    is not an address, for a text without the reference once on a line of its own, and for one with
    a code of a pool twice or within a line.
    """
    name = printable(sender[0] or brand_in(organisation, notice.cohort.locale))
    parts = [_part("plain", notice.plain), _part("html", notice.html)]
    boundary = "=_" + hashlib.sha256(b"".join(parts)).hexdigest()[:32]
    headers = [
        ("From", _mailbox(name, _address(sender[1], "sender_email"))),
        ("To", f"<{slot('recipient')}>"),
        ("Subject", _words(printable(notice.subject), "Subject")),
        ("Date", format_datetime(dated)),
        ("Message-ID", slot("message_id")),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", best_locale(notice.cohort.locale, locales(), DEFAULT)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"'),
    ]
    if reply_to:
        headers.insert(3, ("Reply-To", f"<{_address(reply_to, 'contact_email')}>"))
    fence = b"--" + boundary.encode("ascii")
    content = _CRLF.join(
        [_head(headers), *(fence + _CRLF + part for part in parts), fence + b"--", b""]
    )
    return Segments.from_text(content.decode("ascii"))


def splice(content: Segments, *, recipient: str, reference: str, message_id: str) -> bytes:
    """Return one person's e-mail.

    Raises InvalidInput naming the value that is not what its slot holds; it is not repeated.
    """
    return splicing.splice(
        content, {"recipient": recipient, "reference": reference, "message_id": message_id}
    )


def _part(subtype: str, text: str) -> bytes:
    pieces = _OWN_LINES.split(text)
    own = pieces[1::2]
    if own.count(REFERENCE_SLOT) != 1:
        message = "the personal reference must stand once, on a line of its own"
        fix = f"write {REFERENCE_SLOT} alone on one line of the template"
        raise InvalidInput(message, field=subtype, fix=fix)
    if own.count(ENROLMENT_SLOT) != text.count(ENROLMENT_SLOT) or own.count(ENROLMENT_SLOT) > 1:
        message = "the code of a pool may stand once, on a line of its own"
        fix = f"write {ENROLMENT_SLOT} alone on one line of the template"
        raise InvalidInput(message, field=subtype, fix=fix)
    lines = [encode(piece) for piece in pieces]
    lines[1::2] = [slot(name.strip("{}")).encode("ascii") for name in own]
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + _CRLF.join(lines)


def _head(headers: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _words(text: str, header: str) -> str:
    """Return text as a header's words: as it is, or as encoded words on folded lines (RFC 2047)."""
    if text.isascii() and "=?" not in text and len(header) + len(text) <= _LONGEST_LINE:
        return text
    return Header(text, "utf-8", maxlinelen=_LONGEST_LINE, header_name=header).encode(
        linesep="\r\n"
    )


def _mailbox(name: str, address: str) -> str:
    if not name:
        return f"<{address}>"
    encoded = _words(name, "From")
    phrase = f'"{quote(name)}"' if encoded == name else encoded
    return f"{phrase}\r\n <{address}>"


def _address(text: str, field: str) -> str:
    if not is_address(text):
        message = "not an ASCII address"
        raise InvalidInput(message, field=field, fix="write it as name@example.org")
    return text
