"""The mapped columns of a CSV or Parquet file, row by row, whichever of them it is."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tocsin.directories.csv_rows import CsvRow, csv_rows
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.parquet_rows import parquet_file
from tocsin.directories.reflection import near
from tocsin.directories.source_file import PARQUET_ENDINGS
from tocsin.schemas.errors import InvalidInput


class SourceRows(NamedTuple):
    """The mapped columns, as SQLite declares them, and their rows in no order."""

    columns: tuple[str, ...]
    declared: tuple[str, ...]
    unit: str
    """What the rows are numbered in: lines of a CSV file, rows of a Parquet file."""
    rows: Iterable[CsvRow]


@contextmanager
def source_rows(path: Path, mapping: DirectoryMapping, *, scratch: Path) -> Iterator[SourceRows]:
    """Open a file and read the columns that the mapping names; `scratch` is deleted in the end.

    Values of a CSV file are text as it stands there, without surrounding blanks. Those of a
    Parquet file keep their type.

    Raises:
        InvalidInput: a column is not there, or the file is broken; the message names the line.

    """
    if path.suffix.lower() in PARQUET_ENDINGS:
        try:
            with parquet_file(path, scratch=scratch) as parquet:
                wanted = _wanted(mapping, tuple(parquet.types))
                found = parquet.rows(wanted, key=mapping.key)
                yield SourceRows(_names(wanted), found.declared, "row", found.rows)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        return
    try:
        # the mapping is checked first: it names a missing key in its own words
        with csv_rows(path, key=None) as found_header:
            wanted = _wanted(mapping, found_header.header)
        with csv_rows(path, key=mapping.key) as csv:
            names = _names(wanted)
            chosen = [csv.header.index(name) for name in names]
            rows = (CsvRow(row.line, tuple(row.values[n] for n in chosen)) for row in csv.rows)
            yield SourceRows(names, ("TEXT",) * len(names), "line", rows)
    except InvalidInput as error:
        own = error.field is not None and error.field.startswith("directory.")
        field = error.field if own else "directory.url"
        raise InvalidInput(error.message, field=field, fix=error.fix) from None


def _wanted(mapping: DirectoryMapping, header: Sequence[str]) -> list[tuple[str, str]]:
    """Return each mapped column once, with the first place of the mapping that names it."""
    wanted: dict[str, str] = {}
    for place, column in mapping.places():
        if column not in header:
            message = f"the file has no column {column!r}"
            raise InvalidInput(message, field=place, fix=near(column, header))
        wanted.setdefault(column, place)
    return [(place, column) for column, place in wanted.items()]


def _names(wanted: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(column for _, column in wanted)
