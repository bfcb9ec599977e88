"""A detector's document becomes detections: every format, told or guessed, line by line."""

import io
import json
import tracemalloc
from typing import Any, BinaryIO, cast

import pytest
from tocsin.runtimes.detections import DOCUMENT_LIMIT, DetectionFormat, read_detections
from tocsin.schemas.detection import Detection, Gravity
from tocsin.schemas.errors import InvalidInput

from fakes.detector_stream import stream

BREACH = {
    "Name": "Shop",
    "Title": "Shop",
    "BreachDate": "2026-10-02",
    "AddedDate": "2026-11-01T08:00:00Z",
    "ModifiedDate": "2026-11-01T08:00:00Z",
    "PwnCount": 1200,
    "DataClasses": ["Email addresses", "Names"],
}
OWN = {
    "event_id": "e-1",
    "observed_at": "2026-11-20T12:00:00Z",
    "rule": "Scan/exported table",
    "asset": "bucket-7",
    "severity": 4,
    "kinds": ["email_address"],
    "concerns_personal_data": True,
    "reason": "the columns are named so",
    "source_format": "ocsf",
}


def ocsf(n: int = 0) -> dict[str, Any]:
    return {
        "class_uid": 2006,
        "time": 1_790_000_000_000 + n,
        "metadata": {"uid": f"e-{n}", "product": {"name": "Watch"}},
        "finding_info": {"title": "Sharing outside of the organisation"},
        "resources": [{"uid": "bucket-7"}],
    }


def read(text: str | bytes, form: DetectionFormat | None = None) -> list[Detection]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_detections(io.BytesIO(data), detector="scanner", form=form))


SAMPLES = {
    DetectionFormat.OCSF: ocsf(),
    DetectionFormat.HIBP: BREACH,
    DetectionFormat.DETECTION: OWN,
}


@pytest.mark.parametrize("form", DetectionFormat)
@pytest.mark.parametrize("told", [True, False])
def test_one_object_an_array_and_lines_say_the_same(form: DetectionFormat, *, told: bool) -> None:
    sample, given = SAMPLES[form], form if told else None
    one = read(json.dumps(sample), given)
    assert one == read(json.dumps(sample, indent=2), given)
    assert one == read(json.dumps([sample]), given)
    assert one == read(b"\xef\xbb\xbf" + json.dumps([sample], indent=1).encode(), given)
    assert [*one, *one] == read(f"\n{json.dumps(sample)}\r\n\n{json.dumps(sample)}\n", given)
    assert {d.detector for d in one} == {"scanner"}


def test_our_own_fields_are_taken_as_they_are() -> None:
    (found,) = read(json.dumps(OWN))
    assert (found.event_id, found.severity, found.asset) == ("e-1", Gravity.HIGH, "bucket-7")
    assert len(found.raw_digest) == 64
    (given,) = read(json.dumps(OWN | {"raw_digest": "0" * 64, "detector": "scanner"}))
    assert given.raw_digest == "0" * 64


def test_a_breach_whose_classes_have_no_kind_is_kept_and_opens_nothing() -> None:
    (found,) = read(json.dumps(BREACH | {"DataClasses": ["Astrological signs"]}))
    assert (found.kinds, found.concerns_personal_data) == ((), None)


@pytest.mark.parametrize(
    ("text", "form", "field"),
    [
        ("", None, "file"),
        ("\n \n", None, "file"),
        ("nonsense", None, "line 1"),
        ('{"class_uid": 1,\n "time": }', None, "line 2"),
        ('\n\n{"a": \n', None, "line 4"),
        ("[]", None, "file"),
        ("[1]", None, "file"),
        ("7", None, "file"),
        (b"\xff\xfe{", None, "file"),
        ("[" * 100_000, None, "file"),
        ('{"a": 1}', None, "--format"),
        ('{"a": 1}', DetectionFormat.OCSF, "line 1.class_uid"),
        (json.dumps(ocsf()) + "\nnonsense\n", None, "line 2"),
        (json.dumps(ocsf()) + "\n" + json.dumps(ocsf() | {"time": "x"}), None, "line 2.time"),
        (json.dumps(OWN) + "\n[1]", None, "line 2"),
        (json.dumps(OWN | {"severty": 1}), None, "line 1.severty"),
        (json.dumps([OWN, OWN | {"rule": ""}]), None, "[1].rule"),
        (json.dumps(OWN | {"rule": "sent to jo@shop.test"}), None, "line 1.rule"),
        (json.dumps(OWN | {"asset": "\ud800"}), None, "line 1"),
        (json.dumps([BREACH | {"PwnCount": -1}]), None, "[0].PwnCount"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(
    text: str | bytes, form: DetectionFormat | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text, form)
    assert refused.value.field == field
    assert refused.value.fix
    assert "jo@shop" not in str(refused.value)


def test_lines_before_a_broken_one_are_taken() -> None:
    document = io.BytesIO(json.dumps(ocsf()).encode() + b"\n{}\n")
    found = read_detections(document, detector="scanner")
    assert next(found).event_id == "e-0"
    with pytest.raises(InvalidInput, match=r"line 2\.class_uid"):
        next(found)


@pytest.mark.parametrize("first", [b"", json.dumps(ocsf()).encode() + b"\n"])
def test_a_document_and_a_line_are_bounded(first: bytes) -> None:
    with pytest.raises(InvalidInput, match="16,777,216 bytes"):
        read(first + b'{"a": "' + b"x" * DOCUMENT_LIMIT)
    with pytest.raises(InvalidInput, match="16,777,216 bytes"):
        read(b"[\n" + b" \n" * (DOCUMENT_LIMIT // 2 + 1))


class Endless(io.RawIOBase):
    """Lines without end, of which none is kept."""

    def __init__(self, count: int) -> None:
        self._count = count

    def readline(self, size: int | None = -1, /) -> bytes:
        self._count -= 1
        return json.dumps(ocsf(self._count)).encode() + b"\n" if self._count >= 0 else b""


def test_memory_stays_flat_over_many_lines() -> None:
    tracemalloc.start()
    document = cast("BinaryIO", Endless(5_000))
    found = sum(1 for _ in read_detections(document, detector="scanner"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 5_000
    assert peak < 2_000_000


def test_a_made_up_stream_comes_through() -> None:
    lines = [arrival.body for arrival in stream(7, events=200, incidents=3)]
    assert len(read(b"\n".join(lines))) == len(lines) == 200
