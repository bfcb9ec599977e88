from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.regimes.load import load_regimes
from tocsin.rules.conditions import evaluate
from tocsin.rules.facts import FactValue, Known, facts_of, stated_as_hard
from tocsin.rules.headcount import Between, headcount
from tocsin.rules.severity import assess
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS
from tocsin.schemas.incident import IncidentFile

THREE = (True, False, None)
FLAGS = ("facts.unintelligible", "facts.harm_averted", "facts.critical_infrastructure")


def is_true(path: str) -> dict[str, Any]:
    return {"is": [path, True]}


def incident(**facts: Any) -> IncidentFile:
    return IncidentFile.model_validate(
        {
            "title": "A break-in",
            "organisation": "shop",
            "narratives": {"what_happened": {"en": "Someone copied the customer table."}},
            "data_kinds": ["email_address"],
            "scope": {"everyone": True},
            "facts": facts,
        }
    )


@pytest.mark.parametrize(("a", "b"), list(product(THREE, THREE)))
def test_all_and_any_follow_the_three_valued_tables(a: bool | None, b: bool | None) -> None:
    facts: dict[str, FactValue] = {FLAGS[0]: a, FLAGS[1]: b}
    leaves = [is_true(FLAGS[0]), is_true(FLAGS[1])]
    order = {False: 0, None: 1, True: 2}

    assert evaluate({"all": leaves}, facts).value is min((a, b), key=order.__getitem__)
    assert evaluate({"any": leaves}, facts).value is max((a, b), key=order.__getitem__)


@pytest.mark.parametrize(("value", "negated"), [(True, False), (False, True), (None, None)])
def test_not_leaves_the_unknown_unknown(value: bool | None, negated: bool | None) -> None:
    assert evaluate({"not": is_true(FLAGS[0])}, {FLAGS[0]: value}).value is negated


def test_nothing_asked_is_true_and_nothing_offered_is_false() -> None:
    assert evaluate({"all": []}, {}).value is True
    assert evaluate({"any": []}, {}).value is False


@pytest.mark.parametrize(
    ("count", "owed"), [(999_999, False), (1_000_000, True), (1_000_001, True), (None, None)]
)
def test_a_threshold_includes_its_own_number(count: int | None, owed: bool | None) -> None:
    tree = {"at_least": ["facts.persons", 1_000_000]}

    assert evaluate(tree, {"facts.persons": count}).value is owed


@pytest.mark.parametrize(
    ("bounds", "owed"),
    [
        (Between(minimum=10), True),
        (Between(minimum=9), None),
        (Between(maximum=9), False),
        (Between(maximum=10), None),
        (Between(2, 20), None),
    ],
)
def test_bounds_decide_a_threshold_where_they_can(bounds: Between, owed: bool | None) -> None:
    assert evaluate({"at_least": ["facts.persons", 10]}, {"facts.persons": bounds}).value is owed


def test_bounds_are_no_known_number() -> None:
    assert evaluate({"known": "facts.persons"}, {"facts.persons": Between(1, 2)}).value is False


def test_ordered_choices_compare_by_gravity() -> None:
    tree = {"at_least": ["severity.band", "high"]}
    found = {b: evaluate(tree, {"severity.band": b}).value for b in ("low", "high", "very_high")}

    assert found == {"low": False, "high": True, "very_high": True}


def test_one_of_several_choices_is_enough() -> None:
    tree = {"in": ["facts.cause", ["human_error", "system_fault"]]}

    assert evaluate(tree, {"facts.cause": "human_error"}).value is True
    assert evaluate(tree, {"facts.cause": "malicious_insider"}).value is False
    assert evaluate(tree, {"facts.cause": None}).value is None


def test_an_undecided_tree_names_only_the_facts_that_would_decide_it() -> None:
    facts: dict[str, FactValue] = {FLAGS[0]: None, FLAGS[1]: True, FLAGS[2]: None}
    tree = {"all": [is_true(FLAGS[0]), is_true(FLAGS[1]), {"not": is_true(FLAGS[0])}]}

    assert evaluate(tree, facts).missing == (FLAGS[0],)
    assert evaluate({"any": [is_true(FLAGS[1]), is_true(FLAGS[2])]}, facts).missing == ()


@pytest.mark.parametrize("tree", [{"known": "facts.typo"}, {"maybe": []}, {}, {"is": ["x", 1]}])
def test_a_typo_never_passes_as_an_unknown_fact(tree: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        evaluate(tree, {"facts.persons": 1})


leaves = st.sampled_from([*map(is_true, FLAGS), *({"known": path} for path in FLAGS)])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
    ),
    max_leaves=8,
)
worlds = st.fixed_dictionaries({path: st.sampled_from(THREE) for path in FLAGS})


@settings(deadline=None, max_examples=200)
@given(tree=trees, facts=worlds)
def test_a_verdict_is_unknown_exactly_when_it_names_what_is_missing(
    tree: dict[str, Any], facts: dict[str, FactValue]
) -> None:
    verdict = evaluate(tree, facts)

    assert (verdict.value is None) == bool(verdict.missing)
    assert all(facts[path] is None for path in verdict.missing)


plain = st.recursive(
    st.sampled_from([*map(is_true, FLAGS)]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(tree=plain, facts=worlds, filling=st.fixed_dictionaries({p: st.booleans() for p in FLAGS}))
def test_a_decided_verdict_stays_whatever_the_unknown_turns_out_to_be(
    tree: dict[str, Any], facts: dict[str, FactValue], filling: dict[str, bool]
) -> None:
    before = evaluate(tree, facts).value
    full = {path: filling[path] if facts[path] is None else facts[path] for path in FLAGS}
    after = evaluate(tree, full).value

    assert after is not None
    assert before is None or before is after


PIPL = next(regime for regime in load_regimes() if regime.id == "CN-PIPL")


def facts(about: IncidentFile, counted: dict[str, int] | None) -> dict[str, FactValue]:
    return facts_of(about, Known(assess(about), headcount(about, counted)), PIPL)


def test_an_incident_fills_every_path_that_a_condition_may_name() -> None:
    # a level of risk is spelt out in facts when a regime is loaded
    assert set(facts(incident(), None)) == set(FACT_PATHS) - {"risk.level"}


def test_what_is_not_stated_is_unknown_and_not_applicable_is_no() -> None:
    one = facts(incident(critical_infrastructure={"state": "not_applicable"}), None)

    assert one["facts.harm_averted"] is None
    assert one["facts.persons"] is None
    assert one["facts.sectors"] is None
    assert one["facts.critical_infrastructure"] is False


@pytest.mark.parametrize(
    ("stated", "counted", "expected"),
    [
        ({"by_residence": {"CN": 500}}, None, 500),
        ({"total": 500}, None, Between(0, 500)),
        ({"total": 500}, {"CN": 400}, 500),
        ({"total": 500}, {"CN": 600}, 600),
        ({"total": 500}, {"CN": 300, "DE": 100}, Between(300, 400)),
        ({"state": "estimated", "value": {"total": 500}}, {"CN": 400}, 400),
        ({"minimum": 10, "maximum": 20}, None, Between(0, 20)),
        ({"by_residence": {"CN": 3, "DE": 4}}, None, 3),
        ({"total": 9, "by_residence": {"CN": 3, "DE": 4}}, None, Between(3, 5)),
        (None, {"CN": 7}, 7),
        (None, {"DE": 7}, 0),
    ],
)
def test_a_count_replaces_an_estimate_but_not_a_larger_number_that_is_known(
    stated: object, counted: dict[str, int] | None, expected: int | Between
) -> None:
    assert facts(incident(persons=stated), counted)["facts.persons"] == expected


def test_whoever_lives_somewhere_in_a_country_may_live_in_any_of_its_states() -> None:
    one = incident(persons={"by_residence": {"US-CA": 450, "US-NY": 20, "US": 100}})
    people = headcount(one, None)

    assert people.living_in(["US-CA"]) == Between(450, 550)
    assert people.living_in(["US"]) == 570
    assert people.living_in(["*"]) == 570
    assert people.in_one_subdivision("US") == Between(450, 550)


def test_a_set_has_any_of_what_is_asked_for() -> None:
    asked = {"has_any": ["facts.sectors", ["finance", "insurance"]]}

    assert evaluate(asked, {"facts.sectors": frozenset({"insurance", "retail"})}).value is True
    assert evaluate(asked, {"facts.sectors": frozenset({"retail"})}).value is False
    assert evaluate(asked, {"facts.sectors": None}).value is None


@pytest.mark.parametrize(("limit", "hard"), [(None, False), (99, True), (100, False)])
def test_telling_is_hard_above_the_incidents_own_limit(limit: int | None, hard: bool) -> None:
    one = incident().model_copy(update={"announcement_limit": limit})

    assert stated_as_hard(one, headcount(one, {"CN": 100})) is hard


@pytest.mark.parametrize(
    "said", [{"announcement": {"reason": "No list of them exists."}}, {"unidentifiable": True}]
)
def test_telling_is_hard_where_the_operator_says_so(said: dict[str, Any]) -> None:
    stated = said.get("announcement")
    one = incident(**({} if stated else said))
    raw = one.model_dump(mode="json") | ({"announcement": stated} if stated else {})
    one = IncidentFile.model_validate(raw)

    assert stated_as_hard(one, headcount(one, None)) is True
