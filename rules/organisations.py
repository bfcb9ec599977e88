"""What an incident says of its organisation, where its file leaves that to the configuration."""

from typing import Any

from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.organisation import Organisation

SOURCE = "the configuration of the organisation"


def as_configured(incident: IncidentFile, organisation: Organisation) -> IncidentFile:
    """Return an incident with the sectors and establishments that its organisation configured.

    What the file itself says of them stands, also that it does not apply or cannot be known.
    """
    update: dict[str, Any] = {}
    for name in ("sectors", "established_in"):
        fact: Fact[Any] = getattr(incident.facts, name)
        configured = getattr(organisation, name)
        if configured is not None and fact.state is FactState.BEING_DETERMINED:
            kind = IncidentFacts.model_fields[name].annotation
            update[name] = kind(state=FactState.KNOWN, value=configured, source=SOURCE)  # type: ignore[misc]
    if not update:
        return incident
    return incident.model_copy(update={"facts": incident.facts.model_copy(update=update)})
