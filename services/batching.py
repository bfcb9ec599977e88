"""Batching: a round's lanes cut into the events that send, settle or share them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from tocsin.rules.lanes import base_of, channel_of, waits_under
from tocsin.rules.limits import UNLIMITED, Limit, Limits
from tocsin.rules.pacing import Share, batch_size, cut, cut_to
from tocsin.rules.staging import share_of
from tocsin.schemas.audience import NOT_SENT, SHARED_LANE, UNADDRESSABLE_LANE
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import BatchDue, Event, SettlementDue, SharingDue
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.outcome import Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a round that goes first, or the part that is left then."""

    percent: int
    first: bool

    def part_of(self, total: int) -> tuple[int, int]:
        """Return (first seq, count) of a lane's part."""
        share = share_of(total, self.percent)
        return (0, share) if self.first else (share, total - share)


WHOLE = Stage(100, first=True)


def waiting_lanes(view: RoundView) -> tuple[str, ...]:
    """Return the lanes of those whose notices may have to wait once they are approved."""
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    return tuple(lane for lane in sorted(view.counts.by_lane) if waits_under(lane))


def batch_events(
    event: Event,
    view: RoundView,
    policy: Policy,
    stage: Stage = WHOLE,
    *,
    lanes: Collection[str] | None = None,
    limits: Limits = UNLIMITED,
    now: datetime | None = None,
) -> list[Event]:
    """Cut a round's lanes, or a stage of them, into batches; ids depend on the round alone.

    What is not sent is settled or shared with the last stage. Lanes that may have to wait are left
    out, unless `lanes` names them: then these are cut, and no others. With `now`, a batch of a lane
    that is held to a limit is due when it may have its turn: until then nobody looks at it.
    """
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    told = {
        lane: stage.part_of(total)
        for lane, total in view.counts.by_lane.items()
        if lane not in NOT_SENT and (lane in lanes if lanes is not None else not waits_under(lane))
    }
    shares = _shares({lane: people for lane, (_, people) in told.items()}, limits)
    events = []
    for payload in _payloads(view, policy, stage, limits):
        lane = payload_lane(payload)
        due = None
        if isinstance(payload, BatchDue):
            if lane not in told:
                continue
            if now is not None:
                due = shares[lane].turn_of(payload.first - told[lane][0], now)
        elif lanes is not None and lane not in lanes:
            continue
        events.append(
            Event(
                id=root_id(payload.type, f"{view.id}/{lane}/{payload.first}"),
                incident=event.incident,
                round=view.id,
                payload=payload,
                due=due,
                weight=payload.count,
            )
        )
    return events


def _shares(people_of: Mapping[str, int], limits: Limits) -> dict[str, Share]:
    """Return each lane's share of its channel."""
    of_channel: defaultdict[Channel, int] = defaultdict(int)
    for lane, people in people_of.items():
        of_channel[channel_of(lane)] += people
    return {
        lane: Share(
            people,
            of_channel[channel_of(lane)],
            limits.lanes.get(base_of(lane)),
            limits.channels.get(channel_of(lane)),
        )
        for lane, people in people_of.items()
    }


def parts(
    people: Sequence[T],
    lane: str,
    channel: Channel,
    *,
    policy: Policy,
    limits: Limits,
    now: datetime,
) -> Iterator[Sequence[T]]:
    """Yield those who are told next on a channel, as many at a time as a batch may hold there.

    Where the channel has no limit they stay together.
    """
    limit = _cut_by(lane, channel, policy, limits)
    size = len(people)
    if limit is not None:
        rate = min(limit.rate_at(now), policy.rate_per_s)
        size = batch_size(rate, max_people=policy.batch_people)
    for first, count in cut(len(people), max(size, 1)):
        yield people[first : first + count]


def payload_lane(payload: BatchDue | SettlementDue | SharingDue) -> str:
    """Return the lane that a part of a round is of."""
    return SHARED_LANE if isinstance(payload, SharingDue) else payload.lane


def _payloads(
    view: RoundView, policy: Policy, stage: Stage, limits: Limits
) -> Iterator[BatchDue | SettlementDue | SharingDue]:
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    for lane, total in sorted(view.counts.by_lane.items()):
        is_sent = lane not in NOT_SENT
        if not is_sent and stage.first and stage != WHOLE:
            continue
        start, owed = stage.part_of(total) if is_sent else (0, total)
        for offset, count in _cut(lane, owed, view, policy, limits):
            part: dict[str, Any] = {"round": view.id, "first": start + offset, "count": count}
            if lane == UNADDRESSABLE_LANE:
                yield SettlementDue(lane=lane, **part)
            elif lane == SHARED_LANE:
                yield SharingDue(**part)
            else:
                channel = channel_of(lane)
                rung = view.counts.ladder.index(channel.value)
                yield BatchDue(lane=lane, channel=channel, rung=rung, **part)


def _cut_by(lane: str, channel: Channel, policy: Policy, limits: Limits) -> Limit | None:
    """Return the limit that makes batches small; a print house takes folders, however slowly."""
    return None if policy.gather_minutes.get(channel) else limits.of(lane, channel)


def _cut(
    lane: str, owed: int, view: RoundView, policy: Policy, limits: Limits
) -> Iterator[tuple[int, int]]:
    limit = None if lane in NOT_SENT else _cut_by(lane, channel_of(lane), policy, limits)
    if limit is None:
        yield from cut(owed, batch_size(policy.rate_per_s, max_people=policy.batch_people))
        return
    # from when the round was opened, not from now: whenever it is cut, it is cut alike
    yield from cut_to(
        owed,
        limit,
        view.opened_at,
        rate_per_s=policy.rate_per_s,
        max_people=policy.batch_people,
    )


def settle_everyone(event: Event, view: RoundView, policy: Policy) -> list[Event]:
    """Return the events that settle a whole round as announced, but for the excluded."""
    assert view.counts is not None  # noqa: S101  # publication follows the freeze
    events = []
    for lane, total in sorted(view.counts.by_lane.items()):
        for first, count in cut(total, policy.batch_people):
            payload = SettlementDue(
                round=view.id, lane=lane, first=first, count=count, result=Result.ANNOUNCED
            )
            events.append(
                Event(
                    id=root_id("settlement.due", f"{view.id}/announced/{lane}/{first}"),
                    incident=event.incident,
                    round=view.id,
                    payload=payload,
                    weight=count,
                )
            )
    return events
