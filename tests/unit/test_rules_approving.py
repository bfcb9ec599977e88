import pytest
from tocsin.rules.approving import check_findings
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.finding import Finding, FindingSeverity, ranked, read_findings

BLOCK = Finding(rule="NW-15", text="It holds '{x}'.", where="email/en", fix="Write it.")
WARN = Finding(rule="LANGUAGE", severity=FindingSeverity.WARN, text="In another language.")
NOTE = Finding(rule="READING-zh", severity=FindingSeverity.NOTE, text="A heuristic.")


def test_what_is_only_to_know_asks_for_nothing() -> None:
    check_findings((), accepted="")
    check_findings((NOTE,), accepted="")


@pytest.mark.parametrize("accepted", ["", "It is right so."])
def test_what_blocks_cannot_be_accepted_and_is_listed_with_rule_place_and_fix(
    accepted: str,
) -> None:
    with pytest.raises(Conflict) as refused:
        check_findings((WARN, BLOCK), accepted=accepted)
    assert "NW-15: email/en: It holds '{x}'. (Write it.)" in str(refused.value)
    assert "LANGUAGE" not in str(refused.value)


@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_warning_wants_words(blank: str) -> None:
    with pytest.raises(InvalidInput, match="1 warning of the gates need a reason"):
        check_findings((WARN, NOTE), accepted=blank)
    check_findings((WARN, NOTE), accepted="It is right so.")


def test_many_findings_are_counted_and_cut() -> None:
    many = [BLOCK.model_copy(update={"rule": f"NW-{n}"}) for n in range(25)]
    with pytest.raises(Conflict, match="25 findings") as refused:
        check_findings(many, accepted="")
    assert "and 5 more" in str(refused.value)


def test_findings_stand_once_and_what_blocks_stands_first() -> None:
    assert ranked((NOTE, WARN, BLOCK, WARN)) == (BLOCK, WARN, NOTE)


def test_a_plan_keeps_its_findings_and_an_older_one_its_sentences() -> None:
    kept = [f.model_dump(mode="json") for f in (BLOCK, WARN)]
    assert read_findings({"findings": kept}) == (BLOCK, WARN)
    assert read_findings({}, "page_findings") == ()
    (older,) = read_findings({"findings": ["It is long."]})
    assert (older.text, older.severity) == ("It is long.", FindingSeverity.NOTE)
