"""What is counted of people as they are judged: how many, where they live, what is in the way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tocsin.schemas.audience import obstacle_settles_as_excluded
from tocsin.schemas.outcome import Reason


@dataclass(slots=True)
class PeopleCounts:
    """Counts of a page of people, or of all of them so far."""

    persons: int = 0
    excluded: int = 0
    """Those who are owed no notice."""
    without_contact: int = 0
    defaulted_residence: int = 0
    defaulted_locale: int = 0
    """Recipients whose language was assumed."""
    by_residence: Counter[str] = field(default_factory=Counter)
    without_contact_by_residence: Counter[str] = field(default_factory=Counter)
    by_list: Counter[str] = field(default_factory=Counter)
    """People whom a suppression list keeps from a channel, by its name."""
    by_overridden_list: Counter[str] = field(default_factory=Counter)

    def count(self, residence: str, obstacles: Sequence[Reason]) -> None:
        """Count one person, and whether something keeps them from being told."""
        self.persons += 1
        self.by_residence[residence] += 1
        if not any(obstacles):
            return
        if any(obstacle_settles_as_excluded(o) for o in obstacles):
            self.excluded += 1
        else:
            self.without_contact += 1
            self.without_contact_by_residence[residence] += 1

    def count_listed(self, barring: Iterable[str], overridden: Iterable[str]) -> None:
        """Count one person with each list that bars a channel, or would if it were not overridden.

        `barring` and `overridden` name each list once.
        """
        self.by_list.update(barring)
        self.by_overridden_list.update(overridden)

    def add(self, other: "PeopleCounts") -> None:
        """Count the people of another page too."""
        self.persons += other.persons
        self.excluded += other.excluded
        self.without_contact += other.without_contact
        self.defaulted_residence += other.defaulted_residence
        self.defaulted_locale += other.defaulted_locale
        self.by_residence.update(other.by_residence)
        self.without_contact_by_residence.update(other.without_contact_by_residence)
        self.by_list.update(other.by_list)
        self.by_overridden_list.update(other.by_overridden_list)
