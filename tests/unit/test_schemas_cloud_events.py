"""Events on the wire: CloudEvents 1.0, understood by older and newer readers, nothing personal."""

import enum
import json
import re
from datetime import UTC, datetime
from typing import Any, Literal, get_args, get_origin

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from tocsin.schemas.cloud_events import (
    DETECTION,
    TYPES,
    cloud_event,
    data_of,
    json_schemas,
    parse_wire,
    plain,
    read_event,
    to_wire,
)
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, Gravity, SourceFormat
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lifecycle import LIFECYCLE, OutcomesRecorded, RoundFrozen, RoundProgressed

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FROZEN = RoundFrozen(incident="i-1", round="r-1", in_scope=12)
FROZEN_TYPE = "org.tocsin.round.frozen.v1"
CODE = st.from_regex(r"[A-Za-z0-9._:/-]{1,20}", fullmatch=True)
VISIBLE = st.from_regex(r"[A-Za-z0-9 ._:/()-]{1,40}", fullmatch=True)
DETECTIONS = st.builds(
    Detection,
    event_id=CODE,
    detector=st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True),
    observed_at=st.datetimes(
        min_value=datetime(2020, 1, 1),  # noqa: DTZ001  # hypothesis adds the zone
        max_value=datetime(2030, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    rule=VISIBLE,
    asset=VISIBLE,
    severity=st.sampled_from(Gravity),
    kinds=st.lists(st.sampled_from(DataKind), unique=True, max_size=4).map(tuple),
    concerns_personal_data=st.sampled_from([True, False, None]),
    reason=VISIBLE,
    source_format=st.sampled_from(SourceFormat),
    raw_digest=st.just("0" * 64),
)


def document() -> dict[str, Any]:
    event = cloud_event(FROZEN_TYPE, FROZEN, event_id="e-1", source="/tocsin/here", time=NOON)
    return plain(event)


def test_an_event_is_structured_mode_json_of_cloudevents_1_0() -> None:
    assert json.loads(to_wire(document())) == {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/tocsin/here",
        "type": "org.tocsin.round.frozen.v1",
        "time": "2026-11-20T12:00:00Z",
        "datacontenttype": "application/json",
        "data": {"incident": "i-1", "round": "r-1", "in_scope": 12},
    }


def test_a_new_event_with_further_fields_is_understood_by_an_old_reader() -> None:
    newer = document() | {"partitionkey": "p", "data": document()["data"] | {"by_lane": {"a": 1}}}
    assert data_of(read_event(parse_wire(json.dumps(newer).encode()))) == FROZEN


class RoundFrozenLater(BaseModel):
    """What a later reader could look like: everything that it adds is optional."""

    incident: str
    round: str
    in_scope: int
    by_lane: dict[str, int] | None = None


def test_an_old_event_is_understood_by_a_new_reader() -> None:
    later = RoundFrozenLater.model_validate(read_event(document()).data)
    assert (later.in_scope, later.by_lane) == (12, None)


RELEASED = {
    "org.tocsin.detection.v1": {
        *("event_id", "detector", "observed_at", "rule", "asset", "reason"),
        *("source_format", "raw_digest"),
    },
    "org.tocsin.incident.opened.v1": {"incident", "organisation", "revision", "drill"},
    "org.tocsin.incident.closed.v1": {"incident", "state"},
    "org.tocsin.round.frozen.v1": {"incident", "round", "in_scope"},
    "org.tocsin.round.progressed.v1": {
        *("incident", "round", "state", "in_scope", "open", "reached", "announced"),
        *("unreachable", "excluded"),
    },
    "org.tocsin.outcomes.recorded.v1": {"incident", "round", "lane", "channel"},
    "org.tocsin.artefact.decided.v1": {"incident", "artefact", "kind", "decision"},
    "org.tocsin.report.filed.v1": {"incident", "duty", "regime", "phase"},
    "org.tocsin.clock.alarmed.v1": {"incident", "duty", "stage", "due_at"},
    "org.tocsin.work.waiting.v1": {"incident", "stage", "people"},
}
"""The required fields of each version as others rely on them: they neither grow nor shrink."""


def test_what_a_version_requires_never_changes() -> None:
    required = {
        name: {f for f, info in model.model_fields.items() if info.is_required()}
        for name, model in TYPES.items()
    }
    assert required == RELEASED


def _leaves(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Literal:
        return []
    inner = [a for a in get_args(annotation) if isinstance(a, type)]
    return [leaf for a in inner for leaf in _leaves(a)] or [annotation]


@pytest.mark.parametrize("name", LIFECYCLE)
def test_lifecycle_events_hold_ids_counts_instants_and_closed_words_only(name: str) -> None:
    model = LIFECYCLE[name]
    for field, info in model.model_fields.items():
        for leaf in _leaves(info.annotation):
            closed = isinstance(leaf, enum.EnumMeta)
            assert closed or leaf in {int, bool, str, AwareDatetime}, field
    properties = model.model_json_schema()["properties"]
    texts = [p for p in properties.values() if p.get("type") == "string"]
    for told in texts:
        open_text = not ({"enum", "const", "format"} & told.keys())
        assert not open_text or not re.search(told["pattern"], "Jo Doe")
        assert not open_text or not re.search(told["pattern"], "jo@shop.test")


@pytest.mark.parametrize("personal", ["Jo Doe", "jo.doe@shop.test", "周"])
def test_a_name_or_an_address_does_not_fit_into_a_lifecycle_event(personal: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        RoundFrozen(incident=personal, round="r-1", in_scope=1)


@settings(max_examples=80, deadline=None)
@given(DETECTIONS)
def test_a_detection_comes_back_as_it_went_and_fits_its_schema(detection: Detection) -> None:
    event = cloud_event(
        DETECTION,
        detection,
        event_id=detection.event_id,
        source=f"/detectors/{detection.detector}",
        time=detection.observed_at,
    )
    wire = parse_wire(to_wire(plain(event)))
    assert data_of(read_event(wire)) == detection
    jsonschema.validate(wire, json_schemas()[DETECTION])


def test_a_detection_that_holds_an_address_is_refused_without_repeating_it() -> None:
    body = {
        "event_id": "e",
        "detector": "dlp",
        "observed_at": NOON.isoformat(),
        "rule": "sent to jo.doe@shop.test",
        "asset": "a",
        "reason": "r",
        "source_format": "ocsf",
        "raw_digest": "0" * 64,
    }
    event = read_event(document() | {"type": DETECTION, "data": body})
    with pytest.raises(InvalidInput) as refused:
        data_of(event)
    assert refused.value.field == "data.rule"
    assert "jo.doe" not in str(refused.value)


def test_every_schema_is_valid_and_closed_on_its_type() -> None:
    schemas = json_schemas()
    assert schemas.keys() == TYPES.keys()
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["properties"]["type"] == {"const": name}
    jsonschema.validate(document(), schemas[FROZEN_TYPE])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document() | {"data": {"incident": "i-1"}}, schemas[FROZEN_TYPE])


def test_data_goes_only_under_its_own_type() -> None:
    with pytest.raises(InvalidInput, match="not the data of"):
        cloud_event("org.tocsin.outcomes.recorded.v1", FROZEN, event_id="e", source="/t", time=NOON)


def test_counts_of_a_round_that_were_negative_would_be_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal"):
        OutcomesRecorded(incident="i", round="r", lane="other", channel="email", accepted=-1)
    fields = dict.fromkeys(("in_scope", "open", "reached", "announced", "excluded"), 0)
    with pytest.raises(ValueError, match="unreachable"):
        RoundProgressed(incident="i", round="r", state="sending", **fields)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": "jo doe"}, "id"),
        ({"source": "elsewhere"}, "source"),
        ({"type": "com.example.x.v1"}, "type"),
        ({"type": "org.tocsin.detection"}, "type"),
        ({"time": "2026-11-20T12:00:00"}, "time"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"data": [1]}, "data"),
    ],
)
def test_an_envelope_that_is_wrong_is_refused_by_its_attribute(
    changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_event(document() | changes)
    assert refused.value.field == field


def test_a_version_that_is_not_known_names_those_that_are() -> None:
    with pytest.raises(InvalidInput, match=r"org\.tocsin\.round\.frozen\.v1"):
        data_of(read_event(document() | {"type": "org.tocsin.round.frozen.v2"}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"a": 1, "a": 2}',
        b'{"a": 1.5}',
        b'{"a": NaN}',
        b'{"a": 12345678901234567890}',
        b'{"a": "\\ud800"}',
        b"\xff",
        b"[" * 200_000,
        b" " * (1 << 19),
    ],
)
def test_bytes_that_two_readers_could_understand_differently_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_wire(data)
    assert refused.value.fix
