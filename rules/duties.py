"""What a regime asks in an incident: its duties, each decided, undecided or not owed."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from tocsin.rules.conditions import FactValue, Verdict, evaluate, facts_of
from tocsin.rules.due_times import Timing, with_times
from tocsin.schemas.duty import Addressee, Duty, Phase, Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import NoticeRule, PublicRule, Regime, ReportRule, Rule


def judge(
    regime: Regime,
    incident: IncidentFile,
    *,
    severity: Severity,
    persons: int | None,
    targets: Mapping[str, int],
    announce: bool | None = None,
    raised_at: datetime | None = None,
    told_at: datetime | None = None,
    zone: tzinfo | None = None,
) -> tuple[Duty, ...]:
    """Return the duties of one regime: a report per phase, the individuals, the public.

    `persons` is what resolution counted, None before. `targets` are the operator's own hours where
    the law gives no number, by `authority:full` (any phase), `authority`, `individuals`, `public`;
    the more particular name wins. `announce` is the switch decision of the round, once there is
    one. `raised_at` stands in when awareness is not recorded: it was never later than that.
    `told_at` is when the first notice left to an individual of the regime, `zone` where the
    organisation is at home.

    An undecided duty keeps its clock, a duty not owed has none. The public is a way of telling the
    people concerned: while that is undecided, the clock of the individuals runs for both.
    """
    facts = facts_of(incident, severity, persons)
    if announce is not None:
        facts["individuals.hard_to_tell"] = announce
    timing = Timing(
        incident.facts,
        facts,
        targets=targets,
        raised_at=raised_at,
        told_at=told_at,
        zone=zone,
        holidays=regime.holidays,
    )
    duties = [_report(regime, rule, facts=facts, timing=timing) for rule in regime.reports]
    duties.append(_individuals(regime, regime.individuals, facts=facts, timing=timing))
    duties.append(_public(regime, regime.public, facts=facts, timing=timing))
    return tuple(duties)


def _report(
    regime: Regime, rule: ReportRule, *, facts: Mapping[str, FactValue], timing: Timing
) -> Duty:
    duty = _decide(regime, rule, Addressee.AUTHORITY, facts=facts, phase=rule.phase)
    duty = duty.model_copy(update={"to": rule.to, "content": rule.content})
    return with_times(duty, rule.deadline, timing)


def _individuals(
    regime: Regime, rule: NoticeRule, *, facts: Mapping[str, FactValue], timing: Timing
) -> Duty:
    duty = _decide(regime, rule, Addressee.INDIVIDUALS, facts=facts)
    return with_times(duty.model_copy(update={"content": rule.content}), rule.deadline, timing)


def _public(
    regime: Regime, rule: PublicRule, *, facts: Mapping[str, FactValue], timing: Timing
) -> Duty:
    duty = _decide(regime, rule, Addressee.PUBLIC, facts=facts)
    duty = duty.model_copy(update={"content": rule.content or regime.individuals.content})
    return with_times(duty, regime.individuals.deadline, timing) if duty.required else duty


def _decide(
    regime: Regime,
    rule: Rule,
    addressee: Addressee,
    *,
    facts: Mapping[str, FactValue],
    phase: Phase | None = None,
) -> Duty:
    verdict = evaluate(rule.when, facts)
    return Duty(
        id=f"{regime.id}:{addressee.value}" + (f":{phase.value}" if phase else ""),
        regime=regime.id,
        addressee=addressee,
        phase=phase,
        required=verdict.value,
        reason=_reason(rule, verdict),
        cite=rule.cite,
        missing=verdict.missing,
    )


def _reason(rule: Rule, verdict: Verdict) -> str:
    if verdict.value is None:
        return f"Undecided until these are known: {', '.join(verdict.missing)}. {rule.reason}"
    return rule.reason if verdict.value else rule.reason_not or "The law does not ask for it here."
