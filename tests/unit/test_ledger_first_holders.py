"""Who was first at an address: the index answers as a plain dictionary would."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.ledger import first_holders
from tocsin.ledger.first_holders import FirstHolders
from tocsin.ledger.roster import Rosters
from tocsin.schemas.commit import Roster

DIGESTS = st.binary(min_size=1, max_size=3)
PAGES = st.lists(st.lists(DIGESTS, max_size=12), max_size=8)
MARKS: tuple[Callable[[bytes], int], ...] = (hash, len, lambda digest: -1 - digest[0] % 3)
"""The second and third give many digests the same mark."""


def listed() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(
        "CREATE TABLE first_holder (n INTEGER PRIMARY KEY, digest BLOB, lane TEXT, seq INTEGER)"
    )
    return db


@pytest.mark.parametrize("mark", MARKS)
@settings(max_examples=40)
@given(pages=PAGES, asked=st.lists(DIGESTS, max_size=30))
def test_the_first_holder_is_found_whatever_digests_share_a_mark_or_stand_twice(
    mark: Callable[[bytes], int], pages: list[list[bytes]], asked: list[bytes]
) -> None:
    db, known = listed(), dict[bytes, tuple[str, int]]()
    index = FirstHolders(db, mark=mark)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(first_holders, "_UNFILED", 10)
        for page in pages:
            for digest in page:
                place = (f"lane{len(known) % 3}", len(known))
                known.setdefault(digest, place)
                db.execute("INSERT INTO first_holder VALUES (NULL, ?, ?, ?)", (digest, *place))
            assert index.of(asked) == {d: known[d] for d in asked if d in known}
        assert index.of([*known, b"never seen"]) == known
    index.close()
    db.close()


def test_more_open_rounds_than_files_may_be_open_are_all_answered(tmp_path: Path) -> None:
    rosters, rounds = Rosters(tmp_path), [f"INC-{n}/r1" for n in range(30)]
    for _ in range(2):
        for n, name in enumerate(rounds):
            assert rosters.holders(name, [b"a"]) in ({}, {b"a": ("other", n)})
            rosters.put(Roster(name, [], [(b"a", "other", n)]))
            assert rosters.holders(name, [b"a", b"b"]) == {b"a": ("other", n)}
    open_files = {p.resolve() for p in Path("/proc/self/fd").iterdir() if p.exists()}
    assert len([p for p in open_files if p.suffix == ".roster"]) <= 8
    rosters.close()
