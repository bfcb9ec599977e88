"""Two sides that take turns: what each took, and the line of JSON in which a benchmark ends."""

import json
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple


class Took(NamedTuple):
    """What one side of a pair took."""

    messages: int
    seconds: float
    cpu_s: float

    @property
    def per_s(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cpu_s_per_1000(self) -> float:
        """CPU seconds per 1,000 messages."""
        return self.cpu_s * 1000 / self.messages


Pairs = Sequence[tuple[Took, Took]]


def ratio_of(pairs: Pairs) -> float:
    """Return the median over pairs of how many times as fast the first side was."""
    return round(median(ours.per_s / theirs.per_s for ours, theirs in pairs), 3)


def print_turns(
    bench: str, pairs: Pairs, *, ours: str = "msgs", theirs: str, **figures: object
) -> None:
    """Print one line: medians of both sides and of their ratio; CPU without a name is ours."""
    line: dict[str, object] = {"bench": bench, **figures, "pairs": len(pairs)}
    line[f"ratio_{theirs}"] = ratio_of(pairs)
    for name, of_cpu, side in (
        (ours, "", [one for one, _ in pairs]),
        (theirs, f"{theirs}_", [other for _, other in pairs]),
    ):
        line[f"{name}_per_s"] = round(median(took.per_s for took in side))
        line[f"{of_cpu}cpu_s_per_1000"] = round(median(took.cpu_s_per_1000 for took in side), 4)
    print(json.dumps(line))
