"""The terms on which people are told: law and policy, asked once for each place and language."""

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

_MOST_KEPT = 1_000
"""Of each kind: a directory may hold as many spellings as people, and memory does not grow."""


class Terms(NamedTuple):
    """What law and policy say of all who live in one place."""

    residence: str
    """ISO 3166, as known or as assumed."""
    ids: tuple[str, ...]
    """Of the regimes that cover it."""
    names: str
    """The ids, joined by a space."""
    regimes: tuple[Regime, ...]
    channels: tuple[Channel, ...]
    """Those that are permitted, in the order of the ladder."""
    asked: frozenset[Channel]
    """Channels that need an agreement."""

    def ways(self, recipient: RecipientKind) -> tuple[Channel, ...]:
        """Return the channels by which somebody may be told in a role."""
        return permitted_to(recipient, self.channels, self.regimes)


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
        self.regimes = regimes
        self._policy, self._locales = policy, locales
        self.ladder = ladder
        """The channels of the round, in order."""
        self._on = on
        self._terms: dict[str | None, Terms] = {}
        self._tongues: dict[tuple[str | None, str], Tongue] = {}

    def terms(self, residence: str | None) -> Terms:
        """Return the terms of a place; None is one that the directory does not know."""
        return self._terms.get(residence) or self._asked(residence)

    def recipients(self, person: AffectedPerson, terms: Terms) -> tuple[RecipientKind, ...]:
        """Return in which roles somebody is told of a person's data; never an empty tuple."""
        if not person.kinds:
            return (RecipientKind.SELF,)
        return recipients_of(
            person,
            residence_regimes=terms.regimes,
            on=self._on,
            default_guardian_below=self._policy.guardian_below,
        )

    def tongue(self, wanted: str | None, residence: str) -> Tongue:
        """Return the language for a recipient who `wanted` one (BCP 47), or did not say."""
        found = self._tongues.get((wanted, residence))
        if found is None:
            if len(self._tongues) >= _MOST_KEPT:
                self._tongues.clear()
            defaults = self._policy.default_locales
            locale, assumed = locale_for(
                wanted, residence=residence, available=self._locales, defaults=defaults
            )
            found = self._tongues[wanted, residence] = Tongue(locale, assumed)
        return found

    def _asked(self, residence: str | None) -> Terms:
        if len(self._terms) >= _MOST_KEPT:
            self._terms.clear()
        default = self._policy.default_residence
        ids = regimes_of(residence, self.regimes, default=default)
        covering = tuple(regime for regime in self.regimes if regime.id in ids)
        channels = permitted(self.ladder, covering)
        terms = Terms(
            residence or default, ids, " ".join(ids), covering, channels, by_agreement(covering)
        )
        self._terms[residence] = terms
        return terms
