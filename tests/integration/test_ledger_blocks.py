"""Rows of the ledger, many of them, in blocks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from tocsin.ledger import ready
from tocsin.ledger.ready import Ready

from fakes.postgres import schema_of

ROWS = 23
NUMBERS = Ready(sa.text(f"SELECT n, n * 2 FROM generate_series(1, {ROWS}) AS n ORDER BY n"))


def restarting(cursor: "psycopg.ServerCursor[Any]") -> Iterator[Any]:
    """Iterate as earlier versions of the driver do: what one iterator fetched is its own."""
    while rows := cursor.fetchmany(cursor.itersize):
        yield from rows


@pytest.mark.parametrize("earlier_driver", [False, True])
def test_no_row_is_left_out_whatever_the_driver_fetches_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, earlier_driver: bool
) -> None:
    monkeypatch.setattr(ready, "_AT_ONCE", 5)
    if earlier_driver:
        monkeypatch.setattr(psycopg.ServerCursor, "__iter__", restarting)
    url = schema_of(tmp_path).replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url)
    with engine.connect() as db:
        blocks = list(NUMBERS.blocks(db, 2))
    engine.dispose()
    assert [len(block) for block in blocks] == [2] * (ROWS // 2) + [1]
    assert [n for block in blocks for n, _ in block] == list(range(1, ROWS + 1))
