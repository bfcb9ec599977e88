"""What a condition may ask: closed operators, known facts, no duty that a graver fact lifts."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS, FactPath, FactShape, Leaning

_OPERATORS = "one of: all, any, not, at_least_n, known, is, at_least, in, has_any"
_FITTING: Mapping[FactShape, tuple[str, ...]] = {
    FactShape.FLAG: ("is",),
    FactShape.NUMBER: ("at_least",),
    FactShape.CHOICE: ("is", "at_least", "in"),
    FactShape.MOMENT: ("known",),
    FactShape.SET: ("has_any",),
}


def check_tree(tree: object, *, at: str, lifts: bool | None = False) -> None:
    """Check a condition under which something is owed, or with `lifts`, under which less is.

    With None it may lean either way.

    Raises `InvalidInput` naming the field.
    """
    _check(tree, at=at, lifts=lifts)


def _check(tree: object, *, at: str, lifts: bool | None) -> None:
    """Walk a tree. `lifts` is true under an odd number of `not`, where truth lifts the duty."""
    if not isinstance(tree, dict) or len(tree) != 1:
        _refuse("a condition is one operator and its operand", at=at, fix=_OPERATORS)
    operator, operand = next(iter(tree.items()))
    at = f"{at}.{operator}"
    match operator:
        case "all" | "any":
            for i, branch in enumerate(_listed(operand, at=at)):
                _check(branch, at=f"{at}[{i}]", lifts=lifts)
        case "at_least_n":
            for i, branch in enumerate(_several(operand, at=at)):
                _check(branch, at=f"{at}[1][{i}]", lifts=lifts)
        case "not":
            _check(operand, at=at, lifts=None if lifts is None else not lifts)
        case "known":
            # Knowing is not graver than not knowing: no leaning to hold.
            _fact(operand, at=at)
        case "is" | "at_least" | "in" | "has_any":
            _check_test(operator, operand, at=at, lifts=lifts)
        case _:
            _refuse("there is no such operator", at=at, fix=_OPERATORS)


def _listed(operand: object, *, at: str) -> list[object]:
    if not isinstance(operand, list):
        _refuse("needs a list of conditions", at=at, fix="write a list")
    return operand


def _several(operand: object, *, at: str) -> list[object]:
    """Return the conditions of which so many have to hold; there have to be that many."""
    match operand:
        case [int(least), [*branches]] if type(least) is int and 0 < least <= len(branches):
            found = branches
        case _:
            _refuse("needs a number and conditions", at=at, fix="write [2, [..., ..., ...]]")
    return found


def _fact(path: object, *, at: str) -> FactPath:
    if not isinstance(path, str) or path not in FACT_PATHS:
        _refuse(f"there is no fact {path!s}", at=at, fix=f"one of: {', '.join(FACT_PATHS)}")
    return FACT_PATHS[path]


def _check_test(operator: str, operand: object, *, at: str, lifts: bool | None) -> None:
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
        if fact.choices:
            _chosen(operator, operand[1], scale=fact.choices, at=f"{at}[1]")
        elif not isinstance(operand[1], list):
            _refuse(f"{operator} takes another form of value", at=f"{at}[1]", fix="write a list")
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


def _check_leaning(fact: FactPath, holds: Sequence[bool], *, at: str, lifts: bool | None) -> None:
    """Refuse a test that obliges at a mild value and no longer does at a graver one."""
    if fact.leaning is Leaning.NEUTRAL or lifts is None:
        return
    obliges = [held is not lifts for held in holds]
    if fact.leaning is Leaning.MITIGATING:
        obliges.reverse()
    if obliges != sorted(obliges):
        message = f"a graver value of this {fact.leaning.value} fact would turn the duty off"
        _refuse(message, at=at, fix="turn the test round")


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)
