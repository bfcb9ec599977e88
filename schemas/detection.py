"""Detections: what detectors report, and the drafts that repeats of them are merged into."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Annotated, NamedTuple, Protocol

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.record import Record

_E_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]")
_OPAQUE = re.compile(r"[!-?A-~]{1,200}")  # printable ASCII without blank and @


def opaque_id(text: str) -> str:
    """Return an id as events may carry it: as it is, or its SHA-256 where it could name someone.

    An id with an @, a blank or a letter outside ASCII may be an address or a name.
    """
    return (
        text if _OPAQUE.fullmatch(text) else f"sha256:{sha256_hex(text.encode('utf-8', 'replace'))}"
    )


def _plain(text: str) -> str:
    """Return a text without control characters; one with an e-mail address is refused."""
    if _E_MAIL.search(text):
        message = "holds an e-mail address, which events may not: name the system, not the person"
        raise ValueError(message)
    return "".join(c if c.isprintable() else " " for c in text)


OpaqueId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-?A-~]+$")]
"""Printable ASCII without blanks and @: an id, never an address."""
Plain = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain)]
"""A short text without e-mail addresses, on one line."""
EventName = tuple[str, str]
"""Detector and event id: the same name is the same event, whatever a repeat of it says."""
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 12, 31, tzinfo=UTC)


class Gravity(IntEnum):
    """How grave a detector holds its finding to be: `severity_id` of OCSF 1.x; not our severity."""

    UNKNOWN = 0
    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5
    FATAL = 6


class SourceFormat(StrEnum):
    """Formats that detections are read from."""

    OCSF = "ocsf"
    HIBP = "hibp"


class Detection(BaseModel):
    """One finding of one detector. It says where and what kind of data, never whose.

    Fields that this version does not know are left aside: a newer detector may send them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_id: OpaqueId
    """The detector's own; the same id from the same detector is the same event."""
    detector: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$")
    """The principal that reports."""
    observed_at: AwareDatetime = Field(ge=_EARLIEST, le=_LATEST)
    rule: Plain
    """What fired: product and rule, as far as the finding names them."""
    asset: Plain
    """The system, store or account concerned, by the detector's own id."""
    severity: Gravity = Gravity.UNKNOWN
    kinds: tuple[DataKind, ...] = ()
    """Kinds of data that the finding hints at; for a person to confirm."""
    concerns_personal_data: bool | None = None
    """None: the finding does not tell. Only True opens a draft; the others are kept."""
    reason: Plain
    """Why it concerns personal data, does not, or cannot be told."""
    source_format: SourceFormat
    raw_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """SHA-256 of the document as the detector wrote it, which stays with the detector."""

    @property
    def name(self) -> EventName:
        """What tells this event from all others."""
        return self.detector, self.event_id

    @property
    def place(self) -> tuple[str, str]:
        """Asset and rule: where repeats are looked for."""
        return self.asset, self.rule


class DraftState(StrEnum):
    """What people made of a draft; moves are in `rules/lifecycle.py`."""

    OPEN = "open"
    RAISED = "raised"
    DISMISSED = "dismissed"


class MergedDraft(Record):
    """The draft of an incident: a stretch of one rule on one asset, from first to last seen."""

    id: str
    """Computed from the earliest event: the same detections give the same id in any order."""
    state: DraftState = DraftState.OPEN
    first_event: str
    """`detector/event id` of the earliest detection."""
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    rule: str
    asset: str
    detectors: tuple[str, ...]
    severity: Gravity
    """The gravest of its detections."""
    kinds: tuple[DataKind, ...]
    detections: int
    """Distinct events; repeats of an event id count once."""
    since_decided: int = 0
    """How many of them came after a person had raised or dismissed it."""

    @property
    def place(self) -> tuple[str, str]:
        """Asset and rule."""
        return self.asset, self.rule

    @property
    def decided(self) -> bool:
        """Whether a person raised or dismissed it: then it keeps its id and its state."""
        return self.state is not DraftState.OPEN


class Merged(NamedTuple):
    """What new detections made of a draft."""

    draft: MergedDraft
    """As it is now."""
    takes: tuple[EventName, ...]
    """New detections that are part of it."""
    replaces: tuple[str, ...]
    """Ids of drafts that it now stands for: an earlier event came late, or it joined two."""


class Merge(Protocol):
    """Judges which detections belong together: `rules.merging.merge`."""

    def __call__(
        self, near: Iterable[MergedDraft], new: Iterable[Detection], *, window: timedelta
    ) -> tuple[Merged, ...]:
        """Return the drafts that new detections change, given all that stand near them."""
        ...


class DraftView(Record):
    """A draft as it stands in the ledger."""

    draft: MergedDraft
    opened_at: AwareDatetime
    """When the first of its detections was taken in."""
    incident: str = ""
    """The incident that it was raised as."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of detections that came in."""

    new: int = 0
    repeated: int = 0
    opened: tuple[str, ...] = ()
    """Ids of new drafts."""
    grown: tuple[str, ...] = ()
    """Ids of drafts that took in something and stood before, maybe under an id in `joined`."""
    joined: tuple[str, ...] = ()
    """Ids that are no more: their drafts are part of others now."""
