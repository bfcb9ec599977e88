"""The address on an envelope: its lines in order, and the country below."""

import re
from collections.abc import Iterable

_COUNTRY = re.compile(r"([A-Z]{2})(?:-[A-Z0-9]{1,3})?")


def country_of(place: str | None) -> str | None:
    """Return the country of an ISO 3166 code of a country or subdivision, or None."""
    match = None if place is None else _COUNTRY.fullmatch(place)
    return None if match is None else match[1]


def envelope(lines: Iterable[str], country: str | None) -> str | None:
    """Return the lines that are not empty, and the country's code as the last one.

    None when there is no line. Without a country the last line is the address's own: a print house
    cannot take it, and whoever asks for the country finds none.
    """
    kept = [
        line for text in lines for part in text.splitlines() if (line := " ".join(part.split()))
    ]
    if not kept:
        return None
    return "\n".join(kept if country is None else [*kept, country])


def has_country(postal: str) -> bool:
    """Whether an envelope's last line is a country's code."""
    return country_of(postal.rpartition("\n")[2]) is not None
