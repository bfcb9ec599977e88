"""Incident files: what people write, what they are told when it is wrong, and writing them back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tocsin.detectors.incident_file import (
    check_times,
    parse_incident,
    read_incident,
)
from tocsin.detectors.strict_yaml import parse_yaml
from tocsin.schemas.errors import InvalidInput

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GOOD = """\
title: Accounts copied
organisation: example
facts:
  aware: 2026-11-20T09:30:00+01:00
narratives:
  what_happened: {en: Someone copied accounts.}
data_kinds: [email_address]
scope:
  where:
    - {column: system, equals: shop}
"""


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., InvalidInput]:
    def of(text: str, *, suffix: str = ".yaml") -> InvalidInput:
        path = tmp_path / f"incident{suffix}"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InvalidInput) as caught:
            read_incident(path)
        return caught.value

    return of


@pytest.mark.parametrize("name", ["stolen-credentials", "leaked-newsletter"])
def test_an_example_is_a_complete_incident_in_two_languages(name: str) -> None:
    incident = read_incident(EXAMPLES / f"{name}.yaml")
    check_times(incident, NOW)
    assert incident.organisation == "example"
    stories = [story for story in incident.narratives.model_dump().values() if story]
    assert [set(story) for story in stories] == [{"en", "zh-Hans"}] * 4
    assert all(measure.what.keys() == {"en", "zh-Hans"} for measure in incident.measures)
    table = incident.facts.persons.value
    assert table is not None
    assert table.total is not None
    assert sum(table.by_residence.values()) <= table.total


def test_a_json_file_says_the_same_as_a_yaml_file(tmp_path: Path) -> None:
    incident = read_incident(EXAMPLES / "stolen-credentials.yaml")
    path = tmp_path / "incident.json"
    path.write_text(incident.model_dump_json(), encoding="utf-8")
    assert read_incident(path) == incident


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("2026-11-20T09:30:00", "facts.aware"),
        ("2026-11-20", "facts.aware"),
        ("'2026-11-20 09:30'", "facts.aware"),
        ("{at: 2026-11-20T09:30:00, precision: hour}", "facts.aware.at"),
        ("{value: 2026-11-20T09:30:00}", "facts.aware.value"),
        ("{value: 2026-11-20T09:30:00Z, as_of: 2026-11-20T09:30:00}", "facts.aware.as_of"),
    ],
)
def test_a_time_without_a_zone_is_refused_and_the_field_named(
    refusal: Callable[..., InvalidInput], written: str, field: str
) -> None:
    error = refusal(GOOD.replace("2026-11-20T09:30:00+01:00", written))
    assert str(error) == f"{field}: give a time zone, e.g. 2026-11-20T09:30:00+01:00"


@pytest.mark.parametrize("written", ["1763630000", "'1763630000'", "20261120", "9:30", "true"])
def test_a_number_is_never_taken_for_a_time(
    refusal: Callable[..., InvalidInput], written: str
) -> None:
    error = refusal(GOOD.replace("2026-11-20T09:30:00+01:00", written))
    assert error.field == "facts.aware"
    assert error.message == "is not a time that can be read"


def test_a_number_is_no_time_of_the_circumstances_either(
    refusal: Callable[..., InvalidInput],
) -> None:
    error = refusal(GOOD + "\ncircumstances:\n  recovered: 1763630000\n")
    assert error.field == "circumstances.recovered"
    assert error.message == "is not a time that can be read"


def test_a_time_keeps_the_zone_it_was_written_in() -> None:
    incident = parse_incident(parse_yaml(GOOD))
    aware = incident.facts.aware.value
    assert aware is not None
    assert aware.at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    assert aware.at.utcoffset() == timedelta(hours=1)


def test_an_unknown_field_is_answered_with_the_nearest_known_one(
    refusal: Callable[..., InvalidInput],
) -> None:
    error = refusal(GOOD.replace("column:", "colum:"))
    assert error.field == "scope.where[0].colum"
    assert error.message.startswith("there is no such field")
    assert error.fix is not None
    assert error.fix.startswith("did you mean column?")
    assert "known fields: column, equals, any_of, since, until" in error.fix


def test_a_typo_within_a_fact_is_answered_with_the_fields_of_fact_and_value(
    refusal: Callable[..., InvalidInput],
) -> None:
    error = refusal(GOOD.replace("facts:", "facts:\n  persons: {totl: 5}"))
    assert error.field == "facts.persons.totl"
    assert error.fix is not None
    assert error.fix.startswith("did you mean total? known fields: state, value")


def test_a_word_outside_a_closed_set_is_answered_with_the_allowed_ones(
    refusal: Callable[..., InvalidInput],
) -> None:
    error = refusal(GOOD.replace("facts:", "facts:\n  cause: human_eror"))
    assert error.field == "facts.cause"
    assert error.fix == (
        "did you mean human_error? allowed values: malicious_outsider, malicious_insider,"
        " human_error, system_fault"
    )


def test_every_further_error_stands_on_a_line_of_its_own(
    refusal: Callable[..., InvalidInput],
) -> None:
    text = GOOD.replace("[email_address]", "[email]").replace("organisation: example\n", "")
    error = refusal(text + "announcement_limit: many\ntitel: x\n")
    assert error.field == "titel"
    assert error.message.splitlines() == [
        "there is no such field",
        "3 further errors:",
        "  organisation: is missing - add organisation",
        "  data_kinds[0]: is not an allowed value - did you mean email_address?",
        "  announcement_limit: must be a whole number - digits only, without separators",
        "start with the first",
    ]


def test_a_thousand_errors_are_counted_and_twenty_told(
    refusal: Callable[..., InvalidInput],
) -> None:
    error = refusal(GOOD.replace("[email_address]", "[" + "x," * 1000 + "]"))
    assert "999 further errors:" in error.message
    assert "  and 979 more" in error.message
    assert len(error.message.splitlines()) == 24


def test_what_was_written_is_never_repeated_in_an_error(
    refusal: Callable[..., InvalidInput],
) -> None:
    secret = "jane.roe@example.org"
    for text in (
        GOOD.replace("[email_address]", f"[{secret}]"),
        GOOD.replace("2026-11-20T09:30:00+01:00", secret),
        GOOD + f"{secret}: 1\n",
        GOOD + f"announcement_limit: {secret}\n",
        GOOD.replace("title:", f"title: {secret}\ntitle:"),
        GOOD.replace("equals: shop", f"equals: [{secret}]"),
        GOOD + f'"{secret}": 1\n"{secret}": 2\n',
    ):
        assert "jane" not in str(refusal(text))


@pytest.mark.parametrize(
    ("broken", "line", "column", "reason"),
    [
        (GOOD.replace("[email_address]", "[email_address"), 8, 6, "expected ',' or ']'"),
        (GOOD + "\tx: 1\n", 11, 1, "cannot start any token"),
        (GOOD.replace("Accounts copied", "Accounts: copied"), 1, 16, "mapping values"),
        (GOOD.replace("Accounts copied", "'Accounts"), 4, 8, "expected"),
    ],
)
def test_broken_yaml_is_refused_with_line_and_column(
    refusal: Callable[..., InvalidInput], broken: str, line: int, column: int, reason: str
) -> None:
    error = refusal(broken)
    assert reason in error.message or "quote" in error.message
    assert error.message.startswith("line ")
    assert error.fix
    if reason != "expected":
        assert error.message.startswith(f"line {line}, column {column}: ")


def test_broken_json_is_refused_with_line_and_column(refusal: Callable[..., InvalidInput]) -> None:
    error = refusal('{"title": "a"\n "organisation": "b"}', suffix=".json")
    assert error.message.startswith("line 2, column 2: ")


@pytest.mark.parametrize(
    ("name", "value"), [("records", '"99999999999999999999"'), ("records", "99999999999999999999")]
)
def test_a_number_beyond_what_json_keeps_is_refused(
    refusal: Callable[..., InvalidInput], name: str, value: str
) -> None:
    assert refusal(GOOD.replace("facts:", f"facts:\n  {name}: {value}")).fix
