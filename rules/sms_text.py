"""The size of a text message: how it is encoded, in how many parts it leaves, and why.

3GPP TS 23.038 (GSM 7 bit default alphabet, its extension table, UCS2) and TS 23.040 section
9.2.3.24.1: a text of several parts spends room of each part on the header that joins them.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

# TS 23.038 section 6.2.1, in the order of the codes; 0x1B is the escape and no character.
_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
# TS 23.038 section 6.2.1.1: each is sent as the escape and a second septet.
_EXTENSION = "\f^{}\\[~]|€"

GSM_7BIT = frozenset(_DEFAULT)
GSM_7BIT_EXTENSION = frozenset(_EXTENSION)


class SmsEncoding(StrEnum):
    """How the characters of a text message are carried."""

    GSM_7BIT = "gsm-7"
    UCS2 = "ucs-2"


class SmsSize(NamedTuple):
    """What a text costs: `units` are septets or UTF-16 code units, `segments` are parts paid for.

    `units` counts the characters alone; the room lost at the end of a part where a pair did not
    fit is in `segments` only.
    """

    encoding: SmsEncoding
    units: int
    segments: int


class _Room(NamedTuple):
    alone: int
    joined: int


_ROOM = {SmsEncoding.GSM_7BIT: _Room(160, 153), SmsEncoding.UCS2: _Room(70, 67)}
_LAST_OF_ONE_UNIT = 0xFFFF


def segments(text: str) -> SmsSize:
    """Return the size of a text; one without a character has no part."""
    encoding = SmsEncoding.UCS2 if forces_ucs2(text) else SmsEncoding.GSM_7BIT
    costs = [_cost(character, encoding) for character in text]
    units = sum(costs)
    room = _ROOM[encoding]
    parts = min(units, 1) if units <= room.alone else _parts(costs, room.joined)
    return SmsSize(encoding, units, parts)


def forces_ucs2(text: str) -> tuple[str, ...]:
    """Return the characters that GSM 7 bit lacks, each once, in the order of the text.

    A single one of them turns the whole text to UCS-2 and more than halves the room.
    """
    foreign = (c for c in text if c not in GSM_7BIT and c not in GSM_7BIT_EXTENSION)
    return tuple(dict.fromkeys(foreign))


def _cost(character: str, encoding: SmsEncoding) -> int:
    if encoding is SmsEncoding.GSM_7BIT:
        return 2 if character in GSM_7BIT_EXTENSION else 1
    return 2 if ord(character) > _LAST_OF_ONE_UNIT else 1


def _parts(costs: Iterable[int], room: int) -> int:
    """Count parts; a character of two units that does not fit whole begins the next part."""
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts
