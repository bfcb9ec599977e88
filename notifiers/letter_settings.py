"""How letters are made and paid for: where they go, how many at once, and prices."""

from dataclasses import dataclass
from pathlib import Path

from babel import Locale, UnknownLocaleError
from tocsin.schemas.errors import InvalidInput

ELSEWHERE = "*"
"""The country of a price for every country without one of its own."""
_SHEET_M2 = 0.210 * 0.297


@dataclass(frozen=True, slots=True)
class Price:
    """What one letter costs, postage and print, in the smallest unit of the currency.

    `country` is ISO 3166-1 alpha-2, or `*` for all others; `up_to_g` the weight that it covers.
    """

    country: str
    up_to_g: int
    cost: int


@dataclass(frozen=True, slots=True)
class LetterSettings:
    """Letters for one print house.

    `folder` is where it finds them. `origin` is the country they are posted in (ISO 3166-1), and
    `language` (BCP 47) the one in which names of other countries stand on them. `per_folder` and
    `per_file` bound how many letters are in one; `processes` how many set type at once, each with
    some 300 MiB; `flush` how many outcomes are given at once. `pages` is the longest letter.
    `marks` prints the fold and hole marks of DIN 5008 form B. A country without a price is one to
    which nothing is sent.
    """

    folder: Path
    origin: str
    language: str
    currency: str
    prices: tuple[Price, ...]
    marks: bool = True
    pages: int = 2
    per_folder: int = 5_000
    per_file: int = 250
    processes: int = 2
    flush: int = 500
    paper_g_m2: int = 80
    envelope_g: int = 5

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range.
        """
        rows = [(price.country, price.up_to_g) for price in self.prices]
        counts = ("pages", "per_folder", "per_file", "processes", "flush", "paper_g_m2")
        checks = (
            (_is_country(self.origin), "origin", "no country code", "write one as DE"),
            (_is_language(self.language), "language", "no such language", "write one as de"),
            (len(self.currency) == len("EUR"), "currency", "no currency code", "write one as EUR"),
            (bool(rows), "prices", "no price, no letter", "give one for the country *"),
            (len(set(rows)) == len(rows), "prices", "a price stands twice", "give each once"),
            (
                all(p.up_to_g > 0 and p.cost >= 0 for p in self.prices),
                "prices",
                "a price is out of its range",
                "give grams above 0 and a cost of 0 or more",
            ),
            (
                all(c == ELSEWHERE or _is_country(c) for c, _ in rows),
                "prices",
                "a price names no country",
                "write it as DE, or * for all others",
            ),
            *((getattr(self, name) > 0, name, "too few", "write 1 or more") for name in counts),
            (self.envelope_g >= 0, "envelope_g", "no such weight", "write 0 or more"),
        )
        for holds, name, message, fix in checks:
            if not holds:
                raise InvalidInput(message, field=f"letters.{name}", fix=fix)

    def weight_g(self, pages: int) -> float:
        """Return what a letter weighs, printed on both sides and in its envelope."""
        return -(-pages // 2) * _SHEET_M2 * self.paper_g_m2 + self.envelope_g

    def price(self, country: str, pages: int) -> Price | None:
        """Return the price of a letter: the lightest class that covers it, if any."""
        weight = self.weight_g(pages)
        own = [price for price in self.prices if price.country == country]
        rows = own or [price for price in self.prices if price.country == ELSEWHERE]
        fitting = [price for price in rows if price.up_to_g >= weight]
        return min(fitting, key=lambda price: price.up_to_g, default=None)


def _is_country(text: str) -> bool:
    return len(text) == len("DE") and text.isascii() and text.isalpha() and text.isupper()


def _is_language(text: str) -> bool:
    try:
        Locale.parse(text, sep="-")
    except (ValueError, UnknownLocaleError):
        return False
    return True
