"""The Jinja environment: strict, HTML autoescaped, and every value made printable.

Values come from people and files and are never part of a template: what looks like template syntax
or markup in them comes out as the characters that it is.
"""

import re
import unicodedata
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

REFERENCE_SLOT = "{reference}"
"""Where a person's own reference goes; stands once in every rendered notice."""
ENROLMENT_SLOT = "{enrolment}"
"""Where a person's own code of a pool goes, in notices that offer one."""

_LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_SPACE = frozenset("\n\r\t\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_UNPRINTABLE = frozenset({"Cc", "Cs"})
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@cache
def _kept(character: str) -> str:
    if character in _SPACE:
        return " "
    hidden = unicodedata.category(character) in _UNPRINTABLE or character in _REORDERING
    return "" if hidden else character


def printable(text: str) -> str:
    """Return text as one line without control and reordering characters, and without a slot."""
    if not text.isprintable() or not _REORDERING.isdisjoint(text):
        text = "".join(map(_kept, text))
    if "{" not in text:
        return text
    return text.replace(REFERENCE_SLOT, "{ reference }").replace(ENROLMENT_SLOT, "{ enrolment }")


def paragraphs(text: str) -> tuple[str, ...]:
    """Cut a text into its paragraphs, one per line that holds something printable."""
    lines = (printable(line).strip() for line in _LINE_END.split(text))
    return tuple(line for line in lines if line)


def _finish(value: object) -> object:
    if isinstance(value, Markup):
        return value
    return printable(value) if isinstance(value, str) else value


@cache
def environment() -> Environment:
    """Return the environment over `templates/`; an undefined name is an error."""
    return Environment(
        loader=PackageLoader("tocsin.templates", ""),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        finalize=_finish,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


def render(template: str, **values: object) -> str:
    """Render one template of `templates/`."""
    return environment().get_template(template).render(**values)
