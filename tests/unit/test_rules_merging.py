"""Merging: the same drafts whatever the order, the repeats and the cuts; decisions are kept."""

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.merging import merge
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection, DraftState, EventName, Gravity, Merged, MergedDraft

from fakes.detections import WINDOW, detection, expected, outline

DETECTIONS = st.lists(
    st.builds(
        detection,
        st.sampled_from([f"e{n}" for n in range(40)]),
        minute=st.integers(0, 120),
        asset=st.sampled_from("ab"),
        rule=st.sampled_from("rs"),
        detector=st.sampled_from(["dlp", "siem"]),
        severity=st.sampled_from(Gravity),
        kinds=st.lists(st.sampled_from([DataKind.NAME, DataKind.MEDICAL]), unique=True).map(tuple),
        concerns_personal_data=st.sampled_from([True, True, True, False, None]),
    ),
    max_size=25,
    unique_by=lambda each: each.name,
)


class Store:
    """Drafts as a ledger keeps them, in memory."""

    def __init__(self) -> None:
        self.drafts: dict[str, MergedDraft] = {}
        self.draft_of: dict[EventName, str] = {}
        self.seen: set[EventName] = set()

    def take_in(self, *detections: Detection) -> tuple[Merged, ...]:
        new = {d.name: d for d in reversed(detections) if d.name not in self.seen}.values()
        self.seen |= {d.name for d in new}
        near = [draft for draft in self.drafts.values() if any(_near(draft, d) for d in new)]
        merged = merge(near, new, window=WINDOW)
        for each in merged:
            for old in each.replaces:
                del self.drafts[old]
            self.drafts[each.draft.id] = each.draft
            self.draft_of |= dict.fromkeys(each.takes, each.draft.id)
            moved = [name for name, id_ in self.draft_of.items() if id_ in each.replaces]
            self.draft_of |= dict.fromkeys(moved, each.draft.id)
        return merged

    def decide(self, draft: str, state: DraftState = DraftState.RAISED) -> MergedDraft:
        self.drafts[draft] = self.drafts[draft].model_copy(update={"state": state})
        return self.drafts[draft]


def _near(draft: MergedDraft, each: Detection) -> bool:
    at = each.observed_at
    here = draft.place == each.place
    return here and draft.first_seen - WINDOW <= at <= draft.last_seen + WINDOW


def stored(calls: Iterable[Sequence[Detection]]) -> Store:
    store = Store()
    for call in calls:
        store.take_in(*call)
    return store


def parts(detections: list[Detection], chance: Any) -> list[list[Detection]]:
    """Cut a stream into calls, anywhere."""
    cuts = sorted(chance.randint(0, len(detections)) for _ in range(chance.randint(0, 8)))
    return [detections[a:b] for a, b in pairwise([0, *cuts, len(detections)])]


def only(store: Store) -> MergedDraft:
    (draft,) = store.drafts.values()
    return draft


@settings(max_examples=300, deadline=None)
@given(DETECTIONS, st.randoms(use_true_random=False))
def test_any_order_any_repeats_and_any_cuts_give_the_same_drafts(
    detections: list[Detection], chance: Any
) -> None:
    at_once = stored([detections])
    assert outline(list(at_once.drafts.values())) == expected(detections)
    again = detections + chance.sample(detections, len(detections) // 2)
    chance.shuffle(again)
    bit_by_bit = stored(parts(again, chance))
    assert bit_by_bit.drafts == at_once.drafts
    assert bit_by_bit.draft_of == at_once.draft_of


@settings(max_examples=200, deadline=None)
@given(DETECTIONS, st.randoms(use_true_random=False))
def test_a_decided_draft_keeps_its_id_and_its_state_and_no_detection_is_lost(
    detections: list[Detection], chance: Any
) -> None:
    store = Store()
    decided: dict[str, DraftState] = {}
    for call in parts(detections, chance):
        store.take_in(*call)
        still_open = sorted(id_ for id_, draft in store.drafts.items() if not draft.decided)
        if still_open:
            draft = store.decide(chance.choice(still_open), chance.choice(list(DraftState)[1:]))
            decided[draft.id] = draft.state
        for id_, state in decided.items():
            assert store.drafts[id_].state is state
    concerning = {d.name for d in detections if d.concerns_personal_data is True}
    assert store.draft_of.keys() == concerning
    for id_, draft in store.drafts.items():
        held = [d for d in detections if store.draft_of.get(d.name) == id_]
        assert len(held) == draft.detections
        assert draft.first_seen == min(d.observed_at for d in held)
        assert draft.last_seen == max(d.observed_at for d in held)
    for one, other in combinations(store.drafts.values(), 2):
        both = one.decided and other.decided
        assert both or not _touch(one, other), "two drafts that should have been joined"


def _touch(one: MergedDraft, other: MergedDraft) -> bool:
    near = one.first_seen - other.last_seen <= WINDOW and other.first_seen - one.last_seen <= WINDOW
    return one.place == other.place and near


def test_the_window_is_inclusive_and_slides_with_what_arrives() -> None:
    chain = [detection("e0"), detection("e1", minute=10), detection("e2", minute=20)]
    assert only(stored([chain])).detections == 3
    gap = [detection("e0"), detection("e1", minute=11)]
    assert [d.detections for d in stored([gap]).drafts.values()] == [1, 1]


def test_one_event_id_of_two_detectors_is_two_events() -> None:
    store = stored([[detection("e"), detection("e", detector="siem", asset="b")]])
    assert len(store.drafts) == 2


def test_of_one_event_that_is_told_twice_the_first_content_stands() -> None:
    (merged,) = merge([], [detection("e"), detection("e", asset="b")], window=WINDOW)
    assert merged.draft.asset == "a"
    assert merged.draft.detections == 1


def test_what_does_not_concern_personal_data_opens_no_draft() -> None:
    unclear = detection("e", concerns_personal_data=None)
    assert merge([], [unclear, detection("f", concerns_personal_data=False)], window=WINDOW) == ()


def test_a_late_event_between_two_drafts_joins_them() -> None:
    store = Store()
    (early,) = store.take_in(detection("e0"))
    (late,) = store.take_in(detection("e2", minute=18))
    (between,) = store.take_in(detection("e1", minute=9))
    assert between.draft.id == early.draft.id
    assert between.replaces == (late.draft.id,)


def test_an_earlier_event_that_comes_late_gives_the_draft_its_own_id() -> None:
    store = Store()
    (before,) = store.take_in(detection("e1", minute=5))
    (after,) = store.take_in(detection("e0"))
    assert after.replaces == (before.draft.id,)
    assert after.draft == only(stored([[detection("e0"), detection("e1", minute=5)]]))


def test_a_draft_that_stays_as_it_is_does_not_come_back() -> None:
    store = stored([[detection("e0"), detection("e9", minute=90)]])
    (merged,) = merge(store.drafts.values(), [detection("e1", minute=1)], window=WINDOW)
    assert merged.draft.detections == 2


def test_what_touches_a_decided_draft_becomes_part_of_it_even_an_older_draft() -> None:
    store = Store()
    (older,) = store.take_in(detection("e0"))
    store.take_in(detection("e2", minute=15))
    decided = store.decide(next(id_ for id_ in store.drafts if id_ != older.draft.id))
    (merged,) = store.take_in(detection("e1", minute=8))
    assert merged.replaces == (older.draft.id,)
    draft = only(store)
    assert (draft.id, draft.state) == (decided.id, DraftState.RAISED)
    assert (draft.detections, draft.since_decided) == (3, 2)
    assert draft.first_event == "dlp/e0"


def test_two_decided_drafts_stay_two_and_what_comes_between_goes_to_the_earlier() -> None:
    store = Store()
    store.take_in(detection("e0"), detection("e2", minute=18))
    early, late = (store.decide(id_, DraftState.DISMISSED) for id_ in sorted(store.drafts))
    if early.first_seen > late.first_seen:
        early, late = late, early
    (merged,) = store.take_in(detection("e1", minute=9))
    assert merged.draft.id == early.id
    assert merged.replaces == ()
    assert store.drafts[late.id] == late
