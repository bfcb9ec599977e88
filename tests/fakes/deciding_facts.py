"""Finds facts on which a condition turns: everything else held so that one test alone decides."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, DataKind, Sensitivity
from tocsin.schemas.fact_paths import FACT_PATHS, FactShape

SPECIAL = frozenset(k.value for k in DataKind if SENSITIVITY[k] is Sensitivity.S3)
SECRETS = frozenset(k.value for k in CREDENTIALS)
KNOWN = "known "
"""Before the path of a fact that has to be stated, or has to be left out."""
PEOPLE = ("facts.persons", "persons.total", "persons.in_us", "persons.in_one_us_state")
_DERIVED = frozenset({*PEOPLE, "data_kinds", "facts.processor"})

Facts = Mapping[str, Any]
"""What facts are held to: a set of values for a choice, (lowest, highest) for a number, and
(some of them are in, none of these is) for a set."""
Place = tuple[int, ...]
"""Where a test stands in a tree: which branch, and which branch of that."""


def branches(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    ((operator, operand),) = tree.items()
    match operator:
        case "all" | "any":
            return list(operand)
        case "at_least_n":
            return list(operand[1])
        case "not":
            return [operand]
        case _:
            return []


def leaves_of(tree: Mapping[str, Any], at: Place = ()) -> Iterator[tuple[Place, str, Any]]:
    """Yield (place, operator, operand) of every test of a tree."""
    ((operator, operand),) = tree.items()
    if operator not in {"all", "any", "at_least_n", "not"}:
        yield at, operator, operand
    for i, branch in enumerate(branches(tree)):
        yield from leaves_of(branch, (*at, i))


def at_place(tree: Mapping[str, Any], at: Place) -> Mapping[str, Any]:
    for i in at:
        tree = branches(tree)[i]
    return tree


def holding(
    wanted: Iterable[tuple[Mapping[str, Any], bool]], facts: Facts, frozen: str = ""
) -> Iterator[Facts]:
    """Yield facts on which each tree is what is wanted of it, narrower than those given.

    The number `frozen` is any of its range: a test of it has to come out alike for all of them.
    """
    todo = list(wanted)
    if not todo:
        yield facts
        return
    (tree, value), *rest = todo
    for narrowed in _so(tree, facts, wanted=value, frozen=frozen):
        yield from holding(rest, narrowed, frozen)


def turning_on(
    tree: Mapping[str, Any], at: Place, facts: Facts, frozen: str
) -> Iterator[tuple[Facts, bool]]:
    """Yield facts on which a tree is what the test at a place is, or the contrary of it."""
    if not at:
        yield facts, False
        return
    ((operator, operand),) = tree.items()
    children = branches(tree)
    own, others = children[at[0]], [b for i, b in enumerate(children) if i != at[0]]
    ways: list[list[tuple[Mapping[str, Any], bool]]]
    match operator:
        case "all":
            ways = [[(other, True) for other in others]]
        case "any":
            ways = [[(other, False) for other in others]]
        case "not":
            ways = [[]]
        case _:
            ways = [
                list(zip(others, chosen, strict=True))
                for chosen in product((True, False), repeat=len(others))
                if sum(chosen) == operand[0] - 1
            ]
    for narrowed, denied in turning_on(own, at[1:], facts, frozen):
        for way in ways:
            for found in holding(way, narrowed, frozen):
                yield found, denied is not (operator == "not")


def _so(tree: Mapping[str, Any], facts: Facts, *, wanted: bool, frozen: str) -> Iterator[Facts]:
    ((operator, operand),) = tree.items()
    children = branches(tree)
    match operator:
        case "not":
            yield from _so(operand, facts, wanted=not wanted, frozen=frozen)
        case "all" | "any" if (operator == "all") is wanted:
            yield from holding([(child, wanted) for child in children], facts, frozen)
        case "all" | "any":
            for child in children:
                yield from _so(child, facts, wanted=wanted, frozen=frozen)
        case "at_least_n":
            for chosen in product((True, False), repeat=len(children)):
                if (sum(chosen) >= operand[0]) is wanted:
                    yield from holding(zip(children, chosen, strict=True), facts, frozen)
        case "known":
            asked = f"{KNOWN}{operand}"
            free = operand not in facts and operand not in _DERIVED
            if facts.get(asked, wanted) is wanted and (wanted or free):
                yield {**facts, asked: wanted}
        case _:
            yield from _test(operator, operand[0], operand[1], facts, wanted=wanted, frozen=frozen)


def _test(
    operator: str, path: str, value: Any, facts: Facts, *, wanted: bool, frozen: str
) -> Iterator[Facts]:
    if path in {"data_kinds.special", "data_kinds.credentials"}:
        kinds = SPECIAL if path.endswith("special") else SECRETS
        yield from _several("data_kinds", kinds, facts, wanted=value is wanted)
        return
    if facts.get(f"{KNOWN}{path}") is False:
        return
    fact = FACT_PATHS[path]
    if fact.shape is FactShape.SET:
        yield from _several(path, frozenset(value), facts, wanted=wanted)
    elif fact.shape is FactShape.NUMBER:
        low, high = facts.get(path, (0, 10**10))
        if path == frozen:
            if (value <= low) if wanted else (value > high):
                yield facts
            return
        low, high = (max(low, value), high) if wanted else (low, min(high, value - 1))
        if low <= high:
            yield {**facts, path: (low, high)}
    else:
        scale: tuple[Any, ...] = fact.choices or (False, True)
        named = value if operator == "in" else [value]
        held = set(scale[scale.index(value) :]) if operator == "at_least" else set(named)
        left = facts.get(path, frozenset(scale)) & (held if wanted else set(scale) - held)
        if left:
            yield {**facts, path: frozenset(left)}


def _several(path: str, values: frozenset[str], facts: Facts, *, wanted: bool) -> Iterator[Facts]:
    inside, outside = facts.get(path, (frozenset(), frozenset()))
    if not wanted:
        if not inside & values:
            yield {**facts, path: (inside, outside | values)}
        return
    if inside & values:
        yield facts
        return
    for value in sorted(values - outside):
        yield {**facts, path: (inside | {value}, outside)}


def people_for(
    facts: Facts, residences: Iterable[str], frozen: str, numbers: Iterable[int]
) -> list[dict[str, int]] | None:
    """Return who lives where for each number of `frozen`, as the other counts are held to.

    Only how many live in one place differs between them. None where there is no such split.
    """
    numbers = list(numbers)
    home = next(iter(residences))
    home = {"*": "", "US": "US-NV"}.get(home, home)
    abroad = "AQ" if home else "DE"
    places = list(dict.fromkeys(p for p in (home, "US-CA", "US-TX", abroad) if p))
    held = {path: facts[path] for path in PEOPLE if path in facts and path != frozen}
    offers = sorted({0, 1, *(n for bounds in held.values() for n in bounds if n < 10**9)})
    if frozen not in PEOPLE:
        offers = offers or [1]
    for base in product(offers, repeat=len(places)):
        table = dict(zip(places, base, strict=True))
        for vary in places if frozen in PEOPLE else places[:1]:
            found = _split(
                table, vary, held=held, residences=residences, frozen=frozen, numbers=numbers
            )
            if found is not None:
                return found
    return None


def _split(
    table: Mapping[str, int],
    vary: str,
    *,
    held: Mapping[str, tuple[int, int]],
    residences: Iterable[str],
    frozen: str,
    numbers: list[int],
) -> list[dict[str, int]] | None:
    made = []
    for number in numbers:
        split = dict(table)
        if frozen in PEOPLE:
            rest = counts_of({**split, vary: 0}, residences)[frozen]
            split[vary] = number - rest
            if split[vary] < 0:
                return None
        counts = counts_of(split, residences)
        if frozen in PEOPLE and counts[frozen] != number:
            return None
        if any(not low <= counts[path] <= high for path, (low, high) in held.items()):
            return None
        made.append(split)
    return made


def counts_of(split: Mapping[str, int], residences: Iterable[str]) -> dict[str, int]:
    """Return what the counts of people are that conditions name."""
    wanted = set(residences)
    in_us = {place: n for place, n in split.items() if place.startswith("US")}
    here = {p: n for p, n in split.items() if wanted & {p, p.partition("-")[0], "*"}}
    return {
        "facts.persons": sum(here.values()),
        "persons.total": sum(split.values()),
        "persons.in_us": sum(in_us.values()),
        "persons.in_one_us_state": max(in_us.values(), default=0),
    }
