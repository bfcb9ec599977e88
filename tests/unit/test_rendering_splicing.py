import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.splicing import cut, cut_json, splice
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Segments

_KEY = b"k" * 32
_REFERENCE = "23456-ABCDE"
_CODE = str(ReturnCode.of(_KEY, "INC-7K2QX/r1", "gmail", 123, rung=0))
_GOOD = {
    "recipient": "a@example.org",
    "reference": _REFERENCE,
    "message_id": "<unique@example.org>",
    "code": _CODE,
}


def _one(slot: str) -> Segments:
    return Segments(parts=("é ".encode(), " 。".encode()), slots=(slot,))


@pytest.mark.parametrize("slot", _GOOD)
def test_a_value_goes_where_its_slot_is(slot: str) -> None:
    assert splice(_one(slot), _GOOD).decode() == f"é {_GOOD[slot]} 。"


@pytest.mark.parametrize("slot", _GOOD)
@pytest.mark.parametrize(
    "value",
    ["", "a\r\nb", "x" * 400, '","a":"', "\x00", "é", "N-7K2QX", _CODE.upper(), f"{_CODE}\n",
     f"{_REFERENCE}\n", "2345-ABCDE"],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_slot_is_refused_without_repeating_it(
    slot: str, value: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        splice(_one(slot), {**_GOOD, slot: value})
    assert refused.value.field == slot
    assert not value or value not in str(refused.value)


def test_a_missing_value_and_an_unknown_slot_are_refused() -> None:
    with pytest.raises(InvalidInput, match="reference: not a personal reference"):
        splice(_one("reference"), {"recipient": "a@example.org"})
    with pytest.raises(InvalidInput, match="name: there is no such slot"):
        splice(_one("name"), {**_GOOD, "name": "a"})


def test_a_value_without_a_slot_is_left_aside() -> None:
    text = cut("Ref {reference}.")
    assert splice(text, {"reference": _REFERENCE, "recipient": "+44 7700 900000"}) == (
        b"Ref 23456-ABCDE."
    )


def test_a_slot_that_stands_twice_is_filled_twice() -> None:
    assert splice(cut("{reference}{reference}"), _GOOD).decode() == _REFERENCE * 2


def test_segments_survive_the_ledger_in_any_language() -> None:
    text = cut("【示例书店】编号{reference}。é")
    assert Segments.from_text(text.to_text()) == text
    assert splice(text, _GOOD).decode() == f"【示例书店】编号{_REFERENCE}。é"


@given(st.dictionaries(st.sampled_from(["title", "body"]), st.text(max_size=60)))
@settings(deadline=None, max_examples=200)
def test_fields_come_back_from_json_whatever_they_hold(fields: dict[str, str]) -> None:
    content = splice(cut_json(fields), _GOOD)
    written = {name: text.replace("{reference}", _REFERENCE) for name, text in fields.items()}
    assert json.loads(content) == {**written, "reference": _REFERENCE, "code": _CODE}


def test_a_mark_in_a_field_makes_no_slot() -> None:
    content = cut_json({"title": "\x00recipient\x00"})
    assert content.slots == ("reference", "code")
    assert json.loads(splice(content, _GOOD))["title"] == "\x00recipient\x00"
