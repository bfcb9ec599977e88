"""The query that reads affected people, and what each of its rows says."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from tocsin.directories.mapping import EVERYBODY, DirectoryMapping
from tocsin.directories.reach_columns import ReachColumns
from tocsin.directories.reflection import is_integer
from tocsin.directories.relative_columns import RelativeColumns
from tocsin.directories.truth import flag, is_cancelled, is_true
from tocsin.directories.values import date_of, locale_of, residence_of
from tocsin.schemas.data_kinds import CREDENTIALS, DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson


class _Marks(NamedTuple):
    """What the true and false columns of a row say; a table has few combinations."""

    kinds: tuple[DataKind, ...]
    opens_mailbox: bool
    cancelled: bool
    ours: bool
    deceased: bool
    organisation: bool


def key_value(table: sa.Table, mapping: DirectoryMapping, key: str) -> str | int:
    """Return a key as the column compares it.

    Raises:
        InvalidInput: the column holds integers and the key is none.

    """
    if not is_integer(table.c[mapping.key]):
        return key
    try:
        return int(key)
    except ValueError:
        message = "the directory's keys are whole numbers and this is none"
        raise InvalidInput(message, field="directory.key") from None


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
        self._marks: dict[tuple[int, ...], _Marks] = {}
        single: list[sa.ColumnElement[Any]] = [table.c[mapping.key]]
        self._places: list[int | None] = []
        for column in (mapping.residence, mapping.locale, mapping.birth_date):
            self._places.append(None if column is None else len(single))
            if column is not None:  # dates are read as the database keeps them, however messy
                single.append(sa.type_coerce(table.c[column], sa.Text))
        parts = (single, [*self._flags.values()], self._reach.columns, self._relatives.columns)
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
            query = query.where(key > key_value(self._table, self._mapping, after))
        return query.order_by(key)

    def person(self, row: Sequence[Any]) -> AffectedPerson:
        """Return the person that a selected row tells of."""
        values = tuple(row)
        residence, locale, birth_date = self._places
        flags, own, theirs = self._parts
        marks = self._marks.get(values[flags]) or self._mark(values[flags])
        key = str(values[0])
        reach = self._reach.reach(key, values[own])
        return AffectedPerson(
            key=key,
            residence=None if residence is None else residence_of(values[residence]),
            locale=None if locale is None else locale_of(values[locale]),
            kinds=marks.kinds,
            birth_date=None if birth_date is None else date_of(values[birth_date]),
            cancelled=marks.cancelled,
            reach=reach,
            mailbox_barred=marks.opens_mailbox
            and reach.email is not None
            and (marks.ours or self._is_own(reach.email)),
            relatives=self._relatives.relatives(values[theirs]),
            deceased=marks.deceased,
            is_organisation=marks.organisation,
        )

    def _mark(self, flags: tuple[int, ...]) -> _Marks:
        said = {name: bool(value) for name, value in zip(self._flags, flags, strict=True)}
        kinds = tuple(kind for kind in self._kinds if said.get(kind.value, True))
        marks = _Marks(
            kinds=kinds,
            opens_mailbox=not CREDENTIALS.isdisjoint(kinds),
            **{name: said.get(name, False) for name in _Marks._fields[2:]},
        )
        return self._marks.setdefault(flags, marks)

    def _is_own(self, email: str) -> bool:
        return bool(self._own_domains) and email.rpartition("@")[2].lower() in self._own_domains
