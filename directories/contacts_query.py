"""The query that reads where people can be reached now, by their keys."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.reach_columns import ReachColumns
from tocsin.directories.relative_columns import RelativeColumns
from tocsin.directories.values import text_of
from tocsin.schemas.person import Contacts, Reach

_KEYS = "keys"


class ContactsQuery:
    """Selects the reach of people and of their relatives, and nothing else."""

    def __init__(self, table: sa.Table, mapping: DirectoryMapping) -> None:
        key = table.c[mapping.key]
        self._reach = ReachColumns(table, mapping)
        self._relatives = RelativeColumns(table, mapping)
        self._own = slice(1, 1 + len(self._reach.columns))
        columns = (key, *self._reach.columns, *self._relatives.columns)
        self._by_email_alone = self._reach.by_email_alone and not self._relatives.columns
        # Keys are given when it is run: a statement made of them holds them in a cycle, and stays
        # until Python looks for cycles, which a worker lets it do seldom.
        self._query = (
            sa.select(*columns)
            .select_from(self._relatives.source)
            .where(key.in_(sa.bindparam(_KEYS, expanding=True)))
        )

    def rows(self, connection: sa.Connection, keys: Sequence[str | int]) -> Sequence[sa.Row[Any]]:
        """Return the rows with these keys, given as the column compares them."""
        return connection.execute(self._query, {_KEYS: keys}).all()

    def all_contacts(self, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, Contacts]]:
        """Yield each person's key and contact details."""
        if self._by_email_alone:
            for raw, email in rows:
                key = str(raw)
                yield key, Contacts(Reach(email=text_of(email), account=key))
        else:
            yield from map(self._contacts, rows)

    def _contacts(self, row: Sequence[Any]) -> tuple[str, Contacts]:
        values = tuple(row)
        key = str(values[0])
        relatives = self._relatives.relatives(values[self._own.stop :])
        return key, Contacts.of_row(self._reach.reach(key, values[self._own]), relatives)
