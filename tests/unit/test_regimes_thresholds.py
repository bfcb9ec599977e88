"""Where the law's own numbers turn a duty on, one below, at, and one above, each with its source.

Written from the statutes' text, not from the files of the rule pack.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.assessing import assessment

AWARE = "2026-03-02T10:00:00+00:00"
SECRET = ["name", "tax_id_ssn"]
CLINIC: dict[str, Any] = {"sectors": ["hipaa_covered_entity"], "bad_contacts": 0}


ADDRESSEES = ("authority", "individuals", "public")


class Case(NamedTuple):
    """One decided case: what is asked of a regime, what is given, what follows, and from where."""

    source: str
    regime: str
    what: str
    """`authority.full`, `individuals`, `public`, `other: media`."""
    facts: dict[str, Any]
    expected: bool | None
    kinds: list[str] = SECRET
    stated: Mapping[str, Any] = MappingProxyType({})


def people(**residences: int) -> dict[str, Any]:
    return {"by_residence": {name.replace("_", "-"): n for name, n in residences.items()}}


def cn(n: int, **facts: Any) -> dict[str, Any]:
    return {"persons": people(CN=n), "network_grade": "general", **facts}


def us(place: str, n: int, **facts: Any) -> dict[str, Any]:
    return {"persons": people(**{place: n}), **CLINIC, **facts}


GRADING = "Incident Reporting Measures Art. 4 with the Grading Guide: the number itself is included"
LOSS = "Grading Guide, direct economic loss of 5 million yuan for 'relatively major'"
HHS = "45 CFR 164.408(b): breaches involving 500 or more individuals"
LOG = "45 CFR 164.408(c): less than 500 individuals, log of the calendar year"
MEDIA = "45 CFR 164.406(a): more than 500 residents of a State or jurisdiction"
SUBSTITUTE = "45 CFR 164.404(d)(2)(ii): insufficient contact information for 10 or more"
CA_AG = "Cal. Civ. Code 1798.82(f): more than 500 California residents"
CA_CLASS = "Cal. Civ. Code 1798.82(j)(3): the affected class exceeds 500,000"
CA_COST = "Cal. Civ. Code 1798.82(j)(3): the cost would exceed 250,000 dollars"
PIPL = "PIPL Art. 57(1): no number; every leak, tampering or loss"
LIMIT = "GDPR Art. 34(3)(c): no number; the operator's own limit stands for disproportionate effort"

TWO_STATES = {"persons": people(US_TX=500, US_OK=500), **CLINIC}
ABROAD = {"persons": people(US_TX=250, DE=250), **CLINIC}
SOMEWHERE = {"persons": people(US=620), **CLINIC}
CA_SCOPE = "Cal. Civ. Code 1798.82(h): what is personal information"
CA_CRYPT = "Cal. Civ. Code 1798.82(a): unencrypted"
UNSECURED = "45 CFR 164.402: unsecured information, low probability of compromise"
LIMITED: dict[str, Any] = {"announcement_limit": 100}


def eu(n: int, **facts: Any) -> dict[str, Any]:
    return {"persons": people(DE=n), **facts}


CASES = [
    Case(GRADING, "CN-PIPL", "authority.early", cn(999_999), False),
    Case(GRADING, "CN-PIPL", "authority.early", cn(1_000_000), True),
    Case(GRADING, "CN-PIPL", "authority.early", cn(1_000_001), True),
    Case(GRADING, "CN-PIPL", "authority.early", cn(999_999, network_grade=None), None),
    Case(GRADING, "CN-PIPL", "authority.early", cn(1_000_000, network_grade=None), True),
    Case(GRADING, "CN-PIPL", "authority.early", cn(10, network_grade="relatively_major"), True),
    Case(GRADING, "CN-PIPL", "authority.final", cn(999_999), False),
    Case(GRADING, "CN-PIPL", "authority.final", cn(1_000_000), True),
    Case(LOSS, "CN-PIPL", "authority.early", cn(10, direct_loss_cny=4_999_999), False),
    Case(LOSS, "CN-PIPL", "authority.early", cn(10, direct_loss_cny=5_000_000), True),
    Case(LOSS, "CN-PIPL", "authority.early", cn(10, direct_loss_cny=5_000_001), True),
    Case(PIPL, "CN-PIPL", "authority.full", cn(1), True),
    Case(PIPL, "CN-PIPL", "authority.full", cn(0), False),
    Case(PIPL, "CN-PIPL", "individuals", cn(1), True, ["name"]),
    Case("PIPL Art. 57(2)", "CN-PIPL", "individuals", cn(1, harm_averted=True), False),
    Case("PIPL Art. 57(2)", "CN-PIPL", "authority.full", cn(1, harm_averted=True), True),
    Case(HHS, "US-HIPAA", "authority.full", us("US_TX", 499), False),
    Case(HHS, "US-HIPAA", "authority.full", us("US_TX", 500), True),
    Case(HHS, "US-HIPAA", "authority.full", us("US_TX", 501), True),
    Case(HHS, "US-HIPAA", "authority.full", ABROAD, True),
    Case(LOG, "US-HIPAA", "authority.annual", us("US_TX", 499), True),
    Case(LOG, "US-HIPAA", "authority.annual", us("US_TX", 500), False),
    Case(LOG, "US-HIPAA", "authority.annual", us("US_TX", 501), False),
    Case(MEDIA, "US-HIPAA", "other: media", us("US_TX", 499), False),
    Case(MEDIA, "US-HIPAA", "other: media", us("US_TX", 500), False),
    Case(MEDIA, "US-HIPAA", "other: media", us("US_TX", 501), True),
    Case(MEDIA, "US-HIPAA", "other: media", TWO_STATES, False),
    Case(MEDIA, "US-HIPAA", "other: media", SOMEWHERE, None),
    Case(SUBSTITUTE, "US-HIPAA", "public", us("US_TX", 400, bad_contacts=9), False),
    Case(SUBSTITUTE, "US-HIPAA", "public", us("US_TX", 400, bad_contacts=10), True),
    Case(SUBSTITUTE, "US-HIPAA", "public", us("US_TX", 400, bad_contacts=11), True),
    Case(SUBSTITUTE, "US-HIPAA", "public", us("US_TX", 400, bad_contacts=None), None),
    Case(UNSECURED, "US-HIPAA", "individuals", us("US_TX", 5, low_probability=True), False),
    Case(UNSECURED, "US-HIPAA", "individuals", us("US_TX", 5, unintelligible=True), False),
    Case(UNSECURED, "US-HIPAA", "individuals", us("US_TX", 5), True),
    Case("45 CFR 160.103", "US-HIPAA", "individuals", us("US_TX", 5, sectors=["retail"]), False),
    Case("45 CFR 160.103", "US-HIPAA", "individuals", us("US_TX", 5, sectors=None), None),
    Case(CA_AG, "US-CA", "authority.full", us("US_CA", 499), False),
    Case(CA_AG, "US-CA", "authority.full", us("US_CA", 500), False),
    Case(CA_AG, "US-CA", "authority.full", us("US_CA", 501), True),
    Case(CA_CLASS, "US-CA", "public", us("US_CA", 499_999), False),
    Case(CA_CLASS, "US-CA", "public", us("US_CA", 500_000), False),
    Case(CA_CLASS, "US-CA", "public", us("US_CA", 500_001), True),
    Case(CA_COST, "US-CA", "public", us("US_CA", 100, notice_cost_usd=249_999), False),
    Case(CA_COST, "US-CA", "public", us("US_CA", 100, notice_cost_usd=250_000), False),
    Case(CA_COST, "US-CA", "public", us("US_CA", 100, notice_cost_usd=250_001), True),
    Case("Cal. Civ. Code 1798.82(a)", "US-CA", "individuals", us("US_CA", 1), True),
    Case(CA_SCOPE, "US-CA", "individuals", us("US_CA", 1), False, ["email_address"]),
    Case(CA_CRYPT, "US-CA", "individuals", us("US_CA", 1, unintelligible=True), False),
    Case(LIMIT, "EU-GDPR", "public", eu(99), False, stated=LIMITED),
    Case(LIMIT, "EU-GDPR", "public", eu(100), False, stated=LIMITED),
    Case(LIMIT, "EU-GDPR", "public", eu(101), True, stated=LIMITED),
    Case("GDPR Art. 33(1)", "EU-GDPR", "authority.early", {"persons": people(DE=1)}, True),
    Case("GDPR Art. 34(3)(a)", "EU-GDPR", "individuals", eu(1, unintelligible=True), False),
    Case("GDPR Art. 34(3)(b)", "EU-GDPR", "individuals", eu(1, harm_averted=True), False),
    Case("GDPR Art. 34(1)", "EU-GDPR", "individuals", {"persons": people(DE=1)}, True),
]  # fmt: skip


def all_assessed(case: Case) -> list[dict[str, Any]]:
    document: Any = {
        "title": "A break-in",
        "organisation": "clinic",
        "narratives": {"what_happened": {"en": "Someone copied the table."}},
        "data_kinds": case.kinds,
        "scope": {"everyone": True},
        "facts": {"aware": AWARE, **case.facts},
        **case.stated,
    }
    asked = [r for r in load_regimes() if case.regime in {"", r.id}]
    made: list[dict[str, Any]] = assessment(parse_incident(document), asked)["regimes"]
    return made


def assessed(case: Case) -> dict[str, Any]:
    (found,) = all_assessed(case)
    return found


def answer(regime: dict[str, Any], what: str) -> bool | None:
    """Return what a regime answers; a report or a recipient that is not named is not owed."""
    kind, _, phase = what.partition(".")
    if phase:
        reports = {r["phase"]: r["required"] for r in regime[kind]["reports"]}
        owed: bool | None = reports.get(phase, False)
        return owed
    if what.startswith("other: "):
        who = what.removeprefix("other: ")
        others = {o["who"]: o["required"] for o in regime["others"] if who in o["who"]}
        required: bool | None = next(iter(others.values()), False)
        return required
    asked: bool | None = regime[what]["required"]
    return asked


def name_of(case: Case) -> str:
    return f"{case.regime} {case.what} {sorted(case.facts.items(), key=str)} {case.source}"


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_number_in_the_law_decides(case: Case) -> None:
    assert answer(assessed(case), case.what) is case.expected


def test_the_media_of_the_state_with_more_than_500_are_named_and_its_public_told_beside() -> None:
    found = assessed(
        Case(MEDIA, "US-HIPAA", "", {"persons": people(US_TX=620, US_OK=3), **CLINIC}, None)
    )

    assert [o["who"] for o in found["others"]] == ["prominent media outlets in US-TX"]
    assert (found["public"]["required"], found["public"]["mode"]) == (True, "and")


def many(critical: bool, sector: str) -> dict[str, Any]:
    return cn(1_000_000, critical_infrastructure=critical, sectors=[sector])


@pytest.mark.parametrize(
    ("regime", "what", "facts", "due"),
    [
        ("CN-PIPL", "early", many(False, "retail"), "2026-03-02T14:00:00Z"),
        ("CN-PIPL", "early", many(True, "energy"), "2026-03-02T11:00:00Z"),
        ("CN-PIPL", "early", many(False, "central_state_organ"), "2026-03-02T12:00:00Z"),
        ("CN-PIPL", "full", cn(1), None),
        ("EU-GDPR", "early", {"persons": people(DE=1)}, "2026-03-05T10:00:00Z"),
        ("US-HIPAA", "full", us("US_TX", 500), "2026-05-01T10:00:00Z"),
    ],
)  # fmt: skip
def test_a_report_is_due_when_the_law_says(
    regime: str, what: str, facts: dict[str, Any], due: str | None
) -> None:
    found = assessed(Case("", regime, "", facts, None))

    assert {r["phase"]: r["due"] for r in found["authority"]["reports"]}[what] == due


MINIMAL: dict[str, Any] = {
    "cause": "human_error",
    "bad_contacts": 0,
    "network_grade": "general",
    "critical_infrastructure": False,
    "established_in": ["BR"],
    "crime_suspected": False,
    "public_impact": False,
}
"""What docs/assess.md names beside data kinds, awareness, residences and sectors."""


def test_with_the_minimal_facts_no_regime_is_undecided() -> None:
    for places in (people(CN=10), people(DE=10), people(US_CA=10), people(US_TX=10, CN=5, DE=7)):
        for kinds in (["email_address"], SECRET, ["medical"]):
            facts = {"persons": places, "sectors": ["other"], **MINIMAL}
            for found in all_assessed(Case("", "", "", facts, None, kinds)):
                required = [
                    found[name]["required"] for name in ("authority", "individuals", "public")
                ]
                assert None not in [found["applies"], *required], (found["id"], found["missing"])


def test_what_is_undecided_names_the_facts_that_would_decide_it() -> None:
    found = assessed(Case("", "US-HIPAA", "", {"persons": people(US=620)}, None))

    assert found["applies"] is None
    assert found["missing"] == ["facts.bad_contacts", "facts.persons.by_residence", "facts.sectors"]


def test_an_assumption_is_told_with_its_rule_and_the_fact() -> None:
    found = assessed(Case("", "EU-GDPR", "", {"persons": people(DE=1)}, None))

    assert (
        "art34: facts.harm_averted is not known. The exemption of Art. 34(3)(b) counts only once "
        "it is established."
    ) in found["assumed"]


def test_an_order_of_the_authority_is_owed_whatever_the_rules_conclude() -> None:
    order = {"regime": "EU-GDPR", "by": "the authority", "at": AWARE}
    orders = [
        {**order, "asks": "individuals", "due": "2026-03-04T10:00:00Z", "reference": "DPC-1"},
        {**order, "asks": "report", "phase": "final"},
    ]
    facts = {"persons": people(DE=1), "harm_averted": True}
    found = assessed(Case("", "EU-GDPR", "", facts, None, stated={"orders": orders}))

    assert found["individuals"]["required"] is True
    assert found["individuals"]["due"] == "2026-03-04T10:00:00Z"
    assert "DPC-1" in found["individuals"]["reason"]
    assert [r["phase"] for r in found["authority"]["reports"]] == ["early", "full", "final"]
