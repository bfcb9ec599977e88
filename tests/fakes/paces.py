"""People of one lane, and by how much they were told faster than at an even pace."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fakes.deployment import person


def addressed(numbers: range, domain: str) -> list[dict[str, Any]]:
    return [person(n, email=f"person{n}@{domain}") for n in numbers]


def fastest(times: Sequence[float], *, per_s: float) -> float:
    """Return by how many messages the worst stretch of time is above an even pace."""
    above, most = 0.0, 0.0
    for earlier, at in pairwise(times):
        above = max(0.0, above - (at - earlier) * per_s) + 1
        most = max(most, above)
    return most
