"""What a regime file may ask: closed operators, known facts, no duty that a graver fact lifts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from tocsin.regimes.assumptions import check_assumptions
from tocsin.regimes.working_days import check_days, check_holidays
from tocsin.schemas.duty import PublicMode
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS, FactPath, FactShape, Leaning
from tocsin.schemas.regime import CLOCK_STARTS, Deadline, Regime, Rule

_OPERATORS = "one of: all, any, not, known, is, at_least, in, has_any"
_FITTING: Mapping[FactShape, tuple[str, ...]] = {
    FactShape.FLAG: ("is",),
    FactShape.NUMBER: ("at_least",),
    FactShape.CHOICE: ("is", "at_least", "in"),
    FactShape.MOMENT: ("known",),
    FactShape.SET: ("has_any",),
}


def check_regime(regime: Regime, *, file: str) -> None:
    """Check the condition trees, clocks and phases of a regime.

    Raises `InvalidInput` naming the file and the field: an unknown operator or fact, a value that
    does not fit its fact, a rule that a graver fact would turn off, or two reports of one phase.
    """
    phases = [report.phase for report in regime.reports]
    if len(set(phases)) != len(phases):
        message = "two reports of one phase cannot be told apart"
        _refuse(message, at=f"{file}: reports", fix="write one report per phase")
    for at, rule in _rules(regime):
        _check(rule.when, at=f"{file}: {at}.when", lifts=False)
        permits = rule is regime.public and regime.public.mode is PublicMode.INSTEAD
        check_assumptions(rule, at=f"{file}: {at}", permits=permits)
    for at, deadline in _deadlines(regime):
        _check_deadline(deadline, at=f"{file}: {at}")
        check_days(deadline, regime.holidays, at=f"{file}: {at}")
        for i, stricter in enumerate(deadline.stricter):
            _check(stricter.when, at=f"{file}: {at}.stricter[{i}].when", lifts=False)
    if regime.individuals.deadline.after == CLOCK_STARTS[0]:
        message = "the notice to individuals cannot wait for itself"
        _refuse(message, at=f"{file}: individuals.deadline.after", fix="name another start")
    if regime.holidays:
        check_holidays(regime.holidays, at=f"{file}: holidays")
    ids = {report.id for report in regime.reports}
    for i, report in enumerate(regime.reports):
        if report.replaces and report.replaces not in ids - {report.id}:
            message = f"there is no other report {report.replaces}"
            _refuse(message, at=f"{file}: reports[{i}].replaces", fix="name the id of one")


def _rules(regime: Regime) -> Iterator[tuple[str, Rule]]:
    if regime.applies is not None:
        yield "applies", regime.applies
    for i, report in enumerate(regime.reports):
        yield f"reports[{i}]", report
    yield "individuals", regime.individuals
    yield "public", regime.public
    for i, other in enumerate(regime.others):
        yield f"others[{i}]", other


def _deadlines(regime: Regime) -> Iterator[tuple[str, Deadline]]:
    for i, report in enumerate(regime.reports):
        yield f"reports[{i}].deadline", report.deadline
    yield "individuals.deadline", regime.individuals.deadline
    for i, other in enumerate(regime.others):
        yield f"others[{i}].deadline", other.deadline


def _check_deadline(deadline: Deadline, *, at: str) -> None:
    if (deadline.value is None) is not (deadline.unit is None):
        _refuse("a deadline has both a value and a unit, or neither", at=at, fix="give both")
    moments = [p for p, fact in FACT_PATHS.items() if fact.shape is FactShape.MOMENT]
    if f"facts.{deadline.after}" not in moments and deadline.after not in CLOCK_STARTS:
        known = ", ".join((*(p.removeprefix("facts.") for p in moments), *CLOCK_STARTS))
        _refuse("there is no such instant", at=f"{at}.after", fix=f"one of: {known}")


def _check(tree: object, *, at: str, lifts: bool) -> None:
    """Walk a tree. `lifts` is true under an odd number of `not`, where truth lifts the duty."""
    if not isinstance(tree, dict) or len(tree) != 1:
        _refuse("a condition is one operator and its operand", at=at, fix=_OPERATORS)
    operator, operand = next(iter(tree.items()))
    at = f"{at}.{operator}"
    match operator:
        case "all" | "any" if isinstance(operand, list):
            for i, branch in enumerate(operand):
                _check(branch, at=f"{at}[{i}]", lifts=lifts)
        case "all" | "any":
            _refuse("needs a list of conditions", at=at, fix="write a list")
        case "not":
            _check(operand, at=at, lifts=not lifts)
        case "known":
            # Knowing is not graver than not knowing: no leaning to hold.
            _fact(operand, at=at)
        case "is" | "at_least" | "in" | "has_any":
            _check_test(operator, operand, at=at, lifts=lifts)
        case _:
            _refuse("there is no such operator", at=at, fix=_OPERATORS)


def _fact(path: object, *, at: str) -> FactPath:
    if not isinstance(path, str) or path not in FACT_PATHS:
        _refuse(f"there is no fact {path!s}", at=at, fix=f"one of: {', '.join(FACT_PATHS)}")
    return FACT_PATHS[path]


def _check_test(operator: str, operand: object, *, at: str, lifts: bool) -> None:
    if not isinstance(operand, list) or len(operand) != 2:  # noqa: PLR2004 (fact and value)
        _refuse("needs a fact and a value", at=at, fix=f"write {operator}: [fact, value]")
    fact = _fact(operand[0], at=f"{at}[0]")
    if operator not in _FITTING[fact.shape]:
        fix = f"use {' or '.join(_FITTING[fact.shape])}"
        _refuse(f"does not fit a {fact.shape.value}", at=at, fix=fix)
    if fact.shape is FactShape.NUMBER:
        if type(operand[1]) is not int:
            _refuse("needs a whole number", at=f"{at}[1]", fix="write 1000000")
        holds = [False, True]
    elif fact.shape is FactShape.SET:
        _chosen(operator, operand[1], scale=fact.choices, at=f"{at}[1]")
        holds = [False, True]
    else:
        scale: Sequence[object] = fact.choices or (False, True)
        chosen = _chosen(operator, operand[1], scale=scale, at=f"{at}[1]")
        holds = [place in chosen for place in range(len(scale))]
    _check_leaning(fact, holds, at=at, lifts=lifts)


def _chosen(operator: str, value: object, *, scale: Sequence[object], at: str) -> frozenset[int]:
    takes_list = operator in {"in", "has_any"}
    if isinstance(value, list) is not takes_list:
        fix = "write a list" if takes_list else "write one value"
        _refuse(f"{operator} takes another form of value", at=at, fix=fix)
    wanted = value if isinstance(value, list) else [value]
    for item in wanted:
        # The type first: in Python 1 == True, in a law it is not.
        if type(item) is not type(scale[0]) or item not in scale:
            fix = f"one of: {', '.join(str(s).lower() for s in scale)}"
            _refuse("is not a value of this fact", at=at, fix=fix)
    places = [scale.index(item) for item in wanted]
    if operator == "at_least":
        return frozenset(range(places[0], len(scale)))
    return frozenset(places)


def _check_leaning(fact: FactPath, holds: Sequence[bool], *, at: str, lifts: bool) -> None:
    """Refuse a test that obliges at a mild value and no longer does at a graver one."""
    if fact.leaning is Leaning.NEUTRAL:
        return
    obliges = [held is not lifts for held in holds]
    if fact.leaning is Leaning.MITIGATING:
        obliges.reverse()
    if obliges != sorted(obliges):
        message = f"a graver value of this {fact.leaning.value} fact would turn the duty off"
        _refuse(message, at=at, fix="turn the test round")


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)
