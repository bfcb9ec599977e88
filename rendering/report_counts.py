"""The numbers of a report: persons, records, residents, and where the persons live."""

from collections.abc import Mapping

from tocsin.rendering.locales import Messages
from tocsin.rendering.report_words import Value, determining, of_fact
from tocsin.rendering.residences import residents_of
from tocsin.schemas.fact import FactState
from tocsin.schemas.incident import CountTable
from tocsin.schemas.report import ReportContext


def subjects(context: ReportContext, t: Messages) -> Value:
    """Return the number of persons: as counted by the directory, else as the incident states it."""
    if context.figures is not None:
        return Value(t("report.persons", count=f"{context.figures.in_scope:,}"))
    persons = context.incident.facts.persons
    said = of_fact(persons, "facts.persons", t, lambda table: _range(table, t))
    return said if said.text else determining(t, "facts.persons")


def records(context: ReportContext, t: Messages) -> Value:
    """Return the number of records."""
    fact = context.incident.facts.records
    return of_fact(fact, "facts.records", t, lambda n: t("report.records", count=f"{n:,}"))


def residents(context: ReportContext, t: Messages) -> Value:
    """Return how many of the persons live in the authority's jurisdiction."""
    counts, state = _by_residence(context)
    count = residents_of(context.duty.regime, counts)
    if count is None:
        return determining(t, "facts.persons")
    return Value(t("report.persons", count=f"{count:,}"), state)


def spread_over(context: ReportContext, t: Messages) -> Value:
    """Return the persons by place of residence: what makes an incident cross borders."""
    counts, state = _by_residence(context)
    if not counts:
        return determining(t, "facts.persons")
    places = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [
        t("report.residents", place=place, colon=t("colon"), count=f"{count:,}")
        for place, count in places
    ]
    return Value(t.listed(told), state)


def _by_residence(context: ReportContext) -> tuple[Mapping[str, int], FactState]:
    if context.residences:
        return context.residences, FactState.KNOWN
    fact = context.incident.facts.persons
    return (fact.value.by_residence if fact.value else {}), fact.state


def _range(table: CountTable, t: Messages) -> str:
    low, high = table.minimum, table.maximum
    if table.total is not None:
        return t("report.persons", count=f"{table.total:,}")
    if low is not None and high is not None:
        return t("report.range", minimum=f"{low:,}", maximum=f"{high:,}")
    if low is not None:
        return t("report.at_least", minimum=f"{low:,}")
    return t("report.at_most", maximum=f"{high:,}") if high is not None else ""
