"""A text as its reader meets it: sections under headings, and the sentences of each.

Only what somebody wrote is left to be judged: addresses, references, names of the sender, slots and
values in rows are taken out, and an item of a list is a sentence of its own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from tocsin.rules.page import Page

_UNSPACED = frozenset({"zh", "ja"})
_ABBREVIATED = re.compile(
    r"(?<!\w)(?:Mrs?|Ms|Dr|Prof|St|No|Nr|Art|vs|etc|e\.g|i\.e|z\.B|d\.h|u\.a|bzw|ca|Sr|Sra|p\.ex"
    r"|approx|incl|Inc|Ltd|Co|S\.A|[ap]\.m|[A-Z])\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？!?…]+[”’」』）]*|[।؟۔]+(?=\s|$)")
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^== (.+) ==$")
_TAKEN_OUT = re.compile(
    r"\d{4}年\d{1,2}月(?:\d{1,2}日)?(?: ?\d{1,2}:\d{2})?|[（(]UTC[^）)]*[）)]"
    r"|\{\w+\}|https?://\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?"
    r"|\+?\d[\d ()./-]{6,}\d"
)
_LATIN = re.compile(r"[A-Za-z0-9]+(?:[.,:'’-][A-Za-z0-9]+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-‐][^\W\d_]+)*|\d[\d.,:]*", re.UNICODE)


class Section(NamedTuple):
    """What stands under one heading; a line is a paragraph or an item of a list."""

    heading: str
    lines: tuple[str, ...]


def sections_of_plain(plain: str) -> tuple[Section, ...]:
    """Return the sections of a notice's plain text, where `== ... ==` is a heading."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in plain.splitlines():
        if match := _HEADING.match(line):
            found.append((match[1], []))
        elif line.strip():
            found[-1][1].append(_ITEM.sub("", line).strip())
    return tuple(Section(heading, tuple(lines)) for heading, lines in found if lines)


def sections_of_letter(blocks: Iterable[dict[str, Any]]) -> tuple[Section, ...]:
    """Return the sections of a letter from its blocks; rows of values are no sentences."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for block in blocks:
        match block:
            case {"heading": heading, "level": 2}:
                found.append((heading, []))
            case {"paragraph": paragraph}:
                found[-1][1].append(paragraph)
            case {"items": items}:
                for item in items:
                    told = [item["text"], *(more["text"] for more in item["more"])]
                    found[-1][1].extend(told)
    return tuple(Section(heading, tuple(lines)) for heading, lines in found if lines)


def sections_of_page(page: Page) -> tuple[Section, ...]:
    """Return what stands on a page as one section."""
    lines = tuple(line.strip() for line in page.text.splitlines() if line.strip())
    return (Section("", lines),) if lines else ()


def sentences(lines: Sequence[str], *, names: Sequence[str] = ()) -> Iterator[str]:
    """Yield the sentences of lines, without `names`, addresses and slots.

    Latin, Greek and Cyrillic sentences end at a full stop before white space, Chinese and Japanese
    ones at theirs, Hindi and Arabic ones at theirs; every line ends one.
    """
    for line in lines:
        text = line
        for name in sorted(filter(None, names), key=len, reverse=True):
            text = text.replace(name, "X")
        text = _TAKEN_OUT.sub("X", text)
        start = 0
        for match in _END.finditer(text):
            said = text[start : match.end()]
            if match[0] == "." and _ABBREVIATED.search(said):
                continue
            if _WORD.search(said):
                yield said.strip()
            start = match.end()
        if _WORD.search(text[start:]):
            yield text[start:].strip()


def words(sentence: str) -> list[str]:
    """Return the words of a sentence of a script that is written with spaces; a number is one."""
    return _WORD.findall(sentence)


def characters(sentence: str) -> int:
    """Return how long a sentence of an unspaced script is, without punctuation and white space.

    A name, an address or a number in Latin letters counts as one character a word.
    """
    return sum(c.isalnum() for c in _LATIN.sub("X", sentence))


def is_unspaced(locale: str) -> bool:
    """Whether a language is written without spaces between words."""
    return locale.partition("-")[0] in _UNSPACED
