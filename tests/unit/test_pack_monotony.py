"""No rule of the pack is lighter on a graver incident, nor on one of which less is known.

The facts are drawn under the paths that conditions name, and the rules are asked directly: what an
incident file makes of its facts is not judged here.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tocsin.regimes.load import load_regimes, load_risk
from tocsin.rules.due_times import with_times
from tocsin.rules.risk import risk_of
from tocsin.rules.timing import Timing
from tocsin.rules.verdicts import conclude
from tocsin.rules.versions import in_force
from tocsin.schemas.duty import Addressee, Duty, PublicMode, RiskLevel
from tocsin.schemas.fact import Fact
from tocsin.schemas.fact_paths import FACT_PATHS, FactPath, FactShape, Leaning
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.regime import PublicRule, Regime, Rule

DAY = datetime(2026, 11, 26, tzinfo=UTC).date()
LAWS = in_force(load_regimes(), DAY)
NUMBERS = sorted(
    {0, 1, 10**9, *(n + step for n in (100, 500, 1000, 10_000) for step in (-1, 0, 1))}
)
QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
_ASIDE = ("facts.processor", "facts.role", "risk.level")
"""Who owes a duty turns on these, and a level of risk is spelt out in facts."""


def scale_of(fact: FactPath) -> list[Any]:
    """Return the values of a fact from the mildest to the gravest."""
    scale: list[Any]
    match fact.shape:
        case FactShape.FLAG:
            scale = [False, True]
        case FactShape.NUMBER:
            scale = list(NUMBERS)
        case FactShape.MOMENT:
            scale = [datetime(2026, 11, 20, tzinfo=UTC)]
        case FactShape.CHOICE:
            scale = list(fact.choices)
        case FactShape.SET:
            names = fact.choices or ("DE", "US", "AU", "HK", "IN")
            scale = [frozenset(), frozenset(names[: len(names) // 2]), frozenset(names)]
    return scale[::-1] if fact.leaning is Leaning.MITIGATING else scale


SCALES = {path: scale_of(fact) for path, fact in FACT_PATHS.items()}
LEANING = [p for p, fact in FACT_PATHS.items() if fact.leaning is not Leaning.NEUTRAL]


def value_of(path: str) -> st.SearchStrategy[Any]:
    """Return any value of a fact, or that it is unknown; its ends come often."""
    scale = SCALES[path]
    ends = st.sampled_from([scale[-1], scale[0]])
    return st.one_of(ends, st.none(), st.sampled_from(scale))


FACTS = st.fixed_dictionaries({path: value_of(path) for path in FACT_PATHS}).map(
    lambda facts: {
        **facts,
        "facts.processor": facts["facts.role"] == "processor",
        "facts.effects": facts["facts.effects"] or frozenset(),
        "data_kinds": facts["data_kinds"] or frozenset(["name"]),
    }
)


@st.composite
def graver(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return facts, and the same with some that are known made graver."""
    mild = draw(FACTS)
    able = [p for p in LEANING if p not in _ASIDE and mild[p] in SCALES[p][:-1]]
    some = st.sets(st.sampled_from(able), min_size=1) if able else st.just(set())
    chosen = sorted(draw(st.one_of(some, st.just(set(able)))))
    above = {p: SCALES[p][SCALES[p].index(mild[p]) + 1 :] for p in chosen}
    return mild, {**mild, **{p: draw(st.sampled_from(values)) for p, values in above.items()}}


def rules_of(regime: Regime) -> list[tuple[Rule, Addressee]]:
    return [
        *((rule, Addressee.AUTHORITY) for rule in regime.reports),
        (regime.individuals, Addressee.INDIVIDUALS),
        (regime.public, Addressee.PUBLIC),
        *((rule, Addressee.OTHER) for rule in regime.others),
    ]


def held(facts: dict[str, Any]) -> dict[tuple[str, str], bool | None]:
    """Return what each rule concludes by itself, also the one on when a regime applies.

    A duty is owed where both hold, so it is as steady as the two of them.
    """
    return {
        (law.id, rule.id): conclude(rule.when, rule.assumes, facts).value
        for law in LAWS
        for rule in (*([law.applies] if law.applies else []), *(r for r, _ in rules_of(law)))
    }


EXEMPT = {(law.id, rule.id) for law in LAWS for rule, _ in rules_of(law) if rule.when_exempt}


@QUICK
@given(graver())
def test_a_graver_fact_never_turns_a_duty_off(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    mild, grave = (held(facts) for facts in pair)

    lifted = [
        name
        for name, required in mild.items()
        if name not in EXEMPT
        and (
            (required is True and grave[name] is not True)
            or (required is None and grave[name] is False)
        )
    ]
    assert lifted == []


@QUICK
@given(FACTS, st.data())
def test_what_is_assumed_of_an_unknown_fact_is_as_grave_as_any_value_of_it(
    facts: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(ASSUMED))
    unknown = {**facts, path: None}
    for regime in LAWS:
        for rule, _ in (*rules_of(regime), *([(regime.applies, None)] if regime.applies else [])):
            if rule.when_exempt or path not in {a.fact for a in rule.assumes}:
                continue
            taken = conclude(rule.when, rule.assumes, unknown).value
            told = [
                conclude(rule.when, rule.assumes, {**facts, path: value}).value
                for value in SCALES[path]
            ]
            permits = isinstance(rule, PublicRule) and rule.mode is PublicMode.INSTEAD
            said = f"{regime.id} {rule.id}"
            if permits and taken is True:
                assert False not in told, said
            elif not permits and taken is False:
                assert True not in told, said


ASSUMED = sorted(
    {a.fact for law in LAWS for rule, _ in rules_of(law) for a in rule.assumes}
    | {a.fact for law in LAWS if law.applies for a in law.applies.assumes}
)


@QUICK
@given(graver())
def test_a_graver_fact_never_lowers_the_risk(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    order = list(RiskLevel)
    mild, grave = (risk_of(load_risk(), facts).level for facts in pair)

    # undecided is between what holds and a high level
    assert mild is not RiskLevel.HIGH or grave is RiskLevel.HIGH
    assert mild is None or grave is None or order.index(grave) >= order.index(mild)


def instants(at: datetime) -> IncidentFacts:
    moments: dict[str, Fact[Any]] = {
        path.removeprefix("facts."): Fact.model_validate(
            {"state": "known", "value": {"at": at.isoformat()}}
        )
        for path, fact in FACT_PATHS.items()
        if fact.shape is FactShape.MOMENT
    }
    return IncidentFacts.model_validate({n: fact.model_dump() for n, fact in moments.items()})


def due(facts: dict[str, Any], recorded: IncidentFacts, at: datetime) -> dict[str, datetime | None]:
    found = {}
    for regime in LAWS:
        timing = Timing(
            recorded, facts, targets={}, raised_at=at, regime=regime.id, holidays=regime.holidays
        )
        for rule, addressee in rules_of(regime):
            deadline = getattr(rule, "deadline", None)
            if deadline is None or not (deadline.stricter or deadline.longer or deadline.rolls):
                continue
            duty = Duty(
                id=rule.id,
                regime=regime.id,
                addressee=addressee,
                required=True,
                reason="",
                cite=rule.cite,
            )
            found[f"{regime.id} {rule.id}"] = with_times(duty, deadline, timing).due_at
    return found


@QUICK
@given(graver(), st.integers(0, 24 * 400))
def test_a_graver_fact_never_makes_a_due_time_later(
    pair: tuple[dict[str, Any], dict[str, Any]], hours: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    recorded = instants(at)
    mild, grave = (due(facts, recorded, at) for facts in pair)

    later = [
        name
        for name, before in mild.items()
        if before is not None and (after := grave[name]) is not None and after > before
    ]
    assert later == []


def test_a_shorter_term_that_applies_is_never_later_than_the_rule_itself() -> None:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    recorded = instants(at)
    for regime in LAWS:
        timing = Timing(
            recorded,
            dict.fromkeys(FACT_PATHS),
            targets={},
            raised_at=at,
            regime=regime.id,
            holidays=regime.holidays,
        )
        for rule, addressee in rules_of(regime):
            deadline = getattr(rule, "deadline", None)
            if deadline is None or not deadline.stricter or deadline.value is None:
                continue
            duty = Duty(
                id=rule.id,
                regime=regime.id,
                addressee=addressee,
                required=True,
                reason="",
                cite=rule.cite,
            )
            plain = with_times(duty, deadline.model_copy(update={"stricter": ()}), timing).due_at
            strict = with_times(duty, deadline, timing).due_at
            assert plain is None or strict is None or strict <= plain, rule.id


def test_the_facts_that_are_drawn_decide_duties_both_ways() -> None:
    """The gravest facts owe most of the pack, the mildest owe little: the draw is no empty one."""
    grave = {path: SCALES[path][-1] for path in FACT_PATHS} | {"facts.processor": False}
    mild = {path: SCALES[path][0] for path in FACT_PATHS} | {"facts.processor": False}
    most, least = held(grave), held(mild)

    assert sum(v is True for v in most.values()) > len(most) // 2
    assert sum(v is True for v in least.values()) < len(least) // 4
