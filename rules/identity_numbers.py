"""Check digits: whether a run of digits really is an identity, account or card number."""

import re
from collections.abc import Iterator
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_IBAN_LENGTHS = range(15, 35)
_CARD_LENGTHS = range(13, 20)


def is_chinese_id(text: str) -> bool:
    """Whether 18 characters are a resident identity number (GB 11643: birth date, check)."""
    total = sum(w * int(c) for w, c in zip(_ID_WEIGHTS, text[:17], strict=True))
    if text[17].upper() != _ID_CHECKS[total % 11]:
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return True


def is_iban(text: str) -> bool:
    """Whether a text starts with an international bank account number (ISO 13616: 97-10 check)."""
    compact = (c.upper() for c in _leading_groups(text))
    return any(len(c) in _IBAN_LENGTHS and _mod_97(c) == 1 for c in compact)


def _mod_97(iban: str) -> int:
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97


def is_card_number(text: str) -> bool:
    """Whether a text starts with a payment card number (ISO/IEC 7812: 13 to 19 digits, Luhn)."""
    return any(len(c) in _CARD_LENGTHS and _passes_luhn(c) for c in _leading_groups(text))


def _passes_luhn(number: str) -> bool:
    digits = [int(c) for c in number]
    doubled = (2 * d - 9 if d > 4 else 2 * d for d in digits[-2::-2])  # noqa: PLR2004 (Luhn)
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _leading_groups(text: str) -> Iterator[str]:
    """Join the first one, two, ... groups: what follows a number can look like its last group."""
    groups = re.split("[ -]", text)
    return ("".join(groups[:n]) for n in range(1, len(groups) + 1))
