"""Resolution: stream the people in scope, form cohorts, number obligations, freeze the audience.

Commits are cut by count, never by time, so that a resolution that starts again after a crash gives
the same rows, the same numbers and the same audience root, if the directory is the same.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

from tocsin.rules.residence import in_play
from tocsin.rules.waiting import may_wait
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.event import Event, ResolutionDue
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.scope import Scope
from tocsin.schemas.suppression import Suppressions
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.freezing import frozen
from tocsin.services.judge import Judge, JudgedPage, Reading
from tocsin.services.page import Page
from tocsin.services.tally import Tally
from tocsin.services.terms import Law

PAGE = 500
"""People per Commit."""


class Cases(Protocol):
    """What resolution reads of the incident."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        ...


class People(Protocol):
    """The directory, as resolution reads it."""

    async def count(self, scope: Scope) -> int:
        """Return how many people are in scope, by the directory's own query."""
        ...

    def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncIterator[tuple[AffectedPerson, ...]]:
        """Stream the people in scope in key order from one snapshot."""
        ...


class Readers(Protocol):
    """Other processes, which read and judge people while this one numbers and writes them."""

    def are_wanted(self, read: int) -> bool:
        """Whether one should read on, now that so many people were read here."""
        ...

    def judged(self, reading: Reading) -> AsyncIterator[JudgedPage]:
        """Yield people page by page in key order, as the reading's judge judges them."""
        ...


class Addresses(Protocol):
    """What the round's roster tells: who was first at an address, and who came last."""

    async def mend(self, round_id: str) -> None:
        """Forget what a crash left there that was never committed."""
        ...

    async def holders(
        self, round_id: str, digests: Sequence[bytes]
    ) -> Mapping[bytes, tuple[str, int]]:
        """Return (lane, seq) of the first holder of each digest that was seen."""
        ...

    async def key(self, round_id: str, lane: str, seq: int) -> str | None:
        """Return the directory key behind an obligation; None once the round is over."""
        ...


class Lists(Protocol):
    """The suppression lists."""

    async def read(self) -> Suppressions:
        """Return what the lists say now; InvalidInput where one cannot be read."""
        ...


class Rows(Protocol):
    """The rows of a round that stand in the ledger."""

    async def audience_root(self, round_id: str) -> str:
        """Compute the audience root from them."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def create(self, round_id: str) -> bytes:
        """Return a round's key, drawing it on first use."""
        ...


async def resolve(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    people: People,
    addresses: Addresses,
    round_keys: RoundKeys,
    suppression_lists: Lists,
    standing: Rows,
    regimes: Sequence[Regime],
    policy: Policy,
    locales: Sequence[str],
    ladder: Sequence[Channel],
    readers: Readers | None = None,
) -> AsyncIterator[Commit]:
    """Turn a scope into persons and obligations, and freeze them as the round's audience."""
    assert isinstance(event.payload, ResolutionDue)  # noqa: S101  # narrows the payload
    round_id = event.payload.round
    view = await cases.round(round_id)
    incident = await cases.revision(event.incident, view.revision)
    key = round_keys.create(round_id)
    tally = Tally.load(checkpoint, ladder)
    after = None if tally.last is None else await addresses.key(round_id, *tally.last)
    if tally.last is not None and after is None:
        yield Commit(done=True)  # the round was ended meanwhile, and its roster is gone
        return
    await addresses.mend(round_id)
    # Read once: as with the directory, whoever is read after a crash is judged by what stands then.
    suppressions = await suppression_lists.read()
    opened_at = (await cases.incident(event.incident)).opened_at
    concerned = in_play(regimes, incident, opened_at)
    waiting = may_wait(concerned, incident.holds)
    law = Law(concerned, policy, locales, on=view.opened_at.date(), ladder=tally.ladder)
    tally.judge_by(suppressions.digest(key))
    judge = Judge(law, key, suppressions, cohorts=tally.cohorts, waiting=waiting)
    reading = Reading(incident.scope, incident.data_kinds, after, PAGE, judge)
    stream = _judged(reading, people, readers)
    async with aclosing(stream) as pages:  # type: ignore[type-var]  # an async generator
        async for judged in pages:
            holders = await addresses.holders(round_id, judged.addresses())
            rows = Page(judged, tally, holders=holders).writes(round_id)
            commit = Commit(writes=rows, checkpoint=tally.dump())
            del judged, rows  # no page is held while the next one is read
            yield commit
            del commit
    in_scope = await people.count(incident.scope)
    root = await standing.audience_root(round_id)
    yield frozen(event, round_id, tally, in_scope=in_scope, root=root, suppressions=suppressions)


async def _judged(
    reading: Reading, people: People, readers: Readers | None
) -> AsyncIterator[JudgedPage]:
    """Yield people as they are judged: here, and once they turn out to be many, elsewhere.

    Who reads on does so behind the last person, as after a crash, in a snapshot of its own.
    """
    stream = people.snapshot(reading.scope, reading.kinds, after=reading.after, page=reading.page)
    read, after = 0, reading.after
    async with aclosing(stream) as pages:  # type: ignore[type-var]  # an async generator
        async for found in pages:
            read, after = read + len(found), found[-1].key
            judged = reading.judge.page(found)
            del found
            yield judged
            del judged
            if readers is not None and readers.are_wanted(read):
                break
        else:
            return
    assert readers is not None  # noqa: S101  # it broke off
    further = readers.judged(replace(reading, after=after))
    async with aclosing(further) as pages_there:  # type: ignore[type-var]  # as above
        async for page in pages_there:
            yield page
            del page
