"""Detections: what detectors report, and the drafts that repeats of them are merged into."""

import re
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Annotated

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


def _no_address(text: str) -> str:
    if _E_MAIL.search(text):
        message = "holds an e-mail address, which events may not: name the system, not the person"
        raise ValueError(message)
    return text


OpaqueId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-?A-~]+$")]
"""Printable ASCII without blanks and @: an id, never an address."""
Plain = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_no_address)]
"""A short text without e-mail addresses."""


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
    observed_at: AwareDatetime
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


class MergePolicy(Record):
    """When two detections are repeats of one thing."""

    window: timedelta = Field(default=timedelta(hours=1), gt=timedelta(0), le=timedelta(days=7))
    """The same rule on the same asset, no further apart than this, is the same thing."""
    lateness: timedelta = Field(default=timedelta(hours=1), ge=timedelta(0), le=timedelta(days=7))
    """How long after the last arrival a draft still takes in what arrives late."""


class MergedDraft(Record):
    """The draft of an incident that a window of detections opened."""

    id: str
    """Computed from the earliest event: the same detections give the same id in any order."""
    first_event: str
    """`detector/event id` of the earliest detection."""
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    rules: tuple[str, ...]
    assets: tuple[str, ...]
    detectors: tuple[str, ...]
    severity: Gravity
    """The gravest of its detections."""
    kinds: tuple[DataKind, ...]
    detections: int
    """Distinct events; repeats of an event id count once."""
