"""The rows of a Parquet file, each value in the form in which SQLite keeps and compares it."""

import glob
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tocsin.directories.csv_rows import CsvRow
from tocsin.schemas.errors import InvalidInput, TocsinError

if TYPE_CHECKING:
    import duckdb

_ROWS_AT_ONCE = 5_000
_TEXT = "nullif(trim(CAST({0} AS VARCHAR)), '')"
_FORMS = tuple(
    (re.compile(kind), declared, template)
    for kind, declared, template in (
        (r"U?TINYINT|U?SMALLINT|U?INTEGER|BIGINT", "INTEGER", "{0}"),
        (r"VARCHAR|UBIGINT|U?HUGEINT|UUID|TIME|ENUM\(.*'\)", "TEXT", _TEXT),
        (r"BOOLEAN", "BOOLEAN", "CAST({0} AS INTEGER)"),
        (r"FLOAT|DOUBLE", "REAL", "CAST({0} AS DOUBLE)"),
        (r"DECIMAL\(\d+,\d+\)", "NUMERIC", _TEXT),
        (r"DATE", "DATE", _TEXT),
        (r"TIMESTAMP(_S|_MS|_NS)?", "DATETIME", _TEXT),
        # in UTC: the other times of a table have no zone
        (
            r"TIMESTAMP WITH TIME ZONE",
            "DATETIME",
            "CAST(make_timestamp(epoch_us({0})) AS VARCHAR)",
        ),
    )
)
"""DuckDB's type -> how SQLite declares it, and the expression that reads it."""


class Column(NamedTuple):
    """How a column is declared in SQLite, and the expression of DuckDB that reads it."""

    declared: str
    expression: str


class ParquetRows(NamedTuple):
    """The columns that were asked for, as SQLite declares them, and the rows still to be read."""

    declared: tuple[str, ...]
    rows: Iterator[CsvRow]


class ParquetFile:
    """An open Parquet file: its columns, and the rows of some of them."""

    def __init__(self, reader: "duckdb.DuckDBPyConnection", path: Path) -> None:
        self._reader = reader
        self._path = glob.escape(str(path))
        described = reader.execute(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))",
            [self._path],
        )
        self.types: Mapping[str, str] = dict(described.fetchall())
        """Column -> its type in DuckDB's words."""

    def rows(self, columns: Sequence[tuple[str, str]], *, key: str) -> ParquetRows:
        """Return the rows of some columns, given as (dotted path in the configuration, column).

        Raises:
            InvalidInput: a column holds what is no single value, or a row has no key; `field` is
                the path.

        """
        chosen = [
            _column(name, self.types[name], place, is_key=name == key) for place, name in columns
        ]
        position = [name for _, name in columns].index(key)
        return ParquetRows(
            tuple(column.declared for column in chosen),
            self._read([column.expression for column in chosen], position, key),
        )

    def _read(self, expressions: Sequence[str], position: int, key: str) -> Iterator[CsvRow]:
        # the names are those of the file itself, quoted; only the path is a value
        table = "read_parquet(?, file_row_number = true)"
        query = f"SELECT file_row_number + 1, {', '.join(expressions)} FROM {table}"  # noqa: S608
        found = self._reader.execute(query, [self._path])
        while chunk := found.fetchmany(_ROWS_AT_ONCE):
            for number, *values in chunk:
                if values[position] is None:
                    message = f"row {number} has no value in the key column {key!r}"
                    raise InvalidInput(message, field="directory.key", fix="give every row a key")
                yield CsvRow(number, tuple(values))


@contextmanager
def parquet_file(path: Path, *, scratch: Path) -> Iterator[ParquetFile]:
    """Open a Parquet file; what DuckDB cannot hold in memory goes to the folder `scratch`.

    Raises:
        InvalidInput: DuckDB is not installed, or the file is no Parquet file.

    """
    try:
        import duckdb  # noqa: PLC0415  # 66 MB, of an extra: only whoever reads Parquet needs it
    except ImportError:
        message = "the library that reads Parquet is not installed"
        fix = "pip install 'tocsin[files]', or lay the people down as CSV"
        raise InvalidInput(message, field="directory.url", fix=fix) from None
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "256MB",
        "threads": 1,
        "temp_directory": str(scratch),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
    }
    try:
        with duckdb.connect(":memory:", config=settings) as reader:
            yield ParquetFile(reader, path)
    except TocsinError:
        raise
    except duckdb.Error as error:
        message = f"the file cannot be read as Parquet ({type(error).__name__})"
        fix = "write it anew, or lay the people down as CSV"
        raise InvalidInput(message, field="directory.url", fix=fix) from None


def _column(name: str, kind: str, place: str, *, is_key: bool) -> Column:
    quoted = '"' + name.replace('"', '""') + '"'
    for form, declared, template in _FORMS:
        if form.fullmatch(kind):
            if is_key and declared != "INTEGER":
                return Column("TEXT", _TEXT.format(quoted))
            return Column(declared, template.format(quoted))
    message = f"the column {name!r} holds something that is no text, number or time"
    raise InvalidInput(message, field=place, fix="map a column with one value per row")
