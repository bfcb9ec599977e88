"""A page of people on its way to becoming rows: who is told in which lane, or why not."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from tocsin.rules.contacts import compared, obstacle
from tocsin.rules.lanes import lane_on, waiting_lane
from tocsin.rules.suppressing import FREE, Held, held_back
from tocsin.schemas.audience import (
    SHARED_LANE,
    UNADDRESSABLE_LANE,
    Cohort,
    ObligationRow,
    PersonRow,
    RecipientKind,
    RosterRow,
)
from tocsin.schemas.channels import Channel
from tocsin.schemas.identifiers import keyed_bytes, keyed_digest
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import RELATIVES, AffectedPerson
from tocsin.schemas.sought import Unfound
from tocsin.schemas.suppression import Suppressions
from tocsin.services.tally import Tally
from tocsin.services.terms import Law

_OF_DIGEST = 16
"""Octets of an address digest by which addresses are told apart within a round: 128 bits."""


class Way(NamedTuple):
    """On which channel a recipient is told first, and where; or why not at all."""

    channel: Channel
    detail: str
    obstacle: Reason

    def __repr__(self) -> str:
        return "Way(***)"


class Owed(NamedTuple):
    """One obligation before it has a number."""

    cohort: Cohort
    lane: str
    obstacle: Reason
    digest: str
    barred: str
    text_at_address: bytes = b""
    """What makes two obligations one notice: the same text at the same address."""


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


_NOT_OWED = Way(Channel.NONE, "", Reason.NONE_OF_THEIR_DATA)
_UNKNOWN: Mapping[RecipientKind, Reason] = MappingProxyType(
    {
        RecipientKind.GUARDIAN: Reason.NO_GUARDIAN,
        RecipientKind.REPRESENTATIVE: Reason.NO_REPRESENTATIVE,
        RecipientKind.NEXT_OF_KIN: Reason.NO_NEXT_OF_KIN,
    }
)
"""Why nobody can be told in a role in which the directory names nobody, or nobody who is there."""


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


class Page:
    """One page on its way to becoming rows."""

    def __init__(
        self,
        tally: Tally,
        law: Law,
        round_id: str,
        key: bytes,
        suppressions: Suppressions,
        *,
        follows: bool = False,
        waiting: frozenset[str] = frozenset(),
    ) -> None:
        """Begin a page. Of a round that `follows`, people are owed whatever of them leaked.

        `waiting` are the regimes under which notices may have to wait.
        """
        self.tally, self.law = tally, law
        self.follows = follows
        self.waiting = waiting
        self.suppressions = suppressions
        self.round_id = round_id
        self.key = key
        self.persons: list[PersonRow] = []
        self.obligations: list[ObligationRow] = []
        self.roster: list[RosterRow] = []
        self.addresses: list[tuple[bytes, str, int]] = []
        self.judged: list[tuple[str | None, PersonRow, list[Owed]]] = []
        self._waits: dict[tuple[int, str], str] = {}
        """Cohort and lane -> the lane of those in it who may have to wait."""

    def add(self, person: AffectedPerson, *, told: Sequence[RecipientKind] = ()) -> None:
        """Judge one person: their regimes, locale, recipients, addresses.

        With `told` they are told in these roles, whatever the law says by now.
        """
        tally = self.tally
        terms = self.law.terms(person.residence)
        tally.defaulted_residence += person.residence is None
        owes = self.follows or bool(person.kinds)
        owed: list[Owed] = []
        held = FREE
        for recipient in tuple(told) or self.law.recipients(person, terms):
            locale, assumed = self.law.tongue(person.locale_of(recipient), terms.residence)
            tally.defaulted_locale += assumed
            cohort = tally.cohort(terms.ids, locale, person.kinds, recipient)
            theirs = FREE
            if owes and self.suppressions:
                theirs = self._held(person, recipient)
                held = held if theirs is FREE else held | theirs
            unagreed = terms.asked
            if unagreed:
                unagreed -= person.reach_of(recipient).agreed
            way = _NOT_OWED
            if owes:
                way = _way(person, recipient, terms.ways(recipient), theirs, unagreed)
            owed.append(self._owed(cohort, way, _named(person, recipient, theirs, unagreed)))
        row = PersonRow(
            number=tally.persons,
            pseudonym=keyed_digest(self.key, person.key),
            residence=terms.residence,
            regimes=" ".join(terms.ids),
            obligations=len(owed),
        )
        tally.count_person(row, [each.obstacle for each in owed])
        tally.count_listed(held.lists, held.overridden)
        self.judged.append((person.key, row, owed))

    def add_unfound(
        self,
        person: Unfound,
        *,
        told: Sequence[RecipientKind],
    ) -> None:
        """Take up somebody whom the directory does not hold any more: nobody can tell them."""
        regimes = tuple(person.regimes.split())
        locale, _ = self.law.tongue(None, person.residence)
        owed = [
            Owed(
                self.tally.cohort(regimes, locale, (), recipient),
                UNADDRESSABLE_LANE,
                Reason.NO_LONGER_HELD,
                "",
                "",
            )
            for recipient in told
        ]
        row = PersonRow(
            number=self.tally.persons,
            pseudonym=keyed_digest(self.key, person.digest),
            residence=person.residence,
            regimes=person.regimes,
            obligations=len(owed),
        )
        self.tally.count_person(row, [o.obstacle for o in owed])
        self.judged.append((None, row, owed))

    def _held(self, person: AffectedPerson, recipient: RecipientKind) -> Held:
        """Return what the suppression lists say of a recipient; of nobody but them."""
        key, reach = person.key_of(recipient), person.reach_of(recipient)
        said = self.suppressions.said_of(key, reach)
        return held_back(said, self.tally.ladder) if said else FREE

    def _owed(self, cohort: Cohort, way: Way, barred: str) -> Owed:
        if way.obstacle:
            return Owed(cohort, UNADDRESSABLE_LANE, way.obstacle, "", barred)
        digest = keyed_bytes(self.key, compared(way.channel, way.detail).encode())
        lane = lane_on(way.channel, way.detail)
        if self.waiting:
            lane = self._waits.get((cohort.id, lane)) or self._waiting(cohort, lane)
        at = digest[:_OF_DIGEST] + cohort.id.to_bytes(4)
        return Owed(cohort, lane, Reason.NONE, digest.hex(), barred, at)

    def _waiting(self, cohort: Cohort, lane: str) -> str:
        lane_there = waiting_lane(lane, self.waiting.intersection(cohort.regimes))
        return self._waits.setdefault((cohort.id, lane), lane_there)

    def digests(self) -> list[bytes]:
        """Every address digest of the page, with its cohort."""
        return [
            owed.text_at_address
            for _, _, all_owed in self.judged
            for owed in all_owed
            if owed.digest
        ]

    def number(self, holders: Mapping[bytes, tuple[str, int]]) -> None:
        """Give every obligation its lane and seq; the second at an address shares the first's."""
        seen = dict(holders)
        for key, row, all_owed in self.judged:
            self.persons.append(row)
            for owed in all_owed:
                lane, covered_by = self._lane(owed, seen)
                obligation = ObligationRow(
                    lane=lane,
                    seq=self.tally.next_seq(lane),
                    person=row.number,
                    recipient=owed.cohort.recipient.value,
                    cohort=owed.cohort.id,
                    address=owed.digest,
                    obstacle=owed.obstacle.value,
                    covered_by=covered_by,
                    barred=owed.barred,
                )
                self.tally.count_obligation(obligation)
                self.obligations.append(obligation)
                if key is not None:
                    self.roster.append(RosterRow(lane, obligation.seq, key))

    def _lane(self, owed: Owed, seen: dict[bytes, tuple[str, int]]) -> tuple[str, str]:
        """Return an obligation's lane, and the place of the notice that covers it, if one does."""
        if owed.obstacle:
            return UNADDRESSABLE_LANE, ""
        lane = owed.lane
        place = (lane, self.tally.next_seq(lane))
        first = seen.setdefault(owed.text_at_address, place)
        if first == place:
            self.addresses.append((owed.text_at_address, *place))
            return lane, ""
        return SHARED_LANE, f"{first[0]}/{first[1]}"
