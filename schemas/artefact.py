"""What needs approval before it leaves: one artefact per text to one audience."""

from enum import StrEnum

from pydantic import AwareDatetime
from tocsin.schemas.finding import Finding
from tocsin.schemas.record import Record


class ArtefactKind(StrEnum):
    """Kinds of artefact."""

    NOTICE = "notice"
    ANNOUNCEMENT = "announcement"
    PRESS = "press"
    """A text for the media, where a regime wants them told."""
    REPORT = "report"
    CONTROLLER = "controller"
    """What a processor tells one of its controllers."""
    DECISION = "decision"
    """A decision not to notify; it needs approval like everything else."""


class ArtefactState(StrEnum):
    """States of an artefact; transitions in `rules/lifecycle.py`."""

    DRAFTED = "drafted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    VOID = "void"


class Binding(Record):
    """What an approval binds to; any other value voids it."""

    text_hash: str
    plan_hash: str = ""
    audience_root: str = ""
    channels: tuple[str, ...] = ()


class Artefact(Record):
    """An artefact as it waits for approval."""

    name: str
    """`notice-r1`, `announcement-r1`, `report-EU-GDPR-early`; unique within an incident."""
    incident: str
    kind: ArtefactKind
    round: str = ""
    summary: str
    binding: Binding
    hands: tuple[str, ...]
    """Who raised or edited it: none of them can approve it."""
    state: ArtefactState = ArtefactState.SUBMITTED
    findings: tuple[Finding, ...] | None = None
    """What the gates found, where it was drafted after the plan; else the plan holds it."""


class Approval(Record):
    """Fact: who approved which hashes, and until when the approval is valid."""

    artefact: str
    principal: str
    binding: Binding
    at: AwareDatetime
    valid_until: AwareDatetime
    accepted: str = ""
    """The reason with which the warnings in the round's plan were accepted; empty without one."""
