"""The numbers of a report: persons, records, residents, and where the persons live."""

from collections.abc import Callable, Mapping

from tocsin.rendering.locales import Messages
from tocsin.rendering.report_words import (
    Said,
    Value,
    determining,
    joined,
    localized,
    of_fact,
    tagged,
)
from tocsin.rendering.residences import EEA, residents_of
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident_facts import CountTable
from tocsin.schemas.report import ReportContext

_LARGE = 500
"""Individuals from which a breach of health information is reported at once (45 CFR 164.408)."""
_REPORTED_TO_BUREAUS = (1_000, 5_000)
"""Residents above whom credit bureaus are told as well: Maine, New York."""
_BANDS = (
    *(1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000),
    *(1_000_000, 10_000_000),
)
"""The upper ends of the bands that the Australian form counts people in."""


def subjects(context: ReportContext, t: Messages) -> Value:
    """Return the number of persons: as counted by the directory, else as the incident states it."""
    if context.figures is not None:
        count = context.figures.in_scope
        return Value(t("report.persons", count=f"{count:,}"), tags=("exact",), raw=count)
    persons = context.incident.facts.persons
    said = of_fact(persons, "facts.persons", t, lambda table: _range(table, t))
    if not said.text:
        return determining(t, "facts.persons")
    if persons.value is None:
        return said
    total = persons.value.total
    known = total is not None and said.state is FactState.KNOWN
    rough = total if total is not None else persons.value.minimum or persons.value.maximum
    return tagged(said, "exact" if known else "approximate", raw=rough)


def over_500(context: ReportContext, t: Messages) -> Value:
    """Return whether 500 individuals or more are affected."""
    said = subjects(context, t)
    if not isinstance(said.raw, int):
        return said
    return Value(said.text, said.state, tags=("yes" if said.raw >= _LARGE else "no",))


def records(context: ReportContext, t: Messages) -> Value:
    """Return the number of records."""
    fact = context.incident.facts.records
    said = of_fact(fact, "facts.records", t, lambda n: t("report.records", count=f"{n:,}"))
    known = "exact" if said.state is FactState.KNOWN else "approximate"
    return tagged(said, known, raw=fact.value)


def clients(context: ReportContext, t: Messages) -> Value:
    """Return how many clients of a financial entity are affected."""
    fact = context.incident.facts.clients_affected
    return tagged(of_fact(fact, "facts.clients_affected", t, lambda n: f"{n:,}"), raw=fact.value)


def share_of(whom: str) -> Said:
    """Return what says which share of clients, counterparts or transactions is affected."""
    name = f"{whom}_share_percent"

    def say(context: ReportContext, t: Messages) -> Value:
        fact: Fact[int] = getattr(context.incident.facts, name)
        return of_fact(fact, f"facts.{name}", t, lambda percent: f"{percent}%")

    return say


def downtime(context: ReportContext, t: Messages) -> Value:
    """Return for how long data or services could not be used: days, hours and minutes."""
    fact = context.incident.facts.outage_hours
    return of_fact(
        fact, "facts.outage_hours", t, lambda hours: f"{hours // 24:03}:{hours % 24:02}:00"
    )


def costs(context: ReportContext, t: Messages) -> Value:
    """Return what it costs: the loss in euros, and what is written of it."""
    loss, told = context.incident.facts.loss_eur, context.incident.circumstances.costs
    parts = [
        of_fact(loss, "facts.loss_eur", t, lambda euros: f"EUR {euros:,}"),
        localized(told, "circumstances.costs", t),
    ]
    return joined(parts, t, missing="facts.loss_eur")


def residents(context: ReportContext, t: Messages) -> Value:
    """Return how many of the persons live in the authority's jurisdiction."""
    counts, state = _by_residence(context)
    count = residents_of(context.duty.regime, counts)
    if count is None:
        return determining(t, "facts.persons")
    passed = tuple(f"over_{bound}" for bound in _REPORTED_TO_BUREAUS if count > bound)
    return Value(t("report.persons", count=f"{count:,}"), state, tags=passed, raw=count)


def residents_told(context: ReportContext, t: Messages) -> Value:
    """Return how many of the residents were told one by one so far.

    Where the figures say all or nobody, it follows from them; else the incident has to say it.
    """
    path, regime = "circumstances.told_by_residence", context.duty.regime
    figures, living = context.figures, residents(context, t)
    if figures is not None and not figures.reached:
        return Value(t("report.persons", count="0"), raw=0)
    if figures is not None and figures.reached == figures.in_scope and isinstance(living.raw, int):
        return living
    fact = context.incident.circumstances.told_by_residence
    count = residents_of(regime, fact.value) if fact.value is not None else None
    if count is None:
        return determining(t, path)
    return Value(t("report.persons", count=f"{count:,}"), fact.state, raw=count)


def band(context: ReportContext, t: Messages) -> Value:
    """Return in which band of the Australian form the number of persons is."""
    said = subjects(context, t)
    if not isinstance(said.raw, int):
        return said
    upper = next((f"to_{bound}" for bound in _BANDS if said.raw <= bound), "more")
    return Value(said.text, said.state, tags=(upper,))


def minors(context: ReportContext, t: Messages) -> Value:
    """Return how many are children or adolescents."""
    if context.incident.facts.minors.value is False:
        return Value(t("report.persons", count="0"), context.incident.facts.minors.state, raw=0)
    return _some(context.incident.circumstances.minors_count, "circumstances.minors_count", t)


def elderly(context: ReportContext, t: Messages) -> Value:
    """Return how many are elderly."""
    return _some(context.incident.circumstances.elderly_count, "circumstances.elderly_count", t)


def spread_over(context: ReportContext, t: Messages) -> Value:
    """Return the persons by place of residence: what makes an incident cross borders."""
    return _listed(context, t, lambda _: True)


def in_eea(context: ReportContext, t: Messages) -> Value:
    """Return the persons by country of the European Economic Area."""
    return _listed(context, t, lambda place: place in EEA)


def _some(fact: Fact[int], path: str, t: Messages) -> Value:
    said = of_fact(fact, path, t, lambda count: t("report.persons", count=f"{count:,}"))
    return tagged(said, raw=fact.value)


def _listed(context: ReportContext, t: Messages, counts_in: Callable[[str], bool]) -> Value:
    everywhere, state = _by_residence(context)
    counts = {place: count for place, count in everywhere.items() if counts_in(place)}
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
