"""Whom a round that follows tells: the arithmetic of its audience, whatever became of people."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.audience import UNADDRESSABLE_LANE, ObligationRow, PersonRow, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    Found,
    FreezeRound,
    Obligations,
    Persons,
    Roster,
    Seek,
    SeekNoMore,
    Transition,
)
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.event import ResolutionDue
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.rounds import FOLLOWING, RoundKind
from tocsin.schemas.scope import Condition, Scope
from tocsin.schemas.sought import EarlierPerson, SoughtRow, Unfound
from tocsin.schemas.suppression import Suppressions
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.following import find_people

from fakes.deployment import incident
from fakes.ledgers import NOW, event
from fakes.resolutions import OPENED, REGIMES, KeptRoster, person, suppressed

FIRST, SECOND, OURS = "INC-1/r1", "INC-1/r2", "INC-1/r3"
KEYS = {FIRST: b"1" * 32, SECOND: b"2" * 32, OURS: b"3" * 32}
OLD = Scope(where=(Condition(column="was", equals="in"),))
NEW = Scope(where=(Condition(column="is", equals="in"),))
FOLLOW_TOLD = [RoundKind.UPDATE, RoundKind.CORRECTION, RoundKind.CONFIRMATION]


@dataclass(frozen=True)
class Life:
    """What became of one person of the world."""

    round: str
    """The earlier round that they are a person of; empty: of none."""
    told: bool
    open: bool
    held: bool
    """Whether the directory holds them still."""
    was: bool
    """Whether the scope of then finds their row now."""
    now: bool
    """Whether they are in the new scope."""


@dataclass
class World(KeptRoster):
    """A directory, two earlier rounds, and a third that is resolved; commits are applied to it."""

    kind: RoundKind
    lives: Sequence[Life]
    stopped: bool = False
    page: int = 3
    rows: dict[str, SoughtRow] = field(default_factory=dict)
    keys: dict[tuple[str, int], str] = field(default_factory=dict)
    addresses: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    checkpoint: str | None = None

    def key_of(self, number: int) -> str:
        return person(number).key

    @property
    def earlier(self) -> Mapping[str, list[int]]:
        return {
            name: [n for n, life in enumerate(self.lives) if life.round == name]
            for name in (FIRST, SECOND)
        }

    async def incident(self, incident_id: str) -> IncidentView:
        return IncidentView(incident_id, "Stolen", "lantern", False, "open", "ann", 1, OPENED)

    async def round(self, round_id: str) -> RoundView:
        if round_id == OURS:
            follows = (FIRST, SECOND)
            return RoundView(
                OURS,
                "INC-1",
                2,
                self.kind,
                "resolving",
                OPENED,
                None,
                "",
                None,
                follows,
                takes_over=follows if self.stopped else (),
            )
        state = "stopped" if self.stopped else "closed"
        return RoundView(round_id, "INC-1", 1, "initial", state, OPENED, 1, "", None)

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        return incident().model_copy(update={"scope": OLD if number == 1 else NEW})

    def _in(self, scope: Scope) -> list[int]:
        return [
            n
            for n, life in enumerate(self.lives)
            if life.held and (scope.everyone or (life.was if scope == OLD else life.now))
        ]

    async def count(self, scope: Scope) -> int:
        return len(self._in(scope))

    async def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncIterator[tuple[AffectedPerson, ...]]:
        found = [person(n) for n in self._in(scope)]
        left = [p for p in found if after is None or p.key > after]
        for start in range(0, len(left), self.page):
            yield tuple(left[start : start + self.page])

    async def read(self) -> Suppressions:
        return suppressed()

    def create(self, round_id: str) -> bytes:
        return KEYS[round_id]

    of = create

    async def earlier_people(
        self, round_id: str, *, after: int, most: int
    ) -> tuple[EarlierPerson, ...]:
        found = []
        for number, n in enumerate(self.earlier[round_id]):
            life = self.lives[n]
            name = keyed_digest(KEYS[round_id], self.key_of(n))
            told = "self" if life.told else ""
            left = "self" if life.open and not life.told else ""
            found.append(EarlierPerson(number, name, told, left))
        return tuple(row for row in found if row.number > after)[: self.page]

    async def sought_among(
        self, round_id: str, digests: Sequence[str]
    ) -> dict[str, tuple[RecipientKind, ...]]:
        return {
            d: tuple(map(RecipientKind, self.rows[d].recipients.split()))
            for d in digests
            if d in self.rows
        }

    async def unfound(self, round_id: str, *, most: int) -> tuple[Unfound, ...]:
        rows = sorted(self.rows.values(), key=lambda row: (row.origin, row.person))
        return tuple(Unfound(r.digest, r.recipients, "DE", "EU-GDPR") for r in rows[: self.page])

    async def sending(self, rounds: Sequence[str]) -> bool:
        return False

    async def plan(self, round_id: str) -> dict[str, Any]:
        return {"decision": {"announce": False}}

    async def audience_root(self, round_id: str) -> str:
        return ""

    def apply(self, commit: Commit) -> None:
        for write in commit.writes:
            match write:
                case Seek():
                    assert not {row.digest for row in write.rows} & self.rows.keys()
                    self.rows |= {row.digest: row for row in write.rows}
                case Found():
                    for digest in write.digests:
                        del self.rows[digest]
                case SeekNoMore():
                    self.rows.clear()
        if commit.checkpoint is not None:
            self.checkpoint = commit.checkpoint
        self.commits.append(commit)

    async def resolve(self, *, dies_at: int | None = None) -> None:
        """Go on from the checkpoint; at `dies_at` only the roster of the next Commit is written."""
        ports: dict[str, Any] = dict.fromkeys(
            (
                *("cases", "people", "addresses", "round_keys"),
                *("suppression_lists", "sought", "standing"),
            ),
            self,
        )
        stream: Any = find_people(
            event("resolution", round_id=OURS, payload=ResolutionDue(round=OURS)),
            self.checkpoint,
            **ports,
            regimes=REGIMES,
            policy=Policy(default_residence="DE"),
            locales=("en", "zh-Hans"),
            ladder=(Channel.EMAIL,),
            now=NOW,
        )
        async for commit in stream:
            for roster in (w for w in commit.writes if isinstance(w, Roster)):
                self.keys |= {(row.lane, row.seq): row.key for row in roster.rows}
                for digest, lane, seq in roster.addresses:
                    self.addresses.setdefault(digest, (lane, seq))
            if dies_at == len(self.commits):
                await stream.aclose()
                return
            self.apply(commit)

    def writes(self, kind: type) -> list[Any]:
        return [w for c in self.commits for w in c.writes if isinstance(w, kind)]

    @property
    def persons(self) -> list[PersonRow]:
        return [row for write in self.writes(Persons) for row in write.rows]

    @property
    def obligations(self) -> list[ObligationRow]:
        return [row for write in self.writes(Obligations) for row in write.rows]

    @property
    def freeze(self) -> FreezeRound:
        freeze: FreezeRound
        (freeze,) = self.writes(FreezeRound)
        return freeze

    @property
    def told(self) -> set[str]:
        """The keys of those whom the round tells."""
        names = {keyed_digest(KEYS[OURS], self.key_of(n)): n for n in range(len(self.lives))}
        return {self.key_of(names[p.pseudonym]) for p in self.persons if p.pseudonym in names}

    def who(self, wanted: Any) -> set[str]:
        return {self.key_of(n) for n, life in enumerate(self.lives) if wanted(life)}


def resolved(kind: RoundKind, lives: Sequence[Life], **fields: Any) -> World:
    world = World(kind, lives, **fields)
    asyncio.run(world.resolve())
    return world


HASTELESS = settings(max_examples=60, deadline=None)
LIVES = st.lists(
    st.builds(
        Life,
        round=st.sampled_from(["", FIRST, SECOND]),
        told=st.booleans(),
        open=st.booleans(),
        held=st.booleans(),
        was=st.booleans(),
        now=st.booleans(),
    ),
    min_size=1,
    max_size=24,
)


def balanced(world: World) -> None:
    """Assert the equation, and that nobody stands in the round twice."""
    assert world.freeze.in_scope == len(world.persons)
    assert len({row.pseudonym for row in world.persons}) == len(world.persons)
    assert [row.number for row in world.persons] == list(range(len(world.persons)))
    assert {row.person for row in world.obligations} == {row.number for row in world.persons}
    assert world.rows == {}


@HASTELESS
@given(LIVES, st.sampled_from(FOLLOW_TOLD), st.integers(1, 5))
def test_everybody_who_was_told_is_in_it_and_nobody_else(
    lives: list[Life], kind: RoundKind, page: int
) -> None:
    world = resolved(kind, lives, page=page)
    told = [life for life in lives if life.round and life.told]
    assert world.told == world.who(lambda life: life.round and life.told and life.held)
    assert world.freeze.in_scope == len(told)
    missing = [row for row in world.obligations if row.obstacle == Reason.NO_LONGER_HELD]
    assert len(missing) == sum(not life.held for life in told)
    assert {row.lane for row in missing} <= {UNADDRESSABLE_LANE}
    balanced(world)


@HASTELESS
@given(LIVES, st.booleans(), st.integers(1, 5))
def test_a_delta_tells_those_in_scope_whom_no_round_has(
    lives: list[Life], stopped: bool, page: int
) -> None:
    world = resolved(RoundKind.DELTA, lives, stopped=stopped, page=page)

    def owed(life: Life) -> bool:
        taken_over = stopped and life.open and not life.told
        return life.held and life.now and (not life.round or taken_over)

    assert world.told == world.who(owed)
    balanced(world)


@HASTELESS
@given(LIVES, st.integers(1, 5))
def test_a_retraction_tells_those_who_were_told_and_are_in_scope_no_more(
    lives: list[Life], page: int
) -> None:
    world = resolved(RoundKind.RETRACTION, lives, page=page)
    wrong = world.who(lambda life: life.round and life.told and life.held and not life.now)
    assert world.told == wrong
    balanced(world)


@HASTELESS
@given(LIVES, st.booleans())
def test_an_update_and_its_delta_have_nobody_in_common_and_forget_nobody(
    lives: list[Life], stopped: bool
) -> None:
    update = resolved(RoundKind.UPDATE, lives, stopped=stopped)
    delta = resolved(RoundKind.DELTA, lives, stopped=stopped)
    assert not update.told & delta.told
    told_or_new = update.who(lambda life: life.held and life.told and life.round)
    told_or_new |= update.who(lambda life: life.held and life.now and not life.round)
    assert told_or_new <= update.told | delta.told


@HASTELESS
@given(LIVES, st.sampled_from(FOLLOWING), st.lists(st.integers(0, 12), max_size=4), st.booleans())
def test_whoever_dies_while_it_is_resolved_changes_no_row(
    lives: list[Life], kind: RoundKind, deaths: list[int], stopped: bool
) -> None:
    calm = resolved(kind, lives, stopped=stopped)
    world = World(kind, lives, stopped=stopped)

    async def main() -> None:
        for dies_at in sorted(deaths):
            if not any(c.done for c in world.commits):
                await world.resolve(dies_at=dies_at)
        if not any(c.done for c in world.commits):
            await world.resolve()

    asyncio.run(main())
    assert world.persons == calm.persons
    assert world.obligations == calm.obligations
    assert world.freeze == calm.freeze
    assert world.rows == {}


NOBODY = Life(FIRST, told=False, open=False, held=True, was=True, now=True)


def test_a_round_in_which_nobody_is_ends_and_says_so() -> None:
    world = resolved(RoundKind.CORRECTION, [NOBODY])
    (ended,) = world.writes(Transition)
    assert (ended.name, ended.state) == (OURS, "stopped")
    assert not [e for c in world.commits for e in c.events]


def test_the_directory_is_walked_no_further_than_until_everybody_is_found() -> None:
    told = replace(NOBODY, told=True)
    scopes: list[Scope] = []

    class Watched(World):
        def snapshot(self, scope: Scope, *rest: Any, **named: Any) -> Any:
            scopes.append(scope)
            return super().snapshot(scope, *rest, **named)

    asyncio.run(Watched(RoundKind.UPDATE, [told] * 3).resolve())
    assert scopes == [OLD]
    scopes.clear()
    moved = replace(told, was=False, now=False)
    asyncio.run(Watched(RoundKind.UPDATE, [told, moved]).resolve())
    assert scopes == [OLD, NEW, Scope(everyone=True)]


def test_senders_of_a_round_that_was_stopped_are_waited_for() -> None:
    class Sending(World):
        async def sending(self, rounds: Sequence[str]) -> bool:
            return list(rounds) == [FIRST, SECOND]

    world = Sending(RoundKind.DELTA, [NOBODY], stopped=True)
    asyncio.run(world.resolve())
    (commit,) = world.commits
    assert commit.writes == ()
    (again,) = commit.events
    assert again.due is not None
    assert again.due > NOW
