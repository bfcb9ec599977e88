"""What the register says of an incident: what was owed, what was decided, how long it is kept."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tocsin.schemas.artefact import ArtefactKind, ArtefactState, Binding
from tocsin.schemas.canonical import instant
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.policy import Policy
from tocsin.schemas.register import DecisionState, Owed
from tocsin.services.decisions import check_reviewable, decision_name
from tocsin.services.register_choice import annual_log, check_annual, chosen

from fakes.deployment import incident
from fakes.registers import (
    ANNUAL,
    APPROVED,
    BERLIN,
    EARLY,
    HEALTH,
    OPENED,
    REGIMES,
    decided,
    duties,
    entry,
    european,
    mild,
    patients,
    recorded,
)


def test_a_decision_not_to_notify_says_why_who_approved_it_and_when_to_look_again() -> None:
    made = entry(recorded(mild(), **decided(recorded(mild()), EARLY)))
    duty = duties(made)[EARLY]
    assert (duty.owed, duty.cite, duty.rule) == (
        Owed.NOT_REQUIRED,
        "GDPR Art. 33(1)",
        "art33-early",
    )
    assert "risk to people is unlikely" in duty.reason
    assert duty.decision is not None
    assert (duty.decision.approved_by, duty.decision.approved_at) == ("ada", APPROVED)
    assert duty.decision.review_on == date(2026, 11, 26) + timedelta(days=180)


def test_a_review_moves_the_date_on_unless_it_was_of_an_approval_before() -> None:
    given = decided(recorded(mild()), EARLY)
    (name,) = given["approvals"]
    policy = BERLIN.model_copy(update={"decision_review_days": 30})
    for days, on, by in ((20, date(2027, 1, 15), "olga"), (-1, date(2026, 12, 26), "")):
        at = instant(APPROVED + timedelta(days=days))
        review = {name: {"by": "olga", "reason": "nothing came of it", "at": at}}
        made = entry(recorded(mild(), reviews=review, **given), policy=policy)
        decision = duties(made)[EARLY].decision
        assert decision is not None
        assert (decision.review_on, decision.reviewed_by) == (on, by)


@pytest.mark.parametrize(
    ("artefact", "state"),
    [
        ({"state": ArtefactState.SUBMITTED}, DecisionState.WAITING),
        ({"state": ArtefactState.VOID}, DecisionState.MISSING),
        ({"binding": Binding(text_hash="other")}, DecisionState.OUTDATED),
        ({}, DecisionState.APPROVED),
    ],
)
def test_a_decision_that_nobody_approved_as_it_stands_is_not_called_approved(
    artefact: dict[str, Any], state: DecisionState
) -> None:
    made = entry(recorded(mild(), **decided(recorded(mild()), EARLY, **artefact)))
    decision = duties(made)[EARLY].decision
    assert decision is not None
    assert decision.state is state
    assert bool(decision.approved_by) == (state in {DecisionState.APPROVED, DecisionState.OUTDATED})


def test_before_people_are_counted_a_decision_is_missing_and_what_follows_needs_none() -> None:
    found = duties(entry(recorded(mild())))
    states = {name: duty.decision and duty.decision.state for name, duty in found.items()}
    assert states[EARLY] is DecisionState.MISSING
    assert states["EU-GDPR:public"] is DecisionState.NOT_NEEDED


def test_a_regime_that_protects_nobody_concerned_is_left_out() -> None:
    found = {regime.id for regime in entry(recorded(mild())).regimes}
    assert "EU-GDPR" in found
    assert not found & {"CN-PIPL", "US-CA"}


def test_what_is_undecided_says_what_would_decide_it() -> None:
    made = entry(recorded(patients(None, "2026-11-20T09:30:00-06:00")))
    duty = duties(made)[ANNUAL]
    assert duty.owed is Owed.UNDECIDED
    assert "persons.total" in duty.missing or "facts.persons" in duty.missing
    assert duty.decision is None
    assert made.persons_stated.text == "unknown"


def test_a_report_says_when_it_was_laid_ready_and_what_the_authority_gave_back() -> None:
    at = OPENED + timedelta(hours=3)
    filings = {"report-EU-GDPR-early": {"duty": EARLY, "filed_at": instant(at)}}
    receipt = SimpleNamespace(reference="DPC-7", at=at + timedelta(hours=1))
    file = incident(facts={"aware": "2026-11-20T09:30:00+01:00", "persons": {"total": 3}})
    first = {"EU-GDPR": at + timedelta(hours=2)}
    given = recorded(
        file,
        filings=filings,
        receipts={"report-EU-GDPR-early": receipt},
        met=(EARLY,),
        first_notices=first,
    )
    found = duties(entry(given))
    early = found[EARLY]
    assert (early.met, early.met_at, early.reference) == (True, at, "DPC-7")
    assert early.received_at == at + timedelta(hours=1)
    assert early.first_notice_at is None
    individuals = found["EU-GDPR:individuals"]
    assert (individuals.met, individuals.first_notice_at) == (False, first["EU-GDPR"])


def test_an_entry_is_kept_for_the_months_that_the_regime_names_from_the_last_act_on_record() -> (
    None
):
    law = REGIMES["EU-GDPR"]
    given = recorded(mild(), **decided(recorded(mild()), EARLY))
    for months, until in ((24, date(2028, 11, 26)), (3, date(2027, 2, 26)), (None, None)):
        kept = law.model_copy(update={"register_months": months})
        assert european(entry(given, regimes=[kept])).keep_until == until


def test_the_version_of_a_regime_counts_that_held_when_the_organisation_became_aware() -> None:
    law = REGIMES["EU-GDPR"]
    older = law.model_copy(update={"valid_to": date(2026, 11, 20), "register_months": 12})
    newer = law.model_copy(update={"valid_from": date(2026, 11, 21), "register_months": 60})
    given = recorded(mild(), **decided(recorded(mild()), EARLY))
    assert european(entry(given, regimes=[older, newer])).keep_until == date(2027, 11, 26)


@pytest.mark.parametrize(
    ("aware", "zone", "year", "due"),
    [
        ("2026-12-31T23:30:00+01:00", "Europe/Berlin", 2026, date(2027, 3, 1)),
        (
            "2027-01-01T00:30:00+01:00",
            "Europe/Berlin",
            2027,
            date(2028, 2, 29),
        ),  # 31 December in UTC
        (
            "2026-12-31T20:30:00-06:00",
            "America/Chicago",
            2026,
            date(2027, 3, 1),
        ),  # 1 January in UTC
    ],
)
def test_the_log_of_a_year_goes_by_the_clock_of_the_organisation(
    aware: str, zone: str, year: int, due: date
) -> None:
    policy = Policy(home_zone=zone)
    made = entry(recorded(patients(499, aware), policy=policy), policy=policy)
    assert made.year == year
    (logged,) = annual_log([made], regime="US-HIPAA", year=year)
    ((duty,),) = (regime.duties for regime in logged.regimes)
    assert duty.id == ANNUAL
    assert duty.due_at is not None
    assert duty.due_at.astimezone(ZoneInfo(zone)).date() == due
    for other in (year - 1, year + 1):
        assert annual_log([made], regime="US-HIPAA", year=other) == ()


def test_where_nobody_says_since_when_it_is_known_the_year_is_that_of_raising_it() -> None:
    assert entry(recorded(patients(10, None))).year == 2026


@pytest.mark.parametrize(
    ("count", "state", "logged"),
    [(499, "closed", 1), (500, "open", 0), (None, "open", 1), (499, "withdrawn", 0)],
)
def test_the_log_holds_what_is_owed_or_may_be_and_nothing_that_was_withdrawn(
    count: int | None, state: str, logged: int
) -> None:
    made = entry(recorded(patients(count, "2026-11-20T09:30:00-06:00"), state=state))
    assert len(annual_log([made], regime="US-HIPAA", year=2026)) == logged


def test_a_regime_is_shown_with_nothing_of_the_others_and_a_year_without_other_years() -> None:
    file = incident(
        facts=HEALTH
        | {"aware": "2026-11-20T09:30:00+01:00", "persons": {"by_residence": {"DE": 3, "CN": 4}}}
    )
    made = entry(recorded(file))
    assert len(made.regimes) > 1
    (only,) = chosen([made], regime="CN-PIPL", year=None)
    assert [regime.id for regime in only.regimes] == ["CN-PIPL"]
    assert only.regimes[0].persons.text == "4"
    assert chosen([made], regime="US-CA", year=None) == ()
    assert chosen([made], regime=None, year=2025) == ()
    assert chosen([made], regime=None, year=2026) == (made,)


def test_a_log_that_no_law_asks_for_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidInput, match="asks for no log") as refused:
        check_annual("EU-GDPR", 2026, [*REGIMES.values()])
    assert (refused.value.field, "US-HIPAA" in str(refused.value.fix)) == ("--annual", True)
    with pytest.raises(InvalidInput) as refused:
        check_annual("US-HIPAA", None, [*REGIMES.values()])
    assert refused.value.field == "--year"


def test_nothing_but_an_approved_decision_is_reviewed() -> None:
    (made,) = decided(recorded(mild()), EARLY)["artefacts"]
    check_reviewable(made)
    with pytest.raises(Conflict, match="only an approved decision"):
        check_reviewable(made.model_copy(update={"state": ArtefactState.SUBMITTED}))
    with pytest.raises(InvalidInput, match="is no decision"):
        check_reviewable(made.model_copy(update={"kind": ArtefactKind.NOTICE}))


def test_two_reports_of_one_phase_are_decided_on_each_by_itself() -> None:
    (duty,) = (duty for duty, _ in recorded(mild()).duties if duty.id == EARLY)
    assert decision_name(duty) == "decision-EU-GDPR-authority-early"
    other = duty.model_copy(update={"id": f"{EARLY}:sector"})
    assert decision_name(other) != decision_name(duty)
