"""What a report says of the disposal: measures, notices, offers, delay, lessons."""

from tocsin.rendering.instants import instant_words, moment_words
from tocsin.rendering.locales import Messages
from tocsin.rendering.report_organisation import yes_no
from tocsin.rendering.report_words import (
    Value,
    determining,
    joined,
    localized,
    measures_of,
    narrative,
    of_fact,
    yes_or_no,
)
from tocsin.rendering.story import tell
from tocsin.schemas.fact import FactState
from tocsin.schemas.incident import MeasureStatus, Remedy
from tocsin.schemas.report import ReportContext

_AGAINST_IDENTITY_THEFT = frozenset({"CREDIT_MONITORING", "ID_RESTORATION"})
"""Remedies that the states of the US count as services against the theft of identities."""


def trend(context: ReportContext, t: Messages) -> Value:
    """Return whether the incident goes on."""
    facts = context.incident.facts
    ended = of_fact(
        facts.ended, "facts.ended", t, lambda i: t("report.ended", end=instant_words(i, t))
    )
    unknown = determining(t, "facts.harm_averted")
    averted = yes_or_no(
        facts.harm_averted, yes=Value(t("report.averted")), no=unknown, unknown=unknown
    )
    told = localized(context.incident.circumstances.trend, "", t)
    return joined([told, ended, averted], t, missing="circumstances.trend")


def measures_taken(context: ReportContext, t: Messages) -> Value:
    """Return the measures that are done or under way."""
    statuses = {MeasureStatus.DONE, MeasureStatus.IN_PROGRESS}
    told = narrative(context.incident.narratives.what_was_done, "narratives.what_was_done", t)
    listed = measures_of(context.incident.measures, statuses, t)
    return joined([told, *listed], t, missing="narratives.what_was_done")


def measures_planned(context: ReportContext, t: Messages) -> Value:
    """Return the measures still to come."""
    path = "narratives.what_will_be_done"
    told = narrative(context.incident.narratives.what_will_be_done, path, t)
    listed = measures_of(context.incident.measures, {MeasureStatus.PLANNED}, t)
    return joined([told, *listed], t, missing=path)


def notices(context: ReportContext, t: Messages) -> Value:
    """Return how many were told, and how."""
    figures = context.figures
    if figures is None:
        return determining(t, "A_INDIVIDUAL_NOTICE")
    counts = {
        name: f"{getattr(figures, name):,}"
        for name in ("reached", "announced", "open", "unreachable", "excluded")
    }
    return Value(t("report.noticed", date=moment_words(figures.as_of, t), **counts))


def services(context: ReportContext, t: Messages) -> Value:
    """Return what is offered to the persons."""
    remedies = tell(context.incident, t).remedies
    offers = [
        Value("\n".join([item.text, *(item.details.paragraphs if item.details else ())]))
        for item in remedies
    ]
    return joined(offers, t, missing="remedies")


def protection(context: ReportContext, t: Messages) -> Value:
    """Return whether services against the theft of identities are offered."""
    if not context.incident.remedies:
        return determining(t, "remedies")
    return yes_no(t, said=bool(_guards(context)))


def protection_months(context: ReportContext, t: Messages) -> Value:
    """Return for how many months such services are offered."""
    months = max((remedy.months or 0 for remedy in _guards(context)), default=0)
    if not months:
        return determining(t, "remedies")
    return Value(str(months), raw=months)


def protection_provider(context: ReportContext, t: Messages) -> Value:
    """Return who renders such services; where nobody is named, the organisation itself."""
    named = [remedy.provider for remedy in _guards(context) if remedy.provider]
    return Value(t.listed(named) if named else context.organisation.legal_name)


def _guards(context: ReportContext) -> tuple[Remedy, ...]:
    return tuple(r for r in context.incident.remedies if r.id in _AGAINST_IDENTITY_THEFT)


def prevention(context: ReportContext, t: Messages) -> Value:
    """Return what is changed for good; at the least what will be done."""
    fact = context.incident.circumstances.prevention_described
    told = localized(fact, "circumstances.prevention_described", t)
    if told.state is not FactState.BEING_DETERMINED:
        return told
    planned = measures_planned(context, t)
    return planned if planned.state is FactState.KNOWN else told


def lessons(context: ReportContext, t: Messages) -> Value:
    """Return why it could happen, what will change, and what was learnt."""
    told = context.incident.narratives
    parts = [
        localized(context.incident.circumstances.lessons, "", t),
        narrative(told.why, "narratives.why", t),
        narrative(told.what_will_be_done, "narratives.what_will_be_done", t),
    ]
    return joined(parts, t, missing="narratives.why")
