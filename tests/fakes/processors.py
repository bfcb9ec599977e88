"""Made-up incidents of processors, and what the law makes of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tocsin.regimes.load import load_regimes
from tocsin.rules.children import child_of
from tocsin.rules.other_duties import controllers
from tocsin.schemas.duty import Duty
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.policy import Policy
from tocsin.services.assessment import judged

AWARE = datetime(2026, 10, 21, 9, 0, tzinfo=UTC)
TOLD = datetime(2026, 10, 23, 15, 0, tzinfo=UTC)
KEEPER = Organisation(
    id="keeper",
    legal_name="Keeper Cloud Ltd",
    brand="Keeper",
    site="keeper.example",
    postal_address="1 Server Street",
    country="IE",
    contact_email="privacy@keeper.example",
    sender_email="notices@keeper.example",
)
_REGIMES = load_regimes()


def controller(name: str, **fields: Any) -> dict[str, Any]:
    """Return a controller among the parties of an incident."""
    contact = f"desk@{name.split(maxsplit=1)[0].lower()}.example"
    return {"name": name, "role": "controller", "contact": contact, **fields}


def kept(*parties: Mapping[str, Any], **facts: Any) -> IncidentFile:
    """Return the incident of a processor with these controllers."""
    return IncidentFile.model_validate(
        {
            "title": "A copied backup",
            "organisation": "keeper",
            "facts": {
                "aware": AWARE,
                "started": AWARE - timedelta(days=3),
                "cause": "malicious_outsider",
                "confidentiality": "unknown_recipients",
                "role": "processor",
                **facts,
            },
            "circumstances": {"parties": parties, "kind": "exfiltration"},
            "narratives": {
                "what_happened": {"en": "Criminals copied a backup."},
                "what_was_done": {"en": "We closed the way in."},
            },
            "data_kinds": ["name", "email_address", "medical"],
            "scope": {"where": [{"column": "system", "equals": "backup"}]},
            "measures": [{"what": {"en": "Keys exchanged"}, "status": "done"}],
        }
    )


def child(parent: IncidentFile, number: int, *, told: datetime = TOLD) -> IncidentFile:
    """Return the file of the controller of a number, as told."""
    party = controllers(parent)[number - 1]
    made, _ = child_of(
        parent,
        party,
        incident_id="INC-PARENT",
        processor=KEEPER,
        organisation="theirs",
        told=told,
        zone=ZoneInfo("Europe/Berlin"),
    )
    return made


def with_facts(incident: IncidentFile, **facts: Any) -> IncidentFile:
    """Return an incident of which a person has found out more."""
    plain = incident.model_dump(mode="json")
    plain["facts"] |= facts
    return IncidentFile.model_validate(plain)


def owed(incident: IncidentFile) -> dict[str, Duty]:
    """Return what is owed, or may be, by its id."""
    duties = judged(incident, _REGIMES, Policy(), counted=None, raised_at=AWARE)
    return {duty.id: duty for duty in duties if duty.required is not False}
