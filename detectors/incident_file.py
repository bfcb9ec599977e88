"""The incident file: what a person writes, or a detector drafts, to raise an incident."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from tocsin.detectors.document import read_document
from tocsin.detectors.incident_yaml import dump_incident
from tocsin.detectors.plain_errors import TIME_FORM, as_invalid_input
from tocsin.detectors.plain_values import Value
from tocsin.schemas.canonical import canonical
from tocsin.schemas.circumstances import Circumstances
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact import Fact, Instant, Precision
from tocsin.schemas.incident import IncidentFile, MeasureStatus
from tocsin.schemas.incident_facts import IncidentFacts
from tocsin.schemas.record import Record

__all__ = ["CLOCK_SKEW", "check_times", "dump_incident", "parse_incident", "read_incident"]

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead another clock may be before a time counts as being in the future."""
_EAST = timedelta(hours=14)
"""The first place on earth to reach a date is UTC+14."""
_SECTIONS: Mapping[str, type[Record]] = {"facts": IncidentFacts, "circumstances": Circumstances}
_INSTANTS = {
    section: tuple(n for n, f in model.model_fields.items() if f.annotation is Fact[Instant])
    for section, model in _SECTIONS.items()
}
_LENGTH = {
    Precision.MINUTE: timedelta(0),
    Precision.HOUR: timedelta(hours=1),
    Precision.DAY: timedelta(days=1),
    Precision.MONTH: timedelta(days=31),
}


def read_incident(path: Path) -> IncidentFile:
    """Return the incident that a YAML or JSON file (at most 1 MiB) describes.

    Raises InvalidInput, naming the field and the fix; NotFound without such a file. Whether its
    times are possible is asked separately (`check_times`), because that needs the present.
    """
    return parse_incident(read_document(path))


def parse_incident(raw: Value) -> IncidentFile:
    """Return the incident that plain values describe, such as a parsed document."""
    if not isinstance(raw, dict):
        message = "an incident is a block of `name: value` lines"
        raise InvalidInput(message, fix="start from one of the files in examples/")
    _refuse_unreadable_times(raw)
    try:
        incident = IncidentFile.model_validate(raw)
    except ValidationError as error:
        raise as_invalid_input(error, raw=raw, model=IncidentFile) from None
    try:
        canonical(incident.model_dump(mode="python"))
    except ValueError:
        message = "a number or a character is beyond what the ledger can keep"
        raise InvalidInput(message, fix="use whole numbers below 2**53 and Unicode text") from None
    return incident


def check_times(incident: IncidentFile, now: datetime) -> None:
    """Refuse times that cannot be: in the future, or a start after what follows from it.

    A time counts as impossible only if it is so for every moment that its precision allows.
    """
    future = next(_in_the_future(incident, now), None)
    if future is not None:
        message = "is in the future"
        raise InvalidInput(message, field=future, fix="check the date, the year and the time zone")
    started = incident.facts.started.value
    if started is None:
        return
    for name in ("ended", "detected", "aware"):
        later: Instant | None = getattr(incident.facts, name).value
        if later is not None and _earliest(started) > later.at + _LENGTH[later.precision]:
            message = f"the incident cannot have started after facts.{name}"
            raise InvalidInput(message, field="facts.started", fix="correct one of the two times")


def _instants(incident: IncidentFile) -> Iterator[tuple[str, Fact[Instant]]]:
    for section, names in _INSTANTS.items():
        for name in names:
            fact = getattr(getattr(incident, section), name)
            yield f"{section}.{name}", cast("Fact[Instant]", fact)


def _earliest(instant: Instant) -> datetime:
    """Return the first moment that the time can mean; a day, in whichever zone it was noted."""
    at = instant.at
    match instant.precision:
        case Precision.MINUTE:
            return at
        case Precision.HOUR:
            return at.replace(minute=0, second=0, microsecond=0)
        case Precision.DAY:
            return at.replace(hour=0, minute=0, second=0, microsecond=0) - _EAST
        case Precision.MONTH:
            return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - _EAST


def _in_the_future(incident: IncidentFile, now: datetime) -> Iterator[str]:
    latest = now + CLOCK_SKEW
    for field, fact in _instants(incident):
        if fact.value is not None and _earliest(fact.value) > latest:
            yield field
    for name in IncidentFacts.model_fields:
        as_of: datetime | None = getattr(incident.facts, name).as_of
        if as_of is not None and as_of > latest:
            yield f"facts.{name}.as_of"
    for name in Circumstances.model_fields:
        as_of = getattr(incident.circumstances, name).as_of
        if as_of is not None and as_of > latest:
            yield f"circumstances.{name}.as_of"
    last_day = (now.astimezone(UTC) + _EAST).date()
    for place, measure in enumerate(incident.measures):
        done = measure.status is MeasureStatus.DONE
        if done and measure.on is not None and measure.on > last_day:
            yield f"measures[{place}].on"


def _refuse_unreadable_times(raw: dict[str, Value]) -> None:
    """Refuse a number where a time belongs: a lenient parser takes it for seconds since 1970."""
    for field, written in _written_times(raw):
        if isinstance(written, int | str) and not re.match(r"\d{4}-\d{2}-\d{2}", str(written)):
            message = "is not a time that can be read"
            raise InvalidInput(message, field=field, fix=TIME_FORM)


def _written_times(raw: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    for section, instants in _INSTANTS.items():
        known = raw.get(section)
        for name, fact in known.items() if isinstance(known, dict) else ():
            yield from _times_of(f"{section}.{name}", fact, is_time=name in instants)
    measures = raw.get("measures")
    for place, measure in enumerate(measures if isinstance(measures, list) else ()):
        if isinstance(measure, dict):
            yield f"measures[{place}].on", measure.get("on")


def _times_of(field: str, fact: Value, *, is_time: bool) -> Iterator[tuple[str, Value]]:
    if is_time:
        yield field, fact
    if isinstance(fact, dict):
        yield f"{field}.as_of", fact.get("as_of")
        inner = fact.get("value")
        if is_time:
            yield f"{field}.value", inner
            yield f"{field}.at", fact.get("at")
        if is_time and isinstance(inner, dict):
            yield f"{field}.value.at", inner.get("at")
