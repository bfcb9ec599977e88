"""Both hops have clocks: the processor's to tell, and each controller's from being told."""

from datetime import UTC, datetime, timedelta

import pytest
from tocsin.rules.children import NOT_SET, controller_named
from tocsin.schemas.circumstances import PartyRole
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.fact import FactState

from fakes.processors import AWARE, KEEPER, TOLD, child, controller, kept, owed, with_facts

_HOSPITALS = (
    controller("North Hospital", persons={"by_residence": {"US-TX": 501}}),
    controller("South Hospital", persons={"by_residence": {"US-TX": 500}}),
    controller("West Hospital", persons={"total": 3_999, "by_residence": {"US-TX": 3_999}}),
)
_ASSOCIATE = {
    "sectors": ["hipaa_business_associate"],
    "persons": {"total": 5_000, "by_residence": {"US-TX": 5_000}},
}


def test_a_business_associate_owes_each_covered_entity_word_within_60_days() -> None:
    told = {
        name: duty
        for name, duty in owed(kept(*_HOSPITALS, **_ASSOCIATE)).items()
        if name.startswith("US-HIPAA")
    }
    assert sorted(told) == [f"US-HIPAA:other:covered-entity:{n}" for n in (1, 2, 3)]
    assert [duty.to.partition(",")[0] for _, duty in sorted(told.items())] == [
        "North Hospital",
        "South Hospital",
        "West Hospital",
    ]
    assert {duty.due_at for duty in told.values()} == {AWARE + timedelta(days=60)}


@pytest.mark.parametrize(("number", "media"), [(1, True), (2, False)])
def test_the_media_threshold_of_a_covered_entity_counts_its_own_people_alone(
    number: int, *, media: bool
) -> None:
    parent = kept(*_HOSPITALS, **_ASSOCIATE)
    theirs = with_facts(child(parent, number), sectors=["hipaa_covered_entity"])
    found = owed(theirs)
    assert ("US-HIPAA:other:media" in found) is media
    assert "US-HIPAA:individuals" in found
    assert found["US-HIPAA:individuals"].due_at == TOLD + timedelta(days=60)
    assert not any(":other:covered-entity" in name for name in found)


def test_a_processor_owes_no_report_and_no_notice_and_tells_each_controller() -> None:
    parent = kept(controller("Alpha Shop"), controller("Beta Shop"), persons={"total": 90})
    parent = with_facts(parent, persons={"by_residence": {"DE": 90}})
    found = {name for name in owed(parent) if name.startswith("EU-GDPR")}
    assert found == {"EU-GDPR:other:art33-processor:1", "EU-GDPR:other:art33-processor:2"}


@pytest.mark.parametrize(
    ("told", "due"),
    [
        # summer time ends on 2026-10-25: 72 hours are 72 hours
        (datetime(2026, 10, 23, 15, tzinfo=UTC), datetime(2026, 10, 26, 15, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2026, 10, 27, 22, 30, tzinfo=UTC)),
    ],
)
def test_each_controllers_72_hours_run_from_its_own_telling(told: datetime, due: datetime) -> None:
    parent = kept(
        controller("Alpha Shop", persons={"by_residence": {"DE": 60}}),
        controller("Beta Shop", persons={"by_residence": {"DE": 30}}),
    )
    report = owed(child(parent, 1, told=told))["EU-GDPR:authority:early"]
    assert (report.starts_at, report.due_at) == (told, due)
    other = owed(child(parent, 2, told=told + timedelta(hours=5)))["EU-GDPR:authority:early"]
    assert other.due_at == due + timedelta(hours=5)


@pytest.mark.parametrize(
    ("place", "duty", "term"),
    [
        ("KE", "KE-DPA:other:controller:1", timedelta(hours=48)),
        ("US-FL", "US-FL:other:owner:1", timedelta(days=10)),
    ],
)
def test_where_the_law_gives_the_processor_a_number_its_clock_has_it(
    place: str, duty: str, term: timedelta
) -> None:
    parent = kept(
        controller("Alpha Shop"),
        persons={"by_residence": {place: 700}},
        determined=AWARE,
        sectors=["retail"],
    )
    found = owed(parent)
    assert found[duty].due_at == AWARE + term


def test_a_child_holds_what_happened_and_nobody_elses_people() -> None:
    parent = kept(
        controller("Alpha Shop", persons={"by_residence": {"DE": 60}}),
        controller("Beta Shop", where=[{"column": "owner", "equals": "beta"}]),
        persons={"total": 90, "by_residence": {"DE": 90}},
        records=1_000,
        minors=True,
    )
    made = child(parent, 1)
    assert made.parent == "INC-PARENT"
    assert made.organisation == "theirs"
    assert made.facts.persons.value is not None
    assert made.facts.persons.value.by_residence == {"DE": 60}
    assert made.facts.records.state is FactState.BEING_DETERMINED
    assert made.facts.minors.state is FactState.BEING_DETERMINED
    assert made.facts.aware.value is not None
    assert made.facts.aware.value.at == TOLD
    assert made.facts.role.value == "controller"
    assert made.facts.cause == parent.facts.cause
    assert made.narratives == parent.narratives
    assert made.measures == parent.measures
    (keeper,) = made.circumstances.parties.value or ()
    assert (keeper.name, keeper.role) == (KEEPER.legal_name, PartyRole.PROCESSOR)
    assert made.scope == NOT_SET
    assert "Beta" not in made.model_dump_json()
    other = child(parent, 2)
    assert [c.column for c in other.scope.where] == ["system", "owner"]
    assert other.facts.persons.state is FactState.BEING_DETERMINED


def test_the_only_controller_has_everybody() -> None:
    parent = kept(controller("Alpha Shop"), persons={"by_residence": {"DE": 90}}, records=7)
    made = child(parent, 1)
    assert made.facts.persons == parent.facts.persons
    assert made.facts.records == parent.facts.records
    assert made.scope == parent.scope


def test_a_controller_that_is_not_there_is_named_with_those_that_are() -> None:
    parent = kept(controller("Alpha Shop"), controller("Beta Shop"))
    assert controller_named(parent, " beta shop", incident_id="INC-1")[0] == 2
    with pytest.raises(NotFound, match=r"--controller: .*Gamma.* - one of: Alpha Shop, Beta Shop"):
        controller_named(parent, "Gamma", incident_id="INC-1")
    with pytest.raises(Conflict, match=r"facts\.role: INC-1 is no processor's"):
        controller_named(with_facts(parent, role="controller"), "Alpha Shop", incident_id="INC-1")
