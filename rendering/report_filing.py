"""What a report says of itself, and of the notices to persons."""

from datetime import datetime

from tocsin.rendering.instants import date_words
from tocsin.rendering.locales import Messages
from tocsin.rendering.report_organisation import yes_no
from tocsin.rendering.report_words import (
    Value,
    determining,
    localized,
    not_applicable,
    of_fact,
    of_many,
    of_one,
    tagged,
)
from tocsin.schemas.duty import Phase
from tocsin.schemas.fact import FactState
from tocsin.schemas.report import DeliveryFigures, FilingType, ReportContext

_FEW = 10
"""Fewer than this who cannot be reached need another form of substitute notice (164.404(d)(2))."""


def filing_type(context: ReportContext, t: Messages) -> Value:
    """Return whether it is the first filing to this authority."""
    kind = FilingType.NEW if context.before is None else FilingType.FOLLOW_UP
    return tagged(Value(t(f"report.filing.{kind.value}")), kind.value)


def extent(context: ReportContext, t: Messages) -> Value:
    """Return whether anything that the form requires is open."""
    said = "complete" if context.complete else "incomplete"
    return tagged(Value(t(f"report.filing.{said}")), said)


def stage(context: ReportContext, t: Messages) -> Value:
    """Return whether it is preliminary, complete, or a follow-up to a filing before."""
    said = "complete" if context.complete else "preliminary"
    said = said if context.before is None else "follow_up"
    words = {"preliminary": t("report.filing.incomplete"), "complete": t("report.filing.complete")}
    return tagged(Value(words.get(said, t("report.filing.follow_up"))), said)


def prompt_or_final(context: ReportContext, t: Messages) -> Value:
    """Return whether it is the first prompt report, one that follows it, or the final one."""
    last = context.duty.phase in {Phase.FULL, Phase.FINAL}
    said = "final" if last else "follow_up" if context.before else "prompt"
    return tagged(phase(context, t), said)


def phase(context: ReportContext, t: Messages) -> Value:
    """Return the phase of the report."""
    said = (context.duty.phase or Phase.FULL).value
    return tagged(Value(t(f"report.phase.{said}")), said)


def basis(context: ReportContext, t: Messages) -> Value:
    """Return the law under which it is filed; whoever is not sure of a duty files all the same."""
    text = t.listed([part for part in (context.duty.regime, context.duty.cite) if part])
    return tagged(Value(text), "mandatory" if context.duty.required else "precaution")


def filed_at(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature
    """Return the day of the filing: it is known when somebody files."""
    return Value(t("report.at_filing"))


def earlier(context: ReportContext, t: Messages) -> Value:
    """Return when people were told of other breaches in the twelve months before."""
    fact, path = context.incident.circumstances.earlier_notices, "circumstances.earlier_notices"
    none = t("report.none_there")
    return of_fact(fact, path, t, lambda days: t.listed([date_words(d, t) for d in days]) or none)


def previous(context: ReportContext, t: Messages) -> Value:
    """Return the reference that the authority gave to the filing before."""
    if context.before is None:
        return not_applicable(t)
    if not context.before.reference:
        return determining(t, f"receipt of {context.before.artefact}")
    return Value(context.before.reference)


def own_reference(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature
    """Return our own reference."""
    return Value(context.incident_id)


def late_reason(context: ReportContext, t: Messages) -> Value:
    """Return the reason for a late report; a report in time needs none."""
    due = context.duty.due_at
    if context.late_reason:
        return tagged(Value(context.late_reason), "late")
    if due is not None and context.drafted_at > due:
        missing = determining(t, "late_reason")
        return Value(missing.text, missing.state, missing.missing, tags=("late",))
    return not_applicable(t)


def attestation(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature
    """Return who attests: whoever files it, when they do."""
    return Value(t("report.on_filing"))


def status(context: ReportContext, t: Messages) -> Value:
    """Return whether people were told, by the ledger first and then by what is planned."""
    circumstances, figures = context.incident.circumstances, context.figures
    if _told(figures):
        return tagged(Value(t("report.told")), "told")
    if circumstances.no_notice_ground.value is not None:
        ground = circumstances.no_notice_ground
        return of_one(ground, "circumstances.no_notice_ground", t)
    if circumstances.notice_planned_on.value is not None:
        return tagged(planned(context, t), "planned")
    if figures is not None:
        return tagged(Value(t("report.to_be_told")), "to_be_told")
    return determining(t, "circumstances.notice_planned_on")


def planned(context: ReportContext, t: Messages) -> Value:
    """Return the day on which people are to be told."""
    fact = context.incident.circumstances.notice_planned_on
    said = of_fact(fact, "circumstances.notice_planned_on", t, lambda day: date_words(day, t))
    return tagged(said, raw=fact.value.isoformat() if fact.value else None)


def told_on(context: ReportContext, t: Messages) -> Value:
    """Return the day on which the first notices left."""
    if context.told_from is None:
        return determining(t, "ntc.date")
    return _day(context.told_from, t)


def told_between(context: ReportContext, t: Messages) -> Value:
    """Return from when until when people were told, or are to be."""
    figures = context.figures
    if context.told_from is None or figures is None:
        return planned(context, t)
    first = date_words(context.told_from, t)
    if figures.open:
        return Value(t("since", start=first), raw=context.told_from.date().isoformat())
    last = date_words(figures.as_of, t)
    said = first if first == last else t("between", start=first, end=last)
    return Value(said, raw=context.told_from.date().isoformat())


def everybody(context: ReportContext, t: Messages) -> Value:
    """Return whether all who are owed a notice were told."""
    figures = context.figures
    if figures is None:
        return determining(t, "ntc.all")
    said = "some" if figures.open or figures.unreachable else "all"
    return tagged(Value(t(f"report.told_{said}")), said)


def means(context: ReportContext, t: Messages) -> Value:
    """Return whether people were told one by one, in public, or both."""
    figures = context.figures
    if figures is None:
        return determining(t, "ntc.means")
    used = [n for n, k in (("individual", figures.reached), ("public", figures.announced)) if k]
    if not used:
        return determining(t, "ntc.means")
    return tagged(Value(t.listed([t(f"report.means_{name}") for name in used])), *used)


def channels(context: ReportContext, t: Messages) -> Value:
    """Return by letter, e-mail, telephone or what else people are told."""
    return of_many(context.incident.circumstances.notice_means, "circumstances.notice_means", t)


def publication(context: ReportContext, t: Messages) -> Value:
    """Return whether the organisation made the incident public, will, or does not."""
    fact, path = context.incident.circumstances.made_public_on, "circumstances.made_public_on"
    if fact.state is FactState.NOT_APPLICABLE:
        return Value(t("report.none_there"), tags=("none",))
    if fact.value is None:
        done = context.figures is not None and context.figures.announced > 0
        public = Value(t("report.means_public"), tags=("done",))
        return public if done else of_fact(fact, path, t, str)
    said = of_fact(fact, path, t, lambda day: date_words(day, t))
    when = "done" if fact.value <= context.drafted_at.date() else "planned"
    return tagged(said, when, raw=fact.value.isoformat())


def content(context: ReportContext, t: Messages) -> Value:
    """Return what the notices say: their four parts, and where their text is."""
    return Value(t("report.notice_content", incident=context.incident_id))


def sample(context: ReportContext, t: Messages) -> Value:
    """Return where the sample of a notice comes from."""
    return Value(t("report.sample", incident=context.incident_id))


def none_reason(context: ReportContext, t: Messages) -> Value:
    """Return why people are not told one by one."""
    fact = context.incident.circumstances.no_notice_reason
    return localized(fact, "circumstances.no_notice_reason", t)


def substitute(context: ReportContext, t: Messages) -> Value:
    """Return whether a substitute notice stands in for some."""
    figures = context.figures
    if figures is None:
        return determining(t, "ntc.substitute")
    count = figures.announced + figures.unreachable
    said = "none" if not count else "few" if count < _FEW else "many"
    return tagged(Value(said), said)


def media(context: ReportContext, t: Messages) -> Value:
    """Return whether media were told."""
    fact = context.incident.circumstances.media_told
    if fact.value is None:
        return determining(t, "circumstances.media_told")
    return yes_no(t, said=bool(fact.value))


def media_states(context: ReportContext, t: Messages) -> Value:
    """Return the states whose media were told."""
    fact = context.incident.circumstances.media_told
    return of_fact(fact, "circumstances.media_told", t, t.listed)


def police_delay(context: ReportContext, t: Messages) -> Value:
    """Return whether law enforcement asked that notices wait."""
    fact = context.incident.circumstances.delayed_by_police
    if fact.value is None:
        no = fact.state.value == "not_applicable"
        return yes_no(t, said=False) if no else determining(t, "circumstances.delayed_by_police")
    who = t.listed([part for part in (fact.value.authority, fact.value.reference) if part])
    return tagged(Value(who), "yes")


def _told(figures: DeliveryFigures | None) -> bool:
    return figures is not None and figures.reached + figures.announced > 0


def _day(at: datetime, t: Messages) -> Value:
    return Value(date_words(at, t), raw=at.date().isoformat())
