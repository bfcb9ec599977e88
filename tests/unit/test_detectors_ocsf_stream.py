"""Fifty incidents hidden among detector events come out as fifty drafts, and nothing else does."""

import ast
import asyncio
import resource
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from tocsin.detectors.ocsf import read_ocsf
from tocsin.ledger import drafts
from tocsin.ledger.verify import verify
from tocsin.rules.merging import merge
from tocsin.schemas.detection import Detection, MergedDraft

from fakes.detector_stream import Arrival, planted, stream
from fakes.ledgers import BACKENDS, ledger_in

WINDOW = timedelta(minutes=30)
BATCH = 500
_DETECTORS = Path(__file__).resolve().parents[2] / "detectors"


def read(arrivals: Iterable[Arrival]) -> Iterator[Detection]:
    for arrival in arrivals:
        yield from read_ocsf(arrival.body, detector="siem")


def drafts_of(seed: int, *, events: int, window: timedelta = WINDOW) -> list[MergedDraft]:
    found = merge([], read(stream(seed, events=events)), window=window)
    return [merged.draft for merged in found]


def assert_the_planted_come_out(found: Sequence[MergedDraft], seed: int) -> None:
    truth = planted(seed)
    assert len(truth) == 50
    assert Counter((d.asset, d.detections) for d in found) == Counter(
        (t.asset, len(t.events)) for t in truth
    )
    by_event = {f"siem/{event}": t for t in truth for event in t.events}
    assert {by_event[d.first_event] for d in found} == set(truth)
    assert len({d.id for d in found}) == 50


@pytest.mark.parametrize("seed", [1, 2])
def test_exactly_the_planted_incidents_become_drafts(seed: int) -> None:
    assert_the_planted_come_out(drafts_of(seed, events=4000), seed)


def test_a_shorter_window_splits_what_belongs_together() -> None:
    assert len(drafts_of(1, events=1000, window=timedelta(minutes=1))) > 50


def test_no_name_and_no_address_of_an_event_enters_its_detection() -> None:
    for detection in read(stream(3, events=1000)):
        told = detection.model_dump_json()
        assert "@" not in told
        assert "Some" not in told


def test_no_detector_can_look_up_the_truth() -> None:
    for path in _DETECTORS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] in {"fakes", "tests"} for name in names), path.name


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@pytest.mark.soak
@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_of_a_hundred_thousand_events_come_out_of_the_ledger_and_memory_stays_flat(
    tmp_path: Path, backend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    events, held, taken_s = 100_000, list[int](), list[float]()

    async def main() -> list[MergedDraft]:
        async with ledger_in(tmp_path, backend) as ledger:
            arrivals, new, began = stream(4, events=events), 0, time.perf_counter()
            while batch := list(islice(arrivals, BATCH)):
                detections, now = list(read(batch)), batch[-1].at
                before = time.perf_counter()
                taken = await ledger.take_in(detections, merge=merge, window=WINDOW, now=now)
                taken_s.append(time.perf_counter() - before)
                held.append(resident())
                new += taken.new
            whole_s = time.perf_counter() - began
            assert events * 0.9 < new < events, "some are repeats"
            with capsys.disabled():
                slowest = sorted(taken_s)[-len(taken_s) // 100]
                print(
                    f"\n{backend}: {events / whole_s:,.0f} events/s read and taken in,"
                    f" {events / sum(taken_s):,.0f}/s by the ledger alone;"
                    f" a batch of {BATCH} p99 {slowest * 1000:.0f} ms;"
                    f" {held[-1] >> 20} MiB resident"
                )
            assert (await ledger.ask(verify, ledger.keys)).problems == ()
            return [view.draft for view in await ledger.ask(drafts.drafts)]

    assert_the_planted_come_out(asyncio.run(main()), 4)
    half = len(held) // 2  # by then the database's own cache is full
    assert max(held[half:]) - held[half] < 8 << 20, [size >> 20 for size in held[::20]]
