"""A value of a report in words, and how well it is known."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from tocsin.rendering.environment import paragraphs, printable
from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages, in_locale
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import Measure, MeasureStatus
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.report import ReportContext, ReportedMeasure

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


Said = Callable[[ReportContext, Messages], "Value"]
"""What a report says under a key."""


@dataclass(frozen=True, slots=True)
class Value:
    """Words and their state; `missing` is the dotted path of the fact that would complete it.

    `tags` are our own values, from which a form chooses among its answers; `raw` is what a machine
    takes instead of the words.
    """

    text: str
    state: FactState = FactState.KNOWN
    missing: str = ""
    tags: tuple[str, ...] = ()
    raw: str | int | bool | None = None
    may_publish: bool = True


def by_hand(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature for all
    """Return the value of what whoever files answers on the form itself."""
    return Value(t("report.by_hand"), FactState.BEING_DETERMINED)


def determining(t: Messages, missing: str) -> Value:
    """Return the value of what nobody knows yet."""
    state = FactState.BEING_DETERMINED
    return Value(t("report.being_determined"), state, missing)


def not_applicable(t: Messages) -> Value:
    """Return the value of what does not arise in this incident."""
    return Value(t("report.not_applicable"), FactState.NOT_APPLICABLE)


def of_fact(fact: Fact[T], path: str, t: Messages, say: Callable[[T], str]) -> Value:
    """Return a fact in words; one without a value says its state."""
    if fact.value is not None:
        return Value(say(fact.value), fact.state, may_publish=fact.may_publish)
    if fact.state is FactState.BEING_DETERMINED:
        return determining(t, path)
    return Value(t(f"report.{fact.state.value}"), fact.state)


def tagged(value: Value, *tags: str, raw: str | int | bool | None = None) -> Value:
    """Return a value with our own words for a form to choose by; unknown ones have none."""
    if value.state not in {FactState.KNOWN, FactState.ESTIMATED}:
        return value
    return replace(value, tags=tags, raw=raw)


def localized(fact: Fact[LocalizedText], path: str, t: Messages) -> Value:
    """Return a text of an incident's circumstances in the report's language, or the nearest."""
    told = of_fact(fact, path, t, lambda text: _told(text, t))
    return told if told.text else determining(t, path)


def _told(text: LocalizedText, t: Messages) -> str:
    found = in_locale(text, t.asked)
    return "\n".join(paragraphs(found.text)) if found else ""


def of_one(fact: Fact[E], path: str, t: Messages) -> Value:
    """Return a closed value for a form to choose by; a form names it in its own words."""
    said = of_fact(fact, path, t, lambda value: value.value)
    return tagged(said, *([fact.value.value] if fact.value is not None else ()))


def of_many(fact: Fact[tuple[E, ...]], path: str, t: Messages, *, none: str = "none") -> Value:
    """Return closed values likewise; an empty list is known to hold nothing."""
    values = [value.value for value in fact.value or ()] or [none]
    said = of_fact(fact, path, t, lambda _: ", ".join(values))
    return tagged(said, *values)


def given(text: str | None, path: str, t: Messages) -> Value:
    """Return what the configuration says of the organisation, or that it is missing there."""
    return Value(text) if text else determining(t, path)


def joined(values: Sequence[Value], t: Messages, *, missing: str) -> Value:
    """Return several values as one, as sure as its least sure part; unknown parts are left out."""
    told = [value for value in values if value.state in {FactState.KNOWN, FactState.ESTIMATED}]
    if not told:
        silent = [value for value in values if value.state is not FactState.BEING_DETERMINED]
        return silent[0] if len(silent) == len(values) > 0 else determining(t, missing)
    estimated = any(value.state is FactState.ESTIMATED for value in told)
    state = FactState.ESTIMATED if estimated else FactState.KNOWN
    may = all(value.may_publish for value in told)
    return Value("\n".join(value.text for value in told), state, may_publish=may)


def narrative(text: LocalizedText, path: str, t: Messages) -> Value:
    """Return a story of the incident in the report's language, or the nearest to it."""
    told = _told(text, t)
    return Value(told) if told else determining(t, path)


def measures_of(
    measures: Sequence[Measure], statuses: Collection[MeasureStatus], t: Messages
) -> tuple[Value, ...]:
    """Return the measures that have one of the statuses, one line each."""
    return tuple(Value(_line(measure, t)) for measure in measures if measure.status in statuses)


def reported(measure: Measure, t: Messages) -> ReportedMeasure:
    """Return a measure as a report states it."""
    return ReportedMeasure(
        what=_what(measure, t),
        status=t(f"status.{measure.status.value}"),
        on=measure.on.isoformat() if measure.on else None,
    )


def _what(measure: Measure, t: Messages) -> str:
    found = in_locale(measure.what, t.asked)
    return printable(found.text).strip().rstrip(".。") if found else t("report.being_determined")


def _line(measure: Measure, t: Messages) -> str:
    what, status = _what(measure, t), t(f"status.{measure.status.value}")
    if measure.on is None:
        return t("notice.measure", what=what, status=status)
    return t("notice.measure_on", what=what, status=status, date=date_words(measure.on, t))


def yes_or_no(fact: Fact[Any], *, yes: Value, no: Value, unknown: Value) -> Value:
    """Return one of three values as a fact that is true, false or without a value says."""
    if fact.value is None:
        return unknown
    return yes if fact.value else no
