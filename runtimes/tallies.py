"""What one worker has done since it started: claims, commits, outcomes. For watching only."""

from collections import Counter

from tocsin.schemas.commit import Commit, Outcomes
from tocsin.schemas.event import Claimed


class Tallies:
    """A tap of the step that counts."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.claims: Counter[str] = Counter()
        """By type of event."""
        self.commits: Counter[str] = Counter()
        """Applied ones, by type of event."""
        self.outcomes: Counter[str] = Counter()
        """Recorded ones, by result."""

    def tap(self, moment: str, claimed: Claimed, commit: Commit | None) -> None:
        """Hear of a moment of the step."""
        kind = claimed.event.payload.type
        if moment == "claimed":
            self.claims[kind] += 1
        elif moment == "after" and commit is not None:
            self.commits[kind] += 1
            for write in commit.writes:
                if isinstance(write, Outcomes):
                    self.outcomes.update(row.result for row in write.rows)
