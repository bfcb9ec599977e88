"""Lifecycle events: what Tocsin tells others of its work, in ids, counts and closed words.

Never personal data: no key, no contact detail, no text that a person wrote. What stands on the wire
follows the rules of `cloud_events.py`: within a version, fields are only added, and optional ones.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import Phase

_CODE = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9._:/-]+$")]
_COUNT = Annotated[int, Field(ge=0)]


class WireData(BaseModel):
    """The data of an event; fields that a newer writer added are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class IncidentOpened(WireData):
    """An incident was raised."""

    incident: _CODE
    organisation: _CODE
    revision: _COUNT
    drill: bool


class IncidentClosed(WireData):
    """An incident was closed or withdrawn."""

    incident: _CODE
    state: Literal["closed", "withdrawn"]


class RoundFrozen(WireData):
    """A round's audience stands fast: how many people are to be told."""

    incident: _CODE
    round: _CODE
    in_scope: _COUNT


class RoundProgressed(WireData):
    """Where a round stands, in people; the counts add up to `in_scope`."""

    incident: _CODE
    round: _CODE
    state: Literal["sending", "paused", "closed", "stopped"]
    in_scope: _COUNT
    open: _COUNT
    reached: _COUNT
    announced: _COUNT
    unreachable: _COUNT
    excluded: _COUNT


class OutcomesRecorded(WireData):
    """What some hand-overs, or settlements without one, of a round's lane came to: how many."""

    incident: _CODE
    round: _CODE
    lane: _CODE
    channel: Channel
    """`none`: settled without a hand-over."""
    accepted: _COUNT = 0
    deferred: _COUNT = 0
    refused: _COUNT = 0
    in_doubt: _COUNT = 0
    covered: _COUNT = 0
    excluded: _COUNT = 0
    unreachable: _COUNT = 0
    announced: _COUNT = 0


class ArtefactDecided(WireData):
    """An artefact was approved or returned."""

    incident: _CODE
    artefact: _CODE
    kind: ArtefactKind
    decision: Literal["approved", "returned"]


class ReportFiled(WireData):
    """A report was laid ready for filing."""

    incident: _CODE
    duty: _CODE
    regime: _CODE
    phase: Phase


class ClockAlarmed(WireData):
    """A clock comes near its end, or ended."""

    incident: _CODE
    duty: _CODE
    stage: Literal["soon", "late"]
    due_at: AwareDatetime


class WorkWaiting(WireData):
    """An event waits in the ledger for whoever claims it; this one only rings."""

    incident: _CODE
    stage: _CODE
    """The waiting event's own type, such as `batch.due`."""
    people: _COUNT


LIFECYCLE: Mapping[str, type[WireData]] = {
    "org.tocsin.incident.opened.v1": IncidentOpened,
    "org.tocsin.incident.closed.v1": IncidentClosed,
    "org.tocsin.round.frozen.v1": RoundFrozen,
    "org.tocsin.round.progressed.v1": RoundProgressed,
    "org.tocsin.outcomes.recorded.v1": OutcomesRecorded,
    "org.tocsin.artefact.decided.v1": ArtefactDecided,
    "org.tocsin.report.filed.v1": ReportFiled,
    "org.tocsin.clock.alarmed.v1": ClockAlarmed,
    "org.tocsin.work.waiting.v1": WorkWaiting,
}
"""Events that Tocsin tells others."""
