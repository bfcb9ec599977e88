"""An incident as people describe it: facts, narratives, measures, remedies, scope."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, Field, model_validator
from tocsin.schemas.circumstances import Circumstances
from tocsin.schemas.codes import POOL_NAME
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import HoldKind, Phase
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.record import Record
from tocsin.schemas.scope import Scope


class Narratives(Record):
    """The stories, per locale, and what a later round says of them. All may be published."""

    what_happened: LocalizedText
    why: LocalizedText = Field(default_factory=dict)
    what_was_done: LocalizedText = Field(default_factory=dict)
    what_will_be_done: LocalizedText = Field(default_factory=dict)
    who_has_it: LocalizedText = Field(default_factory=dict)
    """Who got at the data, as far as known; told to those whose law asks for it."""
    why_late: LocalizedText = Field(default_factory=dict)
    """Why people are told late; told to those whose law asks for it."""
    what_is_new: LocalizedText = Field(default_factory=dict)
    """What an update or a confirmation tells those who were told before."""
    correction: LocalizedText = Field(default_factory=dict)
    """What was wrong in the notice before: how a correction and a retraction begin."""


class MeasureStatus(StrEnum):
    """How far a measure of the disposal has come."""

    DONE = "done"
    IN_PROGRESS = "in_progress"
    PLANNED = "planned"


class Measure(Record):
    """A step of the disposal, with its status and date."""

    what: LocalizedText
    status: MeasureStatus
    on: date | None = None


class Remedy(Record):
    """What the organisation offers the people concerned. `id` names a remedy of the catalogue."""

    id: str = Field(pattern=r"^[A-Z_]+$")
    details: LocalizedText = Field(default_factory=dict)
    months: int | None = Field(default=None, ge=1, le=1200)
    """For how long it is offered, free of charge."""
    provider: str = Field(default="", max_length=200)
    """Who renders it, where that is not the organisation; for authorities."""
    code_pool: str | None = Field(default=None, pattern=POOL_NAME)
    """Each who is told gets a code of their own of this pool; `[code_pools]` names its file."""


class Asked(StrEnum):
    """What an authority ordered or asked for."""

    REPORT = "report"
    INDIVIDUALS = "individuals"
    PUBLIC = "public"


class Order(Record):
    """An order or a request of an authority: it starts a duty, whatever the rules conclude."""

    regime: str = Field(min_length=1, max_length=40)
    """Id of the regime under which it was given."""
    asks: Asked
    phase: Phase = Phase.FULL
    """Of a report."""
    by: str = Field(min_length=1, max_length=200)
    """The authority, in words."""
    reference: str = Field(default="", max_length=100)
    """Its own reference."""
    at: AwareDatetime
    """When it was received."""
    due: AwareDatetime | None = None
    """Until when; None where it names no time."""


class Hold(Record):
    """Somebody's request that something wait. It counts where the regime knows such a request."""

    kind: HoldKind
    by: str = Field(min_length=1, max_length=200)
    """Who asked, in words."""
    reference: str = Field(default="", max_length=100)
    at: AwareDatetime
    """When it was received; an oral one is put down in writing."""
    until: AwareDatetime | None = None
    """Until when it asks to wait; None: as long as the regime allows. While a regime sets no limit,
    give a day on which to ask again."""
    regimes: tuple[str, ...] = ("US*",)
    """Ids of regimes to which it speaks; an ending `*` stands for all that begin so."""
    of: tuple[str, ...] = ("individuals", "public", "other")
    """What has to wait: addressees of duties."""


class GrantedTime(Record):
    """More time for a duty, granted or duly asked for. A request that is pending moves nothing."""

    regime: str = Field(min_length=1, max_length=40)
    of: str = "individuals"
    """The addressee, with the phase of a report: `authority:full`."""
    at: AwareDatetime
    """When it was granted, or the act done on which the law gives it."""
    by: str = Field(min_length=1, max_length=200)
    reference: str = Field(default="", max_length=100)


class StatedGround(Record):
    """Why telling people one by one is hard, in the operator's own words."""

    reason: str = Field(min_length=10, max_length=500)
    instead: bool = False
    """Let the announcement stand in place of notices, for everybody whose law allows that."""


class IncidentFile(Record):
    """What a person writes, or a detector drafts, to raise an incident."""

    title: str = Field(min_length=3, max_length=200)
    organisation: str = Field(min_length=1, max_length=40)
    facts: IncidentFacts = IncidentFacts()
    circumstances: Circumstances = Circumstances()
    narratives: Narratives
    data_kinds: tuple[DataKind, ...] = Field(min_length=1)
    scope: Scope
    measures: tuple[Measure, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    confirmed_actions: tuple[str, ...] = ()
    """What was really done for people (`org_forced_reset` ...); advice that claims it needs it."""
    announcement_limit: int | None = Field(default=None, ge=0)
    """More people than this are also told by announcement; overrides the configured limit."""
    announcement: StatedGround | None = None
    """Announce it, for a reason of the operator's own, and maybe in place of notices."""
    orders: tuple[Order, ...] = ()
    """What authorities ordered or asked for."""
    holds: tuple[Hold, ...] = ()
    """Requests that notices wait."""
    extensions: tuple[GrantedTime, ...] = ()
    """More time that was granted."""
    parent: str = Field(default="", max_length=20)
    """The incident of the processor that this one came from."""

    @property
    def code_pool(self) -> str | None:
        """The pool that a remedy names; None where no remedy comes with a code."""
        return next((r.code_pool for r in self.remedies if r.code_pool is not None), None)

    @model_validator(mode="after")
    def _one_pool(self) -> Self:
        if sum(remedy.code_pool is not None for remedy in self.remedies) > 1:
            message = "only one of the remedies may name a code_pool: people get one code each"
            raise ValueError(message)
        return self
