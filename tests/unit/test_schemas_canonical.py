"""Canonical bytes (RFC 8785) and hash lists: the ground of every hash."""

import hashlib
import json
import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.canonical import (
    canonical,
    canonical_row,
    instant,
    list_root,
    parse_instant,
)

scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


# RFC 8785 ---------------------------------------------------------------------------------------


def test_the_sorting_example_of_the_rfc_comes_out_in_the_order_of_utf_16() -> None:
    # RFC 8785 section 3.2.3: by code units, so the emoji stands before U+FB33.
    given_names = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    ordered = list(json.loads(canonical(given_names)).values())
    assert ordered == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_the_literals_and_the_string_of_the_rfc_come_out_byte_for_byte() -> None:
    # RFC 8785 sections 3.2.2 and 3.2.4, without its floats, which have no place here.
    document = {
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
        "literals": [None, True, False],
    }
    assert canonical(document).hex() == (
        "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c2273747269"
        "6e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d"
    )


def test_control_characters_take_their_short_form_or_lower_case_hexadecimal() -> None:
    text = "".join(map(chr, range(0x20))) + "\x7f\u2028"
    assert canonical(text).decode() == (
        '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r'
        "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019"
        '\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f\x7f\u2028"'
    )


@settings(deadline=None, max_examples=100)
@given(values)
def test_what_was_read_back_has_the_same_bytes(value: object) -> None:
    assert canonical(json.loads(canonical(value))) == canonical(value)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.text(), scalars, min_size=2))
def test_the_order_in_which_a_mapping_was_written_does_not_matter(value: dict[str, object]) -> None:
    turned = dict(reversed(value.items()))
    assert canonical(turned) == canonical(value)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.integers(0, 2**53 - 1) | st.text(), max_size=8))
def test_the_short_way_for_rows_gives_the_bytes_of_the_long_one(
    row: list[int | str | None],
) -> None:
    assert canonical_row(row) == canonical(row)


def test_a_row_that_is_kept_takes_no_more_than_its_octets_need() -> None:
    tracemalloc.start()
    try:
        kept = [canonical_row(("person", number, "0" * 64)) for number in range(1_000)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken < 3 * sum(map(len, kept))


class _Kind(StrEnum):
    NAME = "name"


def test_times_dates_and_closed_sets_have_one_form() -> None:
    at = datetime(2026, 11, 24, 18, 34, 53, tzinfo=timezone(timedelta(hours=1)))
    value = {"on": date(2026, 11, 24), "kind": _Kind.NAME, "at": at, "set": {"b", "a"}}
    assert canonical(value) == (
        b'{"at":"2026-11-24T17:34:53.000000Z","kind":"name","on":"2026-11-24","set":["a","b"]}'
    )


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), b"bytes", bytearray(b"x"), object()],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical({"value": [value]})


@pytest.mark.parametrize("value", [2**53, -(2**53)])
def test_an_integer_that_json_would_round_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="beyond the integers"):
        canonical(value)


@settings(deadline=None, max_examples=50)
@given(st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_survives_being_written_and_sorts_as_text(at: datetime) -> None:
    assert parse_instant(instant(at)) == at.astimezone(UTC)
    assert (instant(at) < instant(datetime(2026, 1, 1, tzinfo=UTC))) == (
        at < datetime(2026, 1, 1, tzinfo=UTC)
    )


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        instant(datetime(2026, 11, 24))  # noqa: DTZ001  # that is the point


# Hash lists --------------------------------------------------------------------------------------


def test_a_root_is_a_hash_over_the_hashes_of_its_leaves() -> None:
    one, two = (hashlib.sha256(b"\x00" + leaf).digest() for leaf in (b"one", b"two"))
    assert list_root([b"one", b"two"]) == hashlib.sha256(b"\x01" + one + two).digest()
    assert list_root([]) == hashlib.sha256(b"\x01").digest()


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=4), min_size=2, max_size=20, unique=True), st.data())
def test_another_order_another_leaf_or_one_leaf_less_gives_another_root(
    leaves: list[bytes], data: st.DataObject
) -> None:
    root = list_root(leaves)
    place = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:place], leaves[place] + b"!", *leaves[place + 1 :]]
    assert list_root(changed) != root
    assert list_root([*leaves[:place], *leaves[place + 1 :]]) != root
    assert list_root([leaves[-1], *leaves[:-1]]) != root
