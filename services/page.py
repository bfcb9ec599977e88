"""A page of people on its way to becoming rows: who is told in which lane, or why not."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tocsin.rules.addresses import is_plausible_email, normalised
from tocsin.rules.lanes import lane_of
from tocsin.rules.locales import locale_for
from tocsin.rules.recipients import recipients_of
from tocsin.rules.residence import regimes_of
from tocsin.schemas.audience import (
    SHARED_LANE,
    UNADDRESSABLE_LANE,
    Cohort,
    ObligationRow,
    PersonRow,
    RecipientKind,
    RosterRow,
)
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import RELATIVES, AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import RoundView
from tocsin.services.tally import Tally


class Owed(NamedTuple):
    """One obligation before it has a number."""

    cohort: Cohort
    email: str
    obstacle: Reason
    digest: str

    @property
    def text_at_address(self) -> str:
        """What makes two obligations one notice: the same text at the same address."""
        return f"{self.digest}:{self.cohort.id}"

    def __repr__(self) -> str:
        return "Owed(***)"


def _address(person: AffectedPerson, recipient: RecipientKind) -> tuple[str, Reason]:
    """Return the address to write to, or why there is none."""
    if not person.kinds:
        return "", Reason.NONE_OF_THEIR_DATA
    email = person.reach_of(recipient).email
    if recipient is RecipientKind.GUARDIAN and person.relative(recipient).key is None:
        return "", Reason.NO_GUARDIAN
    if email and recipient not in RELATIVES and person.mailbox_barred:
        return "", Reason.MAILBOX_BARRED
    if not email:
        return "", Reason.NO_CONTACT
    if not is_plausible_email(email):
        return "", Reason.MALFORMED_ADDRESS
    return email, Reason.NONE


class Page:
    """One page on its way to becoming rows."""

    def __init__(self, tally: Tally, round_id: str, key: bytes) -> None:
        self.tally = tally
        self.round_id = round_id
        self.key = key
        self.persons: list[PersonRow] = []
        self.obligations: list[ObligationRow] = []
        self.roster: list[RosterRow] = []
        self.addresses: list[tuple[str, str, int]] = []
        self.judged: list[tuple[str, PersonRow, list[Owed]]] = []

    def add(
        self,
        person: AffectedPerson,
        *,
        on_round: RoundView,
        regimes: Sequence[Regime],
        policy: Policy,
        locales: Sequence[str],
    ) -> None:
        """Judge one person: their regimes, locale, recipients, addresses."""
        residence = person.residence or policy.default_residence
        if person.residence is None:
            self.tally.defaulted_residence += 1
        ids = regimes_of(person.residence, regimes, default=policy.default_residence)
        concerned = [r for r in regimes if r.id in ids]
        kinds: tuple[RecipientKind, ...] = (RecipientKind.SELF,)
        if person.kinds:
            kinds = recipients_of(
                person,
                residence_regimes=concerned,
                on=on_round.opened_at.date(),
                default_guardian_below=policy.guardian_below,
            )
        owed: list[Owed] = []
        for recipient in kinds:
            locale, assumed = locale_for(
                person.locale_of(recipient),
                residence=residence,
                available=locales,
                defaults=policy.default_locales,
            )
            self.tally.defaulted_locale += assumed
            cohort = self.tally.cohort(ids, locale, person.kinds, recipient)
            email, obstacle = _address(person, recipient)
            digest = keyed_digest(self.key, normalised(email)) if email else ""
            owed.append(Owed(cohort, email, obstacle, digest))
        row = PersonRow(
            number=self.tally.persons,
            pseudonym=keyed_digest(self.key, person.key),
            residence=residence,
            regimes=" ".join(ids),
            obligations=len(owed),
        )
        self.tally.count_person(row, [o.obstacle for o in owed])
        self.judged.append((person.key, row, owed))

    def digests(self) -> list[str]:
        """Every address digest of the page, with its cohort."""
        return [
            owed.text_at_address
            for _, _, all_owed in self.judged
            for owed in all_owed
            if owed.digest
        ]

    def number(self, holders: Mapping[str, tuple[str, int]]) -> None:
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
                )
                self.tally.count_obligation(obligation)
                self.obligations.append(obligation)
                self.roster.append(RosterRow(lane, obligation.seq, key))

    def _lane(self, owed: Owed, seen: dict[str, tuple[str, int]]) -> tuple[str, str]:
        """Return an obligation's lane, and the place of the notice that covers it, if one does."""
        if owed.obstacle:
            return UNADDRESSABLE_LANE, ""
        lane = lane_of(owed.email)
        place = (lane, self.tally.next_seq(lane))
        first = seen.setdefault(owed.text_at_address, place)
        if first == place:
            self.addresses.append((owed.text_at_address, *place))
            return lane, ""
        return SHARED_LANE, f"{first[0]}/{first[1]}"
