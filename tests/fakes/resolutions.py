"""A resolution over a few people, as a pure stream whose commits a test looks at."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from tocsin.runtimes.reader import HEAD, frame, page_of
from tocsin.schemas.audience import ObligationRow, PersonRow, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, FreezeRound, Obligations, Persons, Roster
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.event import ResolutionDue
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.person import AffectedPerson, Reach, Relative
from tocsin.schemas.policy import Policy
from tocsin.schemas.scope import Scope
from tocsin.schemas.suppression import Suppression, Suppressions
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.judge import JudgedPage, Reading
from tocsin.services.resolution import resolve

from fakes.deployment import incident
from fakes.ledgers import audience_root, event
from fakes.regimes import FOUR

ROUND = "INC-1/r1"
KEY = bytes(range(32))
KINDS = (DataKind.EMAIL_ADDRESS, DataKind.PASSWORD_WEAK_HASH)
OPENED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
RESOLUTION = event("resolution", round_id=ROUND, payload=ResolutionDue(round=ROUND))
REGIMES = tuple(FOUR.values())
CHILD, TEENAGER = date(2014, 11, 25), date(2009, 5, 17)
"""Eleven and seventeen years old when the round opens."""

ADULT = AffectedPerson(
    key="k0",
    residence="DE",
    locale="en",
    kinds=KINDS,
    birth_date=date(1980, 5, 17),
    cancelled=False,
    reach=Reach(email="k0@mail.example"),
    mailbox_barred=False,
)


def person(number: int, **fields: Any) -> AffectedPerson:
    """Return a person; `email` and `guardian_email` stand for where they can be reached."""
    key = f"k{number:03d}"
    reach = Reach(email=fields.pop("email", f"{key}@mail.example"))
    guardian = fields.pop("guardian_key", None), fields.pop("guardian_email", None)
    changed: dict[str, Any] = {"key": key, "reach": reach}
    if any(guardian):
        relative = Relative(guardian[0] or "g", Reach(email=guardian[1]))
        changed["relatives"] = {RecipientKind.GUARDIAN: relative}
    return ADULT._replace(**changed | fields)


def suppressed(
    keys: Mapping[str, Suppression] | None = None,
    *,
    emails: Mapping[str, Suppression] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Suppressions:
    """Return what lists say of keys and addresses; of nobody without them."""
    by_key = {key: [line] for key, line in (keys or {}).items()}
    by_email = {email: [line] for email, line in (emails or {}).items()}
    return Suppressions(
        by_key=by_key, by_email=by_email, by_phone={}, overrides=dict(overrides or {})
    )


class KeptRoster:
    """A round's roster, kept in two dictionaries."""

    keys: dict[tuple[str, int], str]
    addresses: dict[bytes, tuple[str, int]]
    commits: list[Commit]

    async def holders(
        self, round_id: str, digests: Sequence[bytes]
    ) -> dict[bytes, tuple[str, int]]:
        return {d: self.addresses[d] for d in digests if d in self.addresses}

    async def mend(self, round_id: str) -> None:
        rows = [
            r for c in self.commits for w in c.writes if isinstance(w, Obligations) for r in w.rows
        ]
        kept = {(row.lane, row.seq) for row in rows}
        self.keys = {place: key for place, key in self.keys.items() if place in kept}
        self.addresses = {d: place for d, place in self.addresses.items() if place in kept}

    async def key(self, round_id: str, lane: str, seq: int) -> str | None:
        return self.keys.get((lane, seq))


@dataclass
class OtherProcess:
    """A reader whose words take the way between two processes, though there is but one."""

    people: list[AffectedPerson]
    page: int
    after: int

    def are_wanted(self, read: int) -> bool:
        """Whether so many were read."""
        return read >= self.after

    async def judged(self, reading: Reading) -> AsyncIterator[JudgedPage]:
        """Judge as the other process would, with all that was handed to it."""
        there: Reading = pickle.loads(pickle.dumps(reading))  # noqa: S301  # made here
        left = [p for p in self.people if there.after is None or p.key > there.after]
        for start in range(0, len(left), self.page):
            page = there.judge.page(left[start : start + self.page])
            told, said = parts_of(frame(page.people, (page.cohorts, page.counts)))
            read = page_of(told, said)
            assert read is not None
            yield read


@dataclass
class World(KeptRoster):
    """The ports of a resolution over some people; commits are applied to it as they come."""

    people: list[AffectedPerson]
    page: int = 3
    counted: int | None = None
    ladder: tuple[Channel, ...] = (Channel.EMAIL,)
    addresses: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    keys: dict[tuple[str, int], str] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    suppressions: Suppressions = field(default_factory=suppressed)
    facts: dict[str, Any] = field(default_factory=dict)
    elsewhere_after: int | None = None
    """After so many people another process reads on; None: none does."""

    async def incident(self, incident_id: str) -> IncidentView:
        return IncidentView(incident_id, "Stolen", "lantern", False, "open", "ann", 1, OPENED)

    async def round(self, round_id: str) -> RoundView:
        return RoundView(round_id, "INC-1", 1, "initial", "resolving", OPENED, None, "", None)

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        return incident(**({"facts": self.facts} if self.facts else {}))

    async def count(self, scope: Scope) -> int:
        return len(self.people) if self.counted is None else self.counted

    async def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncIterator[tuple[AffectedPerson, ...]]:
        left = [p for p in self.people if after is None or p.key > after]
        for start in range(0, len(left), self.page):
            yield tuple(left[start : start + self.page])

    async def read(self) -> Suppressions:
        return self.suppressions

    async def audience_root(self, round_id: str) -> str:
        return audience_root(self.persons, self.obligations)

    def create(self, round_id: str) -> bytes:
        return KEY

    def put(self, commit: Commit) -> None:
        for write in commit.writes:
            if isinstance(write, Roster):
                self.keys |= {(row.lane, row.seq): row.key for row in write.rows}
                for digest, lane, seq in write.addresses:
                    self.addresses.setdefault(digest, (lane, seq))

    async def resolve(self, checkpoint: str | None = None, *, crash_at: int | None = None) -> None:
        """Apply commit after commit; at `crash_at` only the roster of the next one is written."""
        stream: Any = resolve(
            RESOLUTION,
            checkpoint,
            cases=self,
            people=self,
            addresses=self,
            round_keys=self,
            suppression_lists=self,
            standing=self,
            regimes=REGIMES,
            policy=Policy(default_residence="DE"),
            locales=("en", "zh-Hans"),
            ladder=self.ladder,
            readers=None
            if self.elsewhere_after is None
            else OtherProcess(self.people, self.page, self.elsewhere_after),
        )
        async for commit in stream:
            self.put(commit)
            if crash_at == len(self.commits):
                await stream.aclose()
                return
            self.commits.append(commit)

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
    def cohorts(self) -> dict[int, dict[str, Any]]:
        facts = [fact for fact in self.writes(Fact) if fact.kind is FactKind.COHORT]
        return {fact.body["id"]: fact.body for fact in facts}


def parts_of(whole: bytes) -> tuple[bytes, bytes]:
    """Return the two parts of a frame that a reader wrote."""
    told, said = HEAD.unpack_from(whole)
    assert len(whole) == HEAD.size + told + said
    return whole[HEAD.size : HEAD.size + told], whole[HEAD.size + told :]


def resolved(*people: AffectedPerson, **fields: Any) -> World:
    world = World(list(people), **fields)
    asyncio.run(world.resolve())
    return world
