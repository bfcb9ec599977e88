"""What a notifier says of each message that it dealt with, and when it says it."""

from typing import NamedTuple

from tocsin.schemas.outcome import SendOutcome

LINGER_S = 0.1
"""How long an outcome waits for company before it is flushed, in seconds; longer where flushes
are slow to apply, and then LONGEST_LINGER_S at most."""
LONGEST_LINGER_S = 0.5


def part_of(flush: int) -> int:
    """Return how many of the `flush` outcomes that may wait for the ledger one flush holds.

    Each costs the ledger much the same, however many are in it; the rest is under way meanwhile.
    """
    return max(1, -(-flush * 2 // 3))


class Sent(NamedTuple):
    """The outcome of one hand-over: an obligation's (lane, seq), and who dealt with it."""

    lane: str
    seq: int
    outcome: SendOutcome
    relay: str
