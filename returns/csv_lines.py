"""The lines of a CSV file that came back, each with its number, under the names we know.

In UTF-8, or in another encoding that is stated: it is never guessed, because a wrong guess reads
well. Errors name the line and the column, and repeat no value: it may be anybody's address.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from tocsin.schemas.errors import InvalidInput

ENCODINGS: Mapping[str, str] = {"utf-8": "utf-8-sig", "cp1252": "cp1252", "gb18030": "gb18030"}
"""What may be stated; UTF-8 with a byte order mark or without."""

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class CsvLine(NamedTuple):
    """One line and where it begins; `values` by our names, empty where a column is missing."""

    number: int
    values: Mapping[str, str]
    columns: Mapping[str, str]

    def __repr__(self) -> str:
        return f"CsvLine({self.number})"

    def wrong(self, *, column: str, why: str, fix: str) -> InvalidInput:
        """Return the error of the value that we call `column`."""
        where = f"line {self.number}, column {self.columns[column]!r}"
        return InvalidInput(f"{where}: {why}", field="csv", fix=fix)


class _Form(NamedTuple):
    """What every line of a file has in common."""

    width: int
    places: Mapping[str, int]
    columns: Mapping[str, str]
    optional: Collection[str]


def csv_lines(
    path: Path, columns: Mapping[str, str], *, optional: Collection[str], encoding: str
) -> Iterator[CsvLine]:
    """Read a file with a header, separated by commas, semicolons or tabs as its header shows.

    `columns` maps our names to those of the header, in either case; others are left out. A line
    has a value in each of them that is not `optional`. Empty lines are none.

    Raises:
        InvalidInput: the file is no such CSV; the message names the line and the column.
    """
    if encoding not in ENCODINGS:
        message = "this encoding is not read"
        raise InvalidInput(message, field="encoding", fix=f"choose from: {', '.join(ENCODINGS)}")
    try:
        with path.open(encoding=ENCODINGS[encoding], newline="") as file:
            separator = max(",;\t", key=_QUOTED.sub("", file.readline()).count)
            file.seek(0)
            numbered = _numbered(file, separator)
            header = _header(next(numbered, (1, []))[1])
            form = _Form(len(header), _places(header, columns, optional), columns, optional)
            for number, row in numbered:
                if row:
                    yield _line(number, row, form)
    except FileNotFoundError:
        message = f"there is no file {path.name!r}"
        raise InvalidInput(message, field="csv", fix="check the path") from None
    except UnicodeDecodeError:
        message = f"the file is not text in {encoding}"
        fix = "save it as CSV UTF-8, or state its encoding"
        raise InvalidInput(message, field="csv", fix=fix) from None


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
    header = tuple(name.strip().lower() for name in names)
    if not any(header):
        message = "the file has no header"
        raise InvalidInput(message, field="csv", fix="write the column names in the first line")
    return header


def _places(
    header: Sequence[str], columns: Mapping[str, str], optional: Collection[str]
) -> dict[str, int]:
    places: dict[str, int] = {}
    for name, column in columns.items():
        wanted = column.strip().lower()
        if header.count(wanted) > 1:
            message = f"the column name {column!r} stands twice in the header"
            raise InvalidInput(message, field="csv", fix="give every column a name of its own")
        if wanted in header:
            places[name] = header.index(wanted)
        elif name not in optional:
            message = f"the file has no column {column!r}"
            fix = "write it in the first line, or state what it is called there"
            raise InvalidInput(message, field=f"columns.{name}", fix=fix)
    return places


def _line(number: int, row: Sequence[str], form: _Form) -> CsvLine:
    if len(row) != form.width:
        message = f"line {number} has {len(row)} fields where the header has {form.width}"
        raise InvalidInput(message, field="csv", fix="quote fields that hold a separator")
    places = form.places
    values = {name: row[places[name]].strip() if name in places else "" for name in form.columns}
    line = CsvLine(number, values, form.columns)
    for name, value in values.items():
        if not value and name not in form.optional:
            raise line.wrong(column=name, why="there is no value", fix="write one in every line")
    return line
