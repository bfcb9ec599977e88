"""Incidents that came from another one: controllers' incidents, from their processor's."""

from sqlalchemy import Connection
from tocsin.ledger import reads
from tocsin.schemas.commit import FactKind
from tocsin.schemas.views import IncidentView


def parent_of(db: Connection, view: IncidentView) -> str:
    """Return the incident that one came from, as its newest revision says it; empty: none."""
    body = reads.fact(db, view.id, FactKind.REVISION, str(view.revision))
    return "" if body is None else str(body["incident"].get("parent") or "")


def children_of(db: Connection, incident_id: str) -> tuple[IncidentView, ...]:
    """Return the incidents that came from one, newest first. Every incident is looked at."""
    return tuple(v for v in reads.incidents(db) if parent_of(db, v) == incident_id)
