"""The governor: when a lane is refused so much that somebody should look before more is sent."""

from collections.abc import Mapping
from typing import NamedTuple

from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason, Result

HARD = frozenset(
    {
        Reason.NO_SUCH_MAILBOX,
        Reason.MAILBOX_BARRED,
        Reason.REFUSED_BY_POLICY,
        Reason.REFUSED_CONTENT,
    }
)
"""What a provider holds against a sender. An address that is malformed or missing is mostly found
here before anybody is asked; a full mailbox or silence says nothing of the sender."""


class Strain(NamedTuple):
    """What a lane came to on one rung, in notices."""

    handed_over: int
    """Taken, or refused for good."""
    hard: int
    """Of those, refused for good or come back."""

    @property
    def percent(self) -> float:
        """Return the share of hard ones, in percent; 0 of nothing."""
        return 100 * self.hard / self.handed_over if self.handed_over else 0.0


def strain_of(counts: Mapping[tuple[str, str], int]) -> Strain:
    """Return the strain of a lane from its counts by (result or what was heard, reason)."""
    taken = hard = came_back = 0
    for (result, reason), count in counts.items():
        if result == Result.ACCEPTED.value:
            taken += count
        elif reason in HARD and result == Result.REFUSED.value:
            hard += count
        elif reason in HARD and result == Heard.FAILED.value:
            came_back += count
    return Strain(taken + hard, hard + came_back)


def overstrained(now: Strain, *, released: Strain | None, percent: int, fewest: int) -> bool:
    """Whether a lane must be held, by what it came to so far.

    Above `percent` hard ones among at least `fewest` hand-overs. Where a person let it go on at
    some share, that share is what they know of: since then it must be worse by `percent` again.
    """
    since, known = now, 0.0
    if released is not None:
        since = Strain(now.handed_over - released.handed_over, now.hard - released.hard)
        known = released.percent
    return since.handed_over >= max(fewest, 1) and since.percent > known + percent
