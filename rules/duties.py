"""What a regime asks in an incident: its duties, each decided, undecided or not owed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from tocsin.rules.conditions import Verdict
from tocsin.rules.deciding import decide
from tocsin.rules.due_times import with_times
from tocsin.rules.extensions import granted
from tocsin.rules.facts import FactValue, Known, facts_of
from tocsin.rules.filings import Filing, filings_of, named, waits_abroad
from tocsin.rules.holds import with_holds
from tocsin.rules.orders import with_orders
from tocsin.rules.other_duties import others_of
from tocsin.rules.precedence import with_precedence
from tocsin.rules.scope import Scope, applies
from tocsin.rules.timing import Timing
from tocsin.rules.versions import rules_of, unverified, version_of
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import REPORT, Deadline, Regime, ReportRule


def judge(
    regime: Regime,
    incident: IncidentFile,
    known: Known,
    *,
    targets: Mapping[str, int],
    raised_at: datetime | None = None,
    told_at: datetime | None = None,
    zone: tzinfo | None = None,
    filed: Mapping[str, datetime] | None = None,
    elsewhere: Mapping[str, Filing] | None = None,
) -> tuple[Duty, ...]:
    """Return the duties of one regime: a report per phase, the individuals, the public, others.

    `targets` are the operator's own hours where the law gives no number, by `authority:full` (any
    phase), `authority`, `individuals`, `public`; the more particular name wins. `raised_at` stands
    in when awareness is not recorded: it was never later than that. `told_at` is when the first
    notice left to an individual of the regime, `zone` where the organisation is at home. `filed`
    says when reports were filed, by `REGIME:RULE`; `elsewhere` are the filings of other regimes
    that clocks of this one may wait for.

    An undecided duty keeps its clock, a duty not owed has none. The public is a way of telling the
    people concerned: while that is undecided, the clock of the individuals runs for both. What an
    authority ordered is owed, whatever the rules conclude. What may wait at somebody's lawful
    request is due later.
    """
    facts = facts_of(incident, known, regime)
    timing = Timing(
        incident.facts,
        facts,
        targets=targets,
        raised_at=raised_at,
        told_at=told_at,
        zone=zone,
        regime=regime.id,
        holidays=regime.holidays,
        extensions=granted(incident.extensions, regime.id),
    )
    scope = applies(regime, facts)
    individuals, deadline = _individuals(regime, facts, scope=scope)
    decided = [
        *_reports(regime, facts, scope=scope),
        (individuals, deadline),
        *others_of(regime, incident, facts, known, scope=scope),
    ]
    duties, timing = _timed(decided, timing, filed=filed or {}, elsewhere=elsewhere or {})
    public = _public(regime, facts, individuals)
    if public.required:
        public = with_times(public, regime.individuals.deadline, timing)
    ordered = with_orders((*duties, public), regime, incident.orders, timing)
    held = with_holds(ordered, regime, incident.holds, timing)
    return tuple(_identified(duty, regime) for duty in with_precedence(held, regime))


def judged_together(
    regimes: Sequence[Regime],
    of: Callable[[Regime, Mapping[str, Filing]], tuple[Duty, ...]],
    filed: Mapping[str, datetime],
) -> list[Duty]:
    """Return the duties of regimes of which some wait for filings of others; those come after."""
    by_regime = {regime.id: of(regime, {}) for regime in regimes if not waits_abroad(regime)}
    filings = filings_of((duty for duties in by_regime.values() for duty in duties), filed)
    by_regime |= {r.id: of(r, filings) for r in regimes if r.id not in by_regime}
    return [duty for regime in regimes for duty in by_regime[regime.id]]


def _timed(
    decided: Sequence[tuple[Duty, Deadline]],
    timing: Timing,
    *,
    filed: Mapping[str, datetime],
    elsewhere: Mapping[str, Filing],
) -> tuple[list[Duty], Timing]:
    """Return duties with their times, those after what they wait for; and what clocks go by."""
    keys = {duty.key for duty, _ in decided}
    waiting = list(decided)
    done: dict[str, Duty] = {}
    while waiting:
        ready = [pair for pair in waiting if _started_by(pair, timing) not in keys - done.keys()]
        for duty, deadline in ready or waiting:  # a circle of clocks never starts: none waits
            filings = {**elsewhere, **filings_of(done.values(), filed)}
            timing = replace(timing, filings=filings)
            done[duty.id] = with_times(duty, deadline, timing)
            keys.discard(duty.key)
        waiting = [pair for pair in waiting if pair[0].id not in done]
    timing = replace(timing, filings={**elsewhere, **filings_of(done.values(), filed)})
    return [done[duty.id] for duty, _ in decided], timing


def _started_by(pair: tuple[Duty, Deadline], timing: Timing) -> str:
    after = pair[1].after
    return named(after, timing.regime) if after.startswith(REPORT) else ""


def _identified(duty: Duty, regime: Regime) -> Duty:
    """Return a duty with the version of the law that decided it, and what is unverified of it."""
    rule = next((each for each in rules_of(regime) if each.id == duty.rule), None)
    said = "" if rule is None else unverified(rule, regime)
    return duty.model_copy(update={"law": version_of(regime), "unverified": said})


def _reports(
    regime: Regime, facts: Mapping[str, FactValue], *, scope: Scope
) -> list[tuple[Duty, Deadline]]:
    """Decide each report; where one takes the place of another, the other is not owed."""
    found: dict[str, tuple[Duty, Deadline]] = {}
    phases: set[Phase] = set()
    for rule in regime.reports:
        duty = decide(regime, rule, Addressee.AUTHORITY, facts, scope=scope, phase=rule.phase)
        # a second report in one phase has the rule in its name
        name = f"{duty.id}:{rule.id}" if rule.phase in phases else duty.id
        phases.add(rule.phase)
        duty = duty.model_copy(update={"id": name, "to": rule.to, "content": rule.content})
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
    duty = decide(regime, rule, Addressee.INDIVIDUALS, facts, scope=scope)
    return duty.model_copy(update={"content": rule.content}), rule.deadline


def _public(regime: Regime, facts: Mapping[str, FactValue], individuals: Duty) -> Duty:
    """Decide on the announcement, which is owed only where individuals are."""
    rule = regime.public
    verdict = Verdict(individuals.required, individuals.missing)
    scope = Scope(verdict, rule.reason_not, individuals.outside)
    duty = decide(regime, rule, Addressee.PUBLIC, facts, scope=scope)
    content = rule.content or regime.individuals.content
    mode = None if duty.required is False else rule.mode
    return duty.model_copy(update={"content": content, "mode": mode})
