"""Numbers and envelopes: brought into form where that is sure, and left alone where it is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.directories.phones import e164, looks_like_a_number
from tocsin.directories.postal import envelope, has_country


@pytest.mark.parametrize(
    ("text", "residence", "number"),
    [
        ("+4930901820", None, "+4930901820"),
        ("+49 30/901820", "CN", "+4930901820"),
        ("+49 (0) 30 901820", None, "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("030/901820", "DE", "+4930901820"),
        ("138 1234 5678", "CN", "+8613812345678"),
        ("415-555-2671", "US-CA", "+14155552671"),
        ("+49 30 901820 ext. 5", None, "+49 30 901820 ext. 5"),
        ("110", "DE", "110"),
        ("030 901820", "ZZ", "030 901820"),
        ("030 901820", None, "030 901820"),
        ("+000 000", None, "+000 000"),
        ("n/a", "DE", "n/a"),
        (None, "DE", None),
    ],
)
def test_a_number_is_brought_into_form_or_left_as_it_is(
    text: str | None, residence: str | None, number: str | None
) -> None:
    assert e164(text, residence) == number


@settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from([None, "DE", "US-CA", "??"]))
def test_any_text_is_a_number_in_form_or_stays(text: str, residence: str | None) -> None:
    found = e164(text, residence)

    assert found is not None
    assert found == text or looks_like_a_number(found)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), max_size=5), st.sampled_from([None, "DE"]))
def test_an_envelope_has_no_empty_line_and_ends_with_its_country(
    lines: list[str], country: str | None
) -> None:
    found = envelope(lines, country)

    if found is not None:
        assert all(line.strip() for line in found.split("\n"))
        assert country is None or (has_country(found) and found.count("\n"))
