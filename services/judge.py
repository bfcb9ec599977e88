"""The judge of people: in which roles somebody is told, in which lane, or why not.

What is judged of a person depends on nobody else, so that one process may judge while another
numbers and writes. It is plain tuples, which pass from one to the other as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from tocsin.rules.contacts import compared, obstacle
from tocsin.rules.lanes import lane_on, waiting_lane
from tocsin.rules.suppressing import FREE, Held, held_back
from tocsin.schemas.audience import UNADDRESSABLE_LANE, Cohort, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.identifiers import keyed_bytes, keyed_digest
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import RELATIVES, AffectedPerson
from tocsin.schemas.scope import Scope
from tocsin.schemas.sought import Unfound
from tocsin.schemas.suppression import Suppressions
from tocsin.services.people_counts import PeopleCounts
from tocsin.services.terms import Law

_OF_DIGEST = 16
"""Octets of an address digest by which addresses are told apart within a round: 128 bits."""

Owed: TypeAlias = tuple[int, str, str, str, str, bytes]
"""One obligation before it has a number: its cohort's id, the lane, the `Reason` why nothing can be
sent (empty: it can), the address digest in hexadecimal, the channels that must not be used, and
what makes two obligations one notice: the same text at the same address."""
JudgedPerson: TypeAlias = tuple[str | None, str, str, str, Sequence[Owed]]
"""A directory key (None: the directory does not hold it any more), the pseudonym, the residence,
the regimes, and what is owed."""


@dataclass(slots=True)
class JudgedPage:
    """People in the order of the directory, as they were judged."""

    people: list[JudgedPerson] = field(default_factory=list)
    cohorts: list[Cohort] = field(default_factory=list)
    """Those that nobody was in before, in the order of their ids."""
    counts: PeopleCounts = field(default_factory=PeopleCounts)

    def addresses(self) -> list[bytes]:
        """Return every address of the page, with its text."""
        return [at for *_, all_owed in self.people for *_, at in all_owed if at]


class Way(NamedTuple):
    """On which channel a recipient is told first, and where; or why not at all."""

    channel: Channel
    detail: str
    obstacle: Reason

    def __repr__(self) -> str:
        return "Way(***)"


_NOT_OWED = Way(Channel.NONE, "", Reason.NONE_OF_THEIR_DATA)
_UNKNOWN: Mapping[RecipientKind, Reason] = MappingProxyType(
    {
        RecipientKind.GUARDIAN: Reason.NO_GUARDIAN,
        RecipientKind.REPRESENTATIVE: Reason.NO_REPRESENTATIVE,
        RecipientKind.NEXT_OF_KIN: Reason.NO_NEXT_OF_KIN,
    }
)
"""Why nobody can be told in a role in which the directory names nobody, or nobody who is there."""
_CohortKey: TypeAlias = tuple[tuple[str, ...], str, tuple[DataKind, ...], RecipientKind]


class Judge:
    """Judges the people of one round, by one law and by lists that were read once."""

    def __init__(
        self,
        law: Law,
        key: bytes,
        suppressions: Suppressions,
        *,
        cohorts: Iterable[Cohort] = (),
        follows: bool = False,
        waiting: frozenset[str] = frozenset(),
    ) -> None:
        """Take the round's law, its key, and the `cohorts` that it has already.

        Of a round that `follows`, people are owed whatever of them leaked. `waiting` are the
        regimes under which notices may have to wait.
        """
        self._law, self._key, self._suppressions = law, key, suppressions
        self._follows, self._waiting = follows, waiting
        self._cohorts: dict[_CohortKey, Cohort] = {
            (c.regimes, c.locale, c.kinds, c.recipient): c for c in cohorts
        }
        self._waits: dict[tuple[int, str], str] = {}
        """Cohort and lane -> the lane of those in it who may have to wait."""
        self._page = JudgedPage()

    def page(self, people: Iterable[AffectedPerson]) -> JudgedPage:
        """Return a page of people as they are judged."""
        for person in people:
            self.add(person)
        return self.taken()

    def taken(self) -> JudgedPage:
        """Return the people judged since it was asked last."""
        page, self._page = self._page, JudgedPage()
        return page

    def add(self, person: AffectedPerson, *, told: Sequence[RecipientKind] = ()) -> None:
        """Judge one person: their regimes, locale, recipients, addresses.

        With `told` they are told in these roles, whatever the law says by now.
        """
        law, page = self._law, self._page
        terms = law.terms(person.residence)
        owes = self._follows or bool(person.kinds)
        listed = self._suppressions if owes else None
        owed: list[Owed] = []
        obstacles: list[Reason] = []
        held = FREE
        for recipient in told or law.recipients(person, terms):
            locale, assumed = law.tongue(person.locale_of(recipient), terms.residence)
            page.counts.defaulted_locale += assumed
            cohort = self._cohort(terms.ids, locale, person.kinds, recipient)
            theirs = FREE
            if listed:
                theirs = self._held(person, recipient)
                held = held if theirs is FREE else held | theirs
            unagreed = terms.asked
            if unagreed:
                unagreed -= person.reach_of(recipient).agreed
            way = _NOT_OWED
            if owes:
                way = _way(person, recipient, terms.ways(recipient), theirs, unagreed)
            obstacles.append(way.obstacle)
            owed.append(self._owed(cohort, way, _named(person, recipient, theirs, unagreed)))
        page.counts.defaulted_residence += person.residence is None
        page.counts.count(terms.residence, obstacles)
        if held is not FREE:
            page.counts.count_listed(held.lists, held.overridden)
        pseudonym = keyed_digest(self._key, person.key)
        page.people.append((person.key, pseudonym, terms.residence, terms.names, owed))

    def add_unfound(self, person: Unfound, *, told: Sequence[RecipientKind]) -> None:
        """Take up somebody whom the directory does not hold any more: nobody can tell them."""
        regimes = tuple(person.regimes.split())
        locale, _ = self._law.tongue(None, person.residence)
        nowhere = Way(Channel.NONE, "", Reason.NO_LONGER_HELD)
        owed = [
            self._owed(self._cohort(regimes, locale, (), recipient), nowhere, "")
            for recipient in told
        ]
        self._page.counts.count(person.residence, [nowhere.obstacle] * len(owed))
        pseudonym = keyed_digest(self._key, person.digest)
        self._page.people.append((None, pseudonym, person.residence, person.regimes, owed))

    def _cohort(
        self,
        regimes: tuple[str, ...],
        locale: str,
        kinds: tuple[DataKind, ...],
        recipient: RecipientKind,
    ) -> Cohort:
        """Return the cohort with these marks, interning a new one."""
        key = (regimes, locale, kinds, recipient)
        found = self._cohorts.get(key)
        if found is None:
            found = self._cohorts[key] = Cohort(len(self._cohorts), *key)
            self._page.cohorts.append(found)
        return found

    def _held(self, person: AffectedPerson, recipient: RecipientKind) -> Held:
        """Return what the suppression lists say of a recipient; of nobody but them."""
        key, reach = person.key_of(recipient), person.reach_of(recipient)
        said = self._suppressions.said_of(key, reach)
        return held_back(said, self._law.ladder) if said else FREE

    def _owed(self, cohort: Cohort, way: Way, barred: str) -> Owed:
        if way.obstacle:
            return cohort.id, UNADDRESSABLE_LANE, way.obstacle.value, "", barred, b""
        digest = keyed_bytes(self._key, compared(way.channel, way.detail).encode())
        lane = lane_on(way.channel, way.detail)
        if self._waiting:
            lane = self._waits.get((cohort.id, lane)) or self._waiting_lane(cohort, lane)
        at = digest[:_OF_DIGEST] + cohort.id.to_bytes(4)
        return cohort.id, lane, "", digest.hex(), barred, at

    def _waiting_lane(self, cohort: Cohort, lane: str) -> str:
        lane_there = waiting_lane(lane, self._waiting.intersection(cohort.regimes))
        return self._waits.setdefault((cohort.id, lane), lane_there)


@dataclass(frozen=True, slots=True)
class Reading:
    """Whom to read, and who judges them. It holds what no log may hold."""

    scope: Scope
    kinds: Sequence[DataKind]
    after: str | None = field(repr=False)
    """The directory key behind which it goes on; None: from the start."""
    page: int
    judge: Judge = field(repr=False)


def _way(
    person: AffectedPerson,
    recipient: RecipientKind,
    channels: Sequence[Channel],
    held: Held,
    unagreed: frozenset[Channel],
) -> Way:
    """Return the first channel that leads to a recipient, or why none does.

    A suppression is the reason where a channel would lead there without it, or where it leaves
    none at all.
    """
    if recipient in _UNKNOWN and person.relative(recipient).key is None:
        return Way(Channel.NONE, "", _UNKNOWN[recipient])
    reach = person.reach_of(recipient)
    suppressed = bool(channels) and held.channels.issuperset(channels)
    first: Reason | None = None
    for channel in channels:
        detail = reach.on(channel)
        why = obstacle(channel, detail)
        if not why and channel in _barred(person, recipient):
            why = Reason.MAILBOX_BARRED
        elif not why and channel in unagreed:
            why = Reason.NOT_AGREED
        elif not why and channel in held.channels:
            why, suppressed = Reason.SUPPRESSED, True
        if detail is not None and not why:
            return Way(channel, detail, Reason.NONE)
        first = first or why
    reason = Reason.SUPPRESSED if suppressed else first or Reason.NO_CONTACT
    return Way(Channel.NONE, "", reason)


def _barred(person: AffectedPerson, recipient: RecipientKind) -> tuple[Channel, ...]:
    """Return the channels that must not be used: a mailbox whose own password leaked."""
    is_own = person.mailbox_barred and recipient not in RELATIVES
    return (Channel.EMAIL,) if is_own else ()


def _named(
    person: AffectedPerson, recipient: RecipientKind, held: Held, unagreed: frozenset[Channel]
) -> str:
    """Return all channels that must not be used, in their order, joined by a space."""
    if held is FREE and not unagreed and not person.mailbox_barred:
        return ""
    barred = held.channels.union(_barred(person, recipient), unagreed)
    return " ".join(c.value for c in Channel if c in barred) if barred else ""
