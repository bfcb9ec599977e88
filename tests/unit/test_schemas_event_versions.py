"""Old and new readers and writers of events understand each other, for every type.

`tests/golden/events/` holds one event per type as version 1 wrote it. Later versions must read
these files; they are never written anew.
"""

import json
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import jsonschema
import pytest
from pydantic import BaseModel
from tocsin.schemas.cloud_events import (
    TYPES,
    data_of,
    json_schemas,
    parse_wire,
    plain,
    read_event,
    to_wire,
)

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "events"


def wire(name: str) -> bytes:
    return (GOLDEN / f"{name}.json").read_bytes().rstrip(b"\n")


def document(name: str) -> dict[str, Any]:
    return parse_wire(wire(name))


def test_every_type_has_its_golden_event_and_no_other_is_there() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == TYPES.keys()


@pytest.mark.parametrize("name", TYPES)
def test_an_event_as_it_was_written_is_read_and_written_to_the_byte(name: str) -> None:
    event = read_event(document(name))
    assert event.type == name
    data = data_of(event)
    assert type(data) is TYPES[name]
    assert data.model_dump(mode="json", exclude_none=True) == event.data
    assert to_wire(plain(event)) == wire(name)


@pytest.mark.parametrize("name", TYPES)
def test_an_event_as_it_was_written_fits_the_schema(name: str) -> None:
    jsonschema.validate(
        document(name), json_schemas()[name], format_checker=jsonschema.FormatChecker()
    )


@pytest.mark.parametrize("name", TYPES)
def test_an_old_reader_understands_what_a_newer_writer_added(name: str) -> None:
    old = document(name)
    added = {"later": {"deep": [1, "x", None]}, "zz": "y"}
    newer = old | {"partitionkey": "p", "later": "x", "data": old["data"] | added}
    read = read_event(parse_wire(to_wire(newer)))
    assert data_of(read) == data_of(read_event(old))
    jsonschema.validate(newer, json_schemas()[name])


@pytest.mark.parametrize("name", TYPES)
def test_a_new_reader_understands_an_old_event_without_what_is_optional(name: str) -> None:
    old = document(name)
    required = {f for f, info in TYPES[name].model_fields.items() if info.is_required()}
    envelope = {"specversion", "id", "source", "type", "time", "data"}
    oldest = {k: v for k, v in old.items() if k in envelope}
    oldest["data"] = {k: v for k, v in old["data"].items() if k in required}
    read = data_of(read_event(parse_wire(to_wire(oldest))))
    for field in required:
        assert getattr(read, field) == getattr(data_of(read_event(old)), field)
    jsonschema.validate(oldest, json_schemas()[name])


def _records(annotation: Any) -> list[type[BaseModel]]:
    if get_origin(annotation) in {Union, types.UnionType, tuple, list, dict}:
        return [found for inner in get_args(annotation) for found in _records(inner)]
    is_record = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation] if is_record else []


@pytest.mark.parametrize("name", TYPES)
def test_records_within_an_event_leave_unknown_fields_aside_too(name: str) -> None:
    inner = [r for info in TYPES[name].model_fields.values() for r in _records(info.annotation)]
    assert all(record.model_config.get("extra") != "forbid" for record in inner)


def test_golden_events_are_one_line_of_canonical_json() -> None:
    for path in GOLDEN.iterdir():
        assert to_wire(json.loads(path.read_bytes())) + b"\n" == path.read_bytes()
