"""What every regime asks in an incident, from its file alone: nothing is recorded."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tocsin.detectors.incident_file import read_incident
from tocsin.regimes.load import load_regimes
from tocsin.rules.duties import judge
from tocsin.rules.facts import Known, facts_of, stated_as_hard
from tocsin.rules.headcount import headcount
from tocsin.rules.scope import applies
from tocsin.rules.severity import assess
from tocsin.schemas.duty import Addressee, DueNature, Duty, PublicMode
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Regime


def assess_file(file: Path, own_regimes: Path | None = None) -> dict[str, Any]:
    """Return the assessment of an incident file; InvalidInput names the field and the fix."""
    return assessment(read_incident(file), load_regimes(own_regimes))


def assessment(incident: IncidentFile, regimes: Sequence[Regime]) -> dict[str, Any]:
    """Return severity, what each regime asks, and the facts that would decide what is undecided.

    `required` and `applies` are true, false, or None while undecided. `due` is an instant that the
    law numbers, None where it gives none, where nothing is owed, or before its clock runs.
    """
    people = headcount(incident, None)
    severity = assess(incident)
    known = Known(severity, people, hard_to_tell=stated_as_hard(incident, people))
    judged = [_regime(regime, incident, known) for regime in regimes]
    missing = sorted({path for regime in judged for path in regime["missing"]})
    return {
        "severity": {
            "dpc": severity.dpc / 100,
            "ei": severity.ei / 100,
            "cb": severity.cb / 100,
            "score": severity.score / 100,
            "band": severity.band.value,
            "inputs": list(severity.inputs),
        },
        "regimes": judged,
        "missing": missing,
    }


def _regime(regime: Regime, incident: IncidentFile, known: Known) -> dict[str, Any]:
    verdict = applies(regime, facts_of(incident, known, regime)).verdict
    duties = judge(regime, incident, known, targets={})
    by_addressee: Mapping[Addressee, list[Duty]] = {
        addressee: [d for d in duties if d.addressee is addressee] for addressee in Addressee
    }
    (individuals,) = by_addressee[Addressee.INDIVIDUALS]
    undecided = [d for d in duties if d.required is None]
    missing = {path for d in undecided for path in d.missing} | set(verdict.missing)
    return {
        "id": regime.id,
        "name": regime.name,
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
            {"phase": duty.phase.value, "to": duty.to, **_stated(duty)}
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
    by_law = duty.due_nature is DueNature.LAW and duty.due_at is not None
    return {
        "required": duty.required,
        "reason": duty.reason,
        "cite": duty.cite,
        "due": _instant(duty.due_at) if by_law else None,
        "due_source": "" if duty.required is False else duty.due_source,
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
