"""The register of incidents: each one, told to anybody or not, with what every regime asked of it.

GDPR Art. 33(5) asks for the facts, the effects and the remedial action of every breach; laws of
Canada, Brazil, Switzerland and of states of the US ask to keep what was decided for some years.
Nothing of the people concerned stands in it but how many they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime
from tocsin.schemas.artefact import Approval, Artefact
from tocsin.schemas.duty import Addressee, Band, DueNature, Duty, Phase, Severity
from tocsin.schemas.fact import FactState, Precision
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.record import Record
from tocsin.schemas.report import Receipt, ReportedMeasure
from tocsin.schemas.views import IncidentView


class Owed(StrEnum):
    """Whether a duty is owed."""

    REQUIRED = "required"
    NOT_REQUIRED = "not_required"
    UNDECIDED = "undecided"


class DecisionState(StrEnum):
    """How a decision not to notify stands."""

    APPROVED = "approved"
    WAITING = "waiting"
    """It was drafted, and nobody has approved it."""
    OUTDATED = "outdated"
    """What was approved is not what was judged since."""
    MISSING = "missing"
    """It was not drafted yet, or is void: people were not counted, or the incident ended before."""
    NOT_NEEDED = "not_needed"
    """It follows from another decision, or from the regime protecting nobody concerned."""


class Decision(Record):
    """A decision not to notify: who approved it when, and when somebody has to look again."""

    state: DecisionState
    artefact: str = ""
    approved_by: str = ""
    approved_at: AwareDatetime | None = None
    reviewed_by: str = ""
    """Who looked last and left it as it is."""
    reviewed_at: AwareDatetime | None = None
    review_reason: str = ""
    review_on: date | None = None
    """`decision_review_days` after the approval or the last review, by the clock of home."""


class People(Record):
    """How many people; equal bounds are a number, None is unbounded."""

    minimum: int | None = None
    maximum: int | None = None

    @property
    def text(self) -> str:
        """The number in a few signs: `12`, `10 to 20`, `10 or more`, `unknown`."""
        low, high = self.minimum, self.maximum
        if low is None and high is None:
            return "unknown"
        if low == high:
            return str(low)
        if high is None:
            return f"{low} or more"
        return f"{low} to {high}" if low else f"at most {high}"


class Moment(Record):
    """An instant as far as it is known."""

    state: FactState
    at: AwareDatetime | None = None
    precision: Precision | None = None


class RegisterDuty(Record):
    """One duty of one regime: whether it is owed and why, by when, and what became of it."""

    id: str
    addressee: Addressee
    phase: Phase | None
    to: str
    owed: Owed
    reason: str
    cite: str
    rule: str
    missing: tuple[str, ...]
    """Facts that would decide or complete it."""
    starts_at: AwareDatetime | None
    due_at: AwareDatetime | None
    due_set_by: DueNature | None
    due_source: str
    held_until: AwareDatetime | None
    """Until when it waits, at somebody's lawful request."""
    held_by: str
    """Whose request, and the section that allows it."""
    law: str
    """The version of the regime that decided it."""
    unverified: str
    """Why its rule has to be checked before anybody relies on it; empty where it was."""
    met: bool
    met_at: AwareDatetime | None
    """When its report was laid ready, its announcement put up, or it was said to be met outside;
    None for notices, of which the last one has no time of its own."""
    first_notice_at: AwareDatetime | None
    reference: str
    """What the authority gave back."""
    received_at: AwareDatetime | None
    """When the authority took it."""
    evidence: str
    """How it was met outside, in the words of whoever said so."""
    late_reason: str
    decision: Decision | None
    """Of a duty that is not owed."""


class RegisterRegime(Record):
    """What one regime asked of an incident."""

    id: str
    name: str
    register_cite: str
    """What asks to keep the register; empty: nothing does."""
    persons: People
    """Whom it protects, of the people concerned."""
    keep_until: date | None
    """The last day on which it has to be kept, by what is on record; None: the law names none."""
    duties: tuple[RegisterDuty, ...]


class RegisterEntry(Record):
    """One incident in the register."""

    incident: str
    title: str
    organisation: str
    state: str
    drill: bool
    revision: int
    year: int
    """The calendar year, by the clock of home, in which the organisation became aware."""
    opened_at: AwareDatetime
    aware: Moment
    detected: Moment
    started: Moment
    ended: Moment
    over_at: AwareDatetime | None
    """When it was closed or withdrawn."""
    over_reason: str
    confidentiality: str
    integrity: str
    availability: str
    cause: str
    data_kinds: tuple[str, ...]
    persons_stated: People
    persons_known: FactState
    persons_counted: int | None
    """As the directory was counted; None before."""
    severity: float | None
    """The ENISA score; None before it was judged."""
    band: Band | None
    what_happened: str
    effects: tuple[str, ...]
    """What may be done with the data and may come of it, in closed words."""
    effects_described: str
    what_was_done: str
    measures: tuple[ReportedMeasure, ...]
    regimes: tuple[RegisterRegime, ...]


class Register(Record):
    """The incidents that were asked for, oldest first."""

    as_of: AwareDatetime
    zone: str
    """The time zone of home, by which years and days are counted."""
    regime: str | None = None
    """Nothing but this regime was asked for."""
    year: int | None = None
    annual: bool = False
    """Nothing but the incidents of a regime's annual log, with the duty of that log."""
    drills: bool = False
    """Drills stand in it too."""
    incidents: tuple[RegisterEntry, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger holds of one incident, as far as the register goes by it."""

    view: IncidentView
    file: IncidentFile
    severity: Severity | None
    duties: tuple[tuple[Duty, bool], ...]
    """Each with whether it is met."""
    counted: Mapping[str, int] | None
    """Residence -> people; None before they were counted."""
    artefacts: tuple[Artefact, ...] = ()
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    reviews: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Decision -> its last review."""
    filings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
    late_reasons: Mapping[str, str] = field(default_factory=dict)
    first_notices: Mapping[str, datetime] = field(default_factory=dict)
    """Regime -> when the first notice to one of its people was taken over."""
    published_at: datetime | None = None
    over_at: datetime | None = None
    over_reason: str = ""
