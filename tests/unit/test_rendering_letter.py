import json
from typing import Any

import pytest
from tocsin.rendering.letter import letter_text, render_letter
from tocsin.rendering.splicing import splice
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Segments

from fakes.letters import ROUND, ROUND_KEY
from golden.sample import KINDS, ORGANISATION, cohort, context, incident_with

_REFERENCE = "73R7S-967SH"
_CODE = ReturnCode.of(ROUND_KEY, ROUND, "de", 7, rung=2)


def _letter(**fields: Any) -> dict[str, Any]:
    text = render_letter(cohort(disclosure=Disclosure.SEALED, **fields), context())
    read: dict[str, Any] = json.loads(text, strict=False)
    return read


def _words(letter: dict[str, Any]) -> str:
    return json.dumps(letter["blocks"], ensure_ascii=False)


def test_a_letter_is_ascii_that_segments_cut_at_the_two_slots() -> None:
    text = render_letter(cohort(disclosure=Disclosure.SEALED, locale="zh-Hans"), context())
    cut = Segments.from_text(text)
    assert text.isascii()
    assert cut.slots == ("reference", "code")
    assert cut.to_text() == text
    filled = json.loads(splice(cut, {"reference": _REFERENCE, "code": str(_CODE)}))
    assert filled["reference"] == _REFERENCE
    assert ReturnCode.read(filled["code"]) == _CODE


def test_what_is_no_reference_is_refused_and_not_repeated() -> None:
    cut = Segments.from_text(render_letter(cohort(), context()))
    with pytest.raises(InvalidInput) as caught:
        splice(cut, {"reference": '23456-ABC"}', "code": str(_CODE)})
    assert "ABC" not in str(caught.value)


def test_a_letter_names_every_kind_and_an_e_mail_does_not() -> None:
    kinds = (DataKind.NAME, DataKind.MEDICAL)
    assert "Health records" in _words(_letter(kinds=kinds))
    assert "protects specially" not in _words(_letter(kinds=kinds))


def test_the_window_of_protected_data_does_not_name_the_sender() -> None:
    plain, protected = _letter(), _letter(kinds=(*KINDS, DataKind.MEDICAL))
    assert plain["return_line"] == "Example Books, 1 Quay Street, Dublin, Ireland"
    assert protected["return_line"] == "1 Quay Street, Dublin, Ireland"


def test_steps_are_numbered_through_and_headings_leave_no_level_out() -> None:
    blocks = _letter()["blocks"]
    numbered = [block for block in blocks if block.get("start")]
    counted = 1
    for block in numbered:
        assert block["start"] == counted
        counted += len(block["items"])
    assert counted > 6
    assert {block["level"] for block in blocks if "heading" in block} == {2, 3}
    assert next(block["level"] for block in blocks if "heading" in block) == 2


@pytest.mark.parametrize("recipient", RecipientKind)
def test_a_letter_says_how_to_check_it_and_whom_to_ask(recipient: RecipientKind) -> None:
    letter = _letter(recipient=recipient)
    for fact in ("books.example.com", "TC-4K7QX", "privacy@books.example.com", "31 March 2027"):
        assert fact in _words(letter)
    assert "+353 1 555 0100" in letter["large_print"]
    assert "an e-mail" not in _words(letter)


def test_control_characters_and_slots_in_a_story_do_not_reach_the_letter() -> None:
    told = incident_with(
        "narratives", what_happened={"en": "One\x00reference\x00 {reference}\x07."}
    )
    text = render_letter(cohort(disclosure=Disclosure.SEALED), context(of=told))
    assert Segments.from_text(text).slots == ("reference", "code")
    assert "Onereference { reference }." in text


def test_a_letter_without_a_story_is_refused() -> None:
    silent = incident_with("narratives", what_happened={"en": " "})
    with pytest.raises(InvalidInput, match="what happened"):
        render_letter(cohort(), context(of=silent))


def test_a_drill_says_so_first() -> None:
    text = render_letter(cohort(), context(drill=True))
    letter = json.loads(text, strict=False)
    assert letter["title"].startswith("[EXERCISE]")
    assert "exercise" in letter["drill"]


def test_somebody_without_a_telephone_is_asked_by_e_mail_for_large_print() -> None:
    silent = ORGANISATION.model_copy(update={"contact_phone": None})
    text = render_letter(cohort(), context(organisation=silent))
    letter = json.loads(text, strict=False)
    assert letter["large_print"].endswith("privacy@books.example.com")


def test_a_letter_is_read_before_approval_with_headings_and_a_place_for_the_reference() -> None:
    text = letter_text(cohort(), context())
    assert text.content == Segments.from_text(render_letter(cohort(), context()))
    assert text.text.count("{reference}") == 1
    assert "\x00" not in text.text
    assert "What happened" in text.text.splitlines()
