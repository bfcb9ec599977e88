"""The query that reads affected people, and what each of its rows says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from tocsin.directories.mapping import EVERYBODY, DirectoryMapping
from tocsin.directories.reach_columns import ReachColumns
from tocsin.directories.reflection import key_value
from tocsin.directories.relative_columns import RelativeColumns
from tocsin.directories.truth import flag, is_cancelled, is_true
from tocsin.directories.values import date_of, locale_of, residence_of
from tocsin.schemas.data_kinds import CREDENTIALS, DataKind
from tocsin.schemas.person import AffectedPerson

_MOST_KEPT = 1_000


class _Traits(NamedTuple):
    """What many rows have in common: where they live, and what their true and false columns say."""

    residence: str | None
    locale: str | None
    kinds: tuple[DataKind, ...]
    opens_mailbox: bool
    cancelled: bool
    ours: bool
    deceased: bool
    organisation: bool


class PeopleQuery:
    """Selects affected people in key order and turns rows into `AffectedPerson`.

    Only what the mapping names is selected.
    """

    def __init__(
        self, table: sa.Table, mapping: DirectoryMapping, kinds: Sequence[DataKind]
    ) -> None:
        self._table, self._mapping = table, mapping
        self._kinds = tuple(dict.fromkeys(kinds))
        self._own_domains = frozenset(name.lower() for name in mapping.own_mailbox_domains)
        self._reach = ReachColumns(table, mapping)
        self._relatives = RelativeColumns(table, mapping)
        self._flags = self._true_columns()
        self._traits: dict[tuple[Any, ...], _Traits] = {}
        """Of values as they are read; a directory may hold as many spellings as people."""
        key, born = table.c[mapping.key], _as_text(table, mapping.birth_date)
        self._places = _as_text(table, mapping.residence), _as_text(table, mapping.locale)
        traits = [column for column in self._places if column is not None]
        parts = (
            [key] if born is None else [key, born],
            [*traits, *self._flags.values()],
            self._reach.columns,
            self._relatives.columns,
        )
        self._has_birth_date = born is not None
        self._columns = [column for part in parts for column in part]
        ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts))]
        self._parts = [slice(*ends[n : n + 2]) for n in range(len(ends) - 1)]

    def _true_columns(self) -> dict[str, sa.ColumnElement[int]]:
        """Return the conditions of what is true or false, by what it says."""
        table, mapping = self._table, self._mapping
        named = {
            "ours": mapping.mailbox_is_ours,
            "deceased": mapping.deceased,
            "organisation": mapping.organisation,
        }
        named |= {
            kind.value: column
            for kind in self._kinds
            if (column := mapping.holds.get(kind, EVERYBODY)) != EVERYBODY
        }
        flags = {
            name: flag(is_true(table.c[column], mapping))
            for name, column in named.items()
            if column is not None
        }
        if mapping.cancelled is not None:
            flags["cancelled"] = flag(is_cancelled(table, mapping.cancelled, mapping))
        return flags

    def select(self, scoped: sa.ColumnElement[bool], after: str | None) -> sa.Select[Any]:
        """Return the rows in scope after a key, in the key column's own order."""
        query = sa.select(*self._columns).select_from(self._relatives.source).where(scoped)
        key = self._table.c[self._mapping.key]
        if after is not None:
            query = query.where(key > key_value(key, after))
        return query.order_by(key)

    def person(self, row: Sequence[Any]) -> AffectedPerson:
        """Return the person that a selected row tells of."""
        values = tuple(row)
        traits, own, theirs = self._parts
        shared = self._shared(values[traits])
        key = str(values[0])
        reach = self._reach.reach(key, values[own])
        return AffectedPerson(
            key=key,
            residence=shared.residence,
            locale=shared.locale,
            kinds=shared.kinds,
            birth_date=date_of(values[1]) if self._has_birth_date else None,
            cancelled=shared.cancelled,
            reach=reach,
            mailbox_barred=shared.opens_mailbox
            and reach.email is not None
            and (shared.ours or self._is_own(reach.email)),
            relatives=self._relatives.relatives(values[theirs]),
            deceased=shared.deceased,
            is_organisation=shared.organisation,
        )

    def _shared(self, values: tuple[Any, ...]) -> _Traits:
        try:
            return self._traits[values]
        except KeyError:
            if len(self._traits) >= _MOST_KEPT:
                self._traits.clear()
            return self._traits.setdefault(values, self._read(values))
        except TypeError:  # objects of the driver's own, by which nothing is looked up
            return self._read(values)

    def _read(self, values: tuple[Any, ...]) -> _Traits:
        given = iter(values)
        residence, locale = (None if column is None else next(given) for column in self._places)
        said = {name: bool(value) for name, value in zip(self._flags, given, strict=True)}
        kinds = tuple(kind for kind in self._kinds if said.get(kind.value, True))
        return _Traits(
            residence=residence_of(residence),
            locale=locale_of(locale),
            kinds=kinds,
            opens_mailbox=not CREDENTIALS.isdisjoint(kinds),
            **{name: said.get(name, False) for name in _Traits._fields[4:]},
        )

    def _is_own(self, email: str) -> bool:
        return bool(self._own_domains) and email.rpartition("@")[2].lower() in self._own_domains


def _as_text(table: sa.Table, column: str | None) -> sa.ColumnElement[Any] | None:
    """Return a column as the database keeps it, however messy; None where none is mapped."""
    return None if column is None else sa.type_coerce(table.c[column], sa.Text)
