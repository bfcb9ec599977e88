"""Plain values as a document gives them: text, whole numbers, true or false, lists, blocks."""

import re

from tocsin.schemas.errors import InvalidInput

Value = str | int | bool | None | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 32
"""Levels of lists and blocks within each other; an incident needs eight."""
NESTED_TOO_DEEPLY = "blocks are nested too deeply"
_MAX_SAFE = 2**53 - 1
_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_MAX_DIGITS = 20


def shown(name: str) -> str:
    """Return a field's name as an error may show it: no addresses, no walls of text."""
    return name if re.fullmatch(r"[\w .-]{1,64}", name) else "(unreadable name)"


def whole_number(text: str) -> int | str:
    """Return the number that plain text is, or the text (`007` and `1.10` are not numbers here).

    Raises InvalidInput for a number beyond 2**53 - 1, which JSON does not keep exactly.
    """
    if not _WHOLE_NUMBER.fullmatch(text):
        return text
    if len(text) > _MAX_DIGITS or abs(int(text)) > _MAX_SAFE:
        message = "a number is larger than can be kept exactly"
        raise InvalidInput(message, fix="put it in quotes if it is an identifier")
    return int(text)
