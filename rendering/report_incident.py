"""What a report says of the incident itself: who, when, what, why, how grave."""

from enum import StrEnum

from tocsin.rendering.advice import select_advice
from tocsin.rendering.contact import country_of
from tocsin.rendering.instants import date_words, instant_words, period_words
from tocsin.rendering.locales import Messages, words
from tocsin.rendering.notice import kind_labels
from tocsin.rendering.report_words import (
    Value,
    determining,
    joined,
    localized,
    narrative,
    not_applicable,
    of_fact,
    yes_or_no,
)
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.circumstances import Ransom
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident_facts import Cause
from tocsin.schemas.report import ReportContext

_DELIBERATE = {Cause.MALICIOUS_OUTSIDER, Cause.MALICIOUS_INSIDER}
_SCORE_UNIT = 100
_SPECIAL = frozenset(
    {
        DataKind.MEDICAL,
        DataKind.MENTAL_REPRODUCTIVE_HEALTH,
        DataKind.GENETIC,
        DataKind.BIOMETRIC_TEMPLATE,
        DataKind.BIOMETRIC_RAW,
        DataKind.INTIMATE_IMAGES,
        DataKind.SEXUAL_ORIENTATION,
        DataKind.RELIGION_BELIEF,
        DataKind.POLITICAL_UNION,
        DataKind.ETHNICITY,
        DataKind.CRIMINAL_RECORD,
    }
)
"""GDPR Art. 9 and 10; raw biometric data and intimate images by caution."""


def entity(context: ReportContext, t: Messages) -> Value:  # noqa: ARG001 - one signature for all
    """Return who reports: legal entity, brand, address."""
    us = context.organisation
    name = us.legal_name if us.brand == us.legal_name else f"{us.legal_name} ({us.brand})"
    return Value(f"{name}, {us.postal_address}, {us.country}")


def contact_point(context: ReportContext, t: Messages) -> Value:
    """Return whom the authority can turn to."""
    us = context.organisation
    lines = [t.listed([part for part in (us.contact_email, us.contact_phone) if part])]
    officer = [part for part in (us.dpo_name, us.dpo_contact) if part]
    if officer:
        lines.append(t("notice.dpo") + t("colon") + t.listed(officer))
    return Value("\n".join(lines))


def systems(context: ReportContext, t: Messages) -> Value:
    """Return the systems concerned."""
    return of_fact(context.incident.facts.systems, "facts.systems", t, t.listed)


def time_occurred(context: ReportContext, t: Messages) -> Value:
    """Return when it happened; a report may say what a notice may not."""
    facts = context.incident.facts
    public = {"may_publish": True}
    started, ended = facts.started.model_copy(update=public), facts.ended.model_copy(update=public)
    return of_fact(
        facts.started, "facts.started", t, lambda _: period_words(started, ended, t) or ""
    )


def time_aware(context: ReportContext, t: Messages) -> Value:
    """Return when it was found, and when the organisation became aware."""
    facts = context.incident.facts
    detected = of_fact(
        facts.detected,
        "facts.detected",
        t,
        lambda found: t("report.detected", date=instant_words(found, t)),
    )
    aware = of_fact(
        facts.aware, "facts.aware", t, lambda known: t("report.aware", date=instant_words(known, t))
    )
    return joined([detected, aware], t, missing="facts.aware")


def location(context: ReportContext, t: Messages) -> Value:
    """Return where it happened; until that is known, the seat of the organisation."""
    told = localized(context.incident.circumstances.place, "circumstances.place", t)
    if told.state is not FactState.BEING_DETERMINED:
        return told
    us = context.organisation
    seat = t("report.seat", address=us.postal_address, country=us.country)
    return Value(seat, FactState.BEING_DETERMINED, told.missing)


def nature(context: ReportContext, t: Messages) -> Value:
    """Return what was lost (ENISA 2013), and the story."""
    facts = context.incident.facts
    losses = (
        of_fact(
            facts.confidentiality,
            "facts.confidentiality",
            t,
            lambda c: _loss("confidentiality", c, t),
        ),
        of_fact(facts.integrity, "facts.integrity", t, lambda i: _loss("integrity", i, t)),
        of_fact(facts.availability, "facts.availability", t, lambda a: _loss("availability", a, t)),
    )
    story = narrative(context.incident.narratives.what_happened, "narratives.what_happened", t)
    return joined([*losses, story], t, missing="narratives.what_happened")


def severity(context: ReportContext, t: Messages) -> Value:
    """Return the severity with its score."""
    severity = context.severity
    whole, hundredths = divmod(severity.score, _SCORE_UNIT)
    score = f"{whole}.{hundredths:02d}"
    band = severity.band.value
    return Value(t("report.level", band=t(f"report.band.{band}"), score=score), tags=(band,))


def cause(context: ReportContext, t: Messages) -> Value:
    """Return what caused it, and why it could happen."""
    incident = context.incident
    cause = of_fact(incident.facts.cause, "facts.cause", t, lambda c: t(f"cause.{c.value}"))
    why = narrative(incident.narratives.why, "narratives.why", t)
    return joined([cause, why], t, missing="facts.cause")


def categories_of_data(context: ReportContext, t: Messages) -> Value:
    """Return every kind of data concerned."""
    labels = kind_labels(context.incident.data_kinds, t, disclosure=Disclosure.SEALED)
    return Value(t.listed(labels), tags=tuple(kind.value for kind in context.incident.data_kinds))


def special_data(context: ReportContext, t: Messages) -> Value:
    """Return the kinds of data that are protected specially (GDPR Art. 9, 10), or that none is."""
    special = tuple(kind for kind in context.incident.data_kinds if kind in _SPECIAL)
    if not special:
        return Value(t("report.none_there"), tags=("none",))
    labels = kind_labels(special, t, disclosure=Disclosure.SEALED)
    return Value(t.listed(labels), tags=tuple(kind.value for kind in special))


def advice_given(context: ReportContext, t: Messages) -> Value:
    """Return what the persons are advised to do, as their notices say it."""
    us = context.organisation
    advice = select_advice(
        context.incident.data_kinds,
        confirmed_actions=context.incident.confirmed_actions,
        country=country_of((context.duty.regime,)),
    )
    steps = (step for _, steps in advice.tiers for step in steps)
    filled = {"org": us.names.get(t.asked, us.brand), "site": us.site, "code": context.incident_id}
    return Value("\n".join(words(step.text, t.locale).format(**filled) for step in steps))


def data_text(context: ReportContext, t: Messages) -> Value:
    """Return the kinds of data, and what else is said of them."""
    told = localized(context.incident.circumstances.data_described, "", t)
    kinds = categories_of_data(context, t)
    return joined([kinds, told], t, missing="circumstances.data_described")


def risk_method(context: ReportContext, t: Messages) -> Value:
    """Return how the risk was assessed: the severity with its inputs, and the reasoning."""
    told = localized(context.incident.circumstances.risk_reasoning, "", t)
    return joined([severity(context, t), told], t, missing="circumstances.risk_reasoning")


def harm(context: ReportContext, t: Messages) -> Value:
    """Return the harm so far: what was lost, and what is known to have come of it."""
    told = localized(context.incident.circumstances.harm_so_far, "", t)
    return (
        told
        if told.state is not FactState.BEING_DETERMINED
        else determining(t, "circumstances.harm_so_far")
    )


def consequences(context: ReportContext, t: Messages) -> Value:
    """Return the harms that the persons are told of: an estimate."""
    advice = select_advice(
        context.incident.data_kinds,
        confirmed_actions=(),
        country=country_of((context.duty.regime,)),
    )
    return Value("\n".join(words(harm, t.locale) for harm in advice.harms), FactState.ESTIMATED)


def protection(context: ReportContext, t: Messages) -> Value:
    """Return whether the data is readable to whoever has it."""
    return yes_or_no(
        context.incident.facts.unintelligible,
        yes=Value(t("report.unreadable")),
        no=Value(t("report.readable")),
        unknown=determining(t, "facts.unintelligible"),
    )


def attacker(context: ReportContext, t: Messages) -> Value:
    """Return what is known of an attacker, or that there is none."""
    return _of_attack(context, "attacker", t)


def attack_path(context: ReportContext, t: Messages) -> Value:
    """Return the way in and the weaknesses used, or that nobody broke in."""
    return _of_attack(context, "attack_path", t)


def _of_attack(context: ReportContext, name: str, t: Messages) -> Value:
    fact: Fact[dict[str, str]] = getattr(context.incident.circumstances, name)
    if fact.state is FactState.BEING_DETERMINED and _by_mistake(context):
        return not_applicable(t)
    return localized(fact, f"circumstances.{name}", t)


def ransom(context: ReportContext, t: Messages) -> Value:
    """Return what ransom was demanded, or that there is nobody to demand one."""
    fact = context.incident.circumstances.ransom
    if fact.state is FactState.BEING_DETERMINED and _by_mistake(context):
        return not_applicable(t)

    def say(ransom: Ransom) -> str:
        due = date_words(ransom.due, t) if ransom.due else ""
        return t.listed([part for part in (ransom.amount, ransom.manner, due) if part])

    return of_fact(fact, "circumstances.ransom", t, say)


def _by_mistake(context: ReportContext) -> bool:
    cause = context.incident.facts.cause.value
    return cause is not None and cause not in _DELIBERATE


def _loss(of: str, extent: StrEnum, t: Messages) -> str:
    return t(f"report.{of}.{extent.value}")
