"""Whom a round tells: cohorts, persons, obligations. The rows that the audience root covers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tocsin.schemas.canonical import canonical_row, list_root, sha256_hex
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.outcome import Reason


class RecipientKind(StrEnum):
    """In which role someone is told."""

    SELF = "self"
    MINOR = "minor"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"
    """Who acts for the person by law or by their own will, told instead of them."""
    NEXT_OF_KIN = "next_of_kin"
    """Who is told of somebody who has died (45 CFR 164.404(d)(1)(ii))."""
    ORGANISATION = "organisation"
    """The row is no human being but an organisation, told at its own address."""


UNADDRESSABLE_LANE = "unaddressable"
"""Lane of obligations that no channel can reach; settled, never sent."""
SHARED_LANE = "shared"
"""Lane of obligations covered by the notice of another account at the same address."""
NOT_SENT = frozenset({UNADDRESSABLE_LANE, SHARED_LANE})
"""Lanes to which nothing is sent."""

TEST_LANE = "test"
"""Lane of messages to our own addresses. No obligation stands in it, and no round has it: a return
code with it is genuine and says that it is of a test."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Obligations that share one text: interned at resolution, a few dozen per round."""

    id: int
    regimes: tuple[str, ...]
    locale: str
    kinds: tuple[DataKind, ...]
    recipient: RecipientKind
    disclosure: Disclosure = Disclosure.CLOSED

    @property
    def key(self) -> str:
        """What makes the cohort this cohort, as text; independent of its number."""
        row = (
            " ".join(self.regimes),
            self.locale,
            " ".join(self.kinds),
            self.recipient.value,
            self.disclosure.value,
        )
        return sha256_hex(canonical_row(row))


class PersonRow(NamedTuple):
    """Fact: one per round and directory key. Holds no key, only its keyed digest."""

    number: int
    """Position in directory key order, from 0."""
    pseudonym: str
    """HMAC-SHA-256(round key, directory key), hex."""
    residence: str
    regimes: str
    """Regime ids joined by a space."""
    obligations: int


class ObligationRow(NamedTuple):
    """Fact: one per person and recipient. Key: (round, lane, seq)."""

    lane: str
    seq: int
    person: int
    recipient: str
    cohort: int
    address: str
    """HMAC-SHA-256(round key, normalised address), hex; empty without an address."""
    obstacle: str
    """`Reason` why nothing can be sent; empty when the obligation is to be sent."""
    covered_by: str
    """`lane/seq` of the obligation whose notice tells this one too; else empty."""
    barred: str = ""
    """Channels that must not be used for this obligation, in their order, joined by a space."""


AUDIENCE_BLOCK = 500
"""Rows of one kind that enter the audience root together."""


def root_over(blocks: Iterable[Sequence[Sequence[str | int | None]]]) -> str:
    """Return the audience root, hex, of rows in blocks of `AUDIENCE_BLOCK`.

    First those of `PersonRow` by number, then those of `ObligationRow` by lane and seq; a block
    holds rows of one kind, and only the last of a kind is shorter.
    """
    return list_root(canonical_row(block) for block in blocks).hex()


class RosterRow(NamedTuple):
    """Not a fact: the raw directory key behind an obligation, until the round closes."""

    lane: str
    seq: int
    key: str


class Addressee(NamedTuple):
    """An obligation still to be sent, as delivery reads it from the ledger and the roster."""

    lane: str
    seq: int
    person: int
    recipient: str
    cohort: int
    pseudonym: str
    key: str
    address: str
    """Keyed digest of the address that was frozen; the one at sending time may be another."""
    barred: str = ""
    """Channels that must not be used, joined by a space."""


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """What resolution counted, per round: the ground of plan and preview."""

    persons: int
    obligations: int
    by_lane: dict[str, int]
    by_cohort: dict[int, int]
    by_residence: dict[str, int]
    by_obstacle: dict[str, int]
    defaulted_residence: int
    defaulted_locale: int
    persons_excluded: int = 0
    """Persons of whom nothing leaked; nobody owes them a notice."""
    persons_without_contact: int = 0
    """Persons of whom one obligation at least cannot be sent."""
    without_contact_by_residence: dict[str, int] = field(default_factory=dict)
    """The same by residence: some regimes count them."""
    ladder: tuple[str, ...] = ("email",)
    """The channels that people were told apart by, in order: a rung is a place in it."""
    by_list: dict[str, int] = field(default_factory=dict)
    """Suppression list -> people for whom it bars a channel of the ladder."""
    by_overridden_list: dict[str, int] = field(default_factory=dict)
    """The same of the lists that the operator overrides: people for whom it would."""


def obstacle_settles_as_excluded(reason: Reason) -> bool:
    """Whether an obstacle means that the person is not owed a notice at all.

    Who was told and is not found any more is owed what follows, and cannot have it.
    """
    return reason is Reason.NONE_OF_THEIR_DATA


def sum_counts(rows: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Fold (name, count) pairs into totals."""
    totals: dict[str, int] = {}
    for name, count in rows:
        totals[name] = totals.get(name, 0) + count
    return totals
