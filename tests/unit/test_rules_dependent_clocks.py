"""Clocks that start with something else: a filing, a decision; and other kinds of ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.rules.duties import judge
from tocsin.rules.facts import Known
from tocsin.rules.filings import Filing
from tocsin.rules.headcount import headcount
from tocsin.rules.severity import assess
from tocsin.rules.versions import in_force
from tocsin.schemas.duty import Duty
from tocsin.schemas.incident import IncidentFile
from tocsin.services.assessment import as_closed
from tocsin.services.filed_clocks import start_clocks

from fakes.ledgers import event

BERLIN = ZoneInfo("Europe/Berlin")
AWARE = "2026-10-23T20:00:00+02:00"
MAJOR: dict[str, Any] = {
    "sectors": ["finance", "insurance"],
    "established_in": ["DE"],
    "critical_services": True,
    "cause": "malicious_outsider",
    "confidentiality": "unknown_recipients",
}


def incident(place: str = "DE", **fields: Any) -> IncidentFile:
    facts = fields.pop("facts", {})
    document: Any = {
        "title": "A break-in",
        "organisation": "insurer",
        "narratives": {"what_happened": {"en": "Someone copied the table."}},
        "data_kinds": ["name", "tax_id_ssn", "medical"],
        "scope": {"everyone": True},
        "facts": {"aware": AWARE, "persons": {"by_residence": {place: 900}}, **facts},
        **fields,
    }
    return parse_incident(document)


def judged(
    name: str,
    file: IncidentFile,
    *,
    filed: dict[str, datetime] | None = None,
    elsewhere: dict[str, Filing] | None = None,
    zone: Any = BERLIN,
) -> dict[str, Duty]:
    day = datetime.fromisoformat(AWARE).date()
    (regime,) = [r for r in in_force(load_regimes(), day) if r.id == name]
    known = Known(assess(file), headcount(file, None))
    found = judge(
        regime, file, known, targets={}, zone=zone, filed=filed, elsewhere=elsewhere or {}
    )
    return {duty.id.removeprefix(f"{name}:"): duty for duty in found}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_what_waits_for_a_filing_has_an_estimate_and_no_due_time() -> None:
    """Regulation (EU) 2025/301 Art. 5(1): 72 hours and a month from the report before."""
    made = judged("EU-DORA", incident(facts={**MAJOR, "classified": "2026-10-26T08:00:00+01:00"}))

    early, middle, final = (made[f"authority:{p}"] for p in ("early", "intermediate", "final"))
    assert early.due_at == at("2026-10-26T12:00:00+01:00")
    assert (middle.due_at, final.due_at) == (None, None)
    assert middle.estimated_at == at("2026-10-29T12:00:00+01:00")
    # a month from Thursday the 29th is Sunday 29 November: noon of the next working day
    assert final.estimated_at == at("2026-11-30T12:00:00+01:00")


def test_once_filed_the_next_clock_runs_from_the_filing_and_not_from_its_term() -> None:
    first = load_regime("EU-DORA").reports[0].id
    filed = {f"EU-DORA:{first}": at("2026-10-26T09:15:00+01:00")}

    made = judged("EU-DORA", incident(facts=MAJOR), filed=filed)

    assert made["authority:intermediate"].due_at == at("2026-10-29T09:15:00+01:00")
    assert made["authority:intermediate"].estimated_at is None


def test_of_two_ends_the_earlier_one_counts_unless_it_lies_before_the_start() -> None:
    """Art. 5(1)(a): 4 hours from classification, 24 from awareness; 5(2): classified later."""
    soon = judged("EU-DORA", incident(facts={**MAJOR, "classified": "2026-10-24T18:30:00+02:00"}))
    late = judged("EU-DORA", incident(facts={**MAJOR, "classified": "2026-10-27T18:30:00+01:00"}))

    # 20:00 of Saturday is a day from awareness; the insurer has until noon of Monday
    assert soon["authority:early"].due_at == at("2026-10-26T12:00:00+01:00")
    assert late["authority:early"].due_at == at("2026-10-27T22:30:00+01:00")


def test_a_bank_has_no_relief_over_the_weekend() -> None:
    """Art. 5(5)."""
    bank = {**MAJOR, "sectors": ["finance", "bank"], "classified": "2026-10-24T18:30:00+02:00"}

    made = judged("EU-DORA", incident(facts=bank))

    # four hours after 18:30 is later than a day after awareness, 20:00
    assert made["authority:early"].due_at == at("2026-10-24T20:00:00+02:00")


def test_a_copy_for_albany_waits_for_the_filing_in_washington() -> None:
    """N.Y. Gen. Bus. Law 899-aa subd. 9: five business days after telling HHS."""
    clinic = {"sectors": ["hipaa_covered_entity"]}
    hhs = "US-HIPAA:hhs-500"
    expected = Filing(None, at("2026-12-22T13:00:00-05:00"))
    filed = Filing(at("2026-11-24T09:00:00-05:00"))

    before = judged("US-NY", incident("US-NY", facts=clinic), elsewhere={hhs: expected}, zone=None)
    after = judged("US-NY", incident("US-NY", facts=clinic), elsewhere={hhs: filed}, zone=None)

    copy = "authority:full:ny-hipaa-copy"
    # Christmas is a holiday, 31 December is not
    assert (before[copy].due_at, before[copy].estimated_at) == (
        None,
        at("2026-12-30T13:00:00-05:00"),
    )
    # Thanksgiving, 26 November, is a holiday in New York
    assert after[copy].due_at == at("2026-12-02T09:00:00-05:00")


def test_an_estimate_is_no_phantom_where_the_parent_is_not_owed() -> None:
    clinic = {"sectors": ["hipaa_covered_entity"]}

    made = judged(
        "US-NY",
        incident("US-NY", facts=clinic),
        elsewhere={"US-HIPAA:hhs-500": Filing(None, None)},
        zone=None,
    )

    copy = made["authority:full:ny-hipaa-copy"]
    assert (copy.due_at, copy.estimated_at) == (None, None)


@pytest.mark.parametrize(
    ("granted", "days"),
    [("2026-11-10T09:00:00-05:00", 45), ("2026-12-01T09:00:00-05:00", 30), (None, 30)],
)
def test_florida_gives_fifteen_days_more_for_cause_shown_within_the_thirty(
    granted: str | None, days: int
) -> None:
    """Fla. Stat. 501.171(3)(a); a request after the term, or none, moves nothing."""
    more = [{"regime": "US-FL", "at": granted, "by": "the Department"}] if granted else []
    start = "2026-10-23T20:00:00-04:00"
    file = incident("US-FL", facts={"determined": start, "aware": start}, extensions=more)

    made = judged("US-FL", file, zone=ZoneInfo("America/New_York"))

    assert made["individuals"].due_at == (
        datetime(2026, 10, 23, 20, tzinfo=ZoneInfo("America/New_York")) + timedelta(days=days)
    )


def test_small_agents_in_brazil_have_twice_the_days_once_they_say_that_they_are_small() -> None:
    """Resolution CD/ANPD 15/2024: 3 business days, 6 for small agents; 2 November is a holiday."""
    start = {"aware": "2026-10-29T10:00:00-03:00", "minors": True}

    usual = judged("BR-LGPD", incident("BR", facts=start), zone=None)["authority:early"]
    small = judged("BR-LGPD", incident("BR", facts=start | {"small": True}), zone=None)

    assert usual.due_at == at("2026-11-04T10:00:00-03:00")
    assert small["authority:early"].due_at == at("2026-11-09T10:00:00-03:00")


def test_a_rule_that_changed_recomputes_no_duty_that_is_closed() -> None:
    made = judged("EU-GDPR", incident())
    early = made["authority:early"]
    older = early.model_copy(update={"law": "2018-05-25/0123456789ab", "due_at": None})

    closed = as_closed([early], [older], met={early.id})
    still_open = as_closed([early], [older], met=set())

    assert closed == [older]
    assert still_open == [early]


def test_a_duty_says_by_which_version_of_the_law_it_was_decided() -> None:
    early = judged("EU-GDPR", incident())["authority:early"]

    day, _, digest = early.law.partition("/")
    assert day == "2018-05-25"
    assert len(digest) == 12


def test_a_clock_without_a_start_is_named_by_its_fact() -> None:
    listed = {"sectors": ["listed_company"], "material": True}

    made = judged("US-SEC-8K", incident("US-NY", facts=listed), zone=UTC)

    (report,) = [d for d in made.values() if d.rule == load_regime("US-SEC-8K").reports[0].id]
    assert report.due_at is None
    assert "facts.material_since" in report.missing


def load_regime(name: str) -> Any:
    return {regime.id: regime for regime in load_regimes()}[name]


@pytest.mark.parametrize(
    ("fields", "judged_anew"),
    [
        ({"estimated_at": at("2026-12-01T00:00:00+00:00")}, True),
        ({"due_nature": "law"}, True),
        ({"due_nature": "law", "missing": ("facts.handled",)}, False),
        ({"due_nature": "law", "due_at": at("2026-12-01T00:00:00+00:00")}, False),
        ({"due_nature": "law", "required": False}, False),
    ],
)
def test_a_filing_judges_the_clocks_anew_where_one_may_wait_for_it(
    fields: dict[str, Any], judged_anew: bool
) -> None:
    waits = judged("EU-GDPR", incident())["authority:early"].model_copy(
        update={"due_at": None, "starts_at": None, "due_nature": None, "missing": ()}
    )
    duty = Duty.model_validate(waits.model_dump() | fields)

    assert bool(start_clocks(event("filing"), [duty])) is judged_anew
