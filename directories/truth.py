"""When a column of an organisation's table counts as true."""

from typing import Any

import sqlalchemy as sa
from tocsin.directories.mapping import DirectoryMapping


def is_true(column: sa.ColumnElement[Any], mapping: DirectoryMapping) -> sa.ColumnElement[bool]:
    """Return the expression that is true when the column counts as true."""
    return _words(column).not_in(sorted(mapping.false_words))


def _words(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return the column as text without case, so that 1, TRUE and true are three words for yes."""
    return sa.func.lower(sa.func.trim(sa.cast(column, sa.Text)))


def is_cancelled(
    table: sa.FromClause, column: str, mapping: DirectoryMapping
) -> sa.ColumnElement[bool]:
    """Return the expression that is true for cancelled accounts, as the mapping tells them."""
    if not mapping.cancelled_values:
        return is_true(table.c[column], mapping)
    words = {str(value).strip() for value in mapping.cancelled_values}
    # databases differ in whether lower() knows letters beyond ASCII: offer both spellings
    spellings = {word.lower() for word in words} | {
        word.encode().lower().decode() for word in words
    }
    return _words(table.c[column]).in_(sorted(spellings))


def flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """Return 1 where the condition is true, and 0 where it is false or unknown."""
    return sa.case((condition, 1), else_=0)
