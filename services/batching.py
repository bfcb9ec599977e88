"""Batching: a round's lanes cut into the events that send, settle or share them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from tocsin.rules.lanes import channel_of, waits_under
from tocsin.rules.pacing import batch_size, cut
from tocsin.rules.staging import share_of
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE
from tocsin.schemas.event import BatchDue, Event, SettlementDue, SharingDue
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.outcome import Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView


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
) -> list[Event]:
    """Cut a round's lanes, or a stage of them, into batches; ids depend on the round alone.

    What is not sent is settled or shared with the last stage. Lanes that may have to wait are left
    out, unless `lanes` names them: then these are cut, and no others.
    """
    return [
        Event(
            id=root_id(payload.type, f"{view.id}/{payload_lane(payload)}/{payload.first}"),
            incident=event.incident,
            round=view.id,
            payload=payload,
            weight=payload.count,
        )
        for payload in _payloads(view, policy, stage)
        if (
            payload_lane(payload) in lanes
            if lanes is not None
            else not waits_under(payload_lane(payload))
        )
    ]


def payload_lane(payload: BatchDue | SettlementDue | SharingDue) -> str:
    """Return the lane that a part of a round is of."""
    return SHARED_LANE if isinstance(payload, SharingDue) else payload.lane


def _payloads(
    view: RoundView, policy: Policy, stage: Stage
) -> Iterator[BatchDue | SettlementDue | SharingDue]:
    assert view.counts is not None  # noqa: S101  # dispatch follows the freeze
    size = batch_size(policy.rate_per_s, max_people=policy.batch_people)
    for lane, total in sorted(view.counts.by_lane.items()):
        is_sent = lane not in {UNADDRESSABLE_LANE, SHARED_LANE}
        if not is_sent and stage.first and stage != WHOLE:
            continue
        start, owed = stage.part_of(total) if is_sent else (0, total)
        for offset, count in cut(owed, size):
            part: dict[str, Any] = {"round": view.id, "first": start + offset, "count": count}
            if lane == UNADDRESSABLE_LANE:
                yield SettlementDue(lane=lane, **part)
            elif lane == SHARED_LANE:
                yield SharingDue(**part)
            else:
                channel = channel_of(lane)
                rung = view.counts.ladder.index(channel.value)
                yield BatchDue(lane=lane, channel=channel, rung=rung, **part)


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
