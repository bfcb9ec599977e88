"""What a raw value of a directory's row means: text, tags and dates, however they were kept."""

from datetime import date, datetime

_COMPACT_LENGTH = 8


def text_of(value: object) -> str | None:
    """Return the text without surrounding blanks; None when nothing is left."""
    if value is None:
        return None
    return str(value).strip() or None


def residence_of(value: object) -> str | None:
    """Return an ISO 3166 code in capitals, or None."""
    text = text_of(value)
    return None if text is None else text.upper()


def locale_of(value: object) -> str | None:
    """Return a BCP 47 tag; POSIX names (`zh_CN.UTF-8`) are understood."""
    text = text_of(value)
    if text is None:
        return None
    return text.partition(".")[0].replace("_", "-")


def date_of(value: object) -> date | None:
    """Return the date that the value is or begins with (ISO 8601, slashes allowed), or None."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value)
    if text is None:
        return None
    text = text.replace("/", "-")
    try:
        return date.fromisoformat(text[: _COMPACT_LENGTH if text.isdigit() else 10])
    except ValueError:
        return None
