"""What a processor tells one of its controllers: about that controller's people alone, no names.

GDPR Art. 33(2) with EDPB 9/2022 par. 41-46, 45 CFR 164.410(c), 16 CFR 318.3(b).
"""

from enum import StrEnum

from pydantic import AwareDatetime
from tocsin.schemas.circumstances import Party
from tocsin.schemas.duty import Duty, Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.record import Record
from tocsin.schemas.report import ReportedMeasure, ReportField


class Counted(StrEnum):
    """Where the number of a controller's people comes from."""

    STATED = "stated"
    """The incident file says it."""
    DIRECTORY = "directory"
    """Counted in the directory, by what the file says selects them."""
    UNKNOWN = "unknown"


class PacketGround(Record):
    """A duty that the packet meets once it is in the controller's hands."""

    duty: str
    cite: str
    due_at: AwareDatetime | None
    due_source: str


class Packet(Record):
    """What one controller is told. No personal data: who the people are is handed over apart."""

    incident_id: str
    artefact: str
    revision: int
    number: int
    """Of the controller among those that the incident names."""
    controller: str
    contact: str
    processor: str
    locale: str
    drafted_at: AwareDatetime
    drill: bool
    grounds: tuple[PacketGround, ...]
    counted: Counted
    fields: tuple[ReportField, ...]
    measures: tuple[ReportedMeasure, ...]

    def says_as(self, other: "Packet") -> bool:
        """Whether it tells the same as another one, whenever either was drafted."""
        return (self.controller, self.contact, self.fields, self.measures) == (
            other.controller,
            other.contact,
            other.fields,
            other.measures,
        )


class PacketContext(Record):
    """What a packet is drafted from."""

    incident_id: str
    artefact: str
    revision: int
    number: int
    party: Party
    incident: IncidentFile
    """Narrowed to the people of this controller."""
    counted: Counted
    organisation: Organisation
    duties: tuple[Duty, ...]
    severity: Severity
    drafted_at: AwareDatetime
    drill: bool
    locale: str
