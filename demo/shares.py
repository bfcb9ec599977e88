"""Fixed shares: so many in every thousand, which ones is left to the seed."""

from collections.abc import Mapping
from random import Random

_BLOCK = 1_000


class Shares:
    """Deals traits so that every thousand people hold each of them exactly as often as said."""

    def __init__(self, per_thousand: Mapping[str, int], rng: Random) -> None:
        """Name each trait with how many of a thousand have it."""
        self._per_thousand, self._rng = dict(per_thousand), rng
        self._hand: list[frozenset[str]] = []

    def next(self) -> frozenset[str]:
        """Return the traits of the next one."""
        if not self._hand:
            self._hand = self._deal()
        return self._hand.pop()

    def _deal(self) -> list[frozenset[str]]:
        block: list[set[str]] = [set() for _ in range(_BLOCK)]
        for trait, share in self._per_thousand.items():
            for position in self._rng.sample(range(_BLOCK), share):
                block[position].add(trait)
        return [frozenset(traits) for traits in block]
