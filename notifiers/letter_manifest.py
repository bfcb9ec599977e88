"""What a print folder says of itself: a row per letter, and a sum. No name and no address.

manifest.csv    sequence, file, first_page, pages, country, postcode_region, weight_class_g,
                return_code, sha256 (of the letter's text with its reference and code)
manifest.json   counts, cost by country in the smallest unit of the currency, what the letters were
                set with, and the SHA-256 of every file
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from tocsin.notifiers.letter_settings import LetterSettings
from tocsin.notifiers.letter_sheets import Addressed

_HEAD = (
    "sequence",
    "file",
    "first_page",
    "pages",
    "country",
    "postcode_region",
    "weight_class_g",
    "return_code",
    "sha256",
)
_REGION = 2


class PrintFile(NamedTuple):
    """One PDF: its letters in order, and on which pages each begins and ends."""

    name: str
    letters: tuple[Addressed, ...]
    places: tuple[tuple[int, int], ...]
    sha256: str
    pages: int


def as_csv(files: Sequence[PrintFile], settings: LetterSettings) -> bytes:
    """Return one row per letter, in the order of printing (RFC 4180)."""
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(_HEAD)
    sequence = 0
    for file in files:
        for each, (first, last) in zip(file.letters, file.places, strict=True):
            sequence += 1
            pages = last - first + 1
            price = settings.price(each.address.country, pages)
            table.writerow(
                (
                    sequence,
                    file.name,
                    first,
                    pages,
                    each.address.country,
                    each.address.postcode[:_REGION],
                    price.up_to_g if price else "",
                    each.letter.code,
                    hashlib.sha256(each.letter.message.content).hexdigest(),
                )
            )
    return written.getvalue().encode()


def as_json(
    files: Sequence[PrintFile],
    table: bytes,
    settings: LetterSettings,
    *,
    about: dict[str, Any],
) -> bytes:
    """Return the sum of a folder; `about` is what it begins with: round, batch, date, versions."""
    letters: Counter[str] = Counter()
    cost: Counter[str] = Counter()
    sheets = 0
    for file in files:
        for each, (first, last) in zip(file.letters, file.places, strict=True):
            pages = last - first + 1
            price = settings.price(each.address.country, pages)
            sheets += -(-pages // 2)
            letters[each.address.country] += 1
            cost[each.address.country] += price.cost if price else 0
    hashes = {file.name: file.sha256 for file in files}
    summed = {
        **about,
        "letters": letters.total(),
        "sheets": sheets,
        "pages": sum(file.pages for file in files),
        "currency": settings.currency,
        "cost": cost.total(),
        "countries": {
            name: {"letters": letters[name], "cost": cost[name]} for name in sorted(letters)
        },
        "sha256": {**hashes, "manifest.csv": hashlib.sha256(table).hexdigest()},
    }
    return json.dumps(summed, indent=1).encode() + b"\n"
