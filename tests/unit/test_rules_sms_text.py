"""Sizes of text messages: the limits at n - 1, n and n + 1, and what holds for every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.rules.sms_text import (
    GSM_7BIT,
    GSM_7BIT_EXTENSION,
    SmsEncoding,
    SmsSize,
    forces_ucs2,
    segments,
)

GSM, UCS2 = SmsEncoding.GSM_7BIT, SmsEncoding.UCS2
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
GSM_TEXTS = st.text(st.sampled_from(sorted(GSM_7BIT | GSM_7BIT_EXTENSION)), max_size=700)


@pytest.mark.parametrize(
    ("length", "parts"),
    [
        (0, 0),
        (1, 1),
        (159, 1),
        (160, 1),
        (161, 2),
        (305, 2),
        (306, 2),
        (307, 3),
        (459, 3),
        (460, 4),
    ],
)
def test_a_plain_text_has_room_for_160_and_then_153_a_part(length: int, parts: int) -> None:
    assert segments("a" * length) == SmsSize(GSM, length, parts)


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (69, 1), (70, 1), (71, 2), (133, 2), (134, 2), (135, 3), (202, 4)]
)
def test_a_foreign_text_has_room_for_70_and_then_67_a_part(length: int, parts: int) -> None:
    assert segments("您" * length) == SmsSize(UCS2, length, parts)


@pytest.mark.parametrize(("number", "parts"), [(79, 1), (80, 1), (81, 2), (152, 2), (153, 3)])
def test_an_extension_character_costs_two_and_is_never_split(number: int, parts: int) -> None:
    # 153 septets hold 76 of them and one septet is lost: 152 in two parts, not 153.
    assert segments("€" * number) == SmsSize(GSM, 2 * number, parts)


def test_an_extension_character_at_the_end_of_a_part_moves_to_the_next() -> None:
    assert segments("a" * 153 + "€" + "a" * 151).segments == 2
    assert segments("a" * 152 + "€" + "a" * 151).segments == 2
    assert segments("a" * 152 + "€" + "a" * 152).segments == 3
    assert segments("a" * 152 + "b" * 2 + "a" * 152).segments == 2


@pytest.mark.parametrize(("number", "parts"), [(34, 1), (35, 1), (36, 2), (66, 2), (67, 3)])
def test_a_surrogate_pair_costs_two_and_is_never_split(number: int, parts: int) -> None:
    assert segments("🔔" * number) == SmsSize(UCS2, 2 * number, parts)


def test_one_foreign_character_turns_the_whole_text() -> None:
    assert segments("a" * 100).segments == 1
    assert segments("a" * 99 + "’") == SmsSize(UCS2, 100, 2)


@pytest.mark.parametrize("text", ["â ç ê ë î ï ô œ û À Â È", "á í ó ú", "ã õ", "’“”–…", "\x1b"])
def test_letters_that_the_alphabet_lacks_are_named(text: str) -> None:
    letters = text.replace(" ", "")
    assert forces_ucs2(f"ok {text} {text}") == tuple(letters)


@pytest.mark.parametrize("text", ["äöüßÄÖÜ", "àèéìòù", "Ç", "Ññ¿¡", "[]{}\\^~|€\f", "ΔΩ", "\r\n"])
def test_letters_that_the_alphabet_has_stay(text: str) -> None:
    assert forces_ucs2(text) == ()


def test_the_alphabet_has_127_characters_beside_the_escape() -> None:
    assert len(GSM_7BIT) == 127
    assert len(GSM_7BIT_EXTENSION) == 10
    assert not GSM_7BIT & GSM_7BIT_EXTENSION


@given(TEXTS)
def test_units_are_utf_16_code_units_where_a_character_is_foreign(text: str) -> None:
    size = segments(text)
    assert (size.encoding is UCS2) == bool(forces_ucs2(text))
    if size.encoding is UCS2:
        assert size.units == len(text.encode("utf-16-le")) // 2


@given(GSM_TEXTS)
def test_parts_are_as_few_as_pairs_that_stay_whole_allow(text: str) -> None:
    size = segments(text)
    assert size.encoding is GSM
    if size.units <= 160:
        assert size.segments == bool(text)
    else:
        # At most one septet is lost at the end of a part.
        assert -(-size.units // 153) <= size.segments <= -(-size.units // 152)


@given(TEXTS, TEXTS)
def test_a_longer_text_is_never_smaller(text: str, more: str) -> None:
    one, both = segments(text), segments(text + more)
    assert one.segments <= both.segments <= one.segments + len(text + more)
    assert one.units <= both.units or one.encoding is not both.encoding
