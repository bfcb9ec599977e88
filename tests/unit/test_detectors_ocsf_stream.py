"""Fifty incidents hidden among detector events come out as fifty drafts, and nothing else does."""

import ast
import resource
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tocsin.detectors.ocsf import read_ocsf
from tocsin.rules.merging import Merging
from tocsin.schemas.detection import MergedDraft, MergePolicy

from fakes.detector_stream import planted, stream

POLICY = MergePolicy(window=timedelta(minutes=30), lateness=timedelta(minutes=30))
_DETECTORS = Path(__file__).resolve().parents[2] / "detectors"


def drafts_of(seed: int, *, events: int) -> Iterator[tuple[MergedDraft, int]]:
    """Yield each closed draft, and how many events merging remembered then."""
    merging = Merging(POLICY)
    for arrival in stream(seed, events=events):
        for detection in read_ocsf(arrival.body, detector="siem"):
            merging.add(detection, at=arrival.at)
        for draft in merging.close(at=arrival.at):
            yield draft, merging.remembered
    yield from ((draft, 0) for draft in merging.close_all())


def assert_the_planted_come_out(drafts: list[MergedDraft], seed: int) -> None:
    truth = planted(seed)
    assert len(truth) == 50
    assert Counter((d.assets, d.detections) for d in drafts) == Counter(
        ((t.asset,), len(t.events)) for t in truth
    )
    by_event = {f"siem/{event}": t for t in truth for event in t.events}
    assert {by_event[d.first_event] for d in drafts} == set(truth)
    assert len({d.id for d in drafts}) == 50


@pytest.mark.parametrize("seed", [1, 2])
def test_exactly_the_planted_incidents_become_drafts(seed: int) -> None:
    assert_the_planted_come_out([draft for draft, _ in drafts_of(seed, events=4000)], seed)


def test_a_shorter_window_splits_what_belongs_together() -> None:
    narrow = MergePolicy(window=timedelta(minutes=1), lateness=timedelta(minutes=30))
    merging = Merging(narrow)
    for arrival in stream(1, events=1000):
        for detection in read_ocsf(arrival.body, detector="siem"):
            merging.add(detection, at=arrival.at)
    assert len(merging.close_all()) > 50


def test_no_name_and_no_address_of_an_event_enters_its_detection() -> None:
    for arrival in stream(3, events=1000):
        (detection,) = read_ocsf(arrival.body, detector="siem")
        told = detection.model_dump_json()
        assert "@" not in told
        assert "Some" not in told


def test_no_detector_can_look_up_the_truth() -> None:
    for path in _DETECTORS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in {"fakes", "tests"} for name in names), path.name


@pytest.mark.soak
def test_fifty_of_a_hundred_thousand_events_come_out_and_memory_stays_flat() -> None:
    drafts: list[MergedDraft] = []
    merging, most = Merging(POLICY), 0
    resident: list[int] = []
    for n, arrival in enumerate(stream(4, events=100_000)):
        if n % 10_000 == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            resident.append(pages * resource.getpagesize())
        for detection in read_ocsf(arrival.body, detector="siem"):
            merging.add(detection, at=arrival.at)
        drafts += merging.close(at=arrival.at)
        most = max(most, merging.remembered)
    drafts += merging.close_all()
    assert_the_planted_come_out(drafts, 4)
    assert most < 200
    assert max(resident[1:]) - resident[1] < 4 << 20, resident
