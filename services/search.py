"""How far the search for a follow-up's people has come: walks through the directory, and counts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Self

from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.scope import Scope
from tocsin.services.tally import Tally

Roles = tuple[RecipientKind, ...]


class Purpose(StrEnum):
    """What is done with those whom a walk comes past."""

    TAKE = "take"
    """Who is sought is in the audience."""
    SPARE = "spare"
    """Who is sought is sought no more: what they were told stands."""
    LATE = "late"
    """Who is not sought is in the audience."""


class Walk(NamedTuple):
    """One walk through a part of the directory, in key order."""

    purpose: Purpose
    scope: Scope


def walks(kind: RoundKind, *, now: Scope, before: Sequence[Scope]) -> tuple[Walk, ...]:
    """Return the walks that find the people of a round of some kind, in order.

    Who was told is looked for where they were found before, then where people are sought now, and
    then everywhere: a row may have changed. `before` are the scopes of the rounds it follows.
    """
    everywhere = Scope(everyone=True)
    match kind:
        case RoundKind.DELTA:
            return (Walk(Purpose.LATE, now),)
        case RoundKind.RETRACTION:
            left = _distinct((*before, everywhere))
            return (Walk(Purpose.SPARE, now), *(Walk(Purpose.TAKE, scope) for scope in left))
        case _:
            left = _distinct((*before, now, everywhere))
            return tuple(Walk(Purpose.TAKE, scope) for scope in left)


def _distinct(scopes: Sequence[Scope]) -> list[Scope]:
    return [scope for n, scope in enumerate(scopes) if scope not in scopes[:n]]


class Passed(NamedTuple):
    """What a walk does with one person."""

    taken: bool
    told: Roles
    """The roles in which they are told; none: as the law says now."""
    found: tuple[str, ...]
    """What they were sought by, and are no more."""


@dataclass(slots=True)
class Search:
    """The counts of a search; they fit in a checkpoint whatever the number of people."""

    tally: Tally
    gathered: int = 0
    """Earlier rounds whose people are all gathered."""
    after: int = -1
    """The last person gathered of the next one."""
    sought: int = 0
    walk: int = 0
    spared: int = 0
    """Sought people of whom what they were told stands."""
    again: int = 0
    """Sought people who stand in more than one of the earlier rounds, but for once each."""
    found: int = 0
    known: int = 0
    """People in scope whom another round has."""
    known_at_last: int = 0
    """The same up to the last person taken: behind them a walk goes on after a crash."""

    @property
    def left(self) -> int:
        """Return how many are still sought."""
        return self.sought - self.found

    def pass_by(
        self,
        purpose: Purpose,
        person: AffectedPerson,
        digests: Sequence[str],
        matches: Sequence[Roles],
    ) -> Passed:
        """Decide on one person, and count them.

        `digests` are what they were called where they are sought, `matches` the roles there.
        """
        match purpose:
            case Purpose.TAKE if matches:
                self.again += len(matches) - 1
                self.found += len(matches)
                roles = {role for theirs in matches for role in theirs}
                told = tuple(sorted(roles, key=lambda role: role.value, reverse=True))
                return Passed(taken=True, told=told, found=tuple(digests))
            case Purpose.SPARE if matches and person.kinds:
                self.spared += len(matches)
                self.found += len(matches)
                return Passed(taken=False, told=(), found=tuple(digests))
            case Purpose.LATE if not matches:
                return Passed(taken=True, told=(), found=())
            case Purpose.LATE:
                common = set(matches[0]).intersection(*matches)
                told = tuple(sorted(common, key=lambda role: role.value, reverse=True))
                if not told:
                    self.known += 1
                return Passed(taken=bool(told), told=told, found=())
            case _:
                return Passed(taken=False, told=(), found=())

    def start_walk(self, number: int) -> None:
        """Begin a walk from the start of its part of the directory."""
        self.walk = number
        self.tally.last = None
        self.known = self.known_at_last = 0

    def dump(self) -> str:
        """Return the checkpoint."""
        body = {name: getattr(self, name) for name in _COUNTS}
        return json.dumps(body | {"tally": self.tally.dump()}, separators=(",", ":"))

    @classmethod
    def load(cls, checkpoint: str | None, ladder: Sequence[Channel]) -> Self:
        """Go on from a checkpoint, or start."""
        if checkpoint is None:
            return cls(Tally.load(None, ladder))
        body = json.loads(checkpoint)
        search = cls(Tally.load(body["tally"], ladder), **{name: body[name] for name in _COUNTS})
        search.known = search.known_at_last
        return search


_COUNTS = (
    "gathered",
    "after",
    "sought",
    "walk",
    "spared",
    "again",
    "found",
    "known_at_last",
)
