"""The columns of one row that say where its person can be reached, and how they are read."""

from collections.abc import Sequence
from itertools import compress
from typing import Any, TypeAlias

import sqlalchemy as sa
from tocsin.directories.agreement import withheld
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.phones import e164, needs_phonenumbers
from tocsin.directories.postal import country_of, envelope
from tocsin.directories.truth import flag, is_true
from tocsin.directories.values import residence_of, text_of
from tocsin.schemas.channels import Channel
from tocsin.schemas.person import Reach

_Answers: TypeAlias = tuple[frozenset[Channel], frozenset[Channel], frozenset[str]]
"""The channels that were refused, those agreed to, and the details that stay behind."""


class ReachColumns:
    """Selects what the mapping names of somebody's reach, and nothing else.

    Raises:
        InvalidInput: telephone numbers are mapped and cannot be read on this machine.

    """

    def __init__(self, table: sa.FromClause, mapping: DirectoryMapping) -> None:
        self.columns: list[sa.ColumnElement[Any]] = []
        """What to select; `reach` takes the values in this order."""
        self._consents = tuple(mapping.consent)
        self._recorded = tuple(mapping.agreed)
        self._asked = slice(len(self._consents) + len(self._recorded))
        self._answers: dict[tuple[int, ...], _Answers] = {}
        """What was meant by the values of the columns that were asked."""
        for column in (*mapping.consent.values(), *mapping.agreed.values()):
            self.columns.append(flag(is_true(table.c[column], mapping)))
        self._email = self._place(table, mapping.email)
        self._phone = self._place(table, mapping.phone)
        self._web_push = self._place(table, mapping.web_push)
        self._app_push = self._place(table, mapping.app_push)
        self._account = self._place(table, mapping.account)
        self._lines = [
            [self._place(table, column) for column in line] for line in mapping.postal_lines()
        ]
        self._has_more = len(self.columns) > self._asked.stop + (self._email is not None)
        """Something else is selected than an address and what was agreed to."""
        needs_place = self._phone is not None or bool(self._lines)
        self._country = self._place(table, mapping.postal_country if self._lines else None)
        self._residence = self._place(table, mapping.residence if needs_place else None)
        self.by_email_alone = self._email is not None and len(self.columns) == 1
        """Nothing else is selected."""
        if self._phone is not None:
            needs_phonenumbers("directory.phone")

    def _place(self, table: sa.FromClause, column: str | None) -> int | None:
        """Select a column as the database keeps it, and return its place among the values."""
        if column is None:
            return None
        held = table.c[column]
        # a driver would turn JSON into its own objects; a subscription is needed as it stands
        as_text = sa.cast if isinstance(held.type, sa.JSON) else sa.type_coerce
        self.columns.append(as_text(held, sa.Text))
        return len(self.columns) - 1

    def reach(self, key: str, values: Sequence[Any]) -> Reach:
        """Return the reach of the person with this key."""
        if self.by_email_alone:
            return Reach(email=text_of(values[0]), account=key)

        given = tuple(values[self._asked])
        refused, agreed, away = self._answers.get(given) or self._meant(given)

        def text(place: int | None, field: str) -> str | None:
            return None if place is None or field in away else text_of(values[place])

        email, account = text(self._email, "email"), self._known_as(key, values, away)
        if not self._has_more:
            return Reach(email=email, account=account, not_agreed=refused, agreed=agreed)
        residence = None if self._residence is None else residence_of(values[self._residence])
        return Reach(
            email=email,
            phone=e164(text(self._phone, "phone"), residence),
            web_push=text(self._web_push, "web_push"),
            app_push=text(self._app_push, "app_push"),
            postal=None if "postal" in away else self._postal(values, residence),
            account=account,
            not_agreed=refused,
            agreed=agreed,
        )

    def _meant(self, given: tuple[int, ...]) -> _Answers:
        """Return what the answers mean: those for the consents, then those on record."""
        refused = frozenset(compress(self._consents, (not yes for yes in given)))
        agreed = frozenset(compress((*self._consents, *self._recorded), given)) - refused
        return self._answers.setdefault(given, (refused, agreed, withheld(refused)))

    def _known_as(self, key: str, values: Sequence[Any], away: frozenset[str]) -> str | None:
        if "account" in away:
            return None
        return key if self._account is None else text_of(values[self._account])

    def _postal(self, values: Sequence[Any], residence: str | None) -> str | None:
        if not self._lines:
            return None
        named = None if self._country is None else residence_of(values[self._country])
        lines = (
            " ".join(text_of(values[n]) or "" for n in line if n is not None)
            for line in self._lines
        )
        return envelope(lines, country_of(named or residence))
