"""A report to an authority: one phase, filled from facts and, for figures, from the ledger."""

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Duty, Phase, Severity
from tocsin.schemas.form import Form
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import NetworkGrade
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.record import Record


class ReportedMeasure(Record):
    """A measure of the disposal as a report states it."""

    what: str
    status: str
    on: str | None = None


class ReportOption(Record):
    """An answer of a list that a form offers."""

    code: str
    label: str
    open: bool = False
    """The answer of who does not know yet."""


class ReportField(Record):
    """One field of a report, in the place that the authority's form gives it."""

    n: str
    """The authority's number, or ours where it has none."""
    key: str
    """The key of the superset that filled it, or a content code where there is no form."""
    section: str = ""
    label: str
    label_en: str
    """The same in English; equal to `label` where the report is in English."""
    value: str
    """In words, in the language of the report."""
    raw: str | int | bool | None = None
    """As a machine takes it: a count, RFC 3339, ISO 8601; None where words are the answer."""
    state: str
    options: tuple[ReportOption, ...] = ()
    chosen: tuple[str, ...] = ()
    """Codes of the answers that are given."""
    multiple: bool = False
    required: Phase | None = None
    shown: bool = True
    """Whether the form asks it in this incident."""
    may_publish: bool = True
    published: bool = False
    """The authority makes the answer public."""


class FilingType(StrEnum):
    """What a filing is to those before it."""

    NEW = "new"
    FOLLOW_UP = "follow_up"


class Filing(Record):
    """What a report is to the authority's file."""

    type: FilingType
    complete: bool
    """Nothing that the form requires is open. It is computed, and can be claimed by nobody."""
    prev_ref: str = ""
    """The reference that the authority gave to the filing before; empty where none is known."""
    reference: str
    """Our own: the incident and the artefact."""


class FormNote(Record):
    """What the first page says of the form: in the language of the report."""

    id: str
    title: str
    version: str
    seen: date
    verified: str
    languages: str
    routes: tuple[str, ...]
    """In order of preference."""
    returned: str
    published: str
    attachments: str
    locale: str = ""
    """The language of its labels, where that is not the one of the report."""


class Missing(Record):
    """What would complete a report."""

    n: str
    label: str
    path: str
    """The dotted path of the fact; of a content code that has none, the code."""
    now: bool
    """The form requires it in this phase already."""


class Difference(Record):
    """A field that is answered otherwise than in the filing before."""

    n: str
    label: str
    before: str
    now: str


class Receipt(Record):
    """What an authority gave back for a filing, as a principal put it on record."""

    reference: str
    at: AwareDatetime
    """When the authority took it."""
    proof: str = ""
    """SHA-256 of a screenshot or letter that the organisation keeps; empty where there is none."""
    by: str


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
    artefact: str
    revision: int
    regime: str
    phase: Phase
    duty: str = ""
    """The id of the duty that it meets; empty in those of before, which had one a phase."""
    unverified: str = ""
    """Why the rule that asks for it has to be checked; empty where it was."""
    authority: str
    locale: str
    organisation: str
    drafted_at: AwareDatetime
    starts_at: AwareDatetime | None
    due_at: AwareDatetime | None
    due_source: str = ""
    cite: str
    drill: bool
    form: FormNote | None
    """None where the authority has no form: the fields are those of the duty's content."""
    filing: Filing
    fields: tuple[ReportField, ...]
    measures: tuple[ReportedMeasure, ...]
    figures: DeliveryFigures | None
    """None before resolution has counted anyone."""
    differences: tuple[Difference, ...]
    """To the filing before, field by field."""
    missing: tuple[Missing, ...]
    spoken: tuple[str, ...] = ()
    """What to say on the telephone, line by line; empty where the authority has no hotline."""
    late_reason: str | None = None

    @property
    def meets(self) -> str:
        """The id of the duty that it meets."""
        return self.duty or f"{self.regime}:authority:{self.phase}"

    @property
    def shown(self) -> tuple[ReportField, ...]:
        """The fields that the form asks in this incident."""
        return tuple(field for field in self.fields if field.shown)


class Before(Record):
    """The filing before, to the same authority on the same form."""

    artefact: str
    fields: tuple[ReportField, ...]
    reference: str = ""
    """What its receipt says; empty while none is on record."""


class ReportContext(Record):
    """What a report is drafted from."""

    incident_id: str
    artefact: str
    revision: int
    incident: IncidentFile
    organisation: Organisation
    duty: Duty
    severity: Severity
    authority: str
    form: Form | None = None
    before: Before | None = None
    grade: NetworkGrade | None = None
    """By China's Grading Guide; None while nothing shows one."""
    grade_settled: bool = False
    """A person gave it, or it cannot be higher."""
    figures: DeliveryFigures | None
    told_from: AwareDatetime | None = None
    """When the first notices left; None before."""
    residences: dict[str, int]
    """Residence -> persons, as counted by resolution; empty before."""
    drafted_at: AwareDatetime
    drill: bool
    locale: str
    late_reason: str | None = None
    complete: bool = False
    """Whether nothing that the form requires is open."""
