"""When a batch may start: the quiet hours of those in it, and what the law leaves of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tocsin.rules.quiet_hours import LOUD, QuietHours, not_before
from tocsin.rules.zones import zones_of
from tocsin.schemas.canonical import parse_instant
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import BatchDue
from tocsin.schemas.policy import Policy


def law_of(plan: Mapping[str, Any]) -> datetime | None:
    """Return when the people of a planned round have to be told; None where nothing says so."""
    due_at = plan.get("due_at")
    return parse_instant(due_at) if due_at else None


def start_of(
    batch: BatchDue, *, plan: Mapping[str, Any], policy: Policy, now: datetime
) -> datetime:
    """Return when a batch may start: now, or when it is no longer quiet for those in it."""
    return not_before(
        now,
        batch.channel,
        zones_of(batch.lane, batch.residence, home=policy.home_zone),
        quiet=QuietHours(policy.quiet_from, policy.quiet_until),
        due_at=law_of(plan),
        reserve=policy.quiet_reserve,
    )


def residence_for(channel: Channel, residence: str) -> str:
    """Return the residence by which people are put into batches: none where no hour is quiet."""
    return residence if channel in LOUD else ""
