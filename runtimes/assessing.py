"""What every regime asks in an incident, from its file alone: nothing is recorded."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tocsin.detectors.incident_file import read_incident
from tocsin.regimes.load import load_regimes, load_risk
from tocsin.rules.duties import judge, judged_together
from tocsin.rules.facts import Known, facts_of, stated_as_hard
from tocsin.rules.filings import Filing
from tocsin.rules.headcount import headcount
from tocsin.rules.precedence import schedule
from tocsin.rules.risk import risk_of
from tocsin.rules.scope import applies
from tocsin.rules.severity import assess
from tocsin.rules.versions import day_of_law, in_force, version_of
from tocsin.schemas.duty import Addressee, DueNature, Duty, PublicMode
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Regime, Status


def assess_file(
    file: Path, own_regimes: Path | None = None, *, now: datetime | None = None
) -> dict[str, Any]:
    """Return the assessment of an incident file; InvalidInput names the field and the fix.

    `now` stands in for an awareness that the file does not tell: it decides which law holds.
    """
    return assessment(read_incident(file), load_regimes(own_regimes), now=now or datetime.now(UTC))


def assessment(
    incident: IncidentFile, regimes: Sequence[Regime], *, now: datetime | None = None
) -> dict[str, Any]:
    """Return severity, risk, what each regime asks, in which order, and what facts are missing.

    `required` and `applies` are true, false, or None while undecided. `due` is an instant that the
    law numbers, None where it gives none, where nothing is owed, or before its clock runs.
    """
    people = headcount(incident, None)
    severity = assess(incident)
    known = Known(severity, people, hard_to_tell=stated_as_hard(incident, people))
    day = day_of_law(incident, now or datetime.now(UTC))
    held = in_force(regimes, day)
    of = {regime.id: regime for regime in held}
    by_regime: dict[str, list[Duty]] = {}

    def judged(regime: Regime, elsewhere: Mapping[str, Filing]) -> tuple[Duty, ...]:
        return judge(regime, incident, known, targets={}, elsewhere=elsewhere)

    duties = judged_together(held, judged, {})
    for duty in duties:
        by_regime.setdefault(duty.regime, []).append(duty)
    names = list(dict.fromkeys(regime.id for regime in regimes))
    shown = [
        _regime(of[name], incident, known, by_regime[name])
        if name in of
        else _not_in_force([r for r in regimes if r.id == name], day)
        for name in names
    ]
    found = schedule(duties, held)
    return {
        "severity": {
            "dpc": severity.dpc / 100,
            "ei": severity.ei / 100,
            "cb": severity.cb / 100,
            "score": severity.score / 100,
            "band": severity.band.value,
            "inputs": list(severity.inputs),
        },
        "risk": _risk(incident, known, held),
        "law_of": day.isoformat(),
        "regimes": shown,
        "order": list(found.order),
        "cycle": list(found.cycle),
        "cycle_cites": list(found.cites),
        "missing": sorted({path for regime in shown for path in regime["missing"]}),
    }


def _risk(incident: IncidentFile, known: Known, regimes: Sequence[Regime]) -> dict[str, Any]:
    """Return the level of risk by the table, and the rules that make it."""
    anywhere = next((r for r in regimes if r.id == "EU-GDPR"), None)
    if anywhere is None:
        return {"level": None, "rules": [], "assumed": [], "missing": []}
    level = risk_of(load_risk(), facts_of(incident, known, anywhere))
    return {
        "level": None if level.level is None else level.level.value,
        "rules": [
            {"id": rule.id, "level": rule.level.value, "reason": rule.reason, "cite": rule.cite}
            for rule in level.rules
        ],
        "assumed": list(level.assumed),
        "missing": list(level.missing),
    }


def _not_in_force(versions: Sequence[Regime], day: date) -> dict[str, Any]:
    """Return what a regime says that is not law on a day: nothing."""
    newest = versions[-1]
    said = f"Not in force on {day:%Y-%m-%d}: since {newest.valid_from:%Y-%m-%d}."
    if newest.status is Status.PROPOSAL:
        said = "A proposal, and no law yet."
    elif newest.valid_to is not None and newest.valid_to < day:
        said = f"Not in force on {day:%Y-%m-%d}: it ended on {newest.valid_to:%Y-%m-%d}."
    nothing = {"required": False, "reason": said, "cite": newest.sources[0]}
    none_due: dict[str, Any] = {"due": None, "due_source": "", "estimated": None}
    none_due |= {"held_until": None, "rule": "", "unverified": ""}
    return {
        "id": newest.id,
        "name": newest.name,
        "version": version_of(newest),
        "confidence": newest.confidence.value,
        "applies": False,
        "register": False,
        "authority": {**nothing, "reports": []},
        "individuals": {**nothing, **none_due},
        "public": {**nothing, "mode": None},
        "others": [],
        "assumed": [],
        "unverified": [],
        "missing": [],
    }


def _regime(
    regime: Regime, incident: IncidentFile, known: Known, duties: Sequence[Duty]
) -> dict[str, Any]:
    verdict = applies(regime, facts_of(incident, known, regime)).verdict
    by_addressee: Mapping[Addressee, list[Duty]] = {
        addressee: [d for d in duties if d.addressee is addressee] for addressee in Addressee
    }
    (individuals,) = by_addressee[Addressee.INDIVIDUALS]
    undecided = [d for d in duties if d.required is None]
    missing = {path for d in undecided for path in d.missing} | set(verdict.missing)
    owed = [d for d in duties if d.required is not False]
    return {
        "id": regime.id,
        "name": regime.name,
        "version": version_of(regime),
        "confidence": regime.confidence.value,
        "applies": verdict.value,
        "register": bool(regime.register_cite) and verdict.value is not False,
        "authority": _authority(by_addressee[Addressee.AUTHORITY]),
        "individuals": _stated(individuals),
        "public": _public(regime, by_addressee[Addressee.PUBLIC], by_addressee[Addressee.OTHER]),
        "others": [
            {"who": d.to, **_stated(d)}
            for d in by_addressee[Addressee.OTHER]
            if d.required is not False
        ],
        "assumed": list(dict.fromkeys(text for d in duties for text in d.assumed)),
        "unverified": [f"{d.id}: {d.unverified}" for d in owed if d.unverified],
        "missing": sorted(missing),
    }


def _authority(reports: Sequence[Duty]) -> dict[str, Any]:
    required = _any(duty.required for duty in reports)
    deciding = [duty for duty in reports if duty.required is required]
    return {
        "required": required,
        "reason": " ".join(dict.fromkeys(duty.reason for duty in deciding)),
        "cite": "; ".join(dict.fromkeys(duty.cite for duty in deciding)),
        "reports": [
            {
                "phase": duty.phase.value,
                "to": duty.to,
                **_stated(duty),
                "due_nature": duty.due_nature.value if duty.due_nature else None,
            }
            for duty in reports
            if duty.phase is not None and duty.required is not False
        ],
    }


def _public(regime: Regime, public: Sequence[Duty], others: Sequence[Duty]) -> dict[str, Any]:
    """Return the announcement and what the public hears from the media, as one."""
    heard = {f"{regime.id}:{Addressee.OTHER.value}:{o.id}" for o in regime.others if o.public}
    duties = [*public, *(duty for duty in others if duty.id in heard)]
    required = _any(duty.required for duty in duties)
    deciding = [duty for duty in duties if duty.required is required]
    mode: PublicMode | None = None
    if required:
        beside = any(duty.addressee is Addressee.OTHER for duty in deciding)
        mode = PublicMode.AND if beside else regime.public.mode
    return {
        "required": required,
        "mode": mode.value if mode else None,
        "reason": " ".join(dict.fromkeys(duty.reason for duty in deciding)),
        "cite": "; ".join(dict.fromkeys(duty.cite for duty in deciding)),
    }


def _any(found: Any) -> bool | None:
    values = list(found)
    if True in values:
        return True
    return None if None in values else False


def _stated(duty: Duty) -> dict[str, Any]:
    by_law = duty.due_nature in {DueNature.LAW, DueNature.GUIDANCE}
    return {
        "required": duty.required,
        "reason": duty.reason,
        "cite": duty.cite,
        "due": _instant(duty.due_at) if by_law else None,
        "due_source": "" if duty.required is False else duty.due_source,
        "estimated": _instant(duty.estimated_at),
        "held_until": _instant(duty.held_until),
        "rule": duty.rule,
        "unverified": duty.unverified,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
