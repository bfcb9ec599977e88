"""Detections out of a detector's document: OCSF, a breach list, or our own fields; line by line.

JSON lines are read one at a time, however many there are. Any other document is read whole.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import Any, BinaryIO

from pydantic import ValidationError
from tocsin.detectors.document import parse_json
from tocsin.detectors.hibp_events import detection_of as breach_detection
from tocsin.detectors.ocsf import OCSF_LIMIT, read_ocsf
from tocsin.detectors.plain_errors import as_invalid_input
from tocsin.schemas.canonical import canonical, sha256_hex
from tocsin.schemas.detection import Detection
from tocsin.schemas.errors import InvalidInput

DOCUMENT_LIMIT = OCSF_LIMIT
"""Bytes of a document, or of one line: 16 MiB."""
_FIX = "give one JSON object, an array of them, or one per line"


class DetectionFormat(StrEnum):
    """Documents that detections are read from."""

    OCSF = "ocsf"
    """Open Cybersecurity Schema Framework."""
    HIBP = "hibp"
    """A breach list of Have I Been Pwned."""
    DETECTION = "detection"
    """The fields of a detection as Tocsin names them."""


_TELLING: Mapping[DetectionFormat, frozenset[str]] = {
    DetectionFormat.OCSF: frozenset({"class_uid"}),
    DetectionFormat.HIBP: frozenset({"Name", "BreachDate"}),
    DetectionFormat.DETECTION: frozenset({"event_id", "rule"}),
}
"""Format -> the fields that only its objects have."""


def read_detections(
    document: BinaryIO, *, detector: str, form: DetectionFormat | None = None
) -> Iterator[Detection]:
    """Yield the detections of a document in the name of `detector`; without `form`, as it looks.

    Raises InvalidInput naming the line, or the place in the array, and the field.
    """
    first, number = _first_line(document)
    if not _is_object(first):
        whole = first + document.read(DOCUMENT_LIMIT + 1 - min(len(first), DOCUMENT_LIMIT))
        if len(whole) > DOCUMENT_LIMIT:
            message = f"is no list of JSON lines, and larger than {DOCUMENT_LIMIT:,} bytes"
            raise InvalidInput(message, field="file", fix="write one object per line")
        yield from _whole(whole, detector=detector, form=form, before=number - 1)
        return
    read = _READERS[form or _form_of(json.loads(first))]
    for n, line in chain([(number, first)], _lines(document, after=number)):
        try:
            yield from read(line, detector)
        except InvalidInput as refused:
            raise _in_line(n, line, refused) from None


def _first_line(document: BinaryIO) -> tuple[bytes, int]:
    """Return the first line that is not blank, without a mark of byte order, and its number."""
    for n, line in _lines(document, after=0):
        return line.removeprefix(b"\xef\xbb\xbf"), n
    message = "there is nothing in the document"
    raise InvalidInput(message, field="file", fix=_FIX)


def _lines(document: BinaryIO, *, after: int) -> Iterator[tuple[int, bytes]]:
    number = after
    while line := document.readline(DOCUMENT_LIMIT + 1):
        number += 1
        if len(line) > DOCUMENT_LIMIT:
            message = f"is longer than {DOCUMENT_LIMIT:,} bytes"
            raise InvalidInput(message, field=f"line {number}", fix=_FIX)
        if line.strip():
            yield number, line


def _is_object(line: bytes) -> bool:
    """Whether a line stands for itself: then the document is JSON lines, if only one."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(
    data: bytes, *, detector: str, form: DetectionFormat | None, before: int
) -> Iterator[Detection]:
    try:
        value = json.loads(data)
    except json.JSONDecodeError as broken:
        message = f"is not JSON: {broken.msg} (column {broken.colno})"
        raise InvalidInput(message, field=f"line {before + broken.lineno}", fix=_FIX) from None
    except (ValueError, RecursionError):
        message = "is not JSON in UTF-8 that can be read"
        raise InvalidInput(message, field="file", fix=_FIX) from None
    objects = value if isinstance(value, list) else [value]
    if not objects or not all(isinstance(item, dict) for item in objects):
        message = "is neither a JSON object nor an array of them"
        raise InvalidInput(message, field="file", fix=_FIX)
    yield from _READERS[form or _form_of(objects[0])](data, detector)


def _form_of(first: Mapping[str, Any]) -> DetectionFormat:
    for form, fields in _TELLING.items():
        if fields <= first.keys():
            return form
    message = "the document does not tell what format it has"
    fix = f"give one of: {', '.join(DetectionFormat)}"
    raise InvalidInput(message, field="--format", fix=fix)


def _ocsf(data: bytes, detector: str) -> Iterator[Detection]:
    yield from read_ocsf(data, detector=detector)


def _hibp(data: bytes, detector: str) -> Iterator[Detection]:
    for place, record in _objects(data):
        try:
            yield breach_detection(record, detector=detector)
        except InvalidInput as refused:
            raise _at(place, refused) from None


def _own(data: bytes, detector: str) -> Iterator[Detection]:
    for place, fields in _objects(data):
        unknown = sorted(fields.keys() - Detection.model_fields.keys())
        if unknown:  # of a file, unlike of an event, it is a typo: nobody reads it later
            message = "is no field of a detection"
            fix = f"it has: {', '.join(Detection.model_fields)}"
            refused = InvalidInput(message, field=unknown[0][:64], fix=fix)
            raise _at(place, refused)
        try:
            digest = sha256_hex(canonical(fields))
        except UnicodeEncodeError:
            message = "a text holds half a character"
            raise _at(place, InvalidInput(message, fix="write UTF-8 text")) from None
        given = {"detector": detector, "raw_digest": digest, **fields}
        try:
            yield Detection.model_validate(given)
        except ValidationError as error:
            raise _at(place, as_invalid_input(error, raw=given, model=Detection)) from None


_READERS: Mapping[DetectionFormat, Callable[[bytes, str], Iterator[Detection]]] = {
    DetectionFormat.OCSF: _ocsf,
    DetectionFormat.HIBP: _hibp,
    DetectionFormat.DETECTION: _own,
}


def _objects(data: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "is not UTF-8 text"
        raise InvalidInput(message, fix=_FIX) from None
    value = parse_json(text)
    many = isinstance(value, list)
    for n, item in enumerate(value if isinstance(value, list) else [value]):
        place = f"[{n}]" if many else ""
        if not isinstance(item, dict):
            message = "is not a JSON object"
            raise InvalidInput(message, field=place or None, fix=_FIX)
        yield place, item


def _in_line(number: int, line: bytes, refused: InvalidInput) -> InvalidInput:
    if not _is_object(line):
        return InvalidInput("is not a JSON object", field=f"line {number}", fix=_FIX)
    return _at(f"line {number}", refused)


def _at(place: str, refused: InvalidInput) -> InvalidInput:
    field = ".".join(part for part in (place, refused.field) if part)
    fix = refused.fix or "correct that field"
    return InvalidInput(refused.message, field=field or None, fix=fix)
