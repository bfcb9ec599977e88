"""A staged start: the first share of every lane, a look, and then the rest."""

from collections.abc import Mapping

_ALL = 100


def share_of(total: int, percent: int) -> int:
    """Return how many of a lane go first: its share rounded up, so that every lane is tried."""
    return min(total, -(-total * percent // _ALL))


def starts_staged(people: int, *, percent: int, above: int) -> bool:
    """Whether a round of so many people starts with a share of them."""
    return 0 < percent < _ALL and people > above


def figures(counts: Mapping[str, int], percent: int) -> str:
    """Return what a stage came to: `stage of 1 %: 412 told, 3 refused (0.7 %)`.

    `counts`: accepted, refused and failed (come back) notices.
    """
    told, refused = counts.get("accepted", 0), counts.get("refused", 0) + counts.get("failed", 0)
    tried = told + counts.get("refused", 0)
    share = _ALL * refused / tried if tried else 0.0
    return f"stage of {percent} %: {told:,} told, {refused:,} refused ({share:.1f} %)"
