"""Suppression lists as CSV files: whom no notice may reach, by key, e-mail or phone, and why.

A list that cannot be read is an error, never an empty list.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from tocsin.directories.addresses import looks_like_an_address
from tocsin.directories.csv_rows import csv_rows
from tocsin.directories.phones import e164, looks_like_a_number, needs_phonenumbers
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.suppression import (
    EVERY_CHANNEL,
    Suppression,
    SuppressionReason,
    Suppressions,
)

_WHOM = ("key", "email", "phone")
_SETTLED_NS = 2_000_000_000
"""So long after it was written, a file that changes has another time of writing."""


class SuppressionList(NamedTuple):
    """One file. With an `override_reason` it is read and recorded, and bars nothing."""

    name: str
    path: Path
    override_reason: str = ""


class SuppressionLists:
    """The lists of a deployment, looked at for each use: a court's order does not wait.

    What was read is kept while no file of them changed since.
    """

    def __init__(self, lists: Sequence[SuppressionList]) -> None:
        self._lists = tuple(lists)
        self._kept: tuple[tuple[_Mark, ...], Suppressions] | None = None

    async def read(self) -> Suppressions:
        """Return what the lists say now; InvalidInput where one cannot be read."""
        return await asyncio.to_thread(self._read)

    def _read(self) -> Suppressions:
        before = _marks(self._lists)
        kept = self._kept
        if kept is not None and kept[0] == before:
            return kept[1]
        found = read_suppressions(self._lists)
        # A file that changed a moment ago may change again and keep its mark: it is not kept.
        settled = before is not None and all(time.time_ns() - m.at > _SETTLED_NS for m in before)
        self._kept = (before, found) if before is not None and settled else None
        return found


class _Mark(NamedTuple):
    """What changes with the content of a file: when it was written, its size, which file it is."""

    at: int
    size: int
    inode: int


def _marks(lists: Iterable[SuppressionList]) -> tuple[_Mark, ...] | None:
    """Return the marks of all files; None where one is not there, which reading them tells."""
    try:
        found = [one.path.stat() for one in lists]
    except OSError:
        return None
    return tuple(_Mark(f.st_mtime_ns, f.st_size, f.st_ino) for f in found)


class _Line(NamedTuple):
    """Where one line of a list stands, and what its columns hold."""

    place: str
    number: int
    values: Mapping[str, str | None]

    def refuse(self, what: str, fix: str) -> NoReturn:
        message = f"line {self.number} {what}"
        raise InvalidInput(message, field=self.place, fix=fix)


def read_suppressions(lists: Iterable[SuppressionList]) -> Suppressions:
    """Read all lists.

    Raises:
        InvalidInput: a file is missing or broken, or a line names nobody, a channel or a reason
            that there is not; `field` names the list, the message the line and no person.

    """
    said: dict[str, dict[str, list[Suppression]]] = {whom: {} for whom in _WHOM}
    overrides: dict[str, str] = {}
    for one in lists:
        if one.override_reason:
            overrides[one.name] = one.override_reason
        for line in _lines(one):
            suppression = Suppression(_channels(line), _reason(line), one.name, one.override_reason)
            for whom, value in _whom(line):
                said[whom].setdefault(value, []).append(suppression)
    return Suppressions(
        by_key=said["key"], by_email=said["email"], by_phone=said["phone"], overrides=overrides
    )


def _lines(one: SuppressionList) -> Iterable[_Line]:
    place = f"directory.suppressions.{one.name}"
    try:
        with csv_rows(one.path, key=None, every_row_has_a_key=False) as csv:
            _check(csv.header)
            for row in csv.rows:
                yield _Line(place, row.line, dict(zip(csv.header, row.values, strict=True)))
    except InvalidInput as error:
        raise InvalidInput(error.message, field=place, fix=error.fix) from None


def _check(header: Sequence[str]) -> None:
    known, named = frozenset({*_WHOM, "channels", "reason"}), set(header)
    if named <= known and "reason" in named and named & set(_WHOM):
        return
    message = "the columns are not those of a suppression list"
    fix = "name them key, email, phone (at least one of them), channels and reason"
    raise InvalidInput(message, field="csv", fix=fix)


def _whom(line: _Line) -> Iterable[tuple[str, str]]:
    key, email, phone = (line.values.get(whom) for whom in _WHOM)
    if key is None and email is None and phone is None:
        line.refuse("names nobody", "give a key, an e-mail address or a telephone number")
    if key is not None:
        yield "key", key
    if email is not None:
        if not looks_like_an_address(email):
            line.refuse("has an e-mail address that is none", "correct it")
        yield "email", email.lower()
    if phone is not None:
        needs_phonenumbers(line.place)
        number = e164(phone, None)
        if number is None or not looks_like_a_number(number):
            line.refuse("has a telephone number without its country", "write +49 30 123456")
        yield "phone", number


def _channels(line: _Line) -> frozenset[Channel]:
    """Return the channels that a line names, separated by blanks; all of them if it names none."""
    named = (line.values.get("channels") or "").split()
    known = {channel.value: channel for channel in EVERY_CHANNEL}
    if not set(named) <= known.keys():
        line.refuse("names a channel that there is not", f"choose from: {' '.join(known)}")
    return frozenset(known[name] for name in named) or EVERY_CHANNEL


def _reason(line: _Line) -> SuppressionReason:
    said = line.values["reason"]
    if said is None or said not in SuppressionReason.__members__.values():
        choices = ", ".join(SuppressionReason)
        fix = f"choose from: {choices}. An opt-out of advertising stops no notice: leave it out"
        line.refuse("has a reason that there is not", fix)
    return SuppressionReason(said)
