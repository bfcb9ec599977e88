"""The law as data: what one YAML file of `regimes/` says, and the facts it may ask for."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import Field
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import HoldKind, Phase, PublicMode, RiskLevel
from tocsin.schemas.record import Record


class Unit(StrEnum):
    """Units of a deadline."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"


class OtherDeadline(Record):
    """Another term for some, in place of the one of the rule."""

    when: dict[str, Any]
    value: int = Field(ge=1)
    unit: Unit
    to: str = ""
    """The authority in this case; empty when it is the same."""
    wording: str
    cite: str


class SoonerEnd(Record):
    """A second end of a term: whichever of the two comes first.

    One that lies before the term even starts is passed over.
    """

    value: int = Field(default=0, ge=0)
    unit: Unit = Unit.CALENDAR_DAYS
    after: str
    wording: str
    cite: str


class RollTo(StrEnum):
    """Where the end of a term goes that falls on a day off."""

    NEXT_WORKING_DAY = "next_working_day"
    """To the same time of day on the next working day."""
    NOON_OF_NEXT_WORKING_DAY = "noon_of_next_working_day"


class Rolls(Record):
    """A term that ends on a weekend or holiday ends later. Only where the law surely says so."""

    to: RollTo
    unless: dict[str, Any] | None = None
    """For whom there is no such relief; unknown counts as no relief."""
    cite: str


class Extension(Record):
    """More time, once it was granted or duly asked for. What is merely pending moves nothing."""

    value: int = Field(ge=1)
    unit: Unit
    wording: str
    """What has to be done for it, in our words."""
    cite: str


class Deadline(Record):
    """A deadline: the law's number, or None where the law gives none (then policy decides)."""

    value: int | None = Field(default=None, ge=1)
    unit: Unit | None = None
    after: str = "aware"
    """What starts the clock: an instant of `IncidentFacts`, one of `CLOCK_STARTS`, or
    `report:RULE` / `report:REGIME:RULE`, the filing of another report."""
    wording: str
    """How the law puts it, in our words."""
    guidance: bool = False
    """The number is what the authority expects, and not the law's own."""
    stricter: tuple[OtherDeadline, ...] = ()
    """Shorter terms; the shortest applies whose condition is not known to be false."""
    longer: tuple[OtherDeadline, ...] = ()
    """Longer terms; the first applies whose condition is known to hold."""
    sooner: tuple[SoonerEnd, ...] = ()
    rolls: Rolls | None = None
    extension: Extension | None = None


CLOCK_STARTS = ("individuals_told", "year_end")
"""Starts of clocks that are no fact of an incident: the first notice that left to an individual of
the regime, and the end of the calendar year in which the organisation became aware."""

REPORT = "report:"
"""How the start of a clock names the filing of another report."""


class Assumption(Record):
    """What a rule concludes from a fact while it is unknown: the careful side, checked at load."""

    fact: str
    """Dotted path, as in conditions."""
    value: bool | int | str
    because: str
    """The conclusion in a sentence, read to whoever approves."""


class Confidence(StrEnum):
    """How sure the pack is of what it says."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Basis(StrEnum):
    """How a rule was learnt."""

    CONFIRMED = "confirmed"
    """Read in a copy of the text, or in a secondary source."""
    MEMORY = "memory"
    """Nothing was read: to be checked by counsel."""


class OwedBy(StrEnum):
    """Who owes a duty: whoever decides on the data, or whoever keeps it for somebody else."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    BOTH = "both"


class Status(StrEnum):
    """What force a regime has."""

    IN_FORCE = "in_force"
    STANDARD = "standard"
    """A recommended standard: a benchmark of authorities, no statute."""
    VOLUNTARY = "voluntary"
    """Guidance of an authority: it recommends."""
    PROPOSAL = "proposal"
    """Not law yet. It never applies."""


class Rule(Record):
    """When a duty is owed: a tree of closed operators over facts (see `rules/conditions.py`)."""

    id: str
    when: dict[str, Any]
    reason: str
    reason_not: str = ""
    """Why it is not owed; read to whoever approves not telling."""
    cite: str
    assumes: tuple[Assumption, ...] = ()
    """Facts without which the rule still decides. A fact of `when` that is not here and unknown
    leaves the duty undecided."""
    basis: Basis = Basis.CONFIRMED
    """How it was learnt."""
    confidence: Confidence | None = None
    """Where it is not that of the regime."""
    valid_from: date | None = None
    valid_to: date | None = None
    """Where they are not those of the regime."""
    owed_by: OwedBy = OwedBy.CONTROLLER
    when_exempt: bool = False
    """It is owed because a finding spares somebody else the notice: the one kind of rule that a
    mild fact may turn on."""


class ReportRule(Rule):
    """A report to an authority in one phase."""

    phase: Phase
    to: str
    deadline: Deadline
    content: tuple[str, ...] = ()
    form: str = ""
    """The layout of the authority's own form; empty: the form that serves the regime and the phase,
    if there is one. `none`: the fields of `content`, in that order, whatever form serves it."""
    replaces: str = ""
    """The id of a report that is not owed where this one is: a log of small incidents."""


NO_FORM = "none"
"""What a report names that is no case for the form of its regime."""


class NoticeFormat(Record):
    """How a regime wants its notice to look. All of it is rendered as written and tested."""

    title: str = ""
    """The title in the words of the law; empty where it fixes none."""
    headings: tuple[str, ...] = ()
    """The headings in the words of the law, in their order; empty where it fixes none."""
    min_font_pt: int = 0
    cite: str


class NoticeRule(Rule):
    """The notice to individuals."""

    deadline: Deadline
    content: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    """Content codes that the notice must not hold (`NO_NATURE`, `NO_COUNT`, `NO_MIX` ...)."""
    yields_to: tuple[str, ...] = ()
    """Regimes before whose content what is forbidden here gives way."""
    only_with: dict[str, tuple[DataKind, ...]] = Field(default_factory=dict)
    """Content code -> kinds of data of which one has to be concerned for it to be asked; none: any.
    What is not here is as usual (`notice_law.USUAL_KINDS`)."""
    monitoring_months: int | None = Field(default=None, ge=1)
    """For how long CREDIT_MONITORING has to be offered; None: the law names no number."""
    format: NoticeFormat | None = None
    channels: tuple[Channel, ...] = ()
    """Channels that the law permits; empty when it names none, and then all are."""
    by_agreement: tuple[Channel, ...] = ()
    """Of those, the ones for people alone who agreed to them on record."""


class PublicRule(Rule):
    """When a public announcement is called for, and whether notices may stay away then.

    It is owed only where individuals are.
    """

    mode: PublicMode
    content: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    """What the announcement consists of: `website`, `statewide_media` ...; all of them."""
    term_days: int | None = Field(default=None, ge=1)
    """How long it has to stand, in calendar days; None where the law says nothing."""
    toll_free: bool = False
    """A toll-free number has to be named, and answered as long as it stands."""


class OtherRule(Rule):
    """Somebody else who has to be told: the media, a consumer reporting agency."""

    who: str
    """In words."""
    public: bool = False
    """The public hears it from them: the media, for one."""
    each_controller: bool = False
    """Owed to each controller for whom the organisation keeps the data, one by one."""
    states_over: int | None = Field(default=None, ge=0)
    """Owed in each subdivision of which more people than this are concerned; they are named."""
    deadline: Deadline
    content: tuple[str, ...] = ()


NEVER: dict[str, Any] = {"any": []}
"""The condition that never holds."""

NO_NOTICE = NoticeRule(
    id="no-notice",
    when=NEVER,
    reason="",
    reason_not="These rules ask for no notice to individuals.",
    cite="no such duty",
    deadline=Deadline(wording="no term"),
)
NO_ANNOUNCEMENT = PublicRule(
    id="no-announcement",
    when=NEVER,
    mode=PublicMode.AND,
    reason="",
    reason_not="These rules know no public announcement.",
    cite="no such duty",
)


class RiskRule(Rule):
    """What makes a risk to people likely, or a high one."""

    level: RiskLevel


class RiskTable(Record):
    """The decision table of risk: the level of the first rule that holds, or else unlikely."""

    id: str
    sources: tuple[str, ...]
    rules: tuple[RiskRule, ...]


class GuardianRule(Record):
    """Who is told for a minor: below `below`, the kinds in `tell`."""

    below: int = Field(ge=1, le=21)
    tell: tuple[str, ...]
    """`minor`, `guardian`, or both."""
    cite: str


class KinRule(Record):
    """Who is told for a person known to be deceased."""

    channels: tuple[Channel, ...] = ()
    """How; empty: as anybody else."""
    authorised: bool = False
    """Only kin whom the person named and authorised."""
    cite: str


class Precedence(Record):
    """One duty has to be met before another, or not after it."""

    first: str
    """`authority:full`, `individuals`, `other:media`; of another regime with its id in front."""
    then: str
    strict: bool = True
    """Before it; else not later than it, the same moment will do."""
    cite: str


class HoldRule(Record):
    """When something may or must wait, although it is owed."""

    kind: HoldKind
    of: tuple[str, ...] = ("individuals", "public", "other")
    """What waits: addressees of duties."""
    max_days: int | None = Field(default=None, ge=1)
    """The longest that it may last, in calendar days from the request; None: until it ends."""
    resume: int | None = Field(default=None, ge=1)
    resume_unit: Unit = Unit.BUSINESS_DAYS
    """How soon after its end the duty is due; None: at its end, or when it is due anyhow."""
    cite: str


class Regime(Record):
    """One regime: residences it covers, and what it asks."""

    id: str = Field(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$")
    """`EU-GDPR`: capitals, digits and hyphens, for it names lanes too."""
    name: str
    residences: tuple[str, ...]
    """ISO 3166 codes of the residences whose people it protects; `*` stands for all."""
    establishments: tuple[str, ...] = ()
    """Where an establishment brings everybody's data under it, wherever they live (GDPR Art. 3)."""
    jurisdiction: str = ""
    """Where a regime of `*` takes people to live while it is undecided whether it applies."""
    holidays: str = ""
    """Whose holidays count where it counts business days: ISO 3166, such as `US` or `US-CA`."""
    valid_from: date
    valid_to: date | None = None
    status: Status = Status.IN_FORCE
    confidence: Confidence
    covers: tuple[str, ...] = ()
    """Other acts and records of law that this file carries beside its own."""
    pending: str = ""
    """A change that is under way, in a sentence."""
    sources: tuple[str, ...]
    authority: str = ""
    applies: Rule | None = None
    """When it applies beside residence: a sector, the nature of the incident; None: always."""
    register_cite: str = ""
    """What asks to keep every incident in a register; empty: nothing does."""
    register_months: int | None = Field(default=None, ge=1)
    """How long the register, or a decision not to tell, has to be kept."""
    reports: tuple[ReportRule, ...] = ()
    individuals: NoticeRule = NO_NOTICE
    public: PublicRule = NO_ANNOUNCEMENT
    others: tuple[OtherRule, ...] = ()
    guardians: GuardianRule | None = None
    next_of_kin: KinRule | None = None
    order: tuple[Precedence, ...] = ()
    holds: tuple[HoldRule, ...] = ()
    notes: str = ""
    """What a reader has to know that no rule says."""
    digest: str = ""
    """Of the text it was read from; the loader sets it."""

    @property
    def tells_people(self) -> bool:
        """Whether it asks for notices to individuals at all."""
        return self.individuals.when != NEVER
