"""OCSF: findings and events of the Open Cybersecurity Schema Framework become detections.

Any class is read. What concerns personal data opens a draft, what does not is kept and says why.
Taken over are the class, the time, what fired, where, how grave, and kinds of data; not the actors,
addresses, samples and raw log lines, which stay with the detector under their digest.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from tocsin.detectors.ocsf_fields import asset_of, block, number, observed_at, rule_of, texts
from tocsin.detectors.ocsf_judgement import judge
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.detection import Detection, Gravity, SourceFormat, opaque_id
from tocsin.schemas.errors import InvalidInput

OCSF_LIMIT = 1 << 24
"""Bytes of a document: 16 MiB."""
_FIX = "give one OCSF event, an array of them, or one per line"


def read_ocsf(data: bytes, *, detector: str) -> tuple[Detection, ...]:
    """Return the detections of a document: one OCSF event, an array of them, or JSON lines.

    `detector` is the principal that reports them. Raises InvalidInput, naming the event and the
    field, for what is not OCSF; one unreadable event refuses the document.
    """
    if len(data) > OCSF_LIMIT:
        message = f"the document is larger than {OCSF_LIMIT:,} bytes"
        raise InvalidInput(message, fix="send fewer events at once")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "the document is not UTF-8 text"
        raise InvalidInput(message, fix=_FIX) from None
    detections = []
    for place, event in _events(text):
        try:
            detections.append(detection_of(event, detector=detector))
        except InvalidInput as refused:
            field = ".".join(part for part in (place, refused.field) if part)
            raise InvalidInput(refused.message, field=field, fix=refused.fix) from None
    if not detections:
        message = "there is no event in the document"
        raise InvalidInput(message, fix=_FIX)
    return tuple(detections)


def detection_of(event: Mapping[str, Any], *, detector: str) -> Detection:
    """Return the detection that one OCSF event is. Raises InvalidInput naming the field."""
    if number(event.get("class_uid")) is None:
        message = "has no class number, so this is no OCSF event"
        raise InvalidInput(message, field="class_uid", fix="OCSF events carry class_uid and time")
    at = observed_at(event)
    judged = judge(event)
    digest = _digest(event)
    own = next(texts(block(event, "metadata").get("uid")), "")
    severity = number(event.get("severity_id"))
    try:
        return Detection(
            # `finding_info.uid` names the finding, of which every update is another event
            event_id=opaque_id(own) if own else f"sha256:{digest}",
            detector=detector,
            observed_at=at,
            rule=rule_of(event),
            asset=asset_of(event),
            severity=Gravity(severity) if severity in set(Gravity) else Gravity.UNKNOWN,
            kinds=judged.kinds,
            concerns_personal_data=judged.concerns,
            reason=judged.reason,
            source_format=SourceFormat.OCSF,
            raw_digest=digest,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise InvalidInput(first["msg"], field=field, fix="check what the event names") from None


def _digest(event: Mapping[str, Any]) -> str:
    """SHA-256 of the event whatever its white space and order of names: a copy is a repeat."""
    text = json.dumps(event, sort_keys=True, separators=(",", ":"))
    return sha256_hex(text.encode())


def _events(text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (place, event): of an array, of one object, or of each line."""
    try:
        document = _parse(text)
    except ValueError:
        lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2:  # noqa: PLR2004  # then it is no list of lines, but one broken document
            message = "the document is not JSON"
            raise InvalidInput(message, fix=_FIX) from None
        yield from _lines(lines)
        return
    many = isinstance(document, list)
    for n, event in enumerate(document if many else [document]):
        place = f"[{n}]" if many else ""
        yield place, _checked(event, place)


def _lines(lines: list[tuple[int, str]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for n, line in lines:
        place = f"line {n}"
        try:
            event = _parse(line)
        except ValueError:
            message = "is not JSON"
            raise InvalidInput(message, field=place, fix=_FIX) from None
        yield place, _checked(event, place)


def _parse(text: str) -> Any:
    try:
        # fractions stay text: nothing that is taken over is one, and the digest must not round
        return json.loads(text, parse_float=str, parse_constant=str)
    except RecursionError:
        message = "blocks are nested too deeply"
        raise InvalidInput(message, fix=_FIX) from None


def _checked(event: object, place: str) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        message = "is not a JSON object"
        raise InvalidInput(message, field=place or None, fix=_FIX)
    return event
