"""The audience of a round: everybody in scope, or those of earlier rounds whom it follows.

Raw keys are gone with the earlier round. So the directory is walked in key order, each person's
pseudonym is computed with the earlier round's key, and looked up among those who are sought. Whom
nobody finds becomes a person all the same: they are unreachable, and not forgotten.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from tocsin.rules.residence import in_play
from tocsin.rules.rounds import sought_roles
from tocsin.rules.waiting import may_wait
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    DropRoster,
    Fact,
    FactKind,
    Found,
    FreezeRound,
    Seek,
    SeekNoMore,
    Transition,
    Write,
)
from tocsin.schemas.event import Event, ResolutionDue
from tocsin.schemas.identifiers import child_id, keyed_digest
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.sought import EarlierPerson, SoughtRow, Unfound
from tocsin.schemas.suppression import Suppressions
from tocsin.schemas.views import RoundView
from tocsin.services.freezing import frozen
from tocsin.services.judge import Judge, JudgedPage
from tocsin.services.page import Page
from tocsin.services.resolution import PAGE, Addresses, Cases, Lists, People, Readers, Rows, resolve
from tocsin.services.search import Purpose, Search, Walk, walks
from tocsin.services.terms import Law

_GATHERED = 1000
"""People of an earlier round per Commit."""
_QUIET_PAGES = 40
"""Pages without anybody to take before a Commit shows that the search goes on."""
_LOOK_AGAIN = timedelta(seconds=1)


class Sought(Protocol):
    """People of earlier rounds, and whom this round still looks for."""

    async def earlier_people(
        self, round_id: str, *, after: int, most: int
    ) -> Sequence[EarlierPerson]:
        """Return the next persons of a round behind a number."""
        ...

    async def sought_among(
        self, round_id: str, digests: Sequence[str]
    ) -> Mapping[str, tuple[RecipientKind, ...]]:
        """Return those of some digests whom a round looks for, with the roles of each."""
        ...

    async def unfound(self, round_id: str, *, most: int) -> Sequence[Unfound]:
        """Return whom a round still looks for, `most` of them at once, always in one order."""
        ...

    async def sending(self, rounds: Sequence[str]) -> bool:
        """Whether somebody still sends a batch of one of some rounds."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def create(self, round_id: str) -> bytes:
        """Return a round's key, drawing it on first use."""
        ...

    def of(self, round_id: str) -> bytes:
        """Return a round's key; NotFound once it was destroyed."""
        ...


class Standing(Rows, Protocol):
    """What was planned, and what stands of it."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


async def find_people(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    people: People,
    addresses: Addresses,
    round_keys: RoundKeys,
    suppression_lists: Lists,
    sought: Sought,
    standing: Standing,
    regimes: Sequence[Regime],
    policy: Policy,
    locales: Sequence[str],
    ladder: Sequence[Channel],
    now: datetime,
    readers: Readers | None = None,
) -> AsyncIterator[Commit]:
    """Turn a scope, or the people of earlier rounds, into a round's frozen audience."""
    assert isinstance(event.payload, ResolutionDue)  # noqa: S101  # narrows the payload
    view = await cases.round(event.payload.round)
    if not view.follows:
        found = resolve(
            event,
            checkpoint,
            cases=cases,
            people=people,
            addresses=addresses,
            round_keys=round_keys,
            suppression_lists=suppression_lists,
            standing=standing,
            regimes=regimes,
            policy=policy,
            locales=locales,
            ladder=ladder,
            readers=readers,
        )
    elif view.state != "resolving":
        yield Commit(writes=[SeekNoMore(view.id)], done=True)  # it was ended meanwhile
        return
    elif checkpoint is None and await _is_sent_still(view, cases=cases, sought=sought):
        yield Commit(events=[_again(event, view, now)], done=True)
        return
    else:
        key = round_keys.create(view.id)
        suppressions = await suppression_lists.read()
        search = Search.load(checkpoint, ladder)
        search.tally.judge_by(suppressions.digest(key))
        incident = await cases.revision(event.incident, view.revision)
        opened_at = (await cases.incident(event.incident)).opened_at
        law = Law(
            in_play(regimes, incident, opened_at),
            policy,
            locales,
            on=view.opened_at.date(),
            ladder=search.tally.ladder,
        )
        found = FollowUp(
            event=event,
            view=view,
            incident=incident,
            earlier_keys={name: round_keys.of(name) for name in view.follows},
            search=search,
            suppressions=suppressions,
            cases=cases,
            people=people,
            addresses=addresses,
            sought=sought,
            standing=standing,
            judge=Judge(
                law,
                key,
                suppressions,
                cohorts=search.tally.cohorts,
                follows=not RoundKind(view.kind).is_first_notice,
                waiting=may_wait(law.regimes, incident.holds),
            ),
        ).commits()
    async with aclosing(found) as commits:  # type: ignore[type-var]  # an async generator
        async for commit in commits:
            yield commit


async def _is_sent_still(view: RoundView, *, cases: Cases, sought: Sought) -> bool:
    """Whether a round that was stopped for this one has senders that do not know it yet."""
    rounds = [await cases.round(name) for name in view.follows]
    return await sought.sending([r.id for r in rounds if r.state == "stopped"])


def _again(event: Event, view: RoundView, now: datetime) -> Event:
    return Event(
        id=child_id(event.id, "resolution.due", "again"),
        incident=event.incident,
        round=view.id,
        payload=ResolutionDue(round=view.id),
        due=now + _LOOK_AGAIN,
        weight=event.weight,
    )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The search for one round's people: gather whom it follows, walk, count who is missing."""

    event: Event
    view: RoundView
    incident: IncidentFile
    earlier_keys: Mapping[str, bytes]
    search: Search
    suppressions: Suppressions
    cases: Cases
    people: People
    addresses: Addresses
    sought: Sought
    standing: Standing
    judge: Judge

    async def commits(self) -> AsyncIterator[Commit]:
        """Yield the Commits of the search, the last of which freezes the audience."""
        await self.addresses.mend(self.view.id)
        async with aclosing(self._gather()) as gathered:  # type: ignore[type-var]  # as below
            async for commit in gathered:
                yield commit
        search, way = self.search, await self._way()
        for number in range(search.walk, len(way)):
            if number > search.walk:
                search.start_walk(number)
            if way[number].purpose is not Purpose.LATE and not search.left:
                continue
            async with aclosing(self._walk(way[number])) as found:  # type: ignore[type-var]
                async for commit in found:
                    yield commit
        if self._kind is not RoundKind.DELTA:
            search.start_walk(len(way))
            while missing := await self.sought.unfound(self.view.id, most=PAGE):
                yield self._missing(missing)
        yield await self._frozen()

    @property
    def _kind(self) -> RoundKind:
        return RoundKind(self.view.kind)

    async def _way(self) -> tuple[Walk, ...]:
        before = []
        for name in self.view.follows:
            earlier = await self.cases.round(name)
            told = await self.cases.revision(self.event.incident, earlier.revision)
            before.append(told.scope)
        return walks(self._kind, now=self.incident.scope, before=before)

    async def _gather(self) -> AsyncIterator[Commit]:
        """Yield whom the round looks for, as the earlier rounds stand now."""
        search = self.search
        while search.gathered < len(self.view.follows):
            name = self.view.follows[search.gathered]
            mine = name in self.view.takes_over
            page = await self.sought.earlier_people(name, after=search.after, most=_GATHERED)
            if not page:
                search.gathered, search.after = search.gathered + 1, -1
                continue
            rows = [
                SoughtRow(person.pseudonym, name, person.number, roles)
                for person in page
                if (roles := sought_roles(self._kind, person, takes_over=mine)) is not None
            ]
            search.after = page[-1].number
            search.sought += len(rows)
            yield Commit(writes=[Seek(self.view.id, rows)], checkpoint=search.dump())

    async def _walk(self, walk: Walk) -> AsyncIterator[Commit]:
        """Yield the people of one walk, page by page."""
        last = self.search.tally.last
        after = None if last is None else await self.addresses.key(self.view.id, *last)
        kinds = self.incident.data_kinds
        stream = self.people.snapshot(walk.scope, kinds, after=after, page=PAGE)
        quiet = 0
        async with aclosing(stream) as pages:  # type: ignore[type-var]  # an async generator
            async for found in pages:
                writes = await self._page(walk.purpose, found)
                quiet = 0 if writes else quiet + 1
                if writes:
                    yield Commit(writes=writes, checkpoint=self.search.dump())
                elif quiet % _QUIET_PAGES == 0:
                    yield Commit()
                if walk.purpose is not Purpose.LATE and not self.search.left:
                    break

    async def _page(self, purpose: Purpose, found: Sequence[AffectedPerson]) -> list[Write]:
        search = self.search
        names = [[keyed_digest(k, p.key) for k in self.earlier_keys.values()] for p in found]
        asked = [digest for theirs in names for digest in theirs]
        known = await self.sought.sought_among(self.view.id, asked)
        gone: list[str] = []
        for person, theirs in zip(found, names, strict=True):
            digests = [digest for digest in theirs if digest in known]
            passed = search.pass_by(purpose, person, digests, [known[d] for d in digests])
            gone += passed.found
            if passed.taken:
                self.judge.add(self._as_told(person), told=passed.told)
                search.known_at_last = search.known
        return [
            *([Found(self.view.id, gone)] if gone else []),
            *await self._rows(self.judge.taken()),
        ]

    def _as_told(self, person: AffectedPerson) -> AffectedPerson:
        """Return a person as the round's text speaks of them: a retraction names no data."""
        return person._replace(kinds=()) if self._kind is RoundKind.RETRACTION else person

    async def _rows(self, judged: JudgedPage) -> list[Write]:
        if not judged.people:
            return []
        holders = await self.addresses.holders(self.view.id, judged.addresses())
        return [*Page(judged, self.search.tally, holders=holders).writes(self.view.id)]

    def _missing(self, people: Sequence[Unfound]) -> Commit:
        """Take up those whom the directory does not hold any more."""
        for person in people:
            told = tuple(map(RecipientKind, person.recipients.split()))
            self.judge.add_unfound(person, told=told)
        page = Page(self.judge.taken(), self.search.tally, holders={})
        self.search.found += len(people)
        found = Found(self.view.id, [person.digest for person in people])
        return Commit(
            writes=[found, *page.writes(self.view.id)],
            checkpoint=self.search.dump(),
        )

    async def _frozen(self) -> Commit:
        search, round_id = self.search, self.view.id
        if self._kind is RoundKind.DELTA:
            in_scope = await self.people.count(self.incident.scope) - search.known
        else:
            in_scope = search.sought - search.spared - search.again
        root = await self.standing.audience_root(round_id)
        if search.tally.people.persons or in_scope or await self._has_a_page():
            return frozen(
                self.event,
                round_id,
                search.tally,
                in_scope=in_scope,
                root=root,
                suppressions=self.suppressions,
                besides=[SeekNoMore(round_id)],
            )
        text = f"{round_id} tells nobody: {_NOBODY[self._kind is RoundKind.DELTA]}; it was ended"
        return Commit(
            writes=[
                FreezeRound(round_id, 0, root, search.tally.counts()),
                Transition("round", round_id, "stopped", "", "nobody is in it", was="frozen"),
                DropRoster(round_id),
                SeekNoMore(round_id),
                Fact(FactKind.ALARM, f"nobody:{round_id}", {"text": text}, round_id),
            ],
            done=True,
        )

    async def _has_a_page(self) -> bool:
        """Whether a page told what this round corrects: then it says so too, to nobody by name."""
        if self._kind is RoundKind.DELTA:
            return False
        plans = [await self.standing.plan(name) for name in self.view.follows]
        return any(plan["decision"]["announce"] for plan in plans)


_NOBODY = {
    True: "everybody in scope stands in an earlier round",
    False: "nobody of the rounds that it follows is to be told of it",
}
