"""A relay's connections are shared between lanes: a sick one never holds them all."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.notifiers.duration import Duration
from tocsin.notifiers.lane_shares import LaneShares
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

from fakes.relays import SENDER, lease_of, run
from fakes.sick_relay import FAULTS, SickRelay

TEN = 10


def told(shares: LaneShares, lane: str, now: float) -> int:
    """Give as many free connections to a lane as it may have."""
    given_to_it = 0
    while given_to_it < TEN and shares.has_room(lane, now):
        shares.begins(lane, now)
        given_to_it += 1
    return given_to_it


def test_a_lane_of_which_no_answer_came_leaves_a_fifth_of_the_connections_free() -> None:
    shares = LaneShares(TEN)
    assert told(shares, "gmail", 0.0) == 8
    shares.ends("gmail", 0.1)
    assert shares.has_room("gmail", 0.1), "it answers"
    assert shares.is_open(0.1)


def test_a_slow_lane_has_a_fifth_of_the_connections_while_others_are_at_work() -> None:
    shares = LaneShares(TEN)
    shares.begins("slow", 0.0)
    shares.ends("slow", 30.0)
    assert told(shares, "slow", 30.0) == 8, "nobody else is there"
    for _ in range(8):
        shares.ends("slow", 33.0)
    shares.begins("gmail", 33.0)
    assert told(shares, "slow", 33.0) == 2
    assert not shares.goes_on("slow", 33.0, contested=False)


def test_lanes_that_are_quick_go_on_until_they_have_more_than_their_part() -> None:
    shares = LaneShares(TEN)
    for lane in ("gmail", "outlook"):
        shares.begins(lane, 0.0)
        shares.ends(lane, 0.01)
        shares.begins(lane, 0.01)
    for _ in range(9):
        assert shares.goes_on("gmail", 0.01, contested=True)
        shares.begins("gmail", 0.01)
    shares.begins("gmail", 0.01)
    assert not shares.goes_on("gmail", 0.01, contested=True)
    assert shares.goes_on("gmail", 0.01, contested=False), "nobody of the others waits"


@given(st.integers(1, 20), st.floats(0.001, 30))
def test_how_long_a_message_takes_is_told_from_the_number_out_and_the_rate(
    out: int, each_s: float
) -> None:
    duration, now = Duration(), 0.0
    for _ in range(out):
        duration.begins(now)
    for _ in range(200):
        now += each_s / out
        duration.ends(now)
        duration.begins(now)
    assert duration.seconds(now) == pytest.approx(each_s, rel=1e-3)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f in {"tarpit", "hang"}])
def test_people_of_another_lane_do_not_wait_for_a_sick_one(fault: str) -> None:
    async def hand_over(mailer: SmtpMailer, lane: str, domain: str, people: int) -> int:
        batch = [
            Message(lane, n, f"p{n}@{domain}", (b"Subject: x\r\n\r\nx\r\n",), "")
            for n in range(people)
        ]
        accepted = 0
        async for flush in mailer.send(batch, lease_of(), sender=SENDER):
            accepted += sum(isinstance(sent.outcome, Accepted) for sent in flush)
        return accepted

    async def main() -> None:
        async with SickRelay() as relay:
            await relay.turn(fault)
            settings = RelaySettings("r", "127.0.0.1", relay.port, Tls.NONE, connections=TEN)
            async with SmtpMailer([settings], flush=500) as mailer:
                sick = asyncio.create_task(hand_over(mailer, "sick", "sick.example", 200))
                await asyncio.sleep(0.3)
                async with asyncio.timeout(2):
                    assert await hand_over(mailer, "gmail", "gmail.example", 2000) == 2000
                assert not sick.done()
                sick.cancel()
                await asyncio.gather(sick, return_exceptions=True)

    run(main())
