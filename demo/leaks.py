"""Promise P4 put to the test: no address of the directory stands where it need not be."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_ADDRESS = re.compile(rb"[A-Za-z0-9._%+'-]+@[A-Za-z0-9.-]+")
_NUMBER = re.compile(rb"\+1\d{10}")
_TOKEN = re.compile(rb"app-\d{7}")
_KEY = re.compile(rb"(?<![A-Za-z0-9])c\d{7}(?![A-Za-z0-9])")


def leaked(directory: Path, *places: Path) -> Iterator[tuple[Path, int]]:
    """Yield each file below `places` that holds what leads to people, with how many of it.

    That is an e-mail address, a telephone number, an app's token, or a key.

    Every byte is looked at, free pages of a database and its write-ahead log included.
    """
    with closing(sqlite3.connect(f"{directory.absolute().as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT id, lower(coalesce(email, '')), replace(mobile, ' ', ''), app FROM people"
        ).fetchall()
    keys = {key.encode() for key, *_ in rows}
    addresses = {email.encode() for _, email, *_ in rows if email}
    others = {each.encode() for _, _, *reach in rows for each in reach if each}
    for place in places:
        for path in sorted(p for p in (place, *place.rglob("*")) if p.is_file()):
            content = path.read_bytes()
            found = {match.lower() for match in _ADDRESS.findall(content)} & addresses
            found |= set(_KEY.findall(content)) & keys
            found |= {*_NUMBER.findall(content), *_TOKEN.findall(content)} & others
            if found:
                yield path, len(found)
