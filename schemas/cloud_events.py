"""Events on the wire: CloudEvents 1.0 in structured JSON mode.

Source: CloudEvents specification 1.0.2 and its JSON format (media type
`application/cloudevents+json`). A type is `org.tocsin.<name>.v<n>`. Within a version fields are
only added, and only optional ones, so that an old reader understands a new event and a new reader
an old one; anything else, a new value of a closed set included, is a new version. Lifecycle events
hold ids, counts and closed words, never personal data; and no number on the wire is a fraction.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from tocsin.schemas.canonical import canonical
from tocsin.schemas.detection import Detection, OpaqueId
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lifecycle import LIFECYCLE

CONTENT_TYPE = "application/cloudevents+json"
EVENT_LIMIT = 1 << 18
"""Bytes of one event: 256 KiB, far more than any type needs."""
DETECTION = "org.tocsin.detection.v1"

TYPES: Mapping[str, type[BaseModel]] = {DETECTION: Detection, **LIFECYCLE}
"""Every type of this version, and what its data looks like."""


class CloudEvent(BaseModel):
    """The envelope. `source` and `id` together name an event once and for all."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: OpaqueId
    source: str = Field(min_length=1, max_length=200, pattern=r"^/[A-Za-z0-9._@/-]+$")
    """URI reference: `/detectors/<principal>`, or `/tocsin/<deployment>`."""
    type: str = Field(max_length=120, pattern=r"^org\.tocsin(\.[a-z]+)+\.v[1-9][0-9]*$")
    time: AwareDatetime
    subject: str | None = Field(default=None, min_length=1, max_length=300)
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]


def cloud_event(
    event_type: str, data: BaseModel, *, event_id: str, source: str, time: datetime
) -> CloudEvent:
    """Return an event around its data. Raises InvalidInput if type and data do not belong."""
    if TYPES.get(event_type) is not type(data):
        message = f"{type(data).__name__} is not the data of {event_type[:120]}"
        raise InvalidInput(message, field="type", fix=f"one of: {', '.join(TYPES)}")
    body = data.model_dump(mode="json", exclude_none=True)
    try:
        return CloudEvent(id=event_id, source=source, type=event_type, time=time, data=body)
    except ValidationError as error:
        raise _refused(error, "") from None


def plain(event: CloudEvent) -> dict[str, Any]:
    """Return an event as the plain values that go onto the wire."""
    return event.model_dump(mode="json", exclude_none=True)


def to_wire(document: Mapping[str, Any]) -> bytes:
    """Return the bytes of an event: its canonical JSON (RFC 8785), on one line."""
    return canonical(document)


def parse_wire(data: bytes) -> dict[str, Any]:
    """Return the plain values of an event's bytes, every field kept, also unknown ones.

    Raises InvalidInput for what is not one JSON object, is too large, says a name twice, or holds
    a fraction.
    """
    if len(data) > EVENT_LIMIT:
        message = f"an event is larger than {EVENT_LIMIT:,} bytes"
        raise InvalidInput(message, fix="send the finding's fields, not the data that leaked")
    try:
        document = json.loads(
            data, object_pairs_hook=_once, parse_float=_no_fraction, parse_constant=_no_fraction
        )
        canonical(document)
    except InvalidInput:
        raise
    except (ValueError, RecursionError):  # also broken UTF-8, lone surrogates, numbers too large
        message = "an event is not JSON that can be kept exactly"
        raise InvalidInput(message, fix=f"send {CONTENT_TYPE}, UTF-8, whole numbers") from None
    if not isinstance(document, dict):
        message = "an event is not a JSON object"
        raise InvalidInput(message, fix=f"send one event per message, as {CONTENT_TYPE}")
    return document


def read_event(document: Mapping[str, Any]) -> CloudEvent:
    """Return the envelope of plain values. Raises InvalidInput naming the attribute."""
    try:
        return CloudEvent.model_validate(document)
    except ValidationError as error:
        raise _refused(error, "") from None


def data_of(event: CloudEvent) -> BaseModel:
    """Return the data of an event as the record of its type.

    Raises InvalidInput for a type or version that is not known here, naming those that are.
    """
    model = TYPES.get(event.type)
    if model is None:
        message = "is a type or a version that is not known here"
        raise InvalidInput(message, field="type", fix=f"one of: {', '.join(TYPES)}")
    try:
        return model.model_validate(event.data)
    except ValidationError as error:
        raise _refused(error, "data.") from None


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return type -> JSON Schema (draft 2020-12) of the whole event, envelope included."""
    schemas: dict[str, dict[str, Any]] = {}
    for name, model in TYPES.items():
        envelope = CloudEvent.model_json_schema()
        data = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions = data.pop("$defs", {})
        envelope["properties"] |= {"type": {"const": name}, "data": data}
        envelope |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
        if definitions:
            envelope["$defs"] = definitions
        envelope["required"] = sorted({*envelope["required"], "specversion"})
        schemas[name] = envelope
    return schemas


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    block = dict(pairs)
    if len(block) < len(pairs):
        message = "a name stands twice in one block"
        raise InvalidInput(message, fix="two readers could understand two different events")
    return block


def _no_fraction(_: str) -> float:
    message = "a number is a fraction"
    raise InvalidInput(message, fix="use whole numbers, in a smaller unit")


def _refused(error: ValidationError, prefix: str) -> InvalidInput:
    """Return the first fault: its place and what was wrong, never the value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    return InvalidInput(first["msg"], field=f"{prefix}{place}", fix="see the type's JSON Schema")
