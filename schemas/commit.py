"""What a handler asks the ledger to do, as values: typed writes, and the Commit that holds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from tocsin.schemas.artefact import Artefact
from tocsin.schemas.audience import AudienceCounts, ObligationRow, PersonRow, RosterRow
from tocsin.schemas.detection import DraftState
from tocsin.schemas.event import Event
from tocsin.schemas.sought import SoughtRow


class FactKind(StrEnum):
    """Kinds of facts that stand one by one; persons, obligations and outcomes stand in bulk."""

    COMMAND = "command"
    REVISION = "revision"
    ROUND = "round"
    SEVERITY = "severity"
    DUTY = "duty"
    DECISION = "decision"
    COHORT = "cohort"
    TEXT = "text"
    PLAN = "plan"
    FREEZE = "freeze"
    ARTEFACT = "artefact"
    APPROVAL = "approval"
    TRANSITION = "transition"
    ANNOUNCEMENT = "announcement"
    REPORT = "report"
    FILING = "filing"
    LATE_REASON = "late_reason"
    RECEIPT = "receipt"
    ALARM = "alarm"
    RING = "ring"
    TOLD = "told"
    LATE = "late"
    PRINCIPAL = "principal"
    ACCESS = "access"
    DRAFT = "draft"
    CODES = "codes"
    PREPARED = "prepared"
    PACKET = "packet"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Fact:
    """Append one fact. `name` and `kind` find it again; the newest of a name is the current one."""

    kind: FactKind
    name: str
    body: Any
    """Anything with a canonical form."""
    round: str = ""


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """Put an incident into the projection; its facts come beside it."""

    title: str
    organisation: str
    drill: bool
    raised_by: str
    revision: int


@dataclass(frozen=True, slots=True)
class OpenRound:
    """Start a round on a revision."""

    round: str
    revision: int
    kind: str
    """A `RoundKind`."""
    follows: tuple[str, ...] = ()
    """The rounds whose people it looks at: to tell them more, or to leave them alone."""
    takes_over: tuple[str, ...] = ()
    """Of these, the ones that were stopped, whose open people it tells."""


@dataclass(frozen=True, slots=True)
class FreezeRound:
    """The audience is complete: what was counted, by whom."""

    round: str
    in_scope: int
    """Counted by the directory's own query, independently of the rows."""
    audience_root: str
    counts: AudienceCounts


@dataclass(frozen=True, slots=True)
class Transition:
    """Move an incident, round or artefact to a state; allowed moves are in `rules/lifecycle.py`.

    With `was`, the ledger refuses the whole Commit when the state is another by now: two decisions
    about one thing cannot pass each other.
    """

    machine: str
    name: str
    state: str
    by: str = ""
    reason: str = ""
    was: str = ""


@dataclass(frozen=True, slots=True)
class DraftArtefact:
    """Put an artefact before its approver; the same name replaces an unapproved one."""

    artefact: Artefact


@dataclass(frozen=True, slots=True)
class Persons:
    """Persons of a round, in directory key order."""

    round: str
    rows: Sequence[PersonRow]


@dataclass(frozen=True, slots=True)
class Obligations:
    """Obligations of a round, in the order of their persons."""

    round: str
    rows: Sequence[ObligationRow]


@dataclass(frozen=True, slots=True)
class Roster:
    """Raw keys of a round: not facts, written beside the ledger and deleted with the round."""

    round: str
    rows: Sequence[RosterRow]
    addresses: Sequence[tuple[bytes, str, int]] = ()
    """(start of the digest with the cohort, lane, seq) of the first holder of an address."""


class OutcomeRow(NamedTuple):
    """Fact: what one attempt, or the settlement, of an obligation came to."""

    lane: str
    seq: int
    rung: int
    attempt: int
    channel: str
    result: str
    level: str
    reason: str
    ref: str
    person: int


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Outcomes of a round."""

    round: str
    rows: Sequence[OutcomeRow]


class EvidenceRow(NamedTuple):
    """Fact: what was heard of an obligation's notice on one rung; each kind of it once."""

    lane: str
    seq: int
    rung: int
    heard: str
    reason: str
    source: str
    person: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was heard of a round's notices. The ledger refuses a row that stands already."""

    round: str
    rows: Sequence[EvidenceRow]


@dataclass(frozen=True, slots=True)
class DecideDraft:
    """Raise a draft of detections as this Commit's incident, or dismiss it.

    The ledger refuses the whole Commit when somebody decided it before. The fact of it stands in
    the system's chain, beside those of its opening.
    """

    draft: str
    state: DraftState
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Seek:
    """Let a round look for people of earlier ones. Not facts: those stand in the earlier rounds."""

    round: str
    rows: Sequence[SoughtRow]


@dataclass(frozen=True, slots=True)
class Found:
    """Take people out of those whom a round looks for, with the rows that this Commit adds."""

    round: str
    digests: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeekNoMore:
    """Forget whom a round looks for."""

    round: str


@dataclass(frozen=True, slots=True)
class DropRoster:
    """Delete a closed round's raw keys."""

    round: str


class AwaitingRow(NamedTuple):
    """Not a fact: an obligation that waits to be told on a rung together with others."""

    rung: int
    lane: str
    seq: int
    residence: str


@dataclass(frozen=True, slots=True)
class Await:
    """Let obligations of a round wait for a channel that takes many at once."""

    round: str
    rows: Sequence[AwaitingRow]


@dataclass(frozen=True, slots=True)
class Gather:
    """Take waiting obligations out again: their batches come with the same Commit."""

    round: str
    rows: Sequence[AwaitingRow]


@dataclass(frozen=True, slots=True)
class HoldLane:
    """Claim no batch of a lane on one rung until a person lets it go; held already: as it was."""

    round: str
    lane: str
    rung: int
    channel: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseLane:
    """Let a held lane go on; the ledger refuses the whole Commit when it is not held.

    `handed_over` and `hard` are what it had come to then: what the person knew who let it go.
    """

    round: str
    lane: str
    rung: int
    channel: str
    by: str
    reason: str
    handed_over: int
    hard: int


@dataclass(frozen=True, slots=True)
class ReserveCodes:
    """Reserve the next codes of a pool for a round; none of them is ever given to another.

    The ledger refuses the whole Commit when the range does not begin where the last one of the pool
    ended: somebody else reserved meanwhile. `digest` is that of a `CodeRange`.
    """

    round: str
    pool: str
    first: int
    count: int
    digest: str


Write = (
    Fact
    | OpenIncident
    | OpenRound
    | FreezeRound
    | Transition
    | DraftArtefact
    | Persons
    | Obligations
    | Roster
    | Outcomes
    | Evidence
    | Await
    | Gather
    | DecideDraft
    | Seek
    | Found
    | SeekNoMore
    | DropRoster
    | HoldLane
    | ReleaseLane
    | ReserveCodes
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One fenced transaction of a handler. Exactly one of a handler's Commits has done=True."""

    writes: Sequence[Write] = ()
    events: Sequence[Event] = ()
    checkpoint: str | None = None
    """Replaces the event's checkpoint; None leaves it."""
    done: bool = False
