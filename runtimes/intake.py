"""What comes in from files: incidents, drafts of incidents, people."""

from dataclasses import dataclass
from pathlib import Path

from tocsin.detectors.hibp import draft, find_breach, read_breaches
from tocsin.detectors.incident_file import dump_incident, read_incident
from tocsin.directories.csv_import import import_csv
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.scope import Scope


@dataclass(frozen=True, slots=True)
class DraftedFile:
    """An incident file drafted from a detector's document, for a person to complete."""

    text: str
    title: str
    unknown: tuple[str, ...]
    """What the document does not tell: `field: what to find out`."""
    unmapped: tuple[str, ...]
    """What it names and no kind of personal data stands for: `class: why`."""


def incident_from(path: Path) -> IncidentFile:
    """Return the incident that a YAML or JSON file describes; InvalidInput names what is wrong."""
    return read_incident(path)


def draft_from_hibp(path: Path, name: str, *, organisation: str, scope: Scope) -> DraftedFile:
    """Return the draft made of one record of a saved Have I Been Pwned breach list."""
    drafted = draft(find_breach(read_breaches(path), name), organisation=organisation, scope=scope)
    notes = (*drafted.unknown, *(f"not taken over: {line}" for line in drafted.unmapped))
    return DraftedFile(
        text=dump_incident(drafted.incident, notes=notes),
        title=drafted.incident.title,
        unknown=drafted.unknown,
        unmapped=drafted.unmapped,
    )


def people_from_csv(csv: Path, database: Path, *, table: str, key: str | None) -> int:
    """Load people from a CSV file into a new table of a SQLite file; return how many."""
    return import_csv(csv, database, table=table, key=key)
