"""Every number in a condition of the rule pack turns exactly where it says, all else being equal.

Facts are sought on which a test alone decides, and the duty is judged one below
the number, at it, and one above. Whether it is the law's own is for `tests/decided/`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import pytest
from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.deadlines import deadlines
from tocsin.regimes.load import load_regimes, load_risk
from tocsin.rules.duties import judge
from tocsin.rules.facts import Known, facts_of
from tocsin.rules.headcount import headcount
from tocsin.rules.scope import applies
from tocsin.rules.versions import reaching, rules_of
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import Band, RiskLevel, Severity
from tocsin.schemas.fact_paths import FACT_PATHS, FactShape
from tocsin.schemas.regime import OwedBy, PublicRule, Regime, ReportRule, RiskRule, Rule

from fakes.deciding_facts import (
    KNOWN,
    PEOPLE,
    Facts,
    Place,
    at_place,
    holding,
    leaves_of,
    people_for,
    turning_on,
)

AWARE = "2026-03-02T10:00:00+00:00"
SOMEBODY = {"at_least": ["facts.persons", 1]}
TRIES = 400


class Threshold(NamedTuple):
    """A test of a number: where it stands."""

    regime: Regime
    rule: Rule
    place: Place
    path: str
    number: int

    @property
    def name(self) -> str:
        since = f"{self.regime.valid_from:%Y}"
        where = ".".join(map(str, self.place))
        return f"{self.regime.id} {since} {self.rule.id} {where} {self.path} {self.number}"


def written(regime: Regime) -> list[Rule]:
    return [*([regime.applies] if regime.applies else []), *rules_of(regime)]


def thresholds() -> list[Threshold]:
    return [
        Threshold(regime, rule, place, operand[0], operand[1])
        for regime in load_regimes()
        for rule in written(regime)
        for place, operator, operand in leaves_of(rule.when)
        if operator == "at_least"
        and FACT_PATHS[operand[0]].shape is FactShape.NUMBER
        and operand[0] not in STAND_IN
    ]


STAND_IN = {"persons.in_jurisdiction"}  # while nobody says where it is established


ALL = thresholds()

HIDDEN: Mapping[str, str] = {
    "strangers-grave": "readable data with strangers is a risk at any score: `strangers`",
    "strangers-many": "readable data with strangers is a risk at any score: `strangers`",
    "known-grave": "from a score of 150 on it is a risk at any score: `known`",
}
"""Rules of the table of risk for *high* whose numbers decide nothing where a *risk* suffices."""


def level_of(one: Threshold) -> str:
    """Return the rule of the table of risk that a test comes from, where a risk is asked for."""
    risk = {"any": [rule.when for rule in load_risk().rules]}
    for depth in range(len(one.place)):
        if at_place(one.rule.when, one.place[:depth]) == risk:
            return load_risk().rules[one.place[depth]].id
    return ""


def leaves_open(one: Threshold) -> bool:
    """Whether a number decides nothing but where a regime stays open while nobody says what for."""
    return one.path == "persons.in_us" and {"known": "facts.sectors"} in at_place(
        one.rule.when, one.place[:-1]
    ).get("any", [])


def required_by(one: Threshold, rule: Rule) -> list[tuple[Mapping[str, Any], bool]]:
    """Return what else has to be so for a rule to be owed."""
    needs: list[tuple[Mapping[str, Any], bool]] = []
    if one.path != "facts.persons":
        needs.append((SOMEBODY, True))
    if isinstance(rule, PublicRule):
        needs.append((one.regime.individuals.when, True))
    if isinstance(rule, ReportRule):
        needs += [(r.when, False) for r in one.regime.reports if r.replaces == rule.id]
    return needs


def role_of(rule: Rule) -> Facts:
    role = "processor" if rule.owed_by is OwedBy.PROCESSOR else "controller"
    return {
        "facts.role": frozenset({role}),
        "facts.processor": frozenset({role == "processor"}),
    }


def ways(one: Threshold) -> Iterator[tuple[Rule, Facts, bool]]:
    """Yield the rule to look at, facts on which the test decides it, and whether it denies."""
    regime = one.regime
    start = {one.path: (max(one.number - 1, 0), one.number + 1)}
    if one.rule is not regime.applies:
        scope = [] if regime.applies is None else [(regime.applies.when, True)]
        for facts, denied in turning_on(
            one.rule.when, one.place, {**role_of(one.rule), **start}, one.path
        ):
            for held in holding([*scope, *required_by(one, one.rule)], facts, one.path):
                yield one.rule, held, denied
        return
    for rule in rules_of(regime):
        facts_of_role = {**role_of(rule), **start}
        for facts, denied in turning_on(one.rule.when, one.place, facts_of_role, one.path):
            needs = [(rule.when, True), *required_by(one, rule)]
            for held in holding(needs, facts, one.path):
                yield rule, held, denied


def stated(facts: Facts, path: str) -> Any:
    """Return the value of a fact for an incident file."""
    held = facts[path]
    match FACT_PATHS[path].shape:
        case FactShape.NUMBER:
            return held[0]
        case FactShape.SET:
            return sorted(held[0])
        case _:
            return min(held, key=str)


def incident(facts: Facts, path: str, number: int, split: Mapping[str, int]) -> Any:
    told = {
        name.removeprefix("facts."): number if name == path else stated(facts, name)
        for name in facts
        if name.startswith("facts.") and name not in {*PEOPLE, "facts.kind", "facts.processor"}
    }
    known = [name.removeprefix(KNOWN) for name, so in facts.items() if so is True]
    moments = [name for name in known if FACT_PATHS[name].shape is FactShape.MOMENT]
    told |= {name.removeprefix("facts."): AWARE for name in moments}
    inside, outside = facts.get("data_kinds", (frozenset(), frozenset()))
    harmless = (kind.value for kind in DataKind if kind.value not in outside)
    around = {"kind": stated(facts, "facts.kind")} if "facts.kind" in facts else {}
    return parse_incident(
        {
            "title": "A break-in",
            "organisation": "acme",
            "narratives": {"what_happened": {"en": "Someone copied the table."}},
            "data_kinds": sorted(inside) or [next(harmless)],
            "scope": {"everyone": True},
            "facts": {"aware": AWARE, **told, "persons": {"by_residence": dict(split)}},
            "circumstances": around,
        }
    )


def verdicts(one: Threshold) -> list[list[bool | None]]:
    """Return whether the duty is owed below, at and above the number, for facts that were found.

    Several lots of facts are tried until one shows that the number decides.
    """
    numbers = [one.number - 1, one.number, one.number + 1]
    found: list[list[bool | None]] = []
    for rule, facts, denied in islice(ways(one), TRIES):
        splits = people_for(facts, one.regime.residences, one.path, numbers)
        if splits is None:
            continue
        seen = [
            judged(one, rule, facts, number, split)
            for number, split in zip(numbers, splits, strict=True)
        ]
        seen = [None if s is None else s is not denied for s in seen]
        found.append(seen)
        if seen == [False, True, True]:
            break
    return found


def judged(
    one: Threshold, rule: Rule, facts: Facts, number: int, split: Mapping[str, int]
) -> bool | None:
    case = incident(facts, one.path, number, split)
    score = number if one.path == "severity.score" else facts.get("severity.score", (0, 0))[0]
    severity = Severity(dpc=score, ei=100, cb=0, score=score, band=Band.LOW, inputs=())
    hard = facts.get("individuals.hard_to_tell", frozenset({False}))
    known = Known(severity, headcount(case, None), hard_to_tell=False not in hard)
    (regime,) = reaching([one.regime], case)
    return next(d.required for d in judge(regime, case, known, targets={}) if d.rule == rule.id)


@cache
def isolated(index: int) -> tuple[tuple[bool | None, ...], ...]:
    return tuple(tuple(seen) for seen in verdicts(ALL[index]))


def at(indices: Iterable[int]) -> pytest.MarkDecorator:
    found = list(indices)
    return pytest.mark.parametrize("index", found, ids=[ALL[i].name for i in found])


@at(i for i, one in enumerate(ALL) if level_of(one) not in HIDDEN and not leaves_open(one))
def test_a_duty_turns_exactly_at_the_number(index: int) -> None:
    found = isolated(index)

    assert (False, True, True) in found, found or "no facts leave this number alone to decide"


@pytest.mark.parametrize("rule", [rule for rule in load_risk().rules if rule.id in HIDDEN], ids=str)
def test_a_number_that_is_said_to_be_hidden_decides_nothing_where_a_risk_suffices(
    rule: RiskRule,
) -> None:
    risk = {"any": [each.when for each in load_risk().rules]}
    at_rule = load_risk().rules.index(rule)
    numbers = [
        (place, *operand)
        for place, operator, operand in leaves_of(rule.when)
        if operator == "at_least" and FACT_PATHS[operand[0]].shape is FactShape.NUMBER
    ]
    assert numbers
    for place, path, number in numbers:
        around = {path: (number - 1, number + 1)}
        assert next(turning_on(risk, (at_rule, *place), around, path), None) is None


def test_every_number_of_the_table_of_risk_decides_somewhere() -> None:
    table = {
        (rule.id, operand[0], operand[1])
        for rule in load_risk().rules
        for _, operator, operand in leaves_of(rule.when)
        if operator == "at_least" and FACT_PATHS[operand[0]].shape is FactShape.NUMBER
    }
    high = {"any": [rule.when for rule in load_risk().rules if rule.level is RiskLevel.HIGH]}
    deciding = set()
    for one in ALL:
        if level_of(one) in HIDDEN:
            continue
        for depth in range(len(one.place)):
            if at_place(one.rule.when, one.place[:depth]) == high:
                rule = load_risk().rules[one.place[depth]]
                deciding.add((rule.id, one.path, one.number))
        if level_of(one):
            deciding.add((level_of(one), one.path, one.number))
    assert deciding == table


@at(i for i, one in enumerate(ALL) if leaves_open(one))
def test_while_nobody_says_what_it_does_one_person_in_the_country_leaves_a_law_open(
    index: int,
) -> None:
    one = ALL[index]
    home = {"*": "US-TX"}.get(one.regime.residences[0], one.regime.residences[0])
    home = "US-TX" if home == "US" else home
    kinds: Facts = {"data_kinds": (frozenset(kind.value for kind in DataKind), frozenset())}

    def verdict(people: int) -> bool | None:
        case = incident(kinds, "", 0, {"DE": 5, home: people})
        severity = Severity(dpc=4, ei=1, cb=0, score=400, band=Band.VERY_HIGH, inputs=())
        known = Known(severity, headcount(case, None))
        return applies(one.regime, facts_of(case, known, one.regime)).verdict.value

    assert [verdict(n) for n in (0, 1, 2)] == [False, None, None]


def test_no_other_term_of_a_deadline_turns_on_a_number() -> None:
    """As soon as one does, it needs cases of its own here."""
    trees = [
        tree
        for regime in load_regimes()
        for _, deadline in deadlines(regime)
        for tree in (
            *(term.when for term in (*deadline.stricter, *deadline.longer)),
            *([deadline.rolls.unless] if deadline.rolls and deadline.rolls.unless else []),
        )
    ]
    assert trees
    assert not [
        operand
        for tree in trees
        for _, operator, operand in leaves_of(tree)
        if operator == "at_least" and FACT_PATHS[operand[0]].shape is FactShape.NUMBER
    ]


def test_states_are_named_from_the_same_number_on_from_which_they_are_owed() -> None:
    for regime in load_regimes():
        for other in regime.others:
            numbers = {o.number for o in ALL if (o.regime, o.rule) == (regime, other)}
            assert other.states_over is None or other.states_over + 1 in numbers, regime.id


NEVER_OWED = {
    ("HK-PDPO", "pcpd"): "recommended, and asked for by no law",
    ("HK-PDPO", "hk-individuals"): "recommended, and asked for by no law",
    ("IL-PPL", "il-individuals"): "owed when the Authority orders it, and then by that order",
}
"""Rules that are written down for what they say where nothing is owed."""


def every_rule() -> list[tuple[Regime, Rule]]:
    none = ("no-notice", "no-announcement")
    return [
        (regime, rule)
        for regime in load_regimes()
        for rule in written(regime)
        if rule.id not in none
    ]


@pytest.mark.parametrize(
    ("regime", "rule"),
    every_rule(),
    ids=[f"{regime.id} {regime.valid_from:%Y} {rule.id}" for regime, rule in every_rule()],
)
def test_a_rule_can_hold_and_unless_it_always_does_it_can_fail(regime: Regime, rule: Rule) -> None:
    one = Threshold(regime, rule, (), "facts.persons", 0)
    scope = [(regime.applies.when, True)] if regime.applies else []
    needs = [] if rule is regime.applies else [*scope, *required_by(one, rule)]

    def possible(*wanted: tuple[Mapping[str, Any], bool]) -> bool:
        found = islice(holding([*wanted, *needs], role_of(rule)), TRIES)
        return any(people_for(facts, regime.residences, "", [0]) for facts in found)

    never = (regime.id, rule.id) in NEVER_OWED
    assert possible((rule.when, True), (SOMEBODY, True)) is not never
    assert possible((rule.when, False)) or rule.when == {"all": []}


_N = r"(\d{1,3}(?:,\d{3})+|\d+)(?! ?(?:days|hours|months|years|%|percent))"
_OVER = rf"(?:more than|over|exceeds?|exceeding|above) (?:usd |eur )?{_N}|{_N}(?: \w+)? or fewer"
_FROM = (
    rf"(?:at least|from|fewer than|less than|below) (?:usd |eur )?{_N}"
    rf"|{_N}(?: \w+)? or more(?! than)"
)


def numbers_named(words: str) -> set[int]:
    """Return the thresholds that words name: "more than 500" and "500 or fewer" are 501."""
    return {
        int(number.replace(",", "")) + step
        for pattern, step in ((_OVER, 1), (_FROM, 0))
        for match in re.finditer(pattern, words.lower())
        for number in match.groups()
        if number
    }


ELSEWHERE = {
    ("US-FTC-HBNR", "ftc-annual"): "the log of what is below the number of the report",
    ("US-HIPAA", "hhs-annual"): "the log of what is below the number of the report",
    ("US-NAIC", "naic-commissioner"): "states differ; which of them are told is for counsel",
    ("US-NY", "ny-agencies"): "points to the rule on the determination",
}
"""Rules whose words name a number that is not in their own condition."""


@pytest.mark.parametrize(
    ("regime", "rule"),
    every_rule(),
    ids=[f"{regime.id} {regime.valid_from:%Y} {rule.id}" for regime, rule in every_rule()],
)
def test_the_words_of_a_rule_name_no_other_number_than_its_condition(
    regime: Regime, rule: Rule
) -> None:
    numbers = {
        operand[1] for _, operator, operand in leaves_of(rule.when) if operator == "at_least"
    }

    named = numbers_named(f"{rule.reason} {rule.reason_not}")
    assert (named <= numbers) is ((regime.id, rule.id) not in ELSEWHERE)


def test_words_that_name_numbers_are_understood() -> None:
    said = "More than 1,000 are told; 500 residents or fewer are not, nor at least 250, in 60 days"

    assert numbers_named(said) == {1001, 501, 250}
