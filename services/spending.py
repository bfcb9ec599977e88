"""Spending: no paid batch is queued that would pass the limit; a person is asked instead."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from tocsin.rules.costs import cost, money, passes
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Fact, FactKind, Transition, Write
from tocsin.schemas.event import BatchDue, Event
from tocsin.schemas.policy import Policy


class Purse(Protocol):
    """What a round pays for."""

    async def committed(self, round_id: str) -> Mapping[Channel, int]:
        """Return for how many notices a round pays by channel: taken, and in the queue."""
        ...


class Admitted(NamedTuple):
    """Which events may be queued, and which would pass the limit."""

    events: list[Event]
    over: list[Event]
    sum_cents: int
    """What the round would cost with all of them."""


async def admit(
    events: Sequence[Event], round_id: str, *, purse: Purse, policy: Policy
) -> Admitted:
    """Part events into those that may be queued and paid batches that would pass the limit."""
    prices = {c: price for c, price in policy.unit_costs.items() if price}
    paid = [e for e in events if isinstance(e.payload, BatchDue) and e.payload.channel in prices]
    if policy.cost_limit_cents is None or not paid:
        return Admitted(list(events), [], 0)
    notices = dict(await purse.committed(round_id))
    over: list[Event] = []
    wanted = dict(notices)
    for e in paid:
        assert isinstance(e.payload, BatchDue)  # noqa: S101  # chosen by it
        channel = e.payload.channel
        wanted[channel] = wanted.get(channel, 0) + e.weight
        trial = notices | {channel: notices.get(channel, 0) + e.weight}
        if passes(policy.cost_limit_cents, spent=cost(trial, prices), more=0):
            over.append(e)
        else:
            notices = trial
    names = {e.id for e in over}
    return Admitted([e for e in events if e.id not in names], over, cost(wanted, prices))


def pause_for_cost(round_id: str, would_be: int, policy: Policy) -> list[Write]:
    """Return the writes that pause a round because it would cost more than its limit."""
    assert policy.cost_limit_cents is not None  # noqa: S101  # else nothing is over
    limit = money(policy.cost_limit_cents, policy.currency)
    text = (
        f"{round_id} is paused: it would cost {money(would_be, policy.currency)}, and the limit is "
        f"{limit}. Nobody is dropped. Raise policy.cost_limit_cents and resume, or decide on an "
        "announcement"
    )
    return [
        Transition("round", round_id, "paused", "", text, was="sending"),
        Fact(FactKind.ALARM, f"cost:{round_id}", {"text": text}, round_id),
    ]
