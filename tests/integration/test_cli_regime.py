"""`tocsin regime` as its reader sees it: wrong files first, then the pack itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tocsin.cli.main import call
from tocsin.schemas.content_codes import FORBIDDEN_CODES, NOTICE_CODES

ROOT = Path(__file__).parents[2]
ILLINOIS = (ROOT / "regimes" / "us-il.yaml").read_text("utf-8")


def checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], **texts: str | bytes
) -> list[dict[str, str]]:
    """Return the problems of a folder with these files."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name, text in texts.items():
        raw = text if isinstance(text, bytes) else text.encode()
        (folder / f"{name}.yaml").write_bytes(raw)
    code = call(["regime", "check", str(folder), "--json"])
    problems: list[dict[str, str]] = json.loads(capsys.readouterr().out)["problems"]
    assert code == (1 if problems else 0)
    return problems


def altered(old: str, new: str) -> str:
    assert old in ILLINOIS
    return ILLINOIS.replace(old, new).replace("id: US-IL\n", "id: XX-IL\n")


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert call([*arguments, "--json"]) == 0
    made: dict[str, Any] = json.loads(capsys.readouterr().out)
    return made


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("id: [", "", "is not YAML"),
        ("", "", "holds no regime"),
        ("- 1", "", "holds no regime"),
        (b"\xff\xfe", "", "cannot be read"),
        ("pattern: us-stat\nregimes: []", "pattern", "no pattern us-stat"),
        ("pattern: ../risk\nregimes: []", "pattern", "no pattern"),
        ("pattern: us-state\nregimes: 3", "regimes", "no list"),
        ("pattern: us-state\nregimes: [3]", "regimes[0]", "holds no values"),
        ("pattern: us-state\nregimes: [{state: AL}]", "regimes[0]", "'kinds' is undefined"),
        ("like: ../../etc/passwd", "like", "there is no"),
        ("like: us-il\nid: 5", "id", "string"),
        ("like: us-il\nid: XX-IL\nholidays: US-QQ", "holidays", "not known"),
        (altered("A_ENTITY", "A_ENTTY"), "reports[0].content", "no content code A_ENTTY"),
        (altered("US-HIPAA:hhs-500", "US-HIPAA:hhs-5"), "reports[1].deadline.after", "hhs-5"),
        (altered("US-HIPAA:hhs-500", "US-HIPPA:hhs-500"), "reports[1].deadline.after", "US-HIPPA"),
        (
            altered('"authority:full:il-att', '"US-HIPAA:authority:final:il-att'),
            "order[0].first",
            "",
        ),
        (altered("id: il-substitute", "id: il-hipaa-copy"), "id", "the id of 2 rules"),
        (altered("id: il-hipaa-copy", "form: us-zz\n    id: il-hipaa-copy"), "reports[1].form", ""),
        (altered("facts.persons, 501]", 'facts.persons, "501"]'), "reports[0].when", "whole"),
        (altered("facts.persons, 501]", "facts.person, 501]"), "reports[0].when", "no fact"),
        (altered("id: il-hipaa-copy", "replaces: il\n    id: il-hipaa-copy"), "reports[1].rep", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_file_its_field_and_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | bytes, field: str, said: str
) -> None:
    first, *_ = checked(tmp_path, capsys, xx=text)

    assert first["file"] == "xx.yaml"
    assert first["field"].startswith(field)
    assert said in first["message"]
    assert first["fix"]


def test_the_content_of_a_notice_is_no_content_of_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "like: us-il\nid: XX-IL\nindividuals: {forbidden: [NO_FUN]}\n"

    (problem,) = checked(tmp_path, capsys, xx=text)
    assert (problem["field"], problem["message"]) == (
        "individuals.forbidden",
        "there is no content code NO_FUN here",
    )


def test_a_key_that_stands_twice_is_told_since_the_first_would_be_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = altered("individuals:\n", "individuals:\n  forbidden: [NO_MIX]\n")

    (problem,) = checked(tmp_path, capsys, xx=text)
    assert problem["field"].startswith("line ")
    assert problem["message"].startswith("forbidden stands twice")


def test_every_file_that_is_wrong_is_told_and_not_the_first_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = altered("", "")
    found = checked(tmp_path, capsys, a="id: [", b="- 1", c=twice, d=twice, risk="rules: []")

    assert sorted(problem["file"] for problem in found) == [
        "a.yaml",
        "b.yaml",
        "d.yaml",
        "risk.yaml",
    ]


def test_a_folder_without_a_regime_is_told_and_one_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (problem,) = checked(tmp_path, capsys)
    assert "no file" in problem["message"]

    assert call(["regime", "check", str(tmp_path / "nowhere")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_a_problem_is_read_in_one_line_and_comes_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "xx.yaml"
    file.write_text("like: us-il\nid: XX-IL\nholidays: US-QQ\n", "utf-8")

    assert call(["regime", "check", str(file)]) == 1
    said = capsys.readouterr().out.strip().splitlines()[-1]
    assert said.startswith("problem: xx.yaml: holidays: its holidays are not known, write an ISO")


def test_nothing_is_wrong_with_the_pack_and_it_says_how_sure_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = answer(capsys, "regime", "check")

    assert made["problems"] == []
    assert made["versions"] >= made["regimes"] >= 100
    assert made["records_of_law"] >= made["regimes"]
    for classed in ("confidence", "basis"):
        assert sum(made[classed].values()) == made["rules"]
    assert sum(made["status"].values()) == made["versions"]
    assert 0 < made["unverified"] < made["rules"]
    assert len({change["regime"] for change in made["changes"]}) == made["pending"]


def test_an_own_version_takes_the_place_of_the_one_of_the_pack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = answer(capsys, "regime", "check")
    file = tmp_path / "il.yaml"
    file.write_text("like: us-il\npending: A bill is under way.\n", "utf-8")
    after = answer(capsys, "regime", "check", str(file))

    assert after["regimes"] == before["regimes"]
    assert {c["regime"] for c in after["changes"]} - {c["regime"] for c in before["changes"]} == {
        "US-IL"
    }


def test_the_list_says_of_every_version_what_it_asks_and_by_when(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages = answer(capsys, "regime", "list")["regimes"]
    gdpr = next(page for page in pages if page["id"] == "EU-GDPR")

    assert len(pages) == answer(capsys, "regime", "check")["versions"]
    assert next((r["phase"], r["deadline"]) for r in gdpr["reports"]) == (
        "early",
        "72 hours from awareness",
    )
    assert gdpr["tells_people"] is True
    assert [p["valid_from"] for p in pages if p["id"] == "US-NY"] == [
        "2020-03-21",
        "2024-12-21",
        "2025-03-21",
    ]
    assert call(["regime", "list"]) == 0
    assert "rules unverified" in capsys.readouterr().out


def test_one_regime_is_shown_rule_by_rule_with_its_condition_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (made,) = answer(capsys, "regime", "show", "us-tx")["versions"]
    report = next(rule for rule in made["rules"] if rule["id"] == "tx-attorney-general")

    assert report["when"] == ["facts.persons is 250 or more"]
    assert report["deadline"][0].startswith("30 calendar days from facts.determined")
    assert report["cite"]
    assert all(rule["basis"] in {"confirmed", "memory"} for rule in made["rules"])

    assert call(["regime", "show", "US-TX"]) == 0
    said = capsys.readouterr().out
    assert "when facts.persons is 250 or more" in said
    assert "confidence high" in said


def test_a_regime_that_is_not_there_is_answered_with_those_of_a_similar_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["regime", "show", "EU-GDRP"]) == 4
    assert "EU-GDPR" in capsys.readouterr().err


def test_the_page_on_regimes_names_every_content_code_and_no_other() -> None:
    page = (ROOT / "docs" / "regimes.md").read_text("utf-8")
    section = page.split("\n## Content codes\n")[1].split("\n## ")[0]
    notices, forbidden = section.split("Of reports:")[0].split("`forbidden`:")

    assert set(re.findall(r"\b[A-Z][A-Z_]+\b", notices)) == set(NOTICE_CODES)
    assert set(re.findall(r"\bNO_[A-Z_]+\b", forbidden)) == set(FORBIDDEN_CODES)
