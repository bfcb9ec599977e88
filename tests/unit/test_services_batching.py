"""Batches of lanes that are held to a limit: small while it is low, and due when their turn is."""

from dataclasses import replace
from datetime import timedelta

from tocsin.rules.limits import Limits, steady, warm_up
from tocsin.schemas.audience import AudienceCounts
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import Event
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.batching import WHOLE, Stage, batch_events, parts

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
LADDER = ("email", "sms", "letter")
POLICY = Policy(rate_per_s=100, batch_people=400)


def view(**by_lane: int) -> RoundView:
    lanes = {lane.replace("_", "-"): people for lane, people in by_lane.items()}
    people = sum(lanes.values())
    counts = AudienceCounts(people, people, lanes, {}, {}, {}, 0, 0)
    counts = replace(counts, ladder=LADDER)
    return RoundView(ROUND, "INC-1", 1, "initial", "frozen", NOW, people, "root", counts)


def cut(
    here: RoundView, limits: Limits, *, after_s: float = 0, stage: Stage = WHOLE
) -> list[Event]:
    now = NOW + timedelta(seconds=after_s)
    return batch_events(event("dispatch"), here, POLICY, stage, limits=limits, now=now)


def shown(events: list[Event]) -> list[tuple[int, float]]:
    """Return how many each batch tells, and when it is due, in seconds from now."""
    return [(e.weight, (e.due - NOW).total_seconds() if e.due else 0.0) for e in events]


def test_a_batch_of_a_limited_lane_is_what_it_sends_in_five_seconds_and_due_at_its_turn() -> None:
    assert shown(cut(view(gmail=25), Limits({}, {"gmail": steady(2)}))) == [
        (10, 0),
        (10, 5),
        (5, 10),
    ]


def test_lanes_without_a_limit_are_cut_and_due_as_ever() -> None:
    limits = Limits({Channel.SMS: steady(2)}, {"gmail": steady(2)})
    assert shown(cut(view(other=900), limits)) == [(400, 0), (400, 0), (100, 0)]


def test_batches_grow_with_the_warm_up() -> None:
    plan = warm_up(NOW.date(), [8_640, 86_400], max_per_s=50)  # 0.1 and 1 a second
    sizes = [count for count, _ in shown(cut(view(other=100_000), Limits({Channel.EMAIL: plan})))]
    assert sizes == sorted(sizes[:-1]) + sizes[-1:]
    assert {1, 5, 250} <= set(sizes)
    assert sum(sizes) == 100_000


def test_the_lanes_of_a_channel_go_side_by_side_and_end_together() -> None:
    events = cut(view(gmail=3_000, qq=1_000), Limits({Channel.EMAIL: steady(40)}))
    last = {
        lane: max((e.due for e in events if e.due and e.payload.lane == lane), default=NOW)  # type: ignore[union-attr]  # all of them are batches
        for lane in ("gmail", "qq")
    }
    assert all(timedelta(seconds=79) <= at - NOW < timedelta(seconds=100) for at in last.values())


def test_a_round_is_cut_alike_whenever_it_is_cut() -> None:
    limits = Limits({Channel.EMAIL: warm_up(NOW.date(), [500, 86_400], max_per_s=50)})
    here = view(other=5_000, gmail=300)
    early, late = cut(here, limits), cut(here, limits, after_s=30 * 3_600)
    assert [(e.id, e.payload) for e in early] == [(e.id, e.payload) for e in late]


def test_the_share_and_the_rest_of_a_limited_lane_are_everybody_once() -> None:
    limits = Limits({}, {"gmail": steady(2)})
    found: list[int] = []
    for first in (True, False):
        for each in cut(view(gmail=101), limits, stage=Stage(10, first=first)):
            assert each.payload.type == "batch.due"
            found += range(each.payload.first, each.payload.first + each.payload.count)
    assert sorted(found) == list(range(101))


def test_a_print_house_takes_folders_however_slowly() -> None:
    limits = Limits({Channel.LETTER: steady(1)})
    assert [n for n, _ in shown(cut(view(post_de=900), limits))] == [400, 400, 100]
    assert shown(cut(view(post_de=900), limits))[1] == (400, 400)


def test_whoever_goes_on_to_a_limited_channel_goes_in_parts() -> None:
    def sizes(channel: Channel) -> list[int]:
        limits = Limits({Channel.SMS: steady(2), Channel.LETTER: steady(2)})
        told = parts(range(25), "gmail", channel, policy=POLICY, limits=limits, now=NOW)
        return [len(part) for part in told]

    assert sizes(Channel.SMS) == [10, 10, 5]
    assert sizes(Channel.CALL) == [25]
    assert sizes(Channel.LETTER) == [25]
