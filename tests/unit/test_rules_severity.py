from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.data_context import CONTEXTS, worst_context
from tocsin.rules.severity import assess
from tocsin.schemas.data_kinds import SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.duty import Band
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import (
    Availability,
    Cause,
    Confidentiality,
    Identifiability,
    Integrity,
)

NOTHING_ELSE: dict[str, Any] = {
    "integrity": "not_lost",
    "availability": "not_lost",
    "unintelligible": False,
}


def incident(*kinds: DataKind, **facts: Any) -> IncidentFile:
    return IncidentFile.model_validate(
        {
            "title": "A break-in",
            "organisation": "shop",
            "narratives": {"what_happened": {"en": "Someone copied the customer table."}},
            "data_kinds": kinds or (DataKind.EMAIL_ADDRESS,),
            "scope": {"everyone": True},
            "facts": facts,
        }
    )


def test_the_score_is_context_times_identification_plus_circumstances() -> None:
    severity = assess(
        incident(
            DataKind.BANK_ACCOUNT,
            identifiability="significant",
            confidentiality="known_recipients",
            cause="malicious_insider",
            **NOTHING_ELSE,
        )
    )

    assert (severity.dpc, severity.ei, severity.cb) == (300, 75, 75)
    assert severity.score == 300
    assert severity.band is Band.HIGH


@pytest.mark.parametrize(
    ("kind", "identifiability", "confidentiality", "score", "band"),
    [
        (DataKind.NAME, "maximum", "unknown_recipients", 150, Band.LOW),
        (DataKind.VEHICLE, "significant", "not_lost", 75, Band.LOW),
        (DataKind.USAGE_PURCHASE_HISTORY, "significant", "unknown_recipients", 200, Band.MEDIUM),
        (DataKind.BANK_ACCOUNT, "significant", "known_recipients", 250, Band.MEDIUM),
        (DataKind.BANK_ACCOUNT, "maximum", "not_lost", 300, Band.HIGH),
        (DataKind.MEDICAL, "significant", "unknown_recipients", 350, Band.HIGH),
        (DataKind.MEDICAL, "maximum", "not_lost", 400, Band.VERY_HIGH),
        (DataKind.MEDICAL, "negligible", "known_recipients", 125, Band.LOW),
    ],
)
def test_bands_begin_at_whole_scores(
    kind: DataKind, identifiability: str, confidentiality: str, score: int, band: Band
) -> None:
    severity = assess(
        incident(
            kind,
            identifiability=identifiability,
            confidentiality=confidentiality,
            cause="human_error",
            **NOTHING_ELSE,
        )
    )

    assert (severity.score, severity.band) == (score, band)


def test_every_unknown_fact_takes_the_careful_side_and_says_so() -> None:
    severity = assess(incident(DataKind.NAME))

    assert (severity.ei, severity.cb, severity.score) == (100, 200, 300)
    assert sum("assumed: it is not known yet" in line for line in severity.inputs) == 5


def test_data_that_nobody_can_read_names_nobody() -> None:
    severity = assess(
        incident(
            DataKind.MEDICAL,
            unintelligible=True,
            integrity="not_lost",
            availability="not_lost",
            cause="malicious_outsider",
        )
    )

    assert (severity.score, severity.band) == (150, Band.LOW)
    assert sum("unintelligible" in line for line in severity.inputs) == 2


def test_every_kind_of_data_has_a_context() -> None:
    assert set(CONTEXTS) == set(DataKind)
    assert all(context.because for context in CONTEXTS.values() if context.raised)


def test_no_specially_protected_kind_counts_as_less_than_financial_data() -> None:
    special = [kind for kind in DataKind if SENSITIVITY[kind] is Sensitivity.S3]

    assert all(CONTEXTS[kind].score >= 300 for kind in special)


def test_kinds_that_do_not_say_which_data_it_was_count_as_sensitive() -> None:
    assert worst_context([DataKind.AVAILABILITY_TEMPORARY])[0] == 400
    assert worst_context([DataKind.AVAILABILITY_TEMPORARY, DataKind.NAME])[0] == 100


def test_the_order_of_the_kinds_is_no_matter() -> None:
    kinds = (DataKind.NAME, DataKind.GENETIC, DataKind.MEDICAL)

    assert worst_context(kinds) == worst_context(kinds[::-1])


named = st.sampled_from([k for k in DataKind if not k.startswith(("availability", "integrity"))])
LADDERS: dict[str, list[Any]] = {
    "confidentiality": list(Confidentiality),
    "integrity": list(Integrity),
    "availability": list(Availability),
    "identifiability": list(Identifiability),
    "cause": list(Cause)[::-1],
}
choices = st.fixed_dictionaries(
    {name: st.sampled_from([None, *values]) for name, values in LADDERS.items()}
)


@settings(deadline=None, max_examples=150)
@given(kinds=st.lists(named, min_size=1, max_size=4), more=named, facts=choices)
def test_another_kind_of_data_never_makes_an_incident_less_severe(
    kinds: list[DataKind], more: DataKind, facts: dict[str, Any]
) -> None:
    assert assess(incident(*kinds, more, **facts)).score >= assess(incident(*kinds, **facts)).score


@settings(deadline=None, max_examples=150)
@given(kind=named, facts=choices, name=st.sampled_from(sorted(LADDERS)), data=st.data())
def test_a_graver_fact_never_makes_an_incident_less_severe_and_none_exceeds_the_unknown(
    kind: DataKind, facts: dict[str, Any], name: str, data: st.DataObject
) -> None:
    values = LADDERS[name]
    milder = data.draw(st.integers(0, len(values) - 1))
    graver = data.draw(st.integers(milder, len(values) - 1))
    low = assess(incident(kind, **{**facts, name: values[milder]}))
    high = assess(incident(kind, **{**facts, name: values[graver]}))
    unknown = assess(incident(kind, **{**facts, name: None}))

    assert low.score <= high.score <= unknown.score


@settings(deadline=None, max_examples=100)
@given(kind=named, facts=choices)
def test_making_data_unintelligible_never_makes_an_incident_more_severe(
    kind: DataKind, facts: dict[str, Any]
) -> None:
    readable = assess(incident(kind, **facts, unintelligible=False))

    assert assess(incident(kind, **facts, unintelligible=True)).score <= readable.score
