"""Fixed shares: so many in every thousand, which ones is left to the seed."""

from collections.abc import Mapping, Sequence
from random import Random

_BLOCK = 1_000


class Shares:
    """Deals traits so that every thousand people hold each of them exactly as often as said."""

    def __init__(self, groups: Sequence[Mapping[str, int]], rng: Random) -> None:
        """Name each trait with how many of a thousand have it; one trait of a group at most."""
        self._groups, self._rng = tuple(dict(group) for group in groups), rng
        self._hand: list[frozenset[str]] = []

    def next(self) -> frozenset[str]:
        """Return the traits of the next one."""
        if not self._hand:
            self._hand = self._deal()
        return self._hand.pop()

    def _deal(self) -> list[frozenset[str]]:
        block: list[set[str]] = [set() for _ in range(_BLOCK)]
        for group in self._groups:
            traits = [trait for trait, share in group.items() for _ in range(share)]
            places = self._rng.sample(range(_BLOCK), len(traits))
            for place, trait in zip(places, traits, strict=True):
                block[place].add(trait)
        return [frozenset(traits) for traits in block]
