"""The condition language of the regimes: trees over facts, with three truth values.

`{all: []}`, `{any: []}`, `{not: ...}` and `{at_least_n: [n, []]}` are Kleene's strong logic, where
None is *unknown*. The leaves name a fact by its dotted path: `{known: path}`,
`{is: [path, value]}`, `{at_least: [path, value]}` for numbers and ordered choices,
`{in: [path, [values]]}`, and `{has_any: [path, [values]]}` for sets. A leaf whose fact is unknown
is unknown, but for `known`, which always decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.rules.facts import FactValue
from tocsin.rules.headcount import Between
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tree comes to, and the facts that would decide it while it is unknown."""

    value: bool | None
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    """Facts that are unknown and were taken as a rule assumes them."""


def evaluate(tree: Mapping[str, Any], facts: Mapping[str, FactValue]) -> Verdict:
    """Return the verdict of a condition tree over facts. Unknown is not safe: it stays None.

    Raises `InvalidInput` for an operator or a path outside the closed sets, so that a typo never
    passes as an unknown fact.
    """
    if len(tree) != 1:
        message = "a condition is one operator and its operand"
        raise InvalidInput(message, field="when", fix="split it with all or any")
    operator, operand = next(iter(tree.items()))
    match operator:
        case "all":
            return _join([evaluate(branch, facts) for branch in operand], decisive=False)
        case "any":
            return _join([evaluate(branch, facts) for branch in operand], decisive=True)
        case "at_least_n":
            return _count([evaluate(branch, facts) for branch in operand[1]], operand[0])
        case "not":
            inner = evaluate(operand, facts)
            return Verdict(None if inner.value is None else not inner.value, inner.missing)
        case "known":
            return Verdict(_is_known(_look_up(operand, facts)))
        case "is" | "at_least" | "in" | "has_any":
            path, wanted = operand
            held = _test(operator, path, wanted=wanted, value=_look_up(path, facts))
            return Verdict(held, () if held is not None else (path,))
        case _:
            message = f"there is no operator {operator}"
            raise InvalidInput(message, field="when", fix="see the condition language")


def _join(branches: Sequence[Verdict], *, decisive: bool) -> Verdict:
    """Join branches of which one with the `decisive` value decides alone."""
    values = [branch.value for branch in branches]
    if decisive in values:
        return Verdict(decisive)
    if None not in values:
        return Verdict(not decisive)
    missing = [path for branch in branches if branch.value is None for path in branch.missing]
    return Verdict(None, tuple(dict.fromkeys(missing)))


def _count(branches: Sequence[Verdict], least: int) -> Verdict:
    """Whether so many branches hold; those that are unknown may, or may not."""
    held = sum(branch.value is True for branch in branches)
    open_ = [branch for branch in branches if branch.value is None]
    if held >= least:
        return Verdict(True)
    if held + len(open_) < least:
        return Verdict(False)
    missing = [path for branch in open_ for path in branch.missing]
    return Verdict(None, tuple(dict.fromkeys(missing)))


def _look_up(path: str, facts: Mapping[str, FactValue]) -> FactValue:
    if path not in facts:
        message = f"there is no fact {path}"
        raise InvalidInput(message, field=path, fix=f"one of: {', '.join(facts)}")
    return facts[path]


def _is_known(value: FactValue) -> bool:
    return value is not None and not isinstance(value, Between)


def _test(operator: str, path: str, *, wanted: Any, value: FactValue) -> bool | None:
    if value is None:
        return None
    match operator:
        case "is":
            return None if isinstance(value, Between) else value == wanted
        case "in":
            return None if isinstance(value, Between) else value in wanted
        case "has_any":
            return isinstance(value, frozenset) and not value.isdisjoint(wanted)
        case _:
            return _at_least(path, wanted, value)


def _at_least(path: str, wanted: Any, value: FactValue) -> bool | None:
    if isinstance(value, Between):
        if value.minimum is not None and value.minimum >= wanted:
            return True
        return False if value.maximum is not None and value.maximum < wanted else None
    choices = FACT_PATHS[path].choices if path in FACT_PATHS else ()
    if choices:
        return choices.index(str(value)) >= choices.index(wanted)
    return isinstance(value, int) and value >= wanted
