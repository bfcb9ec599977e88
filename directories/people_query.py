"""The query that reads affected people, and what each of its rows says."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from tocsin.directories.mapping import EVERYBODY, DirectoryMapping
from tocsin.directories.reflection import is_integer
from tocsin.directories.values import date_of, locale_of, residence_of, text_of
from tocsin.schemas.data_kinds import CREDENTIALS, DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson, Reach


def is_true(column: sa.ColumnElement[Any], mapping: DirectoryMapping) -> sa.ColumnElement[bool]:
    """Return the expression that is true when the column counts as true."""
    return _words(column).not_in(sorted(mapping.false_words))


def _words(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """Return the column as text without case, so that 1, TRUE and true are three words for yes."""
    return sa.func.lower(sa.func.trim(sa.cast(column, sa.Text)))


def _is_cancelled(table: sa.Table, mapping: DirectoryMapping) -> sa.ColumnElement[Any]:
    if mapping.cancelled is None:
        return sa.null()
    column = table.c[mapping.cancelled]
    if not mapping.cancelled_values:
        return _flag(is_true(column, mapping))
    words = {str(value).strip() for value in mapping.cancelled_values}
    # databases differ in whether lower() knows letters beyond ASCII: offer both spellings
    spellings = {word.lower() for word in words} | {
        word.encode().lower().decode() for word in words
    }
    return _flag(_words(column).in_(sorted(spellings)))


def _flag(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _optional(table: sa.FromClause, column: str | None) -> sa.ColumnElement[Any]:
    """Return the raw column: dates are read as the database keeps them, however messy."""
    return sa.null() if column is None else sa.type_coerce(table.c[column], sa.Text)


def address(table: sa.FromClause, mapping: DirectoryMapping) -> sa.ColumnElement[Any]:
    """Return the address column, null for those who did not agree to be written to by e-mail."""
    email = sa.type_coerce(table.c[mapping.email], sa.Text)
    if mapping.consent_email is None:
        return email
    return sa.case((is_true(table.c[mapping.consent_email], mapping), email))


def with_guardians(
    table: sa.Table, mapping: DirectoryMapping
) -> tuple[sa.FromClause, sa.FromClause | None]:
    """Return what to select from, and the guardians' side of the join if there is one."""
    if mapping.guardian_key is None:
        return table, None
    guardians = table.alias("guardian")
    held = table.c[mapping.guardian_key] == guardians.c[mapping.key]
    return table.outerjoin(guardians, held), guardians


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
    """Selects affected people in key order and turns rows into `AffectedPerson`."""

    def __init__(
        self, table: sa.Table, mapping: DirectoryMapping, kinds: Sequence[DataKind]
    ) -> None:
        self._table, self._mapping = table, mapping
        self._kinds = tuple(dict.fromkeys(kinds))
        self._flagged = {
            kind: mapping.holds[kind]
            for kind in self._kinds
            if mapping.holds.get(kind, EVERYBODY) != EVERYBODY
        }
        self._own_domains = frozenset(name.lower() for name in mapping.own_mailbox_domains)
        self._held: dict[tuple[int, ...], tuple[tuple[DataKind, ...], bool]] = {}

    def select(self, scoped: sa.ColumnElement[bool], after: str | None) -> sa.Select[Any]:
        """Return the rows in scope after a key, in the key column's own order."""
        table, mapping = self._table, self._mapping
        source, guardians = with_guardians(table, mapping)
        ours = mapping.mailbox_is_ours
        columns = [
            table.c[mapping.key],
            _optional(table, mapping.residence),
            _optional(table, mapping.locale),
            _optional(table, mapping.birth_date),
            _is_cancelled(table, mapping),
            address(table, mapping),
            sa.null() if ours is None else _flag(is_true(table.c[ours], mapping)),
            sa.null() if guardians is None else guardians.c[mapping.key],
            sa.null() if guardians is None else address(guardians, mapping),
            sa.null() if guardians is None else _optional(guardians, mapping.locale),
        ]
        flags = [_flag(is_true(table.c[column], mapping)) for column in self._flagged.values()]
        query = sa.select(*columns, *flags).select_from(source).where(scoped)
        key = table.c[mapping.key]
        if after is not None:
            query = query.where(key > key_value(table, mapping, after))
        return query.order_by(key)

    def person(self, row: Sequence[Any]) -> AffectedPerson:
        """Return the person that a selected row tells of."""
        (
            key,
            residence,
            locale,
            birth_date,
            cancelled,
            email,
            ours,
            guardian_key,
            guardian_email,
            guardian_locale,
            *flagged,
        ) = row
        flags = tuple(flagged)
        held = self._held.get(flags)
        if held is None:
            held = self._held.setdefault(flags, self._kinds_of(flags))
        email = text_of(email)
        return AffectedPerson(
            key=str(key),
            residence=residence_of(residence),
            locale=locale_of(locale),
            kinds=held[0],
            birth_date=date_of(birth_date),
            cancelled=bool(cancelled),
            reach=Reach(email=email),
            mailbox_barred=held[1] and email is not None and (bool(ours) or self._is_own(email)),
            guardian_key=None if guardian_key is None else str(guardian_key),
            guardian=Reach(email=text_of(guardian_email)),
            guardian_locale=locale_of(guardian_locale),
        )

    def _kinds_of(self, flags: tuple[int, ...]) -> tuple[tuple[DataKind, ...], bool]:
        """Return the kinds that a row holds, and whether they open the person's own mailbox."""
        lacking = {kind for kind, flag in zip(self._flagged, flags, strict=True) if not flag}
        kinds = tuple(kind for kind in self._kinds if kind not in lacking)
        return kinds, not CREDENTIALS.isdisjoint(kinds)

    def _is_own(self, email: str) -> bool:
        return bool(self._own_domains) and email.rpartition("@")[2].lower() in self._own_domains
