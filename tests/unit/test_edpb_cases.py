"""The worked cases of EDPB Guidelines 01/2021 come out as the Board decided them.

The guidelines are of the European Union; the United Kingdom kept the same articles, so the cases
are put to both laws.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.assessing import assessment

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("edpb_cases.yaml").read_text("utf-8")
)
LAWS = {"EU-GDPR": "DE", "UK-GDPR": "GB"}
AWARE = "2026-03-02T10:00:00+00:00"


def decided(case: dict[str, Any], regime: str) -> dict[str, Any]:
    people = case["facts"]["persons"]["total"]
    facts = {**case["facts"], "persons": {"by_residence": {LAWS[regime]: people}}, "aware": AWARE}
    incident = parse_incident(
        {
            "title": case["title"],
            "organisation": "acme",
            "narratives": {"what_happened": {"en": "As the guidelines tell it."}},
            "data_kinds": case["data_kinds"],
            "scope": {"everyone": True},
            "facts": facts,
        }
    )
    law = [each for each in load_regimes() if each.id == regime]
    (found,) = assessment(incident, law)["regimes"]
    return {name: found[name]["required"] for name in ("authority", "individuals")}


@pytest.mark.parametrize("regime", LAWS)
@pytest.mark.parametrize("case", CASES, ids=[f"{case['n']} {case['title']}" for case in CASES])
def test_a_worked_case_is_decided_as_the_board_did(case: dict[str, Any], regime: str) -> None:
    assert decided(case, regime) == {
        "authority": case["authority"],
        "individuals": case["individuals"],
    }


def test_all_eighteen_cases_are_there() -> None:
    assert [case["n"] for case in CASES] == list(range(1, 19))
