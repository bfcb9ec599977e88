"""How far a regime reaches: by where people live, and by where the organisation is established."""

from typing import Any

import pytest
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.assessing import assessment


@pytest.mark.parametrize(("indians", "applies"), [(0, False), (1, True), (2, True)])
def test_people_in_india_bring_cert_in_in_while_nobody_says_where_it_is_established(
    indians: int, applies: bool
) -> None:
    """CERT-In Directions of 28 April 2022: bodies corporate and service providers in India."""
    document: Any = {
        "title": "A break-in",
        "organisation": "shop",
        "narratives": {"what_happened": {"en": "Someone copied the table."}},
        "data_kinds": ["name"],
        "scope": {"everyone": True},
        "facts": {
            "aware": "2026-03-02T10:00:00+00:00",
            "persons": {"by_residence": {"DE": 5, "IN": indians}},
        },
    }
    certin = [regime for regime in load_regimes() if regime.id == "IN-CERTIN"]

    unknown = assessment(parse_incident(document), certin)["regimes"][0]
    document["facts"]["established_in"] = ["DE"]
    abroad = assessment(parse_incident(document), certin)["regimes"][0]
    document["facts"]["established_in"] = ["IN"]
    there = assessment(parse_incident(document), certin)["regimes"][0]

    assert (unknown["applies"], abroad["applies"], there["applies"]) == (applies, False, True)
