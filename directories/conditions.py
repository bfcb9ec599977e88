"""A scope's conditions as one expression of the database, with bound parameters."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.reflection import TimeAsText, near
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.scope import Condition, Scalar, Scope

_BARE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def compile_scope(
    scope: Scope, table: sa.Table, mapping: DirectoryMapping
) -> sa.ColumnElement[bool]:
    """Return the expression that is true for the rows in scope, and for no other.

    A row whose excepted column is null is not excepted: SQL would drop it, and its person would be
    forgotten.

    Raises:
        InvalidInput: a column is unknown or a value does not fit it; `field` is the dotted path
            (`scope.where[0].column`). Values never enter the message: they can name people.

    """
    holds = [
        _condition(condition, table, mapping, f"scope.where[{position}]")
        for position, condition in enumerate(scope.where)
    ]
    excepted = [
        sa.case((_condition(condition, table, mapping, f"scope.except_where[{position}]"), 1))
        for position, condition in enumerate(scope.except_where)
    ]
    return sa.and_(sa.true(), *holds, *(flag.is_(None) for flag in excepted))


def _condition(
    condition: Condition, table: sa.Table, mapping: DirectoryMapping, place: str
) -> sa.ColumnElement[bool]:
    column_name = mapping.columns.get(condition.column)
    if column_name is None:
        message = f"the directory has no condition column {condition.column!r}"
        fix = f"{near(condition.column, mapping.columns)} (see directory.columns)"
        raise InvalidInput(message, field=f"{place}.column", fix=fix)
    column = table.c[column_name]
    held = _compared(column)
    if condition.equals is not None:
        return held == _value(condition.equals, column, f"{place}.equals")
    if condition.any_of is not None:
        values = [
            _value(value, column, f"{place}.any_of[{position}]")
            for position, value in enumerate(condition.any_of)
        ]
        return held.in_(values)
    bounds = []
    if condition.since is not None:
        bounds.append(held >= _value(condition.since, column, f"{place}.since"))
    if condition.until is not None:
        bounds.append(_until(condition.until, column, f"{place}.until"))
    return sa.and_(*bounds)


def _compared(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """Return the column as it is compared: SQLite keeps times as text, with a T or with a blank."""
    if isinstance(column.type, TimeAsText):
        return sa.func.replace(column, "T", " ")
    return column


def _until(value: Scalar, column: sa.Column[Any], place: str) -> sa.ColumnElement[bool]:
    """Include the whole of the last day when the column also holds a time of day."""
    held, bound = _compared(column), _value(value, column, place)
    if isinstance(value, str) and _BARE_DATE.fullmatch(value):
        try:
            following = date.fromisoformat(value) + timedelta(days=1)
        except (ValueError, OverflowError):
            return held <= bound
        return held < _value(following.isoformat(), column, place)
    return held <= bound


def _value(value: Scalar, column: sa.Column[Any], place: str) -> sa.ColumnElement[Any]:
    """Return the value as a bound parameter of the column's type, or refuse it."""
    kind = column.type
    match kind:
        case sa.Boolean():
            if isinstance(value, bool) or value in (0, 1):
                return sa.literal(bool(value), kind)
            raise _misfit(column, place, "true or false")
        case sa.Integer():
            if isinstance(value, int):
                return sa.literal(int(value), sa.BigInteger())
            raise _misfit(column, place, "whole numbers: write 5, without quotes")
        case sa.Numeric() | sa.Float():
            if isinstance(value, int):
                return sa.literal(int(value), sa.BigInteger())
            raise _misfit(column, place, "numbers: write 5, without quotes")
        case sa.Date() | sa.DateTime() | TimeAsText():
            return _time(value, column, place)
        case sa.String():
            if isinstance(value, str):
                return sa.literal(value, sa.Text())
            raise _misfit(column, place, 'text: put the value in quotes, "5"')
        case _:
            return sa.literal(value)


def _time(value: Scalar, column: sa.Column[Any], place: str) -> sa.ColumnElement[Any]:
    """Return a date or time; one with an offset is compared in UTC where the column has none."""
    kind, wanted = column.type, "dates: write 2026-11-20 or 2026-11-20T09:30:00"
    if not isinstance(value, str):
        raise _misfit(column, place, wanted)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise _misfit(column, place, wanted) from None
    if isinstance(kind, sa.Date):
        return sa.literal(moment.date(), kind)
    has_offset = isinstance(kind, sa.DateTime) and kind.timezone
    if moment.tzinfo is not None and not has_offset:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
        value = moment.isoformat()
    if isinstance(kind, TimeAsText):  # as it was written: a day is before all of its hours
        return sa.literal(value.replace("T", " "), sa.Text())
    return sa.literal(moment, kind)


def _misfit(column: sa.Column[Any], place: str, wanted: str) -> InvalidInput:
    message = f"the value does not fit the column {column.name!r}"
    return InvalidInput(message, field=place, fix=f"the column holds {wanted}")
