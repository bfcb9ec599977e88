"""The 893 real breaches of health data, judged anew: the committed page, and the law's own numbers.

The truths are counted from the raw file by comparisons of their own, not by what made the page.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tocsin.runtimes.assessing import assessment

from golden.hhs_breaches import ASTRAY, PAGE, TABLE, Judged, judged, page, table
from golden.hhs_rows import FILE, Row, hipaa, incident_of, outcome_of, read_rows

MAKE_ANEW = "PYTHONPATH=tests .venv/bin/python -m golden.hhs_breaches FILE (docs/hhs-breaches.md)"
BREACHES = 893


@pytest.fixture(scope="module")
def raw(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / FILE).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def found(shared_data: Path) -> tuple[Judged, ...]:
    return judged(read_rows(shared_data / FILE))


def covered(raw: list[dict[str, str]]) -> list[int]:
    """Return the individuals of each breach that a covered entity filed."""
    kind, number = "Covered Entity Type", "Individuals Affected"
    return [int(record[number]) for record in raw if record[kind] != "Business Associate"]


def committed(raw: list[dict[str, str]]) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Yield each raw row with its line of the committed table."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        yield from zip(raw, csv.DictReader(lines), strict=True)


def test_the_committed_page_and_table_are_what_the_rules_say_today(
    found: tuple[Judged, ...],
) -> None:
    assert TABLE.read_text("utf-8") == table(found), MAKE_ANEW
    assert PAGE.read_text("utf-8") == page(found), MAKE_ANEW


def test_the_table_follows_the_numbers_of_the_law_row_by_row(raw: list[dict[str, str]]) -> None:
    seen = 0
    for record, line in committed(raw):
        n, associate = (
            int(record["Individuals Affected"]),
            record["Covered Entity Type"] == "Business Associate",
        )
        hhs = "no" if associate else "now" if n >= 500 else "annual"
        rule = {"no": "covered-entity", "now": "hhs-500", "annual": "hhs-annual"}[hhs]
        expected = {
            "entity_type": record["Covered Entity Type"],
            "state": record["State"],
            "individuals": record["Individuals Affected"],
            "type": record["Type of Breach"],
            "hhs_report": hhs,
            "individuals_notice": "false" if associate else "true",
            "media": "null" if n > 500 and not associate else "false",
            "reason": rule,
        }
        seen += 1
        assert line == {"row": str(seen), **expected}
    assert seen == BREACHES


def test_the_counts_are_those_of_simple_comparisons(
    raw: list[dict[str, str]], found: tuple[Judged, ...]
) -> None:
    numbers = covered(raw)
    outcomes = [o for _, o in found]

    assert len(raw) == len(outcomes) == BREACHES
    assert Counter(o.hhs for o in outcomes) == {
        "now": sum(n >= 500 for n in numbers),
        "no": len(raw) - len(numbers),
    }
    assert sum(o.individuals is True for o in outcomes) == len(numbers)
    assert sum(o.covered_entity is True for o in outcomes) == len(raw) - len(numbers)
    assert sum(o.media is None for o in outcomes) == sum(n > 500 for n in numbers)
    assert sum(o.media is False for o in outcomes) == len(raw) - sum(n > 500 for n in numbers)
    assert sum(o.substitute is None for o in outcomes) == len(numbers)
    assert (len(numbers), sum(n == 500 for n in numbers), sum(n > 500 for n in numbers)) == (
        735,
        27,
        708,
    )


def test_assess_says_the_same_of_every_breach_names_what_is_missing_and_no_last_day(
    found: tuple[Judged, ...],
) -> None:
    for row, outcome in found:
        (said,) = assessment(incident_of(row), [hipaa()])["regimes"]
        reports = {r["phase"]: r["required"] for r in said["authority"]["reports"]}
        others: dict[str, Any] = {o["who"]: o["required"] for o in said["others"]}

        assert said["applies"] is True
        assert reports == ({"full": True} if outcome.hhs == "now" else {})
        assert said["individuals"]["required"] is outcome.individuals
        assert others.get("the covered entity", False) is outcome.covered_entity
        assert others.get("prominent media outlets", False) is outcome.media
        assert ("facts.bad_contacts" in said["missing"]) is (outcome.substitute is None)
        assert ("facts.persons.by_residence" in said["missing"]) is (outcome.media is None)
        assert any("facts.confidentiality is not known" in text for text in said["assumed"])
        assert said["individuals"]["due"] is None


def of_covered_entities(found: tuple[Judged, ...]) -> list[Row]:
    return [row for row, o in found if o.individuals]


@pytest.mark.parametrize(("bad", "posted"), [(0, False), (9, False), (10, True)])
def test_counted_contacts_decide_the_substitute_notice(
    found: tuple[Judged, ...], bad: int, posted: bool
) -> None:
    answers = {
        outcome_of(incident_of(row, bad_contacts=bad), hipaa()).substitute
        for row in of_covered_entities(found)
    }
    assert answers == {posted}


def test_where_people_live_decides_the_media(found: tuple[Judged, ...]) -> None:
    for row in of_covered_entities(found):
        half = row.individuals // 2
        rest = row.individuals - half
        one = {"by_residence": {"US-TX": row.individuals}}
        two = {"by_residence": {"US-TX": half, "US-OK": rest}}
        told = [outcome_of(incident_of(row, persons=p), hipaa()).media for p in (one, two)]
        assert told == [row.individuals > 500, rest > 500]


def test_with_499_individuals_each_would_enter_the_log_of_the_year(
    found: tuple[Judged, ...],
) -> None:
    fewer = [row._replace(individuals=499) for row in of_covered_entities(found)]
    assert {outcome_of(incident_of(row), hipaa())[:3] for row in fewer} == {("annual", True, False)}


def test_what_the_page_calls_odd_is_in_the_file(raw: list[dict[str, str]]) -> None:
    numbers = Counter(int(record["Individuals Affected"]) for record in raw)
    whole = {tuple(record.values()) for record in raw}
    astray = raw[ASTRAY - 1]

    assert (numbers[500], numbers[501], min(numbers)) == (31, 39, 500)
    assert numbers.most_common(3)[2][1] == 4
    assert len(whole) == len(raw)
    assert sum(record["State"] == "" for record in raw) == 3
    names = Counter(record["Name of Covered Entity"].strip().lower() for record in raw)
    assert sum(times > 1 for times in names.values()) == 30
    days = [
        (record["Breach Submission Date"][6:], record["Breach Submission Date"][:5])
        for record in raw
    ]
    assert (min(days), max(days)) == (("2022", "03/21"), ("2024", "05/20"))
    assert sum(day < ("2022", "06/01") for day in days) == 3
    assert astray["State"] == "MS"
    assert "Washington" in astray["Name of Covered Entity"]


def test_no_name_of_an_entity_stands_in_the_docs(raw: list[dict[str, str]]) -> None:
    written = (PAGE.read_text("utf-8") + TABLE.read_text("utf-8")).lower()
    names = {record["Name of Covered Entity"].strip().lower() for record in raw}
    assert [name for name in sorted(names) if name in written] == []
