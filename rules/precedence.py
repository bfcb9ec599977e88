"""What has to come before what: the order that regimes ask for, and the circle if there is one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.regime import Regime

INDIVIDUALS = "individuals"
"""The notices to everybody, where they leave in one round."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """An order in which every duty comes after what it waits for; or the circle in the way."""

    order: tuple[str, ...] = ()
    """Ids of duties; `individuals` are the notices of all regimes at once."""
    cycle: tuple[str, ...] = ()
    """Ids, the last one being the first again; empty where there is an order."""
    cites: tuple[str, ...] = ()
    """The sections that make the circle."""


def with_precedence(duties: Sequence[Duty], regime: Regime) -> tuple[Duty, ...]:
    """Return the duties of a regime with what they wait for, as far as both are owed, or may be."""
    owed = {duty.id for duty in duties if duty.required is not False}
    found = []
    for duty in duties:
        strict = _first(regime, duty.id, owed, strict=True)
        loose = _first(regime, duty.id, owed, strict=False)
        found.append(duty.model_copy(update={"after": strict, "not_before": loose}))
    return tuple(found)


def _first(regime: Regime, duty: str, owed: set[str], *, strict: bool) -> tuple[str, ...]:
    pairs = [
        (full_name(each.first, regime), full_name(each.then, regime))
        for each in regime.order
        if each.strict is strict
    ]
    return tuple(
        first
        for first, then in pairs
        if then == duty and (first in owed or not first.startswith(f"{regime.id}:"))
    )


def full_name(name: str, regime: Regime) -> str:
    """Return the id of a duty that an order names: of this regime, or of another that it names.

    The first report of a phase goes without its rule: `authority:full` is `authority:full:RULE`.
    """
    head, _, tail = name.partition(":")
    if head not in tuple(Addressee):
        return name
    phase, _, rule = tail.partition(":")
    first = next((report.id for report in regime.reports if report.phase == phase), "")
    return f"{regime.id}:{head}:{phase}" if rule and rule == first else f"{regime.id}:{name}"


def schedule(
    duties: Iterable[Duty], regimes: Sequence[Regime], *, one_round: bool = True
) -> Schedule:
    """Return an order of the duties that are owed, or may be; or the circle, by name.

    With `one_round` the notices of all regimes leave together, so that they are one thing: a regime
    that wants its authority told first holds them all back, and one that wants it told after them
    comes last. Ties are broken by due time, then by id.
    """
    owed = {duty.id: duty for duty in duties if duty.required is not False}
    cites: dict[tuple[str, str], str] = {}
    for regime in regimes:
        for each in regime.order:
            first, then = full_name(each.first, regime), full_name(each.then, regime)
            if first in owed and then in owed:
                pair = (
                    _node(first, owed, one_round=one_round),
                    _node(then, owed, one_round=one_round),
                )
                cites[pair] = f"{regime.id}: {each.cite}"
    names = {_node(name, owed, one_round=one_round) for name in owed}
    graph: dict[str, set[str]] = {name: set() for name in names}
    for first, then in cites:
        graph[then].add(first)
    return _sorted(graph, owed, cites)


def _node(name: str, owed: Mapping[str, Duty], *, one_round: bool) -> str:
    told = owed[name].addressee is Addressee.INDIVIDUALS
    return INDIVIDUALS if told and one_round else name


def _sorted(
    graph: Mapping[str, set[str]],
    owed: Mapping[str, Duty],
    cites: Mapping[tuple[str, str], str],
) -> Schedule:
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = tuple(error.args[1])
        named = tuple(dict.fromkeys(cites[pair] for pair in pairwise(circle) if pair in cites))
        return Schedule(cycle=circle, cites=named)
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda name: _urgency(name, owed))
        found += ready
        sorter.done(*ready)
    return Schedule(order=tuple(found))


def _urgency(name: str, owed: Mapping[str, Duty]) -> tuple[str, str]:
    due = [
        duty.due_at.isoformat()
        for duty in owed.values()
        if duty.due_at is not None
        and (duty.id == name or (name == INDIVIDUALS and duty.addressee is Addressee.INDIVIDUALS))
    ]
    return min(due, default="~"), name
