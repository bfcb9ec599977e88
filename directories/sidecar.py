"""The sidecar of a file: the mapped columns in a SQLite table by key, made once per content.

A Parquet or CSV file has no index: contacts by key would read it whole, again and again. The
sidecar holds no column that the mapping does not name, nobody but its owner can read it, and it
stands complete or not at all.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from tocsin.directories.csv_rows import CsvRow
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.source_file import digest_of, stamp_of
from tocsin.directories.source_rows import source_rows
from tocsin.schemas.errors import InvalidInput, Unavailable

_FORM = 1
"""Of the sidecar itself: another one is made anew."""
_ROWS_AT_ONCE = 5_000
_SHOWN = 5


def make_sidecar(source: Path, mapping: DirectoryMapping, *, folder: Path) -> Path:
    """Return the sidecar of a file's present content, made now if there is none.

    Raises:
        InvalidInput: the file is not as the mapping says, or is broken; the message names the line.
        Unavailable: the file changed while it was read, or the folder cannot be written to.

    """
    path = folder / f"{source.name}.tocsin.db"
    try:
        with _alone(path):
            before = stamp_of(source)
            origin = json.dumps([_FORM, digest_of(source), mapping.table, mapping.places()])
            if not _is_of(path, origin):
                _replace(source, path, mapping, origin)
                if stamp_of(source) != before:
                    path.unlink()
                    message = "the directory file changed while it was read"
                    fix = "write it under another name and rename it; then try again"
                    raise Unavailable(message, field="directory.url", fix=fix)
    except OSError as error:
        message = f"the index of the directory file cannot be made ({type(error).__name__})"
        fix = "let this user write beside the file, or name a folder in directory.sidecar"
        raise Unavailable(message, field="directory.sidecar", fix=fix) from None
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time look at a sidecar and make it."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _is_of(path: Path, origin: str) -> bool:
    """Whether a sidecar stands that was made of this content with these columns."""
    if not path.is_file() or path.stat().st_mode & 0o077:
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT origin FROM tocsin_source").fetchall() == [(origin,)])
    except sqlite3.Error:
        return False


def _replace(source: Path, path: Path, mapping: DirectoryMapping, origin: str) -> None:
    new, rows = Path(f"{path}.new"), Path(f"{path}.rows")
    for unfinished in (new, rows):  # of somebody who was killed
        unfinished.unlink(missing_ok=True)
    try:
        for made in (new, rows):
            os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(new, isolation_level=None)) as db:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")
            db.execute("ATTACH ? AS unsorted", [str(rows)])
            db.execute("PRAGMA unsorted.journal_mode = OFF")
            db.execute("PRAGMA unsorted.synchronous = OFF")
            _fill(db, source, mapping, Path(f"{path}.scratch"))
            db.execute("CREATE TABLE tocsin_source (origin TEXT NOT NULL)")
            db.execute("INSERT INTO tocsin_source VALUES (?)", [origin])
        _to_disk(new)
        new.replace(path)
        _to_disk(path.parent)
    except sqlite3.Error as error:
        message = f"the index of the directory file cannot be made ({type(error).__name__})"
        fix = "make room on its disk, then try again"
        raise Unavailable(message, field="directory.sidecar", fix=fix) from None
    finally:
        for unfinished in (new, rows):
            unfinished.unlink(missing_ok=True)


def _fill(db: sqlite3.Connection, source: Path, mapping: DirectoryMapping, scratch: Path) -> None:
    """Lay the rows down as they come, then once more in key order."""
    with source_rows(source, mapping, scratch=scratch) as found:
        columns = [f"c{n} {kind}" for n, kind in enumerate(found.declared)]
        db.execute(f"CREATE TABLE unsorted.people (at INTEGER PRIMARY KEY, {', '.join(columns)})")
        _insert(db, found.rows, width=len(columns))
    position = found.columns.index(mapping.key)
    declared = [
        f"{_quoted(name)} {kind}{' NOT NULL PRIMARY KEY' if n == position else ''}"
        for n, (name, kind) in enumerate(zip(found.columns, found.declared, strict=True))
    ]
    table, listed = _quoted(mapping.table), ", ".join(f"c{n}" for n in range(len(columns)))
    db.execute(f"CREATE TABLE main.{table} ({', '.join(declared)}) WITHOUT ROWID")
    copy = f"INSERT INTO main.{table} SELECT {listed} FROM unsorted.people ORDER BY c{position}"  # noqa: S608  # a quoted name
    try:
        db.execute(copy)
    except sqlite3.IntegrityError:
        raise _repeated(db, position, mapping.key, found.unit) from None


def _insert(db: sqlite3.Connection, rows: Iterable[CsvRow], *, width: int) -> None:
    statement = f"INSERT INTO unsorted.people VALUES (?{', ?' * width})"  # noqa: S608  # only marks
    left = iter(rows)
    while chunk := list(islice(left, _ROWS_AT_ONCE)):
        db.execute("BEGIN")
        db.executemany(statement, ((row.line, *row.values) for row in chunk))
        db.execute("COMMIT")


def _repeated(db: sqlite3.Connection, position: int, name: str, unit: str) -> InvalidInput:
    pairs: Sequence[tuple[int, int]] = db.execute(
        f"SELECT min(at), max(at) FROM unsorted.people"  # noqa: S608  # a number
        f" GROUP BY c{position} HAVING count(*) > 1 ORDER BY 1"
    ).fetchall()
    shown = "; ".join(f"{unit}s {first} and {last}" for first, last in pairs[:_SHOWN])
    more = f"; and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    message = f"the same key stands more than once in the column {name!r}: {shown}{more}"
    return InvalidInput(message, field="directory.key", fix="keep one row per person")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
