"""The terms on which people are told: the same for all whose position is the same.

Few positions differ among many people, so that law and policy are asked once for each of them.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tocsin.rules.ladder import by_agreement, permitted, permitted_to
from tocsin.rules.locales import locale_for
from tocsin.rules.recipients import recipients_of
from tocsin.rules.residence import regimes_of
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime

_MOST_KEPT = 10_000
"""Positions; with dates of birth there may be as many as people."""


class Terms(NamedTuple):
    """What law and policy say of a position."""

    residence: str
    """ISO 3166, as known or as assumed."""
    regimes: tuple[str, ...]
    """Ids of the regimes that cover it."""
    recipients: tuple[RecipientKind, ...]
    ways: tuple[tuple[Channel, ...], ...]
    """For each recipient the channels that are permitted, in the order of the ladder."""
    asked: frozenset[Channel]
    """Channels that need an agreement."""


class Tongue(NamedTuple):
    """In which language somebody is written to, and whether it had to be assumed."""

    locale: str
    assumed: bool


class Law:
    """The regimes, the policy and the languages of a round."""

    def __init__(
        self,
        regimes: Sequence[Regime],
        policy: Policy,
        locales: Sequence[str],
        *,
        on: date,
        ladder: Sequence[Channel],
    ) -> None:
        """Judge by these; `on` is the day of the round's opening, which decides who is a minor."""
        self.regimes, self.policy, self.locales = regimes, policy, locales
        self._on, self._ladder = on, ladder
        self._terms: dict[object, Terms] = {}
        self._tongues: dict[tuple[str | None, str], Tongue] = {}

    def terms(self, person: AffectedPerson, told: tuple[RecipientKind, ...] = ()) -> Terms:
        """Return the terms of a person.

        With `told` they are told in these roles, whatever the law says by now: those in which they
        were told before.
        """
        position = (
            *(person.residence, person.kinds, person.birth_date, person.deceased),
            *(person.is_organisation, RecipientKind.REPRESENTATIVE in person.relatives, told),
        )
        return self._terms.get(position) or self._asked(position, person, told)

    def tongue(self, wanted: str | None, residence: str) -> Tongue:
        """Return the language for a recipient who `wanted` one (BCP 47), or did not say."""
        found = self._tongues.get((wanted, residence))
        if found is None:
            defaults = self.policy.default_locales
            locale, assumed = locale_for(
                wanted, residence=residence, available=self.locales, defaults=defaults
            )
            found = self._tongues[wanted, residence] = Tongue(locale, assumed)
        return found

    def _asked(
        self, position: object, person: AffectedPerson, told: tuple[RecipientKind, ...]
    ) -> Terms:
        default = self.policy.default_residence
        ids = regimes_of(person.residence, self.regimes, default=default)
        concerned = [regime for regime in self.regimes if regime.id in ids]
        recipients = told or (RecipientKind.SELF,)
        if person.kinds and not told:
            recipients = recipients_of(
                person,
                residence_regimes=concerned,
                on=self._on,
                default_guardian_below=self.policy.guardian_below,
            )
        channels = permitted(self._ladder, concerned)
        ways = tuple(permitted_to(recipient, channels, concerned) for recipient in recipients)
        residence = person.residence or default
        terms = Terms(residence, ids, recipients, ways, by_agreement(concerned))
        if len(self._terms) < _MOST_KEPT:
            self._terms[position] = terms
        return terms
