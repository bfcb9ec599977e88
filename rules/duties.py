"""What a regime asks in an incident: its duties, each decided, undecided or not owed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple

from tocsin.rules.conditions import Verdict
from tocsin.rules.due_times import Timing, with_times
from tocsin.rules.facts import FactValue, Known, facts_of
from tocsin.rules.headcount import EVERYWHERE
from tocsin.rules.orders import with_orders
from tocsin.rules.verdicts import both, conclude
from tocsin.schemas.duty import Addressee, Duty, Outside, Phase
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Deadline, OtherRule, Regime, ReportRule, Rule

_NOBODY = "None of the people concerned live where it protects them."


def judge(
    regime: Regime,
    incident: IncidentFile,
    known: Known,
    *,
    targets: Mapping[str, int],
    raised_at: datetime | None = None,
    told_at: datetime | None = None,
    zone: tzinfo | None = None,
) -> tuple[Duty, ...]:
    """Return the duties of one regime: a report per phase, the individuals, the public, others.

    `targets` are the operator's own hours where the law gives no number, by `authority:full` (any
    phase), `authority`, `individuals`, `public`; the more particular name wins. `raised_at` stands
    in when awareness is not recorded: it was never later than that. `told_at` is when the first
    notice left to an individual of the regime, `zone` where the organisation is at home.

    An undecided duty keeps its clock, a duty not owed has none. The public is a way of telling the
    people concerned: while that is undecided, the clock of the individuals runs for both. What an
    authority ordered is owed, whatever the rules conclude.
    """
    facts = facts_of(incident, known, regime)
    timing = Timing(
        incident.facts,
        facts,
        targets=targets,
        raised_at=raised_at,
        told_at=told_at,
        zone=zone,
        holidays=regime.holidays,
    )
    scope = applies(regime, facts)
    individuals, deadline = _individuals(regime, facts, scope=scope)
    duties = [
        with_times(duty, deadline, timing)
        for duty, deadline in [
            *_reports(regime, facts, scope=scope),
            (individuals, deadline),
            *(_other(regime, rule, facts, known, scope=scope) for rule in regime.others),
        ]
    ]
    public = _public(regime, facts, individuals)
    if public.required:
        public = with_times(public, regime.individuals.deadline, timing)
    return with_orders((*duties, public), regime, incident.orders, timing)


class Scope(NamedTuple):
    """Whether a regime has anything to do with an incident."""

    verdict: Verdict
    why_not: str = ""
    outside: Outside | None = None
    """Set where it does not apply."""


def applies(regime: Regime, facts: Mapping[str, FactValue]) -> Scope:
    """Return whether a regime applies, and why not if it does not: residence, sector, event.

    One that protects everybody wherever they live, but is of a jurisdiction where nobody concerned
    lives, is left aside like any other that protects none of them once its rule says no.
    """
    protected = conclude({"at_least": ["facts.persons", 1]}, (), facts)
    if protected.value is False:
        return Scope(Verdict(False), _NOBODY, Outside.PEOPLE)
    if regime.applies is None:
        return Scope(protected)
    rule = conclude(regime.applies.when, regime.applies.assumes, facts)
    if rule.value is False:
        abroad = EVERYWHERE in regime.residences and facts["persons.in_us"] == 0
        outside = Outside.PEOPLE if abroad else Outside.RULE
        return Scope(Verdict(False), regime.applies.reason_not, outside)
    return Scope(both(protected, rule))


def _reports(
    regime: Regime, facts: Mapping[str, FactValue], *, scope: Scope
) -> list[tuple[Duty, Deadline]]:
    """Decide each report; where one takes the place of another, the other is not owed."""
    found: dict[str, tuple[Duty, Deadline]] = {}
    for rule in regime.reports:
        duty = _decide(regime, rule, Addressee.AUTHORITY, facts, scope=scope, phase=rule.phase)
        duty = duty.model_copy(update={"to": rule.to, "content": rule.content})
        found[rule.id] = duty, rule.deadline
    for rule in regime.reports:
        if rule.replaces:
            other, deadline = found[rule.replaces]
            found[rule.replaces] = _replaced(other, found[rule.id][0], rule), deadline
    return list(found.values())


def _replaced(duty: Duty, by: Duty, rule: ReportRule) -> Duty:
    if by.required is False or duty.required is False:
        return duty
    if by.required is None:
        missing = tuple(dict.fromkeys([*duty.missing, *by.missing]))
        reason = f"Undecided until these are known: {', '.join(missing)}. {duty.reason}"
        return duty.model_copy(update={"required": None, "missing": missing, "reason": reason})
    reason = f"Another report takes its place: {rule.reason}"
    update = {"required": False, "reason": reason, "missing": (), "assumed": ()}
    return duty.model_copy(update=update)


def _individuals(
    regime: Regime, facts: Mapping[str, FactValue], *, scope: Scope
) -> tuple[Duty, Deadline]:
    rule = regime.individuals
    duty = _decide(regime, rule, Addressee.INDIVIDUALS, facts, scope=scope)
    return duty.model_copy(update={"content": rule.content}), rule.deadline


def _public(regime: Regime, facts: Mapping[str, FactValue], individuals: Duty) -> Duty:
    """Decide on the announcement, which is owed only where individuals are."""
    rule = regime.public
    verdict = Verdict(individuals.required, individuals.missing)
    scope = Scope(verdict, rule.reason_not, individuals.outside)
    duty = _decide(regime, rule, Addressee.PUBLIC, facts, scope=scope)
    content = rule.content or regime.individuals.content
    mode = None if duty.required is False else rule.mode
    return duty.model_copy(update={"content": content, "mode": mode})


def _other(
    regime: Regime,
    rule: OtherRule,
    facts: Mapping[str, FactValue],
    known: Known,
    *,
    scope: Scope,
) -> tuple[Duty, Deadline]:
    duty = _decide(regime, rule, Addressee.OTHER, facts, scope=scope)
    to = rule.who
    if rule.states_over is not None and duty.required:
        over = [p for p, n in known.people.subdivisions("US") if n > rule.states_over]
        to = f"{to} in {', '.join(over)}" if over else to
    update = {"id": f"{duty.id}:{rule.id}", "to": to}
    content = rule.content or regime.individuals.content
    return duty.model_copy(update={**update, "content": content}), rule.deadline


def _decide(
    regime: Regime,
    rule: Rule,
    addressee: Addressee,
    facts: Mapping[str, FactValue],
    *,
    scope: Scope,
    phase: Phase | None = None,
) -> Duty:
    verdict = both(scope.verdict, conclude(rule.when, rule.assumes, facts))
    left_out = scope.verdict.value is False
    return Duty(
        id=f"{regime.id}:{addressee.value}" + (f":{phase.value}" if phase else ""),
        regime=regime.id,
        rule=rule.id,
        addressee=addressee,
        phase=phase,
        required=verdict.value,
        reason=scope.why_not if left_out else _reason(rule, verdict),
        cite=rule.cite,
        missing=verdict.missing if verdict.value is None else (),
        outside=scope.outside,
        assumed=() if verdict.value is False else _assumed(regime, rule, verdict.assumed),
    )


def _reason(rule: Rule, verdict: Verdict) -> str:
    if verdict.value is None:
        return f"Undecided until these are known: {', '.join(verdict.missing)}. {rule.reason}"
    return rule.reason if verdict.value else rule.reason_not or "The law does not ask for it here."


def _assumed(regime: Regime, rule: Rule, facts: Sequence[str]) -> tuple[str, ...]:
    """Return what was concluded from unknown facts: the rule, the fact, the conclusion."""
    rules = (rule, regime.applies) if regime.applies else (rule,)
    return tuple(
        f"{each.id}: {assumption.fact} is not known. {assumption.because}"
        for each in rules
        for assumption in each.assumes
        if assumption.fact in facts
    )
