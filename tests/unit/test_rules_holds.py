"""Holds: who may ask that something wait, under which law, and how long."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.assessing import assessment

AWARE = datetime(2026, 3, 2, 10, tzinfo=UTC)
ASKED = datetime(2026, 3, 10, 12, tzinfo=UTC)
PLACES = {"US-TX": 900, "US-CA": 900, "US-ME": 900, "CN": 900, "SG": 900, "DE": 900}


def hold(kind: str = "law_enforcement_written", **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "by": "the FBI", "at": ASKED.isoformat(), "regimes": ["US*"], **fields}


def assessed(*holds: dict[str, Any], **facts: Any) -> dict[str, Any]:
    document: Any = {
        "title": "A break-in",
        "organisation": "clinic",
        "narratives": {"what_happened": {"en": "Someone copied the table."}},
        "data_kinds": ["name", "tax_id_ssn"],
        "scope": {"everyone": True},
        "facts": {
            "aware": AWARE.isoformat(),
            "persons": {"by_residence": PLACES},
            "sectors": ["hipaa_covered_entity"],
            **facts,
        },
        "holds": list(holds),
    }
    made = assessment(parse_incident(document), load_regimes())
    return {regime["id"]: regime for regime in made["regimes"]}


def due(made: dict[str, Any], regime: str) -> datetime | None:
    at = made[regime]["individuals"]["due"]
    return None if at is None else datetime.fromisoformat(at)


def test_a_written_request_holds_until_the_day_that_it_names() -> None:
    until = AWARE + timedelta(days=100)

    made = assessed(hold(until=until.isoformat()))

    assert due(made, "US-CA") == until
    assert made["US-CA"]["individuals"]["held_until"] == "2026-06-10T10:00:00Z"


def test_a_hold_that_ends_before_the_term_shortens_nothing() -> None:
    made = assessed(hold(until=(AWARE + timedelta(days=12)).isoformat()))

    assert due(made, "US-CA") == AWARE + timedelta(days=30)


def test_an_oral_request_holds_no_longer_than_thirty_days_under_hipaa() -> None:
    """45 CFR 164.412(b)."""
    late = (AWARE + timedelta(days=400)).isoformat()

    made = assessed(hold("law_enforcement_oral", until=late))

    held = made["US-HIPAA"]["individuals"]["held_until"]
    assert held == "2026-04-09T12:00:00Z"
    assert due(made, "US-HIPAA") == AWARE + timedelta(days=60)


def test_after_a_hold_maine_gives_seven_business_days() -> None:
    """10 M.R.S. 1348: Saturday 2026-06-20 to Monday 2026-06-29."""
    until = datetime(2026, 6, 18, 14, tzinfo=UTC)

    made = assessed(hold(until=until.isoformat()))

    # 19 June is Juneteenth, a holiday in Maine; 22 to 30 June are seven business days
    assert due(made, "US-ME") == datetime(2026, 6, 30, 14, tzinfo=UTC)


@pytest.mark.parametrize("regime", ["CN-PIPL", "SG-PDPA"])
def test_an_american_hold_moves_nothing_elsewhere(regime: str) -> None:
    until = (AWARE + timedelta(days=100)).isoformat()

    assert assessed(hold(until=until))[regime] == assessed()[regime]


def test_china_knows_no_hold_even_if_somebody_names_it() -> None:
    until = (AWARE + timedelta(days=100)).isoformat()

    made = assessed(hold(until=until, regimes=["*"]))

    assert made["CN-PIPL"] == assessed()["CN-PIPL"]
    assert made["EU-GDPR"]["individuals"]["held_until"] is not None


def test_a_hold_speaks_of_whom_it_names_and_of_nobody_else() -> None:
    until = (AWARE + timedelta(days=100)).isoformat()

    made = assessed(hold(until=until, regimes=["US-TX"]))

    assert made["US-TX"]["individuals"]["held_until"] is not None
    assert made["US-CA"]["individuals"]["held_until"] is None


def test_reports_to_authorities_do_not_wait_for_the_police() -> None:
    until = (AWARE + timedelta(days=100)).isoformat()

    (report,) = assessed(hold(until=until))["US-HIPAA"]["authority"]["reports"]

    assert report["held_until"] is None
    assert report["due"] == "2026-05-01T10:00:00Z"
