"""What suppression lists mean for a round: which of its channels are barred, and by which list."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from tocsin.schemas.channels import Channel
from tocsin.schemas.suppression import Suppression


@dataclass(frozen=True, slots=True)
class Held:
    """What the lists say of somebody, as far as it concerns the channels of a round."""

    channels: frozenset[Channel] = frozenset()
    """Not to be used."""
    lists: frozenset[str] = frozenset()
    """Names of the lists that bar one of them."""
    overridden: frozenset[str] = frozenset()
    """Names of the lists that would, if the operator did not override them."""

    def __or__(self, other: "Held") -> "Held":
        """Return what is said of either."""
        return Held(
            self.channels | other.channels,
            self.lists | other.lists,
            self.overridden | other.overridden,
        )


FREE = Held()
"""Of whom the lists say nothing."""


def held_back(said: Iterable[Suppression], ladder: Collection[Channel]) -> Held:
    """Return what the lines about somebody mean for the channels of a ladder."""
    held = FREE
    for line in said:
        barred = line.channels.intersection(ladder)
        if not barred:
            continue
        name = frozenset({line.listed_in})
        held |= Held(overridden=name) if line.override_reason else Held(barred, name)
    return held
