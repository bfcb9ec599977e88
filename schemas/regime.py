"""The law as data: what one YAML file of `regimes/` says."""

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import Field
from tocsin.schemas.duty import Phase
from tocsin.schemas.record import Record


class Unit(StrEnum):
    """Units of a deadline."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"


class Deadline(Record):
    """A deadline: the law's number, or None where the law gives none (then policy decides)."""

    value: int | None = None
    unit: Unit | None = None
    after: str = "aware"
    """The fact whose instant starts the clock."""
    wording: str
    """How the law puts it, in our words."""


class Rule(Record):
    """When a duty is owed: a tree of closed operators over facts (see `rules/conditions.py`)."""

    id: str
    when: dict[str, Any]
    reason: str
    reason_not: str = ""
    cite: str


class ReportRule(Rule):
    """A report to an authority in one phase."""

    phase: Phase
    to: str
    deadline: Deadline
    content: tuple[str, ...] = ()


class NoticeRule(Rule):
    """The notice to individuals."""

    deadline: Deadline
    content: tuple[str, ...] = ()


class PublicRule(Rule):
    """When a public announcement stands in for notices."""

    replaces: bool
    """Whether the law lets it replace individual notices."""


class GuardianRule(Record):
    """Who is told for a minor: below `below`, the kinds in `tell`."""

    below: int = Field(ge=1, le=21)
    tell: tuple[str, ...]
    """`minor`, `guardian`, or both."""
    cite: str


class Regime(Record):
    """One regime: residences it covers, and what it asks."""

    id: str
    name: str
    residences: tuple[str, ...]
    """ISO 3166 codes of the residences whose people it protects."""
    valid_from: date
    valid_to: date | None = None
    confidence: str
    sources: tuple[str, ...]
    authority: str
    reports: tuple[ReportRule, ...]
    individuals: NoticeRule
    public: PublicRule
    guardians: GuardianRule | None = None
