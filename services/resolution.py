"""Resolution: stream the people in scope, form cohorts, number obligations, freeze the audience.

Commits are cut by count, never by time, so that a resolution that starts again after a crash gives
the same rows, the same numbers and the same audience root.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from tocsin.rules.residence import in_play
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    Fact,
    FactKind,
    FreezeRound,
    Obligations,
    Persons,
    Roster,
)
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.event import Event, PlanningDue, ResolutionDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.scope import Scope
from tocsin.schemas.suppression import Suppressions
from tocsin.schemas.views import RoundView
from tocsin.services.page import Page
from tocsin.services.tally import Tally

PAGE = 500
"""People per Commit."""


class Cases(Protocol):
    """What resolution reads of the incident."""

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


class Addresses(Protocol):
    """What the round's roster tells: who was first at an address, and who came last."""

    async def holders(self, round_id: str, digests: Sequence[str]) -> Mapping[str, tuple[str, int]]:
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


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def create(self, round_id: str) -> bytes:
        """Return a round's key, drawing it on first use."""
        ...


def _disagreement(round_id: str, in_scope: int, found: int) -> list[Fact]:
    """Alarm when the count is not the rows: such a round's equation never holds, nor can it close.

    People came or left while it was read, or the directory's count and query do not mean the same.
    """
    if in_scope == found:
        return []
    text = (
        f"{round_id}: the directory counted {in_scope:,} people in scope and named {found:,}; "
        "revise the incident, so that they are read anew"
    )
    return [Fact(FactKind.ALARM, f"counts:{round_id}", {"text": text}, round_id)]


def _by_lists(round_id: str, tally: Tally, suppressions: Suppressions) -> list[Fact]:
    """Return what the lists changed: each that was overridden, and that they became others."""
    told = tally.counts().by_overridden_list
    facts = [
        Fact(
            FactKind.DECISION,
            f"override:{round_id}:{name}",
            {
                "decision": "tell people in spite of a suppression list",
                "list": name,
                "reason": reason,
                "people": told.get(name, 0),
            },
            round_id,
        )
        for name, reason in sorted(suppressions.overrides.items())
    ]
    if tally.lists_changed:
        text = (
            f"{round_id}: the suppression lists changed while people were read; those read before "
            "are barred as the lists were, and nobody is written to whom they name at sending time"
        )
        facts.append(Fact(FactKind.ALARM, f"lists:{round_id}", {"text": text}, round_id))
    return facts


async def resolve(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    people: People,
    addresses: Addresses,
    round_keys: RoundKeys,
    suppression_lists: Lists,
    regimes: Sequence[Regime],
    policy: Policy,
    locales: Sequence[str],
    ladder: Sequence[Channel],
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
    # Read once: as with the directory, whoever is read after a crash is judged by what stands then.
    suppressions = await suppression_lists.read()
    concerned = in_play(regimes, incident)
    tally.judge_by(suppressions.digest(key))
    stream = people.snapshot(incident.scope, incident.data_kinds, after=after, page=PAGE)
    async with aclosing(stream) as pages:  # type: ignore[type-var]  # an async generator
        async for found in pages:
            page = Page(tally, round_id, key, suppressions)
            for person in found:
                page.add(person, on_round=view, regimes=concerned, policy=policy, locales=locales)
            page.number(await addresses.holders(round_id, page.digests()))
            tally.last = page.roster[-1].lane, page.roster[-1].seq
            tally.grow(page.persons, page.obligations)
            yield Commit(
                writes=[
                    Roster(round_id, page.roster, page.addresses),
                    Persons(round_id, page.persons),
                    Obligations(round_id, page.obligations),
                ],
                checkpoint=tally.dump(),
            )
    in_scope = await people.count(incident.scope)
    cohorts = [
        Fact(FactKind.COHORT, f"{round_id}#{c.id}", tally.cohort_body(c), round_id)
        for c in tally.cohorts
    ]
    planning = Event(
        id=child_id(event.id, "planning.due", 0),
        incident=event.incident,
        round=round_id,
        payload=PlanningDue(round=round_id),
    )
    yield Commit(
        writes=[
            *cohorts,
            FreezeRound(round_id, in_scope, tally.root(), tally.counts()),
            *_disagreement(round_id, in_scope, tally.persons),
            *_by_lists(round_id, tally, suppressions),
        ],
        events=[planning],
        done=True,
    )
