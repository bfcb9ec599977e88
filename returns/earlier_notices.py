"""Earlier notices, imported from CSV: who was told already, how, when, and what shows it."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

from tocsin.returns.csv_lines import CsvLine, csv_lines
from tocsin.returns.dates import ISO, day_in
from tocsin.returns.results_layout import word
from tocsin.schemas.channels import Channel
from tocsin.schemas.earlier import EarlierNotice

COLUMNS: Mapping[str, str] = MappingProxyType(
    {"key": "key", "channel": "channel", "told_on": "told_on", "evidence": "evidence"}
)
_CHANNELS = tuple(channel for channel in Channel if channel is not Channel.NONE)
_LONGEST_KEY = 200
_LONGEST_EVIDENCE = 200
_CONTACT = re.compile(r"@|\+?\d(?:[ ()./-]?\d){7,}")
_DAY = re.compile(r"\b\d{4}-?\d{2}-?\d{2}\b")


def earlier_notices(
    path: Path,
    *,
    today: date,
    columns: Mapping[str, str] = COLUMNS,
    encoding: str = "utf-8",
    dates: str = ISO,
) -> Iterator[EarlierNotice]:
    """Check a whole file, then yield its rows, each once; see `earlier_lines`."""
    lines = earlier_lines(path, today=today, columns=columns, encoding=encoding, dates=dates)
    return (notice for _, notice in lines)


def earlier_lines(
    path: Path,
    *,
    today: date,
    columns: Mapping[str, str] = COLUMNS,
    encoding: str = "utf-8",
    dates: str = ISO,
) -> Iterator[tuple[int, EarlierNotice]]:
    """Check a whole file, then yield its rows, each once, with the number of its first line.

    `columns` maps `key`, `channel`, `told_on` and `evidence` to the names in the header; `dates` is
    the form of a day, as strptime knows it; `today` is the day of the import. Nobody can tell
    `today` what happens later, so days to come are refused. Whoever was told on several channels
    has a line for each.

    Raises:
        InvalidInput: a line is wrong; the message names it, its column and what to write.
    """

    def lines() -> Iterator[tuple[int, EarlierNotice]]:
        for line in csv_lines(path, columns, optional=frozenset(), encoding=encoding):
            yield line.number, _notice(line, dates, today)

    for _ in lines():
        pass
    return _distinct(lines())


def _distinct(
    lines: Iterator[tuple[int, EarlierNotice]],
) -> Iterator[tuple[int, EarlierNotice]]:
    seen: set[EarlierNotice] = set()
    for number, notice in lines:
        if notice not in seen:
            seen.add(notice)
            yield number, notice


def _notice(line: CsvLine, dates: str, today: date) -> EarlierNotice:
    key, evidence = line.values["key"], line.values["evidence"]
    if len(key) > _LONGEST_KEY or not key.isprintable():
        raise line.wrong(
            column="key", why="not a key of the directory", fix="write the directory's own key"
        )
    channel = word(line.values["channel"])
    if channel not in _CHANNELS:
        fix = f"choose from: {', '.join(_CHANNELS)}"
        raise line.wrong(column="channel", why="not a channel", fix=fix)
    told_on = day_in(line, "told_on", written=dates, today=today)
    if len(evidence) > _LONGEST_EVIDENCE or not evidence.isprintable():
        fix = f"write one line of up to {_LONGEST_EVIDENCE} characters"
        raise line.wrong(column="evidence", why="too long, or not one line", fix=fix)
    if _CONTACT.search(_DAY.sub("", evidence)):
        fix = "say where the proof is kept, not where the person was reached"
        raise line.wrong(column="evidence", why="this looks like a contact detail", fix=fix)
    return EarlierNotice(key, Channel(channel), told_on, evidence)
