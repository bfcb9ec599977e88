"""Conditions and deadlines of the law in words, for whoever reads a rule and no YAML."""

from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.schemas.fact_paths import FACT_PATHS, FactShape
from tocsin.schemas.regime import CLOCK_STARTS, REPORT, Deadline, OtherDeadline, SoonerEnd, Unit

_STARTS: Mapping[str, str] = {
    "aware": "awareness",
    CLOCK_STARTS[0]: "the first notice to an individual",
    CLOCK_STARTS[1]: "the end of the calendar year of awareness",
}
_UNITS: Mapping[Unit, str] = {
    Unit.HOURS: "hour",
    Unit.CALENDAR_DAYS: "calendar day",
    Unit.BUSINESS_DAYS: "business day",
    Unit.MONTHS: "month",
}
_INDENT = "  "


def condition_lines(tree: Mapping[str, Any]) -> list[str]:
    """Return a condition as lines of text, a branch each, indented below what joins them."""
    return _lines(tree, denied=False)


def _lines(tree: Mapping[str, Any], *, denied: bool) -> list[str]:
    ((operator, operand),) = tree.items()
    match operator:
        case "all" | "any":
            return _joined(operand, every=(operator == "all") is not denied, denied=denied)
        case "not":
            return _lines(operand, denied=not denied)
        case "at_least_n":
            least, branches = operand
            head = f"{'fewer than ' if denied else 'at least '}{least} of these hold:"
            return [head, *_below(branches, denied=False)]
        case _:
            return [_leaf(operator, operand, denied=denied)]


def _joined(branches: Sequence[Mapping[str, Any]], *, every: bool, denied: bool) -> list[str]:
    if not branches:
        return ["always" if every else "never"]
    if len(branches) == 1:
        return _lines(branches[0], denied=denied)
    head = "all of these hold:" if every else "one or more of these hold:"
    return [head, *_below(branches, denied=denied)]


def _below(branches: Sequence[Mapping[str, Any]], *, denied: bool) -> list[str]:
    made = []
    for branch in branches:
        first, *rest = _lines(branch, denied=denied)
        made += [f"- {first}", *(f"{_INDENT}{line}" for line in rest)]
    return made


def _leaf(operator: str, operand: Any, *, denied: bool) -> str:
    if operator == "known":
        return f"{operand} is {'not known' if denied else 'known'}"
    path, value = operand
    match operator:
        case "at_least" if FACT_PATHS[path].shape is FactShape.NUMBER:
            said = f"is below {value:,}" if denied else f"is {value:,} or more"
        case "at_least":
            said = f"is milder than {value}" if denied else f"is {value} or graver"
        case "is":
            named = str(value).lower() if isinstance(value, bool) else value
            said = f"is not {named}" if denied else f"is {named}"
        case "in":
            said = f"is {'none' if denied else 'one'} of {', '.join(value)}"
        case _:
            said = f"holds {'none' if denied else 'one or more'} of {', '.join(value)}"
    return f"{path} {said}"


def start_words(after: str) -> str:
    """Return what starts a clock, in words."""
    if after.startswith(REPORT):
        return f"the filing of {after.removeprefix(REPORT)}"
    return _STARTS.get(after, f"facts.{after}")


def term_words(deadline: Deadline) -> str:
    """Return a deadline as a number and its start, or that the law gives none."""
    if deadline.value is None or deadline.unit is None:
        return f"no number, from {start_words(deadline.after)} on"
    said = f"{_length(deadline.value, deadline.unit)} from {start_words(deadline.after)}"
    return f"{said} (guidance)" if deadline.guidance else said


def deadline_lines(deadline: Deadline) -> list[str]:
    """Return all that a deadline says, a line each: its wording, other terms, ends and relief."""
    made = [f"{term_words(deadline)}: {deadline.wording}"]
    for kind, terms in (("shorter, unless", deadline.stricter), ("longer, where", deadline.longer)):
        for term in terms:
            made += _other(kind, term)
    made += [_sooner(end) for end in deadline.sooner]
    if deadline.rolls is not None:
        to = deadline.rolls.to.value.replace("_", " ")
        made.append(f"an end on a day off moves to the {to} ({deadline.rolls.cite})")
    if deadline.extension is not None:
        more = deadline.extension
        made.append(f"{_length(more.value, more.unit)} more: {more.wording} ({more.cite})")
    return made


def _other(kind: str, term: OtherDeadline) -> list[str]:
    known = "this is known not to hold" if kind.startswith("shorter") else "this is known to hold"
    head = f"{_length(term.value, term.unit)}, {kind} {known}: {term.wording} ({term.cite})"
    return [head, *(f"{_INDENT}{line}" for line in condition_lines(term.when))]


def _sooner(end: SoonerEnd) -> str:
    length = f"{_length(end.value, end.unit)} from " if end.value else ""
    return f"or sooner, at {length}{start_words(end.after)}: {end.wording} ({end.cite})"


def _length(value: int, unit: Unit) -> str:
    return f"{value:,} {_UNITS[unit]}{'' if value == 1 else 's'}"
