"""A ledger as plain rows, without what two runs of the same incident cannot share."""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, select
from tocsin.ledger import tables

LEFT_OUT: Mapping[str, frozenset[str]] = {
    "fact": frozenset({"id", "link", "at"}),
    "person": frozenset({"link"}),
    "obligation": frozenset({"link"}),
    "outcome": frozenset({"link", "at", "ref"}),
    "evidence": frozenset({"link", "at"}),
    "awaiting": frozenset(),
    "lane_hold": frozenset(),
    "event": frozenset({"due", "epoch", "lease_until", "tries", "error"}),
    "incident": frozenset({"opened_at"}),
    "round": frozenset({"opened_at"}),
    "artefact": frozenset(),
    "progress": frozenset(),
    "standing": frozenset(),
}
"""Table -> its columns of time, lease, worker, or place in the chain. Tokens, turns and links are
left out whole: a link's hash covers its time."""
TIMES = frozenset({"at", "filed_at", "valid_until", "drafted_at", "opened_at", "as_of"})
"""Names of times within documents."""
HASHES = frozenset({"text_hash", "sha256"})
"""Names of hashes over documents that name a time; the documents themselves are compared."""
LOOKS = ("sharing.due", "told.due")
"""Events that look again until something happened: how often depends on who is quicker."""
_DATE = re.compile(r"^Date: [^\r\n]*", re.MULTILINE)
"""The one line of a notice that names its second."""


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in TIMES | HASHES}
    if isinstance(value, str):
        return _DATE.sub("Date:", value)
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _cell(name: str, value: Any) -> Any:
    if name in {"body", "payload", "checkpoint", "counts"} and isinstance(value, str) and value:
        return json.dumps(_plain(json.loads(value)), sort_keys=True, ensure_ascii=False)
    return value


def _rows(db: Connection, table: Table) -> list[tuple[Any, ...]]:
    names = [c.name for c in table.columns if c.name not in LEFT_OUT[table.name]]
    found = db.execute(select(*(table.c[name] for name in names)))
    rows = [tuple(_cell(n, v) for n, v in zip(names, row, strict=True)) for row in found]
    return sorted(rows, key=repr)


def dump(db: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table that the two runs must share, in an order that is one."""
    found = {name: _rows(db, tables.METADATA.tables[name]) for name in LEFT_OUT}
    found["event"] = [row for row in found["event"] if not set(LOOKS) & set(row)]
    return found
