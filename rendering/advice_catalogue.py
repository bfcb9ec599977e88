"""The advice catalogue (`templates/advice.yaml`): harms, actions, remedies, kinds of data."""

from enum import StrEnum
from functools import cache
from importlib.resources import files

from pydantic import Field
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.record import Record
from tocsin.schemas.yaml_text import read_yaml


class Tier(StrEnum):
    """How soon a step is due: within a day, within a week, within a year or longer."""

    DO_NOW = "do_now"
    THIS_WEEK = "this_week"
    WATCH = "watch"


class Effort(StrEnum):
    """How long a step takes."""

    MINUTES = "minutes"
    HOUR = "hour"
    DAY = "day"


class Cost(StrEnum):
    """Whether a step costs money."""

    FREE = "free"
    MAY_COST = "may_cost"


class Label(Record):
    """A tier's heading."""

    label: LocalizedText


class Harm(Record):
    """What can happen to a person."""

    text: LocalizedText
    reveals: bool = False
    """It tells which specially protected kind of data it is about."""


class Variant(Record):
    """A country's own form of an action; an empty text means the general one."""

    text: LocalizedText = Field(default_factory=dict)
    caveat: LocalizedText = Field(default_factory=dict)
    cost: Cost | None = None


class Action(Record):
    """One step that a person can take. `needs` names what the organisation must have done."""

    text: LocalizedText
    why: LocalizedText
    effort: Effort
    cost: Cost
    needs: str | None = None
    otherwise: str | None = None
    """The action that stands in when `needs` is not confirmed."""
    first: bool = False
    reveals: bool = False
    not_for_minors: bool = False
    by_country: dict[str, Variant] = Field(default_factory=dict)


class Offer(Record):
    """A remedy that an organisation can offer."""

    text: LocalizedText


class KindAdvice(Record):
    """What belongs to one kind of data: its label, harms (worst first) and actions by tier."""

    label: LocalizedText
    harms: tuple[str, ...]
    do_now: tuple[str, ...] = ()
    this_week: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    add_if: dict[DataKind, tuple[str, ...]] = Field(default_factory=dict)
    """Another kind beside this one -> actions for today."""
    by_country: dict[str, dict[Tier, tuple[str, ...]]] = Field(default_factory=dict)


class Combination(Record):
    """Kinds that are worse together: all of `all` and one of `any`."""

    id: str
    all: tuple[DataKind, ...]
    any: tuple[DataKind, ...]
    harms_first: tuple[str, ...] = ()
    do_now: tuple[str, ...] = ()


class Agency(Record):
    """An agency that people can turn to themselves: toll-free number, address, site to type."""

    name: str
    phone: str
    address: str
    site: str = ""
    code: str
    """The content code that it is told for: CRA_CONTACTS, FTC_CONTACT."""


class Catalogue(Record):
    """All of `advice.yaml`."""

    tiers: dict[Tier, Label]
    harms: dict[str, Harm]
    actions: dict[str, Action]
    remedies: dict[str, Offer]
    data_kinds: dict[DataKind, KindAdvice]
    country_groups: dict[str, tuple[str, ...]]
    combinations: tuple[Combination, ...]
    agencies: dict[str, tuple[Agency, ...]]
    """Country (ISO 3166) -> agencies in the order in which they are told."""
    authority_sites: dict[str, str]
    """Regime id -> the official site of its authority, where it is surely known."""


@cache
def catalogue() -> Catalogue:
    """Return the catalogue, read once."""
    text = files("tocsin.templates").joinpath("advice.yaml").read_text("utf-8")
    return Catalogue.model_validate(read_yaml(text))
