"""Whether one rule of a regime makes a duty of the organisation, and why."""

from collections.abc import Mapping, Sequence

from tocsin.rules.conditions import Verdict
from tocsin.rules.facts import FactValue
from tocsin.rules.scope import Scope
from tocsin.rules.verdicts import both, conclude
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.regime import OwedBy, Regime, Rule


def decide(
    regime: Regime,
    rule: Rule,
    addressee: Addressee,
    facts: Mapping[str, FactValue],
    *,
    scope: Scope,
    phase: Phase | None = None,
) -> Duty:
    """Return the duty that a rule makes: owed, not owed, or undecided; without its times."""
    elses = _owed_by_another(rule, facts)
    verdict = Verdict(False) if elses else conclude(rule.when, rule.assumes, facts)
    verdict = both(scope.verdict, verdict)
    left_out = scope.verdict.value is False
    return Duty(
        id=f"{regime.id}:{addressee.value}" + (f":{phase.value}" if phase else ""),
        regime=regime.id,
        rule=rule.id,
        addressee=addressee,
        phase=phase,
        required=verdict.value,
        reason=scope.why_not if left_out else elses or _reason(rule, verdict),
        cite=rule.cite,
        missing=verdict.missing if verdict.value is None else (),
        outside=scope.outside,
        assumed=() if verdict.value is False else _assumed(regime, rule, verdict.assumed),
    )


def _owed_by_another(rule: Rule, facts: Mapping[str, FactValue]) -> str:
    """Return why a duty is not the organisation's own, by its role; empty where it is."""
    processor = facts["facts.processor"] is True
    if processor and rule.owed_by is OwedBy.CONTROLLER:
        return "Whoever keeps data for somebody else tells them; this duty is theirs."
    if not processor and rule.owed_by is OwedBy.PROCESSOR:
        return "The organisation does not keep the data for somebody else."
    return ""


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
