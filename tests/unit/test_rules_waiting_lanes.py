"""The lanes of those who may have to wait: read back as they were named, and fit for a code."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.regimes.load import load_regimes
from tocsin.rules.lanes import LANES, base_of, channel_of, waiting_lane, waits_under
from tocsin.schemas.identifiers import ReturnCode

REGIMES = sorted({regime.id for regime in load_regimes()})


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([*sorted(LANES), "sms-49", "post-cn", "web-push"]),
    st.sets(st.sampled_from(REGIMES), max_size=3),
)
def test_a_waiting_lane_says_where_it_leads_and_what_it_waits_for(
    lane: str, regimes: set[str]
) -> None:
    waiting = waiting_lane(lane, regimes)
    assert base_of(waiting) == lane
    assert waits_under(waiting) == tuple(sorted(regimes))
    assert channel_of(waiting) is channel_of(lane)
    code = ReturnCode.of(b"k" * 32, "INC-7K2QX/r1", waiting, 7, rung=1)
    assert ReturnCode.read(str(code)) == code
