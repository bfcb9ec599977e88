"""Whom a row names in another role: the joins to their rows, and what is read of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from tocsin.directories.mapping import RELATIVE_KEYS, DirectoryMapping
from tocsin.directories.reach_columns import ReachColumns
from tocsin.directories.values import locale_of, text_of
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.person import ALONE, NOBODY, Relative


class RelativeColumns:
    """Selects the relatives that the mapping names; a mapping that names none costs nothing."""

    def __init__(self, table: sa.Table, mapping: DirectoryMapping) -> None:
        self.source: sa.FromClause = table
        """The table, joined to the rows of the relatives."""
        self.columns: list[sa.ColumnElement[Any]] = []
        """What to select; `relatives` takes the values in this order."""
        self._parts: list[tuple[RecipientKind, slice, ReachColumns]] = []
        self._no_key = mapping.false_words
        self._has_locale = mapping.locale is not None
        for kind, field in RELATIVE_KEYS.items():
            column = getattr(mapping, field)
            if column is not None:
                self._add(kind, table.c[column], table.alias(kind.value), mapping)

    def _add(
        self,
        kind: RecipientKind,
        named: sa.Column[Any],
        theirs: sa.FromClause,
        mapping: DirectoryMapping,
    ) -> None:
        key, reach = theirs.c[mapping.key], ReachColumns(theirs, mapping)
        self.source = self.source.outerjoin(theirs, named == key)
        start = len(self.columns)
        self.columns += [named, key]
        if mapping.locale is not None:
            self.columns.append(sa.type_coerce(theirs.c[mapping.locale], sa.Text))
        self.columns += reach.columns
        self._parts.append((kind, slice(start, len(self.columns)), reach))

    def relatives(self, values: Sequence[Any]) -> Mapping[RecipientKind, Relative]:
        """Return whom a row names. Somebody whose row is gone is named, and nothing is known."""
        found: dict[RecipientKind, Relative] = {}
        for kind, part, columns in self._parts:
            if values[part.start] is None:
                continue
            named, key, *rest = values[part]
            if key is not None:
                locale = locale_of(rest.pop(0)) if self._has_locale else None
                found[kind] = Relative(str(key), columns.reach(str(key), rest), locale)
            elif (text := text_of(named)) is not None and text.lower() not in self._no_key:
                found[kind] = NOBODY
        return found or ALONE
