"""What a rule assumes of unknown facts has to be the careful side."""

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS, FactPath, FactShape, Leaning
from tocsin.schemas.regime import Assumption, Rule


def check_assumptions(rule: Rule, *, at: str, permits: bool) -> None:
    """Refuse an assumption about a fact that the rule does not ask for, or one that is not careful.

    A duty is owed while in doubt: the gravest value of what aggravates, the mildest of what
    mitigates. A rule that `permits` leaving notices out is not met while in doubt: the other way
    round. Raises `InvalidInput` naming the field.
    """
    asked = {path for _, path, _ in _tests(rule.when)}
    for i, assumption in enumerate(rule.assumes):
        here = f"{at}.assumes[{i}]"
        if assumption.fact not in asked:
            _refuse(f"the rule does not ask for {assumption.fact}", at=here, fix="remove it")
        fact = FACT_PATHS[assumption.fact]
        _check_value(assumption, fact, at=f"{here}.value")
        obliges = _obliges(assumption, fact, rule.when, at=f"{here}.value")
        if obliges is permits:
            side = "not met" if permits else "owed"
            message = f"is not the careful side: in doubt this has to count as {side}"
            _refuse(message, at=f"{here}.value", fix="assume the other side, or nothing")


def _check_value(assumption: Assumption, fact: FactPath, *, at: str) -> None:
    if fact.leaning is Leaning.NEUTRAL or fact.shape in {FactShape.SET, FactShape.MOMENT}:
        message = f"{assumption.fact} has no careful side"
        _refuse(message, at=at, fix="leave the duty undecided while it is unknown")
    right: Mapping[FactShape, bool] = {
        FactShape.FLAG: type(assumption.value) is bool,
        FactShape.NUMBER: type(assumption.value) is int,
        FactShape.CHOICE: assumption.value in fact.choices,
    }
    if not right[fact.shape]:
        _refuse(f"is no value of this {fact.shape.value}", at=at, fix="write one of its values")


def _obliges(assumption: Assumption, fact: FactPath, tree: Mapping[str, Any], *, at: str) -> bool:
    """Return whether the value is at the end of the scale where the duty is owed."""
    if fact.shape is FactShape.NUMBER:
        named = [wanted for _, path, wanted in _tests(tree) if path == assumption.fact]
        reached = {bool(assumption.value >= number) for number in named}
        if len(reached) > 1:
            fix = "take a value beyond every number of the rule"
            _refuse("lies between the numbers of the rule", at=at, fix=fix)
        return reached.pop()
    scale: tuple[object, ...] = fact.choices or (False, True)
    place = scale.index(assumption.value)
    if place not in {0, len(scale) - 1}:
        _refuse("lies in the middle of the scale", at=at, fix="take one of its ends")
    return (place > 0) is (fact.leaning is Leaning.AGGRAVATING)


def _tests(tree: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Return every (operator, fact, value) of a tree that was checked."""
    for operator, operand in tree.items():
        match operator:
            case "all" | "any":
                for branch in operand:
                    yield from _tests(branch)
            case "at_least_n":
                for branch in operand[1]:
                    yield from _tests(branch)
            case "not":
                yield from _tests(operand)
            case "known":
                yield operator, operand, None
            case _:
                yield operator, operand[0], operand[1]


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)
