"""Conditions of a scope against columns of every type, compared with plain Python."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.pool import StaticPool
from tocsin.directories.conditions import compile_scope
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.reflection import reflect
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.scope import Scope

TABLE = """CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, word TEXT, day DATE,
    moment DATETIME, flag BOOLEAN, number INTEGER, amount REAL, untyped)"""
NAMES = ("word", "day", "moment", "flag", "number", "amount", "untyped")
MAPPING = DirectoryMapping(
    table="people", key="id", email="email", columns={name: name for name in NAMES}
)


def opened(rows: list[dict[str, Any]]) -> sa.Engine:
    def connect() -> sqlite3.Connection:
        db = sqlite3.connect(":memory:", check_same_thread=False)
        db.execute(TABLE)
        for number, row in enumerate(rows):
            values = {"id": number} | row
            marks = ", ".join("?" * len(values))
            db.execute(
                f"INSERT INTO people ({', '.join(values)}) VALUES ({marks})", [*values.values()]
            )
        db.commit()
        return db

    return sa.create_engine("sqlite://", creator=connect, poolclass=StaticPool)


def matching(rows: list[dict[str, Any]], scope: dict[str, Any]) -> list[int]:
    engine = opened(rows)
    try:
        with engine.connect() as connection:
            table = reflect(connection, MAPPING)
            where = compile_scope(Scope.model_validate(scope), table, MAPPING)
            return [
                *connection.execute(sa.select(table.c.id).where(where).order_by("id")).scalars()
            ]
    finally:
        engine.dispose()


def one(column: str, **test: Any) -> dict[str, Any]:
    return {"where": [{"column": column, **test}]}


@pytest.fixture(scope="module")
def table() -> Iterator[sa.Table]:
    engine = opened([])
    with engine.connect() as connection:
        yield reflect(connection, MAPPING)
    engine.dispose()


def test_the_last_day_of_a_window_counts_whole() -> None:
    times = ("2026-11-19 23:59:59", "2026-11-20", "2026-11-20T18:00:00Z", "2026-11-20 23:59:59.999")
    after = ("2026-11-21", "2026-11-21 00:00:00", "2026-11-21T00:00:01")
    rows = [{"moment": time, "day": time, "word": time, "untyped": time} for time in times + after]

    for column in ("moment", "word", "day", "untyped"):
        assert matching(rows, one(column, until="2026-11-20")) == [0, 1, 2, 3], column
        assert matching(rows, one(column, since="2026-11-20")) == [1, 2, 3, 4, 5, 6], column


def test_a_time_is_compared_however_its_column_writes_it() -> None:
    rows = [{"moment": f"2026-11-20{sep}09:30:00"} for sep in " T"]
    rows += [{"moment": f"2026-11-20{sep}09:29:59"} for sep in " T"]

    assert matching(rows, one("moment", since="2026-11-20T09:30:00")) == [0, 1]
    assert matching(rows, one("moment", until="2026-11-20 09:29:59")) == [2, 3]
    assert matching(rows, one("moment", since="2026-11-20T10:30:00+01:00")) == [0, 1]


def test_numbers_flags_and_words_are_compared_as_what_they_are() -> None:
    rows: list[dict[str, Any]] = [
        {"number": 5, "flag": 1, "amount": 9.5, "word": "5"},
        {"number": 10, "flag": 0},
    ]

    assert matching(rows, one("number", since=6)) == [1]
    assert matching(rows, one("number", any_of=[5, 7])) == [0]
    assert matching(rows, one("flag", equals=True)) == [0]
    assert matching(rows, one("flag", equals=False)) == [1]
    assert matching(rows, one("amount", until=10)) == [0]
    assert matching(rows, one("word", equals="5")) == [0]


def test_hostile_text_is_a_value_and_nothing_else() -> None:
    hostile = "x' OR '1'='1"

    assert matching([{"word": hostile}, {"word": "x"}], one("word", equals=hostile)) == [0]
    assert matching([{"word": "x"}], one("word", equals="x'; DROP TABLE people; --")) == []


def test_everyone_is_everyone() -> None:
    assert matching([{}, {"word": "x"}], {"everyone": True}) == [0, 1]
    excepted = {"everyone": True, "except_where": [{"column": "word", "equals": "x"}]}
    assert matching([{}, {"word": "x"}], excepted) == [0]


@pytest.mark.parametrize(
    ("column", "test", "field"),
    [
        ("number", {"equals": "2026-11-20"}, "equals"),
        ("number", {"any_of": [1, "two"]}, "any_of[1]"),
        ("amount", {"since": "9"}, "since"),
        ("day", {"until": "yesterday"}, "until"),
        ("day", {"since": 20261120}, "since"),
        ("moment", {"since": "2026-13-01"}, "since"),
        ("flag", {"equals": "yes"}, "equals"),
        ("flag", {"equals": 2}, "equals"),
        ("word", {"equals": 5}, "equals"),
        ("word", {"equals": True}, "equals"),
    ],
)
def test_a_value_that_does_not_fit_its_column_is_refused_by_name(
    table: sa.Table, column: str, test: dict[str, Any], field: str
) -> None:
    scope = Scope.model_validate(
        {"where": [{"column": "word", "equals": "x"}, {"column": column} | test]}
    )

    with pytest.raises(InvalidInput) as refused:
        compile_scope(scope, table, MAPPING)

    assert refused.value.field == f"scope.where[1].{field}"
    assert refused.value.fix
    assert not any(str(value) in refused.value.message for value in test.values())


def test_an_unknown_column_is_refused_with_the_near_ones(table: sa.Table) -> None:
    scope = Scope.model_validate(one("wrod", equals="x"))

    with pytest.raises(InvalidInput) as refused:
        compile_scope(scope, table, MAPPING)

    assert refused.value.field == "scope.where[0].column"
    assert "word" in (refused.value.fix or "")


def test_an_unknown_excepted_column_is_refused(table: sa.Table) -> None:
    scope = Scope.model_validate(
        {"everyone": True, "except_where": [{"column": "email", "equals": "a@mail.example"}]}
    )

    with pytest.raises(InvalidInput) as refused:
        compile_scope(scope, table, MAPPING)

    assert refused.value.field == "scope.except_where[0].column"
    assert "mail.example" not in str(refused.value)


numbers = st.one_of(st.none(), st.integers(0, 4))
words = st.one_of(st.none(), st.sampled_from(["", "a", "b", "B"]))
conditions = st.one_of(
    st.builds(lambda v: {"column": "number", "equals": v}, st.integers(0, 4)),
    st.builds(lambda v: {"column": "number", "any_of": v}, st.lists(st.integers(0, 4), min_size=1)),
    st.builds(
        lambda low, high: {"column": "number", "since": low, "until": high},
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    st.builds(lambda v: {"column": "word", "equals": v}, st.sampled_from(["", "a", "b", "c"])),
    st.builds(lambda v: {"column": "word", "since": v}, st.sampled_from(["", "a", "b", "c"])),
)


def holds(row: dict[str, Any], condition: dict[str, Any]) -> bool:
    value = row[condition["column"]]
    if value is None:
        return False
    if "equals" in condition:
        return bool(value == condition["equals"])
    if "any_of" in condition:
        return value in condition["any_of"]
    low, high = condition.get("since"), condition.get("until")
    return (low is None or value >= low) and (high is None or value <= high)


@settings(deadline=None, max_examples=80)
@given(
    rows=st.lists(st.fixed_dictionaries({"number": numbers, "word": words}), max_size=12),
    where=st.lists(conditions, min_size=1, max_size=3),
    except_where=st.lists(conditions, max_size=2),
)
def test_the_database_finds_whom_plain_python_finds(
    rows: list[dict[str, Any]], where: list[dict[str, Any]], except_where: list[dict[str, Any]]
) -> None:
    expected = [
        number
        for number, row in enumerate(rows)
        if all(holds(row, c) for c in where) and not any(holds(row, c) for c in except_where)
    ]

    assert matching(rows, {"where": where, "except_where": except_where}) == expected
