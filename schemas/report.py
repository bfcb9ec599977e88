"""A report to an authority: one phase, filled from facts and, for figures, from the ledger."""

from pydantic import AwareDatetime
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Duty, Phase, Severity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.record import Record


class ReportedMeasure(Record):
    """A measure of the disposal as a report states it."""

    what: str
    status: str
    on: str | None = None


class ReportField(Record):
    """One line of a report: its content code, label, value in words, and how well it is known."""

    code: str
    label: str
    value: str
    state: str


class DeliveryFigures(Record):
    """The disposal in people, from the ledger, at `as_of`."""

    as_of: AwareDatetime
    in_scope: int
    open: int
    reached: int
    announced: int
    unreachable: int
    excluded: int

    @classmethod
    def of(cls, coverage: Coverage, as_of: AwareDatetime) -> "DeliveryFigures":
        """Take the figures of a round's coverage."""
        return cls(
            as_of=as_of,
            in_scope=coverage.in_scope,
            open=coverage.open,
            reached=coverage.reached,
            announced=coverage.announced,
            unreachable=coverage.unreachable,
            excluded=coverage.excluded,
        )


class Report(Record):
    """What one authority is told in one phase. No personal data of the people concerned."""

    incident_id: str
    revision: int
    regime: str
    phase: Phase
    authority: str
    locale: str
    organisation: str
    drafted_at: AwareDatetime
    starts_at: AwareDatetime | None
    due_at: AwareDatetime | None
    cite: str
    drill: bool
    fields: tuple[ReportField, ...]
    measures: tuple[ReportedMeasure, ...]
    figures: DeliveryFigures | None
    """None before resolution has counted anyone."""
    missing: tuple[str, ...]
    late_reason: str | None = None


class ReportContext(Record):
    """What a report is drafted from."""

    incident_id: str
    revision: int
    incident: IncidentFile
    organisation: Organisation
    duty: Duty
    severity: Severity
    authority: str
    figures: DeliveryFigures | None
    residences: dict[str, int]
    """Residence -> persons, as counted by resolution; empty before."""
    drafted_at: AwareDatetime
    drill: bool
    locale: str
