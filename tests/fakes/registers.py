"""Incidents as the register reads them, without a ledger: judged, decided and approved."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.regimes.load import load_regimes
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.schemas.register import Recorded, RegisterDuty, RegisterEntry, RegisterRegime
from tocsin.schemas.views import IncidentView
from tocsin.services.assessment import judged
from tocsin.services.decisions import decision_hash, decision_name
from tocsin.services.register import entry_of

from fakes.deployment import incident

REGIMES = {regime.id: regime for regime in load_regimes()}
BERLIN = Policy(home_zone="Europe/Berlin")
OPENED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
APPROVED = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
"""The 26th in Berlin."""
MILD = {
    "confidentiality": "known_recipients",
    "integrity": "not_lost",
    "availability": "not_lost",
    "recipients_trusted": True,
    "deletion_confirmed": True,
    "sectors": ["retail"],
    "effects": [],
}
HEALTH = {
    "sectors": ["hipaa_covered_entity"],
    "confidentiality": "unknown_recipients",
    "bad_contacts": 0,
}
EARLY = "EU-GDPR:authority:early"
ANNUAL = "US-HIPAA:authority:annual"


def recorded(file: IncidentFile, *, policy: Policy = BERLIN, **fields: Any) -> Recorded:
    view = IncidentView(
        "INC-1", file.title, "example", False, fields.pop("state", "open"), "rosa", 1, OPENED
    )
    met = fields.pop("met", ())
    duties = judged(file, [*REGIMES.values()], policy, counted=None, raised_at=OPENED)
    given: dict[str, Any] = {"severity": None, "counted": None} | fields
    return Recorded(
        view=view, file=file, duties=tuple((duty, duty.id in met) for duty in duties), **given
    )


def mild(**fields: Any) -> IncidentFile:
    """A mailing that a few known people got by mistake: the European Union asks for no report."""
    facts = MILD | {"aware": "2026-11-20T09:30:00+01:00", "persons": {"by_residence": {"DE": 212}}}
    return incident(facts=facts | fields, data_kinds=["email_address"])


def patients(count: int | None, aware: str | None) -> IncidentFile:
    facts: dict[str, Any] = dict(HEALTH)
    facts |= {"aware": aware} if aware else {}
    facts |= {"persons": {"by_residence": {"US-TX": count}}} if count else {}
    return incident(facts=facts, data_kinds=["medical"])


def entry(given: Recorded, *, policy: Policy = BERLIN, regimes: Any = ()) -> RegisterEntry:
    return entry_of(given, regimes or [*REGIMES.values()], policy)


def european(made: RegisterEntry) -> RegisterRegime:
    """Return what the European Union asks of an incident."""
    (found,) = (regime for regime in made.regimes if regime.id == "EU-GDPR")
    return found


def duties(made: RegisterEntry) -> Mapping[str, RegisterDuty]:
    return {duty.id: duty for regime in made.regimes for duty in regime.duties}


def decided(given: Recorded, duty_id: str, **artefact: Any) -> dict[str, Any]:
    """Return the decision that a duty is not owed, approved by ada, as fields of a record."""
    duty = next(duty for duty, _ in given.duties if duty.id == duty_id)
    name, binding = decision_name(duty), Binding(text_hash=decision_hash(duty))
    state = artefact.pop("state", ArtefactState.APPROVED)
    made = Artefact(
        name=name,
        incident="INC-1",
        kind=ArtefactKind.DECISION,
        summary="",
        binding=binding,
        hands=("rosa",),
        state=state,
    )
    approval = Approval(
        artefact=name,
        principal="ada",
        binding=artefact.pop("binding", binding),
        at=APPROVED,
        valid_until=APPROVED + timedelta(days=7),
    )
    approved = {name: approval} if state is ArtefactState.APPROVED else {}
    return {"artefacts": (made,), "approvals": approved}
