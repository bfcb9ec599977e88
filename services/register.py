"""The register's entries, from what the ledger holds of each incident."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from tocsin.rules.clocks import earliest, in_zone, months_after
from tocsin.rules.headcount import Between, Count, headcount
from tocsin.rules.versions import day_of_law, in_force
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.duty import Addressee, Duty, Outside
from tocsin.schemas.fact import Fact, Instant
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.register import (
    Moment,
    Owed,
    People,
    Recorded,
    RegisterDuty,
    RegisterEntry,
    RegisterRegime,
)
from tocsin.schemas.report import ReportedMeasure
from tocsin.services.decisions import decision_on

Choice = TypeVar("Choice", bound=StrEnum)
_OWED = {True: Owed.REQUIRED, False: Owed.NOT_REQUIRED, None: Owed.UNDECIDED}


def entry_of(recorded: Recorded, regimes: Sequence[Regime], policy: Policy) -> RegisterEntry:
    """Return an incident's entry: its facts, and what every regime asked that concerns it.

    The texts are those that the door has let in: none of them may hold an address or a number of
    anybody. Of the scope, which may name people, nothing is taken. Of several versions of a regime
    the one counts that held when the organisation became aware.
    """
    zone = ZoneInfo(policy.home_zone)
    view, file, facts = recorded.view, recorded.file, recorded.file.facts
    day = day_of_law(file, view.opened_at, zone)
    laws = {regime.id: regime for regime in in_force(regimes, day)}
    stated = facts.persons.value
    effects = (file.circumstances.consequences, file.circumstances.impacts)
    return RegisterEntry(
        incident=view.id,
        title=view.title,
        organisation=view.organisation,
        state=view.state,
        drill=view.drill,
        revision=view.revision,
        year=day.year,
        opened_at=view.opened_at,
        aware=_moment(facts.aware),
        detected=_moment(facts.detected),
        started=_moment(facts.started),
        ended=_moment(facts.ended),
        over_at=recorded.over_at,
        over_reason=recorded.over_reason,
        confidentiality=_word(facts.confidentiality),
        integrity=_word(facts.integrity),
        availability=_word(facts.availability),
        cause=_word(facts.cause),
        data_kinds=tuple(kind.value for kind in file.data_kinds),
        persons_stated=People() if stated is None else _people(headcount(file, None).total),
        persons_known=facts.persons.state,
        persons_counted=None if recorded.counted is None else sum(recorded.counted.values()),
        severity=None if recorded.severity is None else recorded.severity.score / 100,
        band=None if recorded.severity is None else recorded.severity.band,
        what_happened=_in_english(file.narratives.what_happened),
        effects=tuple(each.value for fact in effects for each in fact.value or ()),
        effects_described=_in_english(file.circumstances.impacts_described.value or {}),
        what_was_done=_in_english(file.narratives.what_was_done),
        measures=_measures(file),
        regimes=_regimes(recorded, laws, policy, zone),
    )


def _aware(recorded: Recorded, zone: tzinfo) -> datetime:
    """Return when the organisation was aware at the latest, by the clock of home if it can be."""
    facts = recorded.file.facts
    known = facts.aware.value or facts.detected.value
    if known is None:
        return recorded.view.opened_at.astimezone(zone)
    return in_zone(earliest(known), zone)


def _regimes(
    recorded: Recorded, regimes: Mapping[str, Regime], policy: Policy, zone: tzinfo
) -> tuple[RegisterRegime, ...]:
    """Return the regimes that concern an incident: of those that protect nobody in it, nothing."""
    by_regime: dict[str, list[tuple[Duty, bool]]] = {}
    for duty, met in recorded.duties:
        by_regime.setdefault(duty.regime, []).append((duty, met))
    people = headcount(recorded.file, recorded.counted)
    found = []
    for name in sorted(by_regime):
        if all(duty.outside is Outside.PEOPLE for duty, _ in by_regime[name]):
            continue
        regime = regimes.get(name)
        duties = tuple(
            _duty(duty, recorded, policy, zone, met=met)
            for duty, met in sorted(by_regime[name], key=lambda each: _place(each[0]))
        )
        found.append(
            RegisterRegime(
                id=name,
                name=regime.name if regime else name,
                register_cite=regime.register_cite if regime else "",
                persons=_people(people.living_in(regime.residences)) if regime else People(),
                keep_until=_keep_until(recorded, regime, duties, zone),
                duties=duties,
            )
        )
    return tuple(found)


def _place(duty: Duty) -> tuple[int, str]:
    return list(Addressee).index(duty.addressee), duty.id


def _duty(
    duty: Duty, recorded: Recorded, policy: Policy, zone: tzinfo, *, met: bool
) -> RegisterDuty:
    filings = [(n, body) for n, body in recorded.filings.items() if body["duty"] == duty.id]
    first = filings[0][1] if filings else {}
    receipts = [recorded.receipts[name] for name, _ in filings if name in recorded.receipts]
    met_at = parse_instant(first["filed_at"]) if first else None
    if duty.addressee is Addressee.PUBLIC:
        met_at = recorded.published_at
    to_people = duty.addressee is Addressee.INDIVIDUALS
    decision = None
    if duty.required is False:
        decision = decision_on(
            duty,
            {artefact.name: artefact for artefact in recorded.artefacts},
            recorded.approvals,
            recorded.reviews,
            review_days=policy.decision_review_days,
            zone=zone,
        )
    return RegisterDuty(
        id=duty.id,
        addressee=duty.addressee,
        phase=duty.phase,
        to=duty.to,
        owed=_OWED[duty.required],
        reason=duty.reason,
        cite=duty.cite,
        rule=duty.rule,
        missing=duty.missing,
        starts_at=duty.starts_at,
        due_at=duty.due_at,
        due_set_by=duty.due_nature,
        due_source=duty.due_source,
        held_until=duty.held_until,
        held_by=duty.held_by,
        law=duty.law,
        unverified=duty.unverified,
        met=met and duty.required is not False,
        met_at=met_at,
        first_notice_at=recorded.first_notices.get(duty.regime) if to_people else None,
        reference=receipts[0].reference if receipts else "",
        received_at=receipts[0].at if receipts else None,
        evidence=first.get("evidence", ""),
        late_reason=recorded.late_reasons.get(duty.id, ""),
        decision=decision,
    )


def _keep_until(
    recorded: Recorded, regime: Regime | None, duties: Sequence[RegisterDuty], zone: tzinfo
) -> date | None:
    """Return the last day on which an entry has to be kept under a regime; None: it names none.

    Laws count from awareness, from the record, or from the decision; the last of them is taken,
    so that nothing is deleted too early.
    """
    if regime is None or regime.register_months is None:
        return None
    times: list[datetime | None] = [_aware(recorded, zone), recorded.view.opened_at]
    for duty in duties:
        times += (duty.met_at, duty.received_at, duty.first_notice_at)
        times.append(duty.decision.approved_at if duty.decision else None)
    last = max(at for at in times if at is not None)
    return months_after(last.astimezone(zone).date(), regime.register_months)


def _people(count: Count) -> People:
    if isinstance(count, Between):
        return People(minimum=count.minimum, maximum=count.maximum)
    return People(minimum=count, maximum=count)


def _moment(fact: Fact[Instant]) -> Moment:
    if fact.value is None:
        return Moment(state=fact.state)
    return Moment(state=fact.state, at=fact.value.at, precision=fact.value.precision)


def _word(fact: Fact[Choice]) -> str:
    """Return a choice, or how well it is known where there is none."""
    return fact.state.value if fact.value is None else fact.value.value


def _in_english(text: LocalizedText) -> str:
    return text.get("en") or next(iter(text.values()), "")


def _measures(file: IncidentFile) -> tuple[ReportedMeasure, ...]:
    return tuple(
        ReportedMeasure(
            what=_in_english(measure.what),
            status=measure.status.value,
            on=measure.on.isoformat() if measure.on else None,
        )
        for measure in file.measures
    )
