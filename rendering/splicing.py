"""Segments: a text cut once per cohort at its slots, and spliced once per person.

Splicing is all that happens per person, so a message sent again is the same byte for byte. Every
value is checked against the shape of its slot: none can end a header, a line or a string of JSON.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from tocsin.rendering.environment import ENROLMENT_SLOT, REFERENCE_SLOT
from tocsin.schemas.codes import CODE, LONGEST_CODE
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import RETURN_CODE
from tocsin.schemas.notice import Segments

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = rf"{_ATOM}(?:\.{_ATOM})*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_ADDRESS = re.compile(rf"{_DOT_ATOM}@{_DOMAIN}", re.ASCII)
MARK = "\x00"
"""Stands on both sides of a slot's name in a text that is cut; no printable text holds it."""


def slot(name: str) -> str:
    """Return a slot as it stands in a text that is cut."""
    return f"{MARK}{name}{MARK}"


def cut(text: str) -> Segments:
    """Return a text for people cut at its references and its codes of a pool."""
    text = text.replace(REFERENCE_SLOT, slot("reference"))
    return Segments.from_text(text.replace(ENROLMENT_SLOT, slot("enrolment")))


def cut_json(fields: Mapping[str, object]) -> Segments:
    """Return fields as one JSON object in UTF-8, cut as `cut` does, `code` after the fields.

    Where a field holds a code of a pool, it stands by itself as `enrolment` too.

    A JSON string cannot hold the mark itself, so no field can make a slot of its own.
    """
    text = json.dumps({**fields, "reference": REFERENCE_SLOT}, ensure_ascii=False)
    if ENROLMENT_SLOT in text:
        text = f'{text[:-1]}, "enrolment": "{ENROLMENT_SLOT}"}}'
    return cut(f'{text[:-1]}, "code": "{slot("code")}"}}')


def is_address(text: str) -> bool:
    """Whether `text` is one bare ASCII address (the dot-atom form of RFC 5322 section 3.4.1)."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def splice(segments: Segments, values: Mapping[str, str]) -> bytes:
    """Return one person's message in one piece; raises as `pieces` does."""
    return b"".join(pieces(segments, values))


def pieces(segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
    """Return one person's message in pieces; values that have no slot in it are left aside.

    Raises InvalidInput naming the slot whose value is missing or not what the slot holds: a bare
    ASCII address, a reference `XXXXX-XXXXX`, a Message-ID in angle brackets, a return code, a code
    of a pool. The value itself is not repeated.
    """
    made = list(segments.pieces)
    for name, places in segments.places:
        value = values.get(name, "")
        longest, holds = _HOLDS.get(name, _NOTHING)
        if len(value) > longest or not holds(value):
            raise _refusal(name)
        held = value.encode("ascii")
        for place in places:
            made[place] = held
    return made


# Plain dicts: they are read once per person and slot.
_HOLDS: dict[str, tuple[int, Callable[[str], object]]] = {
    "recipient": (_LONGEST_ADDRESS, _ADDRESS.fullmatch),
    "reference": (11, re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}", re.ASCII).fullmatch),
    "message_id": (250, re.compile(rf"<{_DOT_ATOM}@{_DOMAIN}>", re.ASCII).fullmatch),
    "code": (128, re.compile(RETURN_CODE, re.ASCII).fullmatch),
    "enrolment": (LONGEST_CODE, re.compile(CODE, re.ASCII).fullmatch),
}
"""Slot -> the longest value that it holds, and what else is asked of it."""
_NOTHING: tuple[int, Callable[[str], object]] = (-1, bool)
_REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "recipient": ("not a bare ASCII address", "write it as name@example.org"),
        "reference": ("not a personal reference", "write it as XXXXX-XXXXX"),
        "message_id": ("not a Message-ID", "write it as <unique@example.org>"),
        "code": ("not a return code", "give the text of a ReturnCode"),
        "enrolment": ("not a code of a pool", "give one of 6 to 40 letters, digits and hyphens"),
    }
)


def _refusal(name: str) -> InvalidInput:
    otherwise = ("there is no such slot", f"use one of {', '.join(_HOLDS)}")
    message, fix = _REFUSALS.get(name, otherwise)
    return InvalidInput(message, field=name, fix=fix)
