"""Where an obligation's code stands in its round's range."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.rules.code_places import place_of
from tocsin.schemas.errors import Conflict

_NAMES = st.text(st.sampled_from("abcz.-019"), min_size=1, max_size=6)


@given(st.dictionaries(_NAMES, st.integers(min_value=0, max_value=30), max_size=8))
def test_the_obligations_of_any_lanes_fill_the_range_and_no_two_share_a_place(
    lanes: dict[str, int],
) -> None:
    places = [place_of(lanes, lane, seq) for lane, size in lanes.items() for seq in range(size)]
    assert sorted(places) == list(range(sum(lanes.values())))


@given(st.dictionaries(_NAMES, st.integers(min_value=1, max_value=30), min_size=1))
def test_the_order_in_which_lanes_are_named_changes_no_place(lanes: dict[str, int]) -> None:
    turned = dict(reversed(lanes.items()))
    for lane, size in lanes.items():
        assert place_of(lanes, lane, size - 1) == place_of(turned, lane, size - 1)


@pytest.mark.parametrize(("lane", "seq"), [("gmail", 3), ("gmail", -1), ("yahoo", 0)])
def test_an_obligation_that_the_round_does_not_have_has_no_place(lane: str, seq: int) -> None:
    with pytest.raises(Conflict, match=f"no obligation {lane}/{seq}"):
        place_of({"gmail": 3, "other": 2}, lane, seq)
