"""Governing: a lane that is refused too much is held, and a person asked."""

from typing import Protocol

from tocsin.rules.governor import Strain, overstrained, strain_of
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Fact, FactKind, HoldLane, Write
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import LaneView


class Lanes(Protocol):
    """What lanes came to."""

    async def lane(self, round_id: str, lane: str, rung: int) -> LaneView:
        """Return what a lane came to on one rung, and whether it is held."""
        ...


async def hold_if_overstrained(
    round_id: str, lane: str, rung: int, *, lanes: Lanes, policy: Policy, more_hard: int = 0
) -> list[Write]:
    """Return the writes that hold a lane when too many of its notices were refused for good.

    `more_hard`: how many came back that the same Commit puts on record.
    """
    view = await lanes.lane(round_id, lane, rung)
    found = strain_of(view.counts)
    strain = Strain(found.handed_over, found.hard + more_hard)
    released = None if view.released is None else Strain(*view.released)
    if view.held or not overstrained(
        strain,
        released=released,
        percent=policy.governor_percent,
        fewest=policy.governor_fewest,
    ):
        return []
    way = Channel(view.channel).label
    reason = (
        f"{strain.hard:,} of {strain.handed_over:,} notices by {way} were refused for good or came "
        f"back ({strain.percent:.1f} %)"
    )
    text = (
        f"the lane {lane} of {round_id} is held: {reason}; the limit is {policy.governor_percent} "
        "%. Its other people stay open. Find out why; an approver then releases the lane, or the "
        "round is stopped"
    )
    return [
        HoldLane(round_id, lane, rung, view.channel, reason),
        Fact(FactKind.ALARM, f"lane:{round_id}:{lane}:{rung}", {"text": text}, round_id),
    ]
