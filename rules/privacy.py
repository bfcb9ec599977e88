"""Keeps personal data out of the texts that everybody reads: finds what looks like it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from tocsin.rules.identity_numbers import is_card_number, is_chinese_id, is_iban
from tocsin.schemas.circumstances import Party, Reporter, Told
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.record import Record

_EMAIL = re.compile(r"[^\s@<>()]+@[\w-]+(?:\.[\w-]+)+")
_CHINESE_ID = re.compile(r"(?<![A-Za-z0-9])\d{17}[\dXx](?![A-Za-z0-9])")
_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])", re.ASCII)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_CARD = re.compile(r"(?<![\w.-])(?:[3-6]\d|2[2-7])\d{2}(?:[ -]?\d){9,15}(?![\w-])", re.ASCII)

_INTERNATIONAL = re.compile(r"(?:\+|(?<![\d.,:])00)[1-9](?:[ ()./-]{0,2}\d){7,14}(?!\d)")
_NOT_A_PHONE = re.compile(
    r"""
      (?<![\d-])\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[T\ ]\d{1,2}:\d{2})?     # 2026-11-20 09:30
    | (?<![\d./-])\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})(?!\2|\d)     # 20.11.2026
    | \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?                              # 09:30:00
    | (?<![\d(-])\d{1,3}(?:,\d{3})+(?![\d-])                          # 12,000,000
    | (?<![\d(-])(?<!\d[.'’\ -])[1-9]\d{0,2}(?:[.'’\ ]\d{3})+(?![.'’\ ]?\d|-)  # 12 000 000
    | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])                       # 10.0.0.1
    """,
    re.VERBOSE,
)
_NATIONAL = re.compile(
    r"""
    (?<![A-Za-z0-9-]) (?:
      1[3-9]\d(?P<cn>[\ -]?)\d{4}(?P=cn)\d{4}            # mainland mobile
    | \(?(?!400|800|8(.)\2)[2-9]\d{2}\)?[\ .-]{1,2}[2-9]\d{2}[\ .-]\d{4}  # North America
    | 0[1-9](?:[\ .-]?\d{2}){4}                          # France
    | \(?0\d{1,4}\)?[\ /-]{1,2}\d{3,8}(?:[\ -]?\d{1,6}){0,2}  # area code, then the number
    | 0[1-9]\d{8,9}                                      # written in one go
    ) (?![A-Za-z0-9-])
    """,
    re.VERBOSE,
)
"""National forms. Service numbers that nobody owns (400, 800, 888 ...) are left out."""
_FEWEST_NATIONAL_DIGITS = 9


def find_personal_data(text: str) -> str | None:
    """Return what kind of personal data a text seems to hold, or None.

    Finds e-mail addresses, identity numbers (Chinese with its check character, US social security),
    bank accounts (IBAN) and card numbers by their check digits, and phone numbers in international
    and common national forms. Dates, times, counts, IP addresses and reference codes pass. Names
    are not found: that needs a reader.
    """
    # Full-width digits and invisible characters hide nothing.
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    if _EMAIL.search(plain):
        return "an e-mail address"
    if _SSN.search(plain) or any(is_chinese_id(m[0]) for m in _CHINESE_ID.finditer(plain)):
        return "an identity number"
    if any(is_iban(m[0]) for m in _IBAN.finditer(plain)):
        return "a bank account number"
    if any(is_card_number(m[0]) for m in _CARD.finditer(plain)):
        return "a card number"
    return "a phone number" if _has_phone(plain) else None


def _has_phone(text: str) -> bool:
    if _INTERNATIONAL.search(text):
        return True
    rest = _NOT_A_PHONE.sub("\n", text)
    return any(
        sum(c.isdigit() for c in match[0]) >= _FEWEST_NATIONAL_DIGITS
        for match in _NATIONAL.finditer(rest)
    )


def check_incident_text(incident: IncidentFile) -> None:
    """Raise `InvalidInput` naming the field of the first text that seems to hold personal data.

    The text itself never enters the error.
    """
    for field, text in _texts(incident):
        check_text(text, field=field)


def check_text(text: str, *, field: str) -> None:
    """Raise `InvalidInput` naming the field if its text seems to hold personal data."""
    kind = find_personal_data(text)
    if kind is not None:
        message = f"this text seems to hold {kind}, and many will read it"
        raise InvalidInput(message, field=field, fix="describe it without the value")


def _texts(incident: IncidentFile) -> Iterator[tuple[str, str]]:
    yield "title", incident.title
    for name in type(incident.facts).model_fields:
        yield f"facts.{name}.source", getattr(incident.facts, name).source or ""
    for name in type(incident.circumstances).model_fields:
        fact = getattr(incident.circumstances, name)
        yield f"circumstances.{name}.source", fact.source or ""
        yield from _words(f"circumstances.{name}", fact.value)
    for i, system in enumerate(incident.facts.systems.value or ()):
        yield f"facts.systems[{i}]", system
    for i, action in enumerate(incident.confirmed_actions):
        yield f"confirmed_actions[{i}]", action
    for name in type(incident.narratives).model_fields:
        yield from _localized(f"narratives.{name}", getattr(incident.narratives, name))
    for i, measure in enumerate(incident.measures):
        yield from _localized(f"measures[{i}].what", measure.what)
    for i, remedy in enumerate(incident.remedies):
        yield from _localized(f"remedies[{i}].details", remedy.details)


def _words(field: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield every text of a value, but for what names organisations and how to reach them."""
    match value:
        case Party() | Reporter() | Told():
            return
        case str():
            yield field, value
        case Record():
            for name in type(value).model_fields:
                yield from _words(f"{field}.{name}", getattr(value, name))
        case Mapping():
            for name, inner in value.items():
                yield from _words(f"{field}.{name}", inner)
        case Sequence():
            for i, inner in enumerate(value):
                yield from _words(f"{field}[{i}]", inner)


def _localized(field: str, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for locale, text in texts.items():
        yield f"{field}.{locale}", text
