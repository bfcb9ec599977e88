"""Events: rows of one table that ask a handler to act. A message about one is only a bell."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from tocsin.schemas.channels import Channel
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.principal import CommandType
from tocsin.schemas.record import Record


class CommandGiven(Record):
    """A principal asked for something through the door."""

    type: Literal["command.given"] = "command.given"
    command: CommandType
    principal: str
    target: str = ""
    """What it is about: an artefact's name, a round, an event."""
    reason: str = ""
    body: str = ""
    """The command's document, as JSON (an incident file, for one)."""


class AssessmentDue(Record):
    """Judge severity and duties of a revision; `round` is set once people have been counted."""

    type: Literal["assessment.due"] = "assessment.due"
    revision: int
    round: str = ""
    clocks_only: bool = False
    """A clock started meanwhile: no report and no decision is asked for anew."""


class ResolutionDue(Record):
    """Find who is affected and freeze the round's audience."""

    type: Literal["resolution.due"] = "resolution.due"
    round: str


class PlanningDue(Record):
    """Render texts, decide how to tell, draft the artefacts that need approval."""

    type: Literal["planning.due"] = "planning.due"
    round: str


class PreparationDue(Record):
    """A round's notice was approved: draft what would take it back."""

    type: Literal["preparation.due"] = "preparation.due"
    round: str


class ArtefactApproved(Record):
    """An artefact was approved: set in motion what it stands for."""

    type: Literal["artefact.approved"] = "artefact.approved"
    artefact: str


class DispatchDue(Record):
    """Cut an approved round into batches."""

    type: Literal["dispatch.due"] = "dispatch.due"
    round: str
    again: bool = False
    """It was put off for its cost: the round is on its way, and nothing of it is cut yet."""


class BatchDue(Record):
    """Send one batch: a range of a lane, or the seqs in `only`, as attempt number `attempt`."""

    type: Literal["batch.due"] = "batch.due"
    round: str
    rung: int
    lane: str
    channel: Channel
    first: int = 0
    count: int = 0
    only: tuple[int, ...] = ()
    attempt: int = 0
    outages: int = 0
    """How many of the attempts before came to nothing through no fault of the person's mailbox."""
    residence: str = ""
    """Where those in it live (ISO 3166), where quiet hours ask for it; else empty."""

    @property
    def people(self) -> int:
        """How many obligations it is about."""
        return len(self.only) or self.count


class StageDue(Record):
    """Look at what the first share of a round came to, and hold the rest for a person's look."""

    type: Literal["stage.due"] = "stage.due"
    round: str
    percent: int
    batches: tuple[str, ...]
    """The events of the share."""
    sent: bool = False
    """All of it was handed over before; now it was waited for what came back."""
    look: int = 0


class SilenceDue(Record):
    """Look who was handed a notice by a batch and was not heard of since."""

    type: Literal["silence.due"] = "silence.due"
    round: str
    rung: int
    lane: str
    channel: Channel
    first: int = 0
    count: int = 0
    only: tuple[int, ...] = ()
    attempt: int = 0


class EscalationDue(Record):
    """Decide on what a batch left open: (seq, result of its attempt, reason)."""

    type: Literal["escalation.due"] = "escalation.due"
    round: str
    rung: int
    lane: str
    attempt: int
    outages: int = 0
    channel: Channel
    left: tuple[tuple[int, Result, Reason], ...]
    residence: str = ""
    """As in the batch."""


class EvidenceHeard(Record):
    """Something came back about notices of a round: (lane, seq, rung, what, reason, source)."""

    type: Literal["evidence.heard"] = "evidence.heard"
    round: str
    heard: tuple[tuple[str, int, int, Heard, Reason, str], ...]
    look: int = 0
    """How often it was looked whether the hand-over it is about is on record."""


class GatheringDue(Record):
    """Tell those who wait for a channel that takes many at once: letters, call lists."""

    type: Literal["gathering.due"] = "gathering.due"
    round: str
    rung: int
    channel: Channel


class SettlementDue(Record):
    """Settle a range of a lane to which nothing is sent, with its obstacle or as announced."""

    type: Literal["settlement.due"] = "settlement.due"
    round: str
    lane: str
    first: int
    count: int
    result: Result | None = None
    """None: each by its own obstacle."""


class SharingDue(Record):
    """Settle obligations that another account's notice covers, once that one is settled."""

    type: Literal["sharing.due"] = "sharing.due"
    round: str
    first: int
    count: int
    look: int = 0
    """How often this range was looked at; part of the next look's id."""


class EarlierTold(Record):
    """People of a round were told by other means: (person, channel, day, what shows it)."""

    type: Literal["earlier.told"] = "earlier.told"
    round: str
    file: str
    """SHA-256 of the file that says so, hex."""
    told: tuple[tuple[int, Channel, date, str], ...]


class PublicationDue(Record):
    """Publish the public files of an approved announcement, or of an approved notice."""

    type: Literal["publication.due"] = "publication.due"
    round: str
    artefact: str


class ReplanningDue(Record):
    """Look whether those who could not be told call for an announcement, or have one by now."""

    type: Literal["replanning.due"] = "replanning.due"
    round: str


class RelookDue(Record):
    """The regular time to look at it again, as long as the round can change."""

    type: Literal["relook.due"] = "relook.due"
    round: str
    look: int
    """How often it was looked before."""


class AnnouncementWatch(Record):
    """Look whether an incident's public files stand as they were published."""

    type: Literal["announcement.watch"] = "announcement.watch"
    publication: str
    """The event that published last; once there is a later one, that one is watched."""
    look: int = 0


class AnnouncementEnd(Record):
    """Take an incident's public files down, when their term is over."""

    type: Literal["announcement.end"] = "announcement.end"
    publication: str
    tries: int = 0


class ReportDue(Record):
    """Draft the report that a duty asks for."""

    type: Literal["report.due"] = "report.due"
    duty: str
    revision: int
    round: str = ""


class FilingDue(Record):
    """Lay an approved report ready for filing and record it."""

    type: Literal["filing.due"] = "filing.due"
    artefact: str


class PressDue(Record):
    """Lay an approved text for the media ready, and record it for the duties that it meets."""

    type: Literal["press.due"] = "press.due"
    artefact: str
    duties: tuple[str, ...]


class PacketDue(Record):
    """Draft what a processor tells one of its controllers, by its number among them."""

    type: Literal["packet.due"] = "packet.due"
    controller: int = Field(ge=1)
    duties: tuple[str, ...]
    revision: int


class PacketReady(Record):
    """Lay an approved packet for a controller ready to be sent."""

    type: Literal["packet.ready"] = "packet.ready"
    artefact: str


class ClockDue(Record):
    """A clock comes near (`soon`) or ends (`late`): alarm unless the duty is met."""

    type: Literal["clock.due"] = "clock.due"
    duty: str
    stage: Literal["soon", "late"]
    due_at: str
    hours: int = Field(default=0, ge=0)
    """So long before it is due, or so long after it became late."""


class AlarmDue(Record):
    """An alarm stands in the ledger: ring a duty officer."""

    type: Literal["alarm.due"] = "alarm.due"
    alarm: str
    """Name of the alarm's fact."""
    link: int
    """The link of the chain in which it stands."""
    officer: str = ""
    """Whose turn it is; empty: the first who is named for such alarms."""
    attempt: int = 0
    """How often that officer was rung in vain before."""


class ToldDue(Record):
    """Look whether the first notice of a round left: other clocks start with it."""

    type: Literal["told.due"] = "told.due"
    round: str
    look: int = 0


class WaitDue(Record):
    """Look whether people whose notices have to wait may be told now."""

    type: Literal["wait.due"] = "wait.due"
    round: str
    lanes: tuple[str, ...]
    """The lanes that wait still."""
    look: int = 0


class RoundEmptied(Record):
    """The last open person of a round was settled: close it."""

    type: Literal["round.emptied"] = "round.emptied"
    round: str


class ClosingDue(Record):
    """The time in which something may come back about an emptied round is over: close it."""

    type: Literal["closing.due"] = "closing.due"
    round: str


Payload = Annotated[
    CommandGiven
    | AssessmentDue
    | ResolutionDue
    | PlanningDue
    | PreparationDue
    | ArtefactApproved
    | DispatchDue
    | BatchDue
    | StageDue
    | SilenceDue
    | EscalationDue
    | EvidenceHeard
    | GatheringDue
    | SettlementDue
    | SharingDue
    | EarlierTold
    | PublicationDue
    | ReplanningDue
    | RelookDue
    | AnnouncementWatch
    | AnnouncementEnd
    | ReportDue
    | FilingDue
    | PressDue
    | PacketDue
    | PacketReady
    | ClockDue
    | AlarmDue
    | ToldDue
    | WaitDue
    | RoundEmptied
    | ClosingDue,
    Field(discriminator="type"),
]
PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)


class EventState(StrEnum):
    """States of an event row; a batch is an event."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    DEAD = "dead"


class Event(Record):
    """An event to insert. `due` None means at once; `weight` is people, for fair slots."""

    id: str
    incident: str
    round: str = ""
    payload: Payload
    due: datetime | None = None
    weight: int = Field(default=1, ge=0)


class Claimed(Record):
    """An event that this process holds the lease of."""

    event: Event
    epoch: int
    checkpoint: str | None
    tries: int
