from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.duties import judge
from tocsin.rules.facts import Known, stated_as_hard
from tocsin.rules.headcount import headcount
from tocsin.rules.severity import assess
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import DueNature, Duty
from tocsin.schemas.incident import IncidentFile

from fakes.regimes import FOUR

AWARE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TARGETS = {"authority": 48, "individuals": 24}
REGIMES = FOUR
HOME = {"CN-PIPL": "CN", "EU-GDPR": "DE", "US-CA": "US-CA", "US-HIPAA": "US-TX"}
GRAVE: dict[str, Any] = {
    "confidentiality": "unknown_recipients",
    "integrity": "not_lost",
    "availability": "not_lost",
    "identifiability": "maximum",
    "cause": "malicious_outsider",
    "critical_infrastructure": False,
    "sectors": ["hipaa_covered_entity"],
    "network_grade": "general",
}
MILD: dict[str, Any] = {
    "confidentiality": "known_recipients",
    "integrity": "not_lost",
    "availability": "not_lost",
    "identifiability": "limited",
    "cause": "human_error",
    "critical_infrastructure": False,
    "sectors": ["hipaa_covered_entity"],
    "network_grade": "general",
}


def incident(
    *kinds: DataKind, limit: int | None = None, aware: object = AWARE, **facts: Any
) -> IncidentFile:
    return IncidentFile.model_validate(
        {
            "title": "A break-in",
            "organisation": "shop",
            "narratives": {"what_happened": {"en": "Someone copied the customer table."}},
            "data_kinds": kinds or (DataKind.NATIONAL_ID,),
            "scope": {"everyone": True},
            "facts": {"aware": aware, **facts},
            "announcement_limit": limit,
        }
    )


def duties(
    regime: str,
    about: IncidentFile,
    *,
    persons: int | None = 5,
    targets: dict[str, int] | None = None,
    announce: bool | None = None,
    raised_at: datetime | None = None,
) -> dict[str, Duty]:
    """Judge an incident of so many people, who live where the regime protects them."""
    people = headcount(about, None if persons is None else {HOME[regime]: persons})
    hard = stated_as_hard(about, people) if announce is None else announce
    judged = judge(
        REGIMES[regime],
        about,
        Known(assess(about), people, hard_to_tell=hard, bad_contacts=0),
        targets=TARGETS if targets is None else targets,
        raised_at=raised_at,
    )
    return {duty.id.removeprefix(f"{regime}:"): duty for duty in judged}


def test_a_regime_asks_for_a_report_per_phase_the_individuals_and_the_public() -> None:
    assert list(duties("CN-PIPL", incident())) == [
        "authority:early",
        "authority:full",
        "authority:final",
        "individuals",
        "public",
    ]
    assert list(duties("EU-GDPR", incident())) == [
        "authority:early",
        "authority:full",
        "individuals",
        "other:art33-processor",
        "public",
    ]


@pytest.mark.parametrize(
    ("persons", "required"), [(999_999, False), (1_000_000, True), (1_000_001, True)]
)
def test_china_wants_the_early_report_from_a_million_people_on(
    persons: int, required: bool
) -> None:
    early = duties("CN-PIPL", incident(**GRAVE), persons=persons)["authority:early"]

    assert early.required is required
    assert (early.due_at is None) is not required


@pytest.mark.parametrize("state", ["known", "estimated"])
def test_a_stated_number_counts_before_anyone_was_counted(state: str) -> None:
    about = incident(persons={"state": state, "value": {"by_residence": {"CN": 1_000_000}}})

    assert duties("CN-PIPL", about, persons=None)["authority:early"].required is True


def test_a_total_without_residences_leaves_open_whom_a_regime_protects() -> None:
    about = incident(persons={"total": 1_000_000})
    full = duties("CN-PIPL", about, persons=None)["authority:full"]

    assert (full.required, full.missing) == (None, ("facts.persons.by_residence",))
    assert full.due_at is not None


def test_a_grade_given_by_a_person_is_the_grade_but_numbers_can_only_raise_it() -> None:
    def early(persons: int, **facts: Any) -> bool | None:
        about = incident(**{**GRAVE, **facts})
        return duties("CN-PIPL", about, persons=persons)["authority:early"].required

    assert early(999_999, network_grade="general") is False
    assert early(10, network_grade="relatively_major") is True
    assert early(1_000_000, network_grade="general") is True
    assert early(10, network_grade="general", direct_loss_cny=4_999_999) is False
    assert early(10, network_grade="general", direct_loss_cny=5_000_000) is True
    assert early(10, network_grade="general", important_data=True) is True
    assert early(10, network_grade=None) is None


def test_an_unknown_number_leaves_the_early_report_undecided_with_its_clock_running() -> None:
    about = incident(critical_infrastructure=False, sectors=["retail"], network_grade="general")
    early = duties("CN-PIPL", about, persons=None)["authority:early"]

    assert early.required is None
    assert early.missing == ("facts.persons",)
    assert early.due_at == AWARE + timedelta(hours=4)
    assert "facts.persons" in early.reason


@pytest.mark.parametrize(("critical", "hours"), [(True, 1), (False, 4), (None, 1)])
def test_critical_infrastructure_has_one_hour_and_whoever_does_not_know_has_too(
    critical: bool | None, hours: int
) -> None:
    about = incident(critical_infrastructure=critical, sectors=["retail"])
    early = duties("CN-PIPL", about, persons=2_000_000)["authority:early"]

    assert early.due_at == AWARE + timedelta(hours=hours)
    assert early.due_nature is DueNature.LAW
    assert ("facts.critical_infrastructure" in early.missing) is (critical is None)
    assert ("assumed" in early.due_source) is (critical is None)
    assert ("public security" in early.to) is (critical is True)


def test_where_the_law_says_immediately_the_operators_target_holds_as_policy() -> None:
    full = duties("CN-PIPL", incident())["authority:full"]

    assert full.due_at == AWARE + timedelta(hours=48)
    assert full.due_nature is DueNature.POLICY
    assert full.due_source.startswith("own target: 48 hours; law: immediately")


def test_the_more_particular_target_wins() -> None:
    about = duties("CN-PIPL", incident(), targets={"authority": 48, "authority:full": 6})

    assert about["authority:full"].due_at == AWARE + timedelta(hours=6)


def test_without_law_and_target_the_missing_target_is_named() -> None:
    told = duties("CN-PIPL", incident(), targets={})["individuals"]

    assert (told.due_at, told.due_nature) == (None, None)
    assert told.missing == ("targets.individuals",)


def test_the_gdpr_report_is_due_72_clock_hours_after_awareness() -> None:
    early = duties("EU-GDPR", incident(**GRAVE))["authority:early"]

    assert early.required is True
    assert early.due_at == AWARE + timedelta(hours=72)
    assert (early.due_nature, early.cite) == (DueNature.LAW, "GDPR Art. 33(1)")


def test_the_summary_report_waits_for_the_end_and_never_starts_before_awareness() -> None:
    open_ended = duties("CN-PIPL", incident(), persons=2_000_000)["authority:final"]
    past = incident(ended=AWARE - timedelta(days=90))
    later = incident(ended=AWARE + timedelta(days=5))

    assert (open_ended.due_at, open_ended.missing) == (None, ("facts.handled",))
    assert duties("CN-PIPL", past, persons=2_000_000)["authority:final"].starts_at == AWARE
    assert duties("CN-PIPL", later, persons=2_000_000)[
        "authority:final"
    ].due_at == AWARE + timedelta(days=35)


def test_detection_then_raising_stand_in_for_an_awareness_that_nobody_recorded() -> None:
    detected = AWARE - timedelta(hours=2)
    silent = incident(aware=None)

    stood_in = duties("EU-GDPR", incident(aware=None, detected=detected), raised_at=AWARE)
    raised = duties("EU-GDPR", silent, raised_at=AWARE)
    unknown = duties("EU-GDPR", silent)

    assert stood_in["authority:early"].starts_at == detected
    assert raised["authority:early"].starts_at == AWARE
    assert unknown["authority:early"].due_at is None
    assert all(
        d["authority:early"].missing == ("facts.aware",) for d in (stood_in, raised, unknown)
    )


def test_a_day_without_an_hour_starts_its_clock_at_midnight() -> None:
    about = incident(aware={"state": "known", "value": {"at": AWARE, "precision": "day"}}, **GRAVE)

    early = duties("EU-GDPR", about)["authority:early"]

    assert early.due_at == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_low_risk_among_known_recipients_is_not_reported_but_says_why() -> None:
    early = duties("EU-GDPR", incident(DataKind.NAME, **MILD))["authority:early"]

    assert (early.required, early.due_at) == (False, None)
    assert "Art. 33(5)" in early.reason


def test_a_low_risk_among_strangers_is_reported_unless_the_data_cannot_be_read() -> None:
    strangers = {**MILD, "confidentiality": "unknown_recipients"}
    unreadable = duties("EU-GDPR", incident(DataKind.NAME, **strangers, unintelligible=True))
    readable = duties("EU-GDPR", incident(DataKind.NAME, **strangers))

    assert readable["authority:early"].required is True
    assert unreadable["authority:early"].required is False


def test_a_high_risk_is_told_to_the_people_and_a_lesser_one_is_not() -> None:
    assert duties("EU-GDPR", incident(**GRAVE))["individuals"].required is True
    assert duties("EU-GDPR", incident(DataKind.NAME, **MILD))["individuals"].required is False


@pytest.mark.parametrize("exemption", ["unintelligible", "harm_averted"])
@pytest.mark.parametrize(("value", "required"), [(True, False), (False, True), (None, True)])
def test_an_exemption_counts_only_once_it_is_established(
    exemption: str, value: bool | None, required: bool
) -> None:
    about = incident(DataKind.MEDICAL, **{**GRAVE, exemption: value})

    assert duties("EU-GDPR", about)["individuals"].required is required


@pytest.mark.parametrize(("averted", "required"), [(True, False), (False, True), (None, True)])
def test_china_has_people_told_unless_harm_is_averted_but_the_authority_always(
    averted: bool | None, required: bool
) -> None:
    about = duties("CN-PIPL", incident(DataKind.NAME, **MILD, harm_averted=averted))

    assert about["individuals"].required is required
    assert about["authority:full"].required is True


@pytest.mark.parametrize(("announce", "required"), [(True, True), (False, False), (None, False)])
def test_the_public_is_told_as_the_switch_decides_by_the_clock_of_the_individuals(
    announce: bool | None, required: bool
) -> None:
    public = duties("CN-PIPL", incident(), announce=announce)["public"]

    assert public.required is required
    assert (public.due_at == AWARE + timedelta(hours=24)) is (required is True)


@pytest.mark.parametrize(("persons", "required"), [(99, False), (100, False), (101, True)])
def test_an_incidents_own_limit_calls_for_the_public(persons: int, required: bool) -> None:
    assert duties("CN-PIPL", incident(limit=100), persons=persons)["public"].required is required


def test_no_public_notice_is_owed_where_nobody_needs_to_be_told() -> None:
    about = incident(DataKind.NAME, **MILD)

    assert duties("EU-GDPR", about, announce=True)["public"].required is False


ORDERED: dict[str, list[Any]] = {
    "confidentiality": ["not_lost", "known_recipients", "unknown_recipients"],
    "integrity": ["not_lost", "recoverable", "not_recoverable"],
    "availability": ["not_lost", "temporary", "permanent"],
    "identifiability": ["negligible", "limited", "significant", "maximum"],
    "critical_infrastructure": [False, True],
    "unintelligible": [True, False],
    "harm_averted": [True, False],
    "low_probability": [True, False],
    "network_grade": ["general", "relatively_major", "major", "particularly_major"],
    "sectors": [[], ["hipaa_covered_entity"]],
}
worlds = st.fixed_dictionaries(
    {name: st.sampled_from([None, *values]) for name, values in ORDERED.items()}
)
GRAVITY: dict[bool | None, int] = {False: 0, None: 1, True: 2}


@settings(deadline=None, max_examples=200)
@given(world=worlds, name=st.sampled_from(sorted(ORDERED)), data=st.data())
@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_a_graver_fact_never_turns_a_duty_off_nor_gives_it_more_time(
    regime: str, world: dict[str, Any], name: str, data: st.DataObject
) -> None:
    values = ORDERED[name]
    milder = data.draw(st.integers(0, len(values) - 1))
    graver = data.draw(st.integers(milder, len(values) - 1))
    persons = data.draw(st.sampled_from([None, 999_999, 1_000_000]))

    before = duties(regime, incident(**{**world, name: values[milder]}), persons=persons)
    after = duties(regime, incident(**{**world, name: values[graver]}), persons=persons)

    for which, duty in before.items():
        assert GRAVITY[after[which].required] >= GRAVITY[duty.required]
        later = after[which].due_at
        assert duty.due_at is None or (later is not None and later <= duty.due_at)


@settings(deadline=None, max_examples=100)
@given(world=worlds, few=st.integers(0, 3_000_000), more=st.integers(0, 3_000_000))
@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_more_people_never_turn_a_duty_off(
    regime: str, world: dict[str, Any], few: int, more: int
) -> None:
    about = incident(limit=1_000, **world)
    before = duties(regime, about, persons=few)
    after = duties(regime, about, persons=few + more)

    # A report of many takes the place of the log of few: either is one report.
    annual = "authority:annual"
    if annual in before and after["authority:full"].required:
        assert before.pop(annual).required is not None
    assert all(GRAVITY[after[k].required] >= GRAVITY[d.required] for k, d in before.items())


@settings(deadline=None, max_examples=200)
@given(world=worlds, filling=worlds)
@pytest.mark.parametrize("regime", sorted(REGIMES))
def test_not_knowing_never_frees_from_a_duty_that_knowing_would_bring(
    regime: str, world: dict[str, Any], filling: dict[str, Any]
) -> None:
    full = {k: filling[k] if v is None else v for k, v in world.items()}
    unsure = duties(regime, incident(**world), persons=5)
    sure = duties(regime, incident(**full), persons=5)

    for which, duty in sure.items():
        if duty.required:
            assert unsure[which].required is not False


def test_every_duty_that_is_owed_or_undecided_has_a_clock_once_awareness_is_known() -> None:
    for regime, persons in product(REGIMES, (None, 10, 2_000_000)):
        about = incident(DataKind.TAX_ID_SSN, ended=AWARE, **GRAVE)
        for duty in duties(regime, about, persons=persons, announce=True).values():
            dependent = duty.rule == "ca-attorney-general"
            undecided_public = duty.mode is not None and duty.required is None
            waits = duty.required is False or dependent or undecided_public
            assert (duty.due_at is None) is waits, duty.id
