"""The rows of an organisation's CSV file, refused with their line number when they are broken."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from tocsin.schemas.errors import InvalidInput

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvRow(NamedTuple):
    """One row and the line on which it begins; its repr is never logged."""

    line: int
    values: tuple[str | None, ...]

    def __repr__(self) -> str:
        return f"CsvRow(line={self.line})"


class CsvRows(NamedTuple):
    """A header, and the rows still to be read from the open file."""

    header: tuple[str, ...]
    key: str
    rows: Iterable[CsvRow]


@contextmanager
def csv_rows(path: Path, *, key: str | None, every_row_has_a_key: bool = True) -> Iterator[CsvRows]:
    """Open a CSV file in UTF-8, separated by commas, semicolons or tabs as its header shows.

    `key` names the column that is different in every row, by default the first. A row without a
    value there is broken, unless `every_row_has_a_key` is False.

    Raises:
        InvalidInput: the file is no such CSV; the message names the line.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = max(",;\t", key=_QUOTED.sub("", file.readline()).count)
            file.seek(0)
            numbered = _numbered(file, separator)
            header = _header(next(numbered, (1, []))[1])
            chosen = _key(header, key)
            yield CsvRows(
                header, chosen, _checked(numbered, header, chosen if every_row_has_a_key else None)
            )
    except FileNotFoundError:
        message = f"there is no file {path.name!r}"
        raise InvalidInput(message, field="csv", fix="check the path") from None
    except UnicodeDecodeError:
        message = "the file is not UTF-8 text"
        raise InvalidInput(message, field="csv", fix="save it as CSV UTF-8") from None


def _numbered(file: TextIO, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        message = f"line {line} breaks the rules of CSV"
        raise InvalidInput(message, field="csv", fix="check its quotation marks") from None


def _header(names: Sequence[str]) -> tuple[str, ...]:
    header = tuple(name.strip() for name in names)
    if not any(header):
        message = "the file has no header row"
        raise InvalidInput(message, field="csv", fix="write the column names in the first line")
    if "" in header:
        message = f"column {header.index('') + 1} has no name"
        raise InvalidInput(message, field="csv", fix="name every column in the first line")
    seen: set[str] = set()
    for name in header:
        if name.lower() in seen:
            message = f"the column name {name!r} stands twice in the header"
            raise InvalidInput(message, field="csv", fix="give every column a name of its own")
        seen.add(name.lower())
    return header


def _key(header: Sequence[str], key: str | None) -> str:
    if key is None:
        return header[0]
    if key not in header:
        message = f"the file has no column {key!r}"
        raise InvalidInput(message, field="key", fix=f"choose from: {', '.join(header)}")
    return key


def _checked(
    numbered: Iterable[tuple[int, list[str]]], header: Sequence[str], key: str | None
) -> Iterator[CsvRow]:
    position = None if key is None else header.index(key)
    for line, row in numbered:
        if not row:
            continue
        if len(row) != len(header):
            message = f"line {line} has {len(row)} fields where the header has {len(header)}"
            raise InvalidInput(message, field="csv", fix="quote fields that hold a separator")
        values = tuple(value.strip() or None for value in row)
        if position is not None and values[position] is None:
            message = f"line {line} has no value in the key column {key!r}"
            raise InvalidInput(message, field="csv", fix="give every row a key")
        yield CsvRow(line, values)
