"""What the law asks: severity, duties, and the decision how to tell people."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime
from tocsin.schemas.record import Record


class Band(StrEnum):
    """ENISA 2013 severity bands."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Severity(Record):
    """SE = DPC x EI + CB (ENISA 2013), in hundredths: no floats enter the ledger."""

    dpc: int
    ei: int
    cb: int
    score: int
    band: Band
    inputs: tuple[str, ...]
    """Each input, as a sentence: what was known, and what was assumed because it was not."""


class RiskLevel(StrEnum):
    """How likely and how grave harm to people is (`regimes/risk.yaml`), from the mildest."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH = "high"


class HoldKind(StrEnum):
    """Who asked that something wait, and how."""

    LAW_ENFORCEMENT_WRITTEN = "law_enforcement_written"
    LAW_ENFORCEMENT_ORAL = "law_enforcement_oral"
    ATTORNEY_GENERAL = "attorney_general"
    """The Attorney General of the United States, for national security or public safety."""
    REGULATOR = "regulator"
    """The regulator agreed to it, or ordered it."""
    SCOPE = "scope"
    """Measures to find out the extent and to restore the system."""


class Addressee(StrEnum):
    """Whom a duty is owed to."""

    AUTHORITY = "authority"
    INDIVIDUALS = "individuals"
    PUBLIC = "public"
    OTHER = "other"
    """The media, a consumer reporting agency."""


class PublicMode(StrEnum):
    """What an announcement is to the individual notices, as the law has it."""

    AND = "and"
    """They are owed beside it."""
    INSTEAD = "instead"
    """It may stand in their place."""


class Outside(StrEnum):
    """Why a regime has nothing to do with an incident."""

    PEOPLE = "people"
    """Nobody whom it protects is concerned."""
    RULE = "rule"
    """It is about another sector, or another kind of event."""


class Phase(StrEnum):
    """The phase of a report."""

    EARLY = "early"
    INTERMEDIATE = "intermediate"
    FULL = "full"
    FINAL = "final"
    ANNUAL = "annual"
    """Many small incidents of a year in one log."""


class DueNature(StrEnum):
    """Where a due time comes from."""

    LAW = "law"
    GUIDANCE = "guidance"
    POLICY = "policy"
    """The law gives no number; the operator's own target."""


class Duty(Record):
    """One duty of one regime. `required` None means undecided: the careful side keeps its clock."""

    id: str
    """`REGIME:addressee[:phase]`, unique within an incident."""
    regime: str
    rule: str = ""
    """The rule that decided it."""
    addressee: Addressee
    phase: Phase | None = None
    required: bool | None
    reason: str
    cite: str
    to: str = ""
    """The authority, in words."""
    starts_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    due_nature: DueNature | None = None
    due_source: str = ""
    content: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Facts (dotted paths) that would decide or complete it."""
    assumed: tuple[str, ...] = ()
    """What was concluded from facts that are unknown, a sentence each, with the fact's path."""
    mode: PublicMode | None = None
    """Of an announcement: whether it may stand in place of notices."""
    outside: Outside | None = None
    """Set where the regime has nothing to do with the incident, so that nothing is owed."""
    estimated_at: AwareDatetime | None = None
    """When it will be due if what its clock waits for happens at the last moment; no due time."""
    held_until: AwareDatetime | None = None
    """Until when it has to wait, at somebody's lawful request."""
    held_by: str = ""
    """Whose request, and the section that allows it."""
    after: tuple[str, ...] = ()
    """Ids of duties that have to be met before this one."""
    not_before: tuple[str, ...] = ()
    """Ids of duties that must not be later than this one."""
    unverified: str = ""
    """Why its rule has to be checked before anybody relies on it; empty where that is done."""
    law: str = ""
    """The version of the regime that decided it: its day of force, and a digest of its text."""

    @property
    def key(self) -> str:
        """Return how the clocks of others name it: its regime and rule."""
        return f"{self.regime}:{self.rule}"


class RegimeSwitch(Record):
    """What one regime says of the announcement."""

    regime: str
    announce: bool
    """It asks for one, or allows one in place of notices."""
    mode: PublicMode
    reason: str
    cite: str
    owes_notices: bool = True
    """It asks for a notice to each of its people, or may; else whoever is told is told freely."""

    @property
    def may_replace(self) -> bool:
        """Whether an announcement may stand in place of the notices of its people."""
        return not self.owes_notices or (self.announce and self.mode is PublicMode.INSTEAD)


class OneByOne(StrEnum):
    """Who is told one by one beside an announcement."""

    EVERYBODY = "everybody"
    SOME = "some"
    """The announcement stands in place of the notices of some cohorts."""
    NOBODY = "nobody"


class SwitchDecision(Record):
    """Whether people are told one by one, by announcement, or both; explained in numbers."""

    announce: bool
    replaces_notices: bool
    """The announcement lawfully stands in place of everybody's notices."""
    grounds: tuple[str, ...]
    """Sentences with numbers: `12,345 people are more than the limit of 10,000`."""
    hard_to_tell: bool = False
    """Telling people one by one is hard, on one of the grounds."""
    by_regime: tuple[RegimeSwitch, ...] = ()
    replaced: tuple[int, ...] = ()
    """The cohorts whose notices it stands in place of; the others are told one by one as well."""

    @property
    def one_by_one(self) -> OneByOne:
        """Who gets a notice of their own."""
        if self.replaces_notices:
            return OneByOne.NOBODY
        return OneByOne.SOME if self.replaced else OneByOne.EVERYBODY


class ClockState(StrEnum):
    """How a clock stands at a given time."""

    RUNNING = "running"
    DUE_SOON = "due_soon"
    LATE = "late"
    MET = "met"


def clock_state(
    due_at: datetime, *, now: datetime, alarm_before_s: int, met_at: datetime | None
) -> ClockState:
    """Return how the clock of a duty stands; a duty met in time or late is met."""
    if met_at is not None:
        return ClockState.MET
    left = (due_at - now).total_seconds()
    if left < 0:
        return ClockState.LATE
    return ClockState.DUE_SOON if left <= alarm_before_s else ClockState.RUNNING
