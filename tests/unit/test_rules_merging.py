"""Merging: the same drafts whatever the order and the repeats, and memory for what is open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.merging import Merging, merge
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, Gravity, MergePolicy, SourceFormat

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY = MergePolicy(window=timedelta(minutes=10), lateness=timedelta(minutes=5))
HOLD = POLICY.window + POLICY.lateness


def detection(event: str, *, minute: int = 0, asset: str = "a", **changes: Any) -> Detection:
    fields: dict[str, Any] = {
        "event_id": event,
        "detector": "dlp",
        "observed_at": NOON + timedelta(minutes=minute),
        "rule": "r",
        "asset": asset,
        "concerns_personal_data": True,
        "reason": "a data security finding",
        "source_format": SourceFormat.OCSF,
        "raw_digest": "0" * 64,
    }
    return Detection(**fields | changes)


DETECTIONS = st.lists(
    st.builds(
        detection,
        st.sampled_from([f"e{n}" for n in range(12)]),
        minute=st.integers(0, 120),
        asset=st.sampled_from("ab"),
        rule=st.sampled_from("rs"),
        detector=st.sampled_from(["dlp", "siem"]),
        severity=st.sampled_from(Gravity),
        kinds=st.lists(st.sampled_from([DataKind.NAME, DataKind.MEDICAL]), unique=True).map(tuple),
        concerns_personal_data=st.sampled_from([True, True, True, False, None]),
    ),
    max_size=25,
)


def together(one: Detection, other: Detection) -> bool:
    same_event = (one.detector, one.event_id) == (other.detector, other.event_id)
    same_place = (one.asset, one.rule) == (other.asset, other.rule)
    apart = abs(one.observed_at - other.observed_at)
    return same_event or (same_place and apart <= POLICY.window)


def connected(detections: Sequence[Detection]) -> list[list[Detection]]:
    """The plain, slow meaning of belonging together."""
    groups: list[list[Detection]] = []
    for each in detections:
        if each.concerns_personal_data is not True:
            continue
        touched = [g for g in groups if any(together(each, other) for other in g)]
        groups = [g for g in groups if g not in touched]
        groups.append([each, *(other for g in touched for other in g)])
    return groups


@settings(max_examples=150, deadline=None)
@given(DETECTIONS, st.randoms(use_true_random=False))
def test_any_order_and_any_repeats_give_the_same_drafts(
    detections: list[Detection], chance: Any
) -> None:
    drafts = merge(detections, policy=POLICY)
    again = detections * 2
    chance.shuffle(again)
    assert merge(again, policy=POLICY) == drafts


@settings(max_examples=150, deadline=None)
@given(DETECTIONS)
def test_drafts_are_the_connected_sets_of_detections(detections: list[Detection]) -> None:
    expected = sorted(
        (
            min(d.observed_at for d in group),
            max(d.observed_at for d in group),
            len({(d.detector, d.event_id) for d in group}),
            max(d.severity for d in group),
            sorted({kind for d in group for kind in d.kinds}),
            sorted({d.asset for d in group}),
        )
        for group in connected(detections)
    )
    drafts = merge(detections, policy=POLICY)
    found = sorted(
        (d.first_seen, d.last_seen, d.detections, d.severity, sorted(d.kinds), sorted(d.assets))
        for d in drafts
    )
    assert found == expected
    assert len({d.id for d in drafts}) == len(drafts)


@settings(max_examples=100, deadline=None)
@given(DETECTIONS)
def test_what_a_draft_replaces_leaves_exactly_the_drafts_that_remain(
    detections: list[Detection],
) -> None:
    merging = Merging(POLICY)
    standing: set[str] = set()
    for each in detections:
        merged = merging.add(each, at=NOON)
        if merged is not None:
            standing -= set(merged.replaces)
            standing.add(merged.draft.id)
    assert standing == {draft.id for draft in merging.close_all()}


def test_the_window_is_inclusive_and_slides_with_what_arrives() -> None:
    chain = [detection("e0"), detection("e1", minute=10), detection("e2", minute=20)]
    assert [d.detections for d in merge(chain, policy=POLICY)] == [3]
    gap = [detection("e0"), detection("e1", minute=11)]
    assert [d.detections for d in merge(gap, policy=POLICY)] == [1, 1]


def test_one_event_id_of_two_detectors_is_two_events() -> None:
    drafts = merge([detection("e"), detection("e", detector="siem", asset="b")], policy=POLICY)
    assert len(drafts) == 2


def test_a_repeat_says_so_and_adds_nothing() -> None:
    merging = Merging(POLICY)
    first = merging.add(detection("e"), at=NOON)
    second = merging.add(detection("e"), at=NOON)
    assert first is not None and not first.repeated
    assert second is not None and second.repeated
    assert second.draft == first.draft


def test_what_does_not_concern_personal_data_opens_no_draft() -> None:
    merging = Merging(POLICY)
    assert merging.add(detection("e", concerns_personal_data=None), at=NOON) is None
    assert merging.add(detection("f", concerns_personal_data=False), at=NOON) is None
    assert merging.open == 0


def test_a_late_event_between_two_drafts_joins_them() -> None:
    merging = Merging(POLICY)
    early = merging.add(detection("e0"), at=NOON)
    late = merging.add(detection("e2", minute=18), at=NOON)
    between = merging.add(detection("e1", minute=9), at=NOON)
    assert early is not None and late is not None and between is not None
    assert between.draft.id == early.draft.id
    assert between.replaces == (late.draft.id,)


def test_a_draft_closes_by_arrivals_and_not_by_what_events_say_of_their_time() -> None:
    merging = Merging(POLICY)
    merging.add(detection("e0", minute=10**6), at=NOON)
    merging.add(detection("e1", asset="b"), at=NOON + timedelta(minutes=1))
    assert merging.close(at=NOON + HOLD) == ()
    (closed,) = merging.close(at=NOON + HOLD + timedelta(seconds=1))
    assert closed.assets == ("a",)
    assert merging.open == 1


def test_a_backlog_of_another_day_is_merged_as_it_would_have_been() -> None:
    yesterday = [detection(f"e{n}", minute=n - 1440) for n in range(60)]
    merging = Merging(POLICY)
    for n, each in enumerate(yesterday):
        at = NOON + timedelta(seconds=n)
        merging.add(each, at=at)
        assert merging.close(at=at) == ()
    (draft,) = merging.close_all()
    assert draft.detections == 60


def test_nothing_of_a_closed_draft_is_kept() -> None:
    merging = Merging(POLICY)
    for n in range(100):
        merging.add(detection(f"e{n}", asset=f"a{n % 7}"), at=NOON)
    assert len(merging.close(at=NOON + HOLD * 2)) == 7
    assert (merging.open, merging.remembered) == (0, 0)
    assert not merging._spans


def test_a_rule_that_never_rests_keeps_one_draft_and_forgets_old_events() -> None:
    merging = Merging(POLICY)
    for minute in range(2000):
        at = NOON + timedelta(minutes=minute)
        merging.add(detection(f"e{minute}", minute=minute), at=at)
        merging.close(at=at)
        assert merging.remembered <= HOLD / timedelta(minutes=1) + 1
    (draft,) = merging.close_all()
    assert draft.detections == 2000
