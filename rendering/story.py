"""What an incident's notice and its announcement both tell, in the words of one locale."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.environment import paragraphs, printable
from tocsin.rendering.instants import date_words, instant_words, machine_time, period_words
from tocsin.rendering.locales import Messages, in_locale, words
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import IncidentFile, Measure, MeasureStatus, Remedy
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.organisation import LocalizedText


@dataclass(frozen=True, slots=True)
class Passage:
    """Paragraphs in one language; `lang` is empty when it is that of the page."""

    paragraphs: tuple[str, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the timeline; `machine` is its `datetime` attribute, empty for a period."""

    label: str
    text: str
    machine: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list; `lang` as in a passage. `details` continue it."""

    text: str
    lang: str = ""
    details: Passage | None = None
    code: bool = False
    """Each who reads it has a code of their own for it, which comes last."""


@dataclass(frozen=True, slots=True)
class Story:
    """What may be told of an incident. What is not known is said once, in `unknown`."""

    happened: tuple[Passage, ...]
    occurred: str | None
    timeline: tuple[Moment, ...]
    unknown: tuple[str, ...]
    undeterminable: tuple[str, ...]
    measures_told: tuple[Passage, ...]
    measures: tuple[Item, ...]
    remedies: tuple[Item, ...]
    stated: tuple[str, ...] = ()
    """Content codes that `happened` and the timeline have words for."""
    pending: tuple[str, ...] = ()
    """Content codes that are among the `unknown`."""
    measures_stated: tuple[str, ...] = ()
    """Content codes that the measures have words for."""
    remedies_stated: tuple[str, ...] = ()
    """Content codes that the remedies have words for."""


def tell(
    incident: IncidentFile,
    t: Messages,
    *,
    own_codes: bool = False,
    asked: Collection[str] = (),
    months: int | None = None,
) -> Story:
    """Return the story in a locale; a missing narrative falls back to another language.

    With `own_codes` it is told to one person, and an item of the remedies says where their code of
    a pool goes; pages and reports, which everybody reads, have none. `asked` are the content codes
    that its readers' laws ask for, `months` for how long credit monitoring has to be offered.
    """
    facts, told = incident.facts, incident.narratives
    why = passages([told.why], t)
    cause = facts.cause.value if facts.cause.may_publish else None
    if not why and cause is not None:
        why = (Passage((t(f"cause.{cause.value}"),), ""),)
    place = incident.circumstances.place if "LOCATION" in asked else None
    open_questions = _questions(facts, asks_cause=not why, place=place)
    happened = passages([told.what_happened], t)
    return Story(
        happened=(*happened, *why),
        occurred=period_words(facts.started, facts.ended, t),
        timeline=(*_timeline(facts, t), *_place(place, t)),
        unknown=_in_state(open_questions, FactState.BEING_DETERMINED, t),
        undeterminable=_in_state(open_questions, FactState.CANNOT_BE_DETERMINED, t),
        measures_told=passages([told.what_was_done, told.what_will_be_done], t),
        measures=tuple(_measure(measure, t) for measure in incident.measures),
        remedies=tuple(_remedy(r, t, own_codes=own_codes) for r in incident.remedies),
        stated=_stated(facts, open_questions, happened=bool(happened), why=bool(why), place=place),
        pending=tuple(
            _ASKED[name]
            for name, fact in open_questions.items()
            if name in _ASKED and fact.state is FactState.BEING_DETERMINED and fact.may_publish
        ),
        measures_stated=_measures_stated(incident, t),
        remedies_stated=_remedies_stated(incident.remedies, months or 0),
    )


_ASKED = {"started": "DATE_BREACH", "cause": "CAUSE", "place": "LOCATION"}
"""Open question -> the content code that it leaves open."""


def _stated(
    facts: IncidentFacts,
    questions: dict[str, Fact[Any]],
    *,
    happened: bool,
    why: bool,
    place: Fact[LocalizedText] | None,
) -> tuple[str, ...]:
    lost = {n for n, f in questions.items() if f.state is FactState.CANNOT_BE_DETERMINED}
    lost = {n for n in lost if questions[n].may_publish}
    codes = {
        "NATURE": happened,
        "CAUSE": why or "cause" in lost,
        "DATE_BREACH": (facts.started.is_known and facts.started.may_publish) or "started" in lost,
        "DATE_DISCOVERY": facts.detected.is_known and facts.detected.may_publish,
        "LOCATION": (place is not None and place.is_known and place.may_publish) or "place" in lost,
    }
    return tuple(code for code, is_told in codes.items() if is_told)


def _measures_stated(incident: IncidentFile, t: Messages) -> tuple[str, ...]:
    told, states = incident.narratives, {m.status for m in incident.measures}
    ahead = {MeasureStatus.PLANNED, MeasureStatus.IN_PROGRESS}
    codes = {
        "MEASURES_TAKEN": bool(passages([told.what_was_done], t))
        or bool(states & {MeasureStatus.DONE, MeasureStatus.IN_PROGRESS}),
        "MEASURES_PLANNED": bool(passages([told.what_will_be_done], t)) or bool(states & ahead),
    }
    return tuple(code for code, is_told in codes.items() if is_told)


def _remedies_stated(remedies: Sequence[Remedy], months: int) -> tuple[str, ...]:
    monitored = any(r.id == "CREDIT_MONITORING" and (r.months or 0) >= months for r in remedies)
    return ("REMEDY_OFFERED", *(["CREDIT_MONITORING"] if monitored else [])) if remedies else ()


def passages(texts: Iterable[LocalizedText], t: Messages) -> tuple[Passage, ...]:
    """Return each text that is written at all, in the locale or the language nearest to it."""
    found = (passage(text, t) for text in texts)
    return tuple(one for one in found if one is not None)


def passage(text: LocalizedText, t: Messages) -> Passage | None:
    """Return one text in paragraphs; None when no language of it holds a word."""
    found = in_locale(text, t.locale)
    cut = paragraphs(found.text) if found else ()
    return Passage(cut, "" if found.lang == t.locale else found.lang) if found and cut else None


def _questions(
    facts: IncidentFacts, *, asks_cause: bool, place: Fact[LocalizedText] | None
) -> dict[str, Fact[Any]]:
    asked: dict[str, Fact[Any]] = {"started": facts.started, "ended": facts.ended}
    if asks_cause:
        asked["cause"] = facts.cause
    if place is not None:
        asked["place"] = place
    return {**asked, "spread": facts.confidentiality}


def _in_state(questions: dict[str, Fact[Any]], state: FactState, t: Messages) -> tuple[str, ...]:
    return tuple(
        t(f"unknown.{name}")
        for name, fact in questions.items()
        if fact.state is state and fact.may_publish
    )


def _timeline(facts: IncidentFacts, t: Messages) -> tuple[Moment, ...]:
    moments: list[Moment] = []
    occurred = period_words(facts.started, facts.ended, t)
    start = facts.started.value
    if occurred and start:
        single = facts.ended.value in {None, start} or not facts.ended.may_publish
        moments.append(
            Moment(t("timeline.occurred"), occurred, machine_time(start) if single else "")
        )
    found = facts.detected.value if facts.detected.may_publish else None
    if found:
        moments.append(Moment(t("timeline.detected"), instant_words(found, t), machine_time(found)))
    return tuple(moments)


def _place(place: Fact[LocalizedText] | None, t: Messages) -> Iterator[Moment]:
    """Yield where it happened, for those whose law asks for it."""
    named = place.value if place is not None and place.may_publish else None
    if named and (found := in_locale(named, t.locale)):
        yield Moment(t("timeline.place"), printable(found.text), "")


def _measure(measure: Measure, t: Messages) -> Item:
    found = in_locale(measure.what, t.locale)
    what = printable(found.text).rstrip(".。") if found else t("report.being_determined")
    lang = "" if found is None or found.lang == t.locale else found.lang
    status = t(f"status.{measure.status.value}")
    if measure.on is None:
        return Item(t("notice.measure", what=what, status=status), lang)
    on = date_words(measure.on, t)
    return Item(t("notice.measure_on", what=what, status=status, date=on), lang)


def _remedy(remedy: Remedy, t: Messages, *, own_codes: bool) -> Item:
    """Name a remedy of the catalogue; one that is not in it is told by its details alone."""
    known = catalogue().remedies.get(remedy.id)
    details = passage(remedy.details, t)
    code = own_codes and remedy.code_pool is not None
    if known is not None:
        text = words(known.text, t.locale)
        if remedy.months is not None:
            text = t("notice.for_months", what=text, months=remedy.months)
        return Item(text, "", details, code)
    if details is None:
        return Item(remedy.id.replace("_", " ").capitalize(), code=code)
    first, *rest = details.paragraphs
    more = Passage(tuple(rest), details.lang) if rest else None
    return Item(first, details.lang, more, code)
