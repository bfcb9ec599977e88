"""The law as data: what one YAML file of `regimes/` says, and the facts it may ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import Field
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import Band, Phase, PublicMode
from tocsin.schemas.incident_facts import (
    Availability,
    Cause,
    Confidentiality,
    Identifiability,
    Integrity,
    NetworkGrade,
    Sector,
)
from tocsin.schemas.record import Record


class FactShape(StrEnum):
    """What kind of value a fact path holds, and so which operators fit it."""

    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    MOMENT = "moment"
    SET = "set"
    """Any of several values at once; more of them oblige to more."""


class Leaning(StrEnum):
    """Where a fact pulls a duty: the loader refuses a rule that a graver fact would turn off."""

    AGGRAVATING = "aggravating"
    MITIGATING = "mitigating"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class FactPath:
    """A fact that a condition may name. `choices` run from the mildest to the gravest."""

    shape: FactShape
    leaning: Leaning = Leaning.NEUTRAL
    choices: tuple[str, ...] = ()


def _choice(choices: type[StrEnum]) -> FactPath:
    return FactPath(FactShape.CHOICE, Leaning.AGGRAVATING, tuple(c.value for c in choices))


def _set(choices: type[StrEnum]) -> FactPath:
    return FactPath(FactShape.SET, Leaning.AGGRAVATING, tuple(c.value for c in choices))


FACT_PATHS: Mapping[str, FactPath] = MappingProxyType(
    {
        "facts.started": FactPath(FactShape.MOMENT),
        "facts.ended": FactPath(FactShape.MOMENT),
        "facts.detected": FactPath(FactShape.MOMENT),
        "facts.aware": FactPath(FactShape.MOMENT),
        "facts.cause": FactPath(FactShape.CHOICE, choices=tuple(c.value for c in Cause)),
        "facts.confidentiality": _choice(Confidentiality),
        "facts.integrity": _choice(Integrity),
        "facts.availability": _choice(Availability),
        "facts.identifiability": _choice(Identifiability),
        "facts.unintelligible": FactPath(FactShape.FLAG, Leaning.MITIGATING),
        "facts.harm_averted": FactPath(FactShape.FLAG, Leaning.MITIGATING),
        "facts.low_probability": FactPath(FactShape.FLAG, Leaning.MITIGATING),
        "facts.persons": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.records": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.critical_infrastructure": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "facts.sectors": _set(Sector),
        "facts.network_grade": _choice(NetworkGrade),
        "facts.bad_contacts": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.notice_cost_usd": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.total": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.in_us": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.in_one_us_state": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "data_kinds": _set(DataKind),
        "data_kinds.special": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "data_kinds.credentials": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "severity.band": _choice(Band),
        "severity.score": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "individuals.hard_to_tell": FactPath(FactShape.FLAG),
    }
)
"""The closed set of facts for conditions. `facts.*` are the dotted paths of an incident file, but
`facts.persons` are those of its people whom the regime protects."""


class Unit(StrEnum):
    """Units of a deadline."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"


class StricterDeadline(Record):
    """A shorter deadline for some; it applies unless its condition is known to be false."""

    when: dict[str, Any]
    value: int = Field(ge=1)
    unit: Unit
    to: str = ""
    """The authority in this case; empty when it is the same."""
    wording: str
    cite: str


class Deadline(Record):
    """A deadline: the law's number, or None where the law gives none (then policy decides)."""

    value: int | None = Field(default=None, ge=1)
    unit: Unit | None = None
    after: str = "aware"
    """What starts the clock: an instant of `IncidentFacts`, or one of `CLOCK_STARTS`."""
    wording: str
    """How the law puts it, in our words."""
    stricter: tuple[StricterDeadline, ...] = ()


CLOCK_STARTS = ("individuals_told", "year_end")
"""Starts of clocks that are no fact of an incident: the first notice that left to an individual of
the regime, and the end of the calendar year in which the organisation became aware."""


class Assumption(Record):
    """What a rule concludes from a fact while it is unknown: the careful side, checked at load."""

    fact: str
    """Dotted path, as in conditions."""
    value: bool | int | str
    because: str
    """The conclusion in a sentence, read to whoever approves."""


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


class ReportRule(Rule):
    """A report to an authority in one phase."""

    phase: Phase
    to: str
    deadline: Deadline
    content: tuple[str, ...] = ()
    form: str = ""
    """The layout of the authority's own form; empty: the fields of `content`, in that order."""
    replaces: str = ""
    """The id of a report that is not owed where this one is: a log of small incidents."""


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
    states_over: int | None = Field(default=None, ge=0)
    """Owed in each subdivision of which more people than this are concerned; they are named."""
    deadline: Deadline
    content: tuple[str, ...] = ()


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
    """ISO 3166 codes of the residences whose people it protects; `*` stands for all."""
    jurisdiction: str = ""
    """Where a regime of `*` takes people to live while it is undecided whether it applies."""
    holidays: str = ""
    """Whose holidays count where it counts business days: ISO 3166, such as `US` or `US-CA`."""
    valid_from: date
    valid_to: date | None = None
    confidence: str
    sources: tuple[str, ...]
    authority: str
    applies: Rule | None = None
    """When it applies beside residence: a sector, the nature of the incident; None: always."""
    register_cite: str = ""
    """What asks to keep every incident in a register; empty: nothing does."""
    reports: tuple[ReportRule, ...]
    individuals: NoticeRule
    public: PublicRule
    others: tuple[OtherRule, ...] = ()
    guardians: GuardianRule | None = None
