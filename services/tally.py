"""What a resolution has counted so far; it fits in a checkpoint whatever the number of people."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Self

from tocsin.schemas.audience import (
    AudienceCounts,
    Cohort,
    ObligationRow,
    PersonRow,
    RecipientKind,
    obstacle_settles_as_excluded,
)
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.outcome import Reason

_CohortKey = tuple[tuple[str, ...], str, tuple[DataKind, ...], RecipientKind]


class Tally:
    """Counts, interned cohorts, next numbers per lane, and the growing audience tree."""

    def __init__(self) -> None:
        """Start before the first person."""
        self.last: tuple[str, int] | None = None
        """Lane and seq of the last obligation; its key stands in the roster and nowhere else."""
        self.persons = 0
        self.obligations = 0
        self.defaulted_residence = 0
        self.defaulted_locale = 0
        self.persons_excluded = 0
        self.persons_without_contact = 0
        self._seqs: Counter[str] = Counter()
        self._by_cohort: Counter[int] = Counter()
        self._by_residence: Counter[str] = Counter()
        self._without_contact: Counter[str] = Counter()
        self._by_obstacle: Counter[str] = Counter()
        self._by_list: Counter[str] = Counter()
        self._by_overridden_list: Counter[str] = Counter()
        self.lists = ""
        """Keyed digest of the suppression lists by which people were judged last."""
        self.lists_changed = False
        """Whether those before were judged by others."""
        self._cohorts: dict[_CohortKey, Cohort] = {}
        self.ladder: tuple[Channel, ...] = ()
        """The channels by which lanes are told apart, in order; the same from first to last."""

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """The cohorts met so far, in order of appearance."""
        return tuple(self._cohorts.values())

    def cohort(
        self,
        regimes: tuple[str, ...],
        locale: str,
        kinds: tuple[DataKind, ...],
        recipient: RecipientKind,
    ) -> Cohort:
        """Return the cohort with these marks, interning a new one."""
        key = (regimes, locale, kinds, recipient)
        if key not in self._cohorts:
            self._cohorts[key] = Cohort(len(self._cohorts), regimes, locale, kinds, recipient)
        return self._cohorts[key]

    def next_seq(self, lane: str) -> int:
        """Return the number that the next obligation of a lane takes."""
        return self._seqs[lane]

    def count_person(self, row: PersonRow, obstacles: Sequence[Reason]) -> None:
        """Count one person, and whether something keeps them from being told."""
        self.persons += 1
        self._by_residence[row.residence] += 1
        if not any(obstacles):
            return
        if any(obstacle_settles_as_excluded(o) for o in obstacles):
            self.persons_excluded += 1
        else:
            self.persons_without_contact += 1
            self._without_contact[row.residence] += 1

    def judge_by(self, lists: str) -> None:
        """Note by which suppression lists people are judged from here on."""
        self.lists_changed = self.lists_changed or self.lists not in {"", lists}
        self.lists = lists

    def count_listed(self, barring: Iterable[str], overridden: Iterable[str]) -> None:
        """Count one person with each list that bars a channel, or would if it were not overridden.

        `barring` and `overridden` name each list once.
        """
        for name in barring:
            self._by_list[name] += 1
        for name in overridden:
            self._by_overridden_list[name] += 1

    def count_obligation(self, row: ObligationRow) -> None:
        """Count one obligation; it has taken its lane's next number."""
        self.obligations += 1
        self._seqs[row.lane] += 1
        self._by_cohort[row.cohort] += 1
        if row.obstacle:
            self._by_obstacle[row.obstacle] += 1

    def counts(self) -> AudienceCounts:
        """Return what was counted, for plan and preview."""
        return AudienceCounts(
            persons=self.persons,
            obligations=self.obligations,
            by_lane=dict(sorted(self._seqs.items())),
            by_cohort=dict(sorted(self._by_cohort.items())),
            by_residence=dict(sorted(self._by_residence.items())),
            by_obstacle=dict(sorted(self._by_obstacle.items())),
            defaulted_residence=self.defaulted_residence,
            defaulted_locale=self.defaulted_locale,
            persons_excluded=self.persons_excluded,
            persons_without_contact=self.persons_without_contact,
            without_contact_by_residence=dict(sorted(self._without_contact.items())),
            ladder=tuple(channel.value for channel in self.ladder),
            by_list=dict(sorted(self._by_list.items())),
            by_overridden_list=dict(sorted(self._by_overridden_list.items())),
        )

    def cohort_body(self, cohort: Cohort) -> dict[str, Any]:
        """Return a cohort as the body of its fact."""
        return {
            "id": cohort.id,
            "regimes": list(cohort.regimes),
            "locale": cohort.locale,
            "kinds": [k.value for k in cohort.kinds],
            "recipient": cohort.recipient.value,
            "disclosure": cohort.disclosure.value,
            "obligations": self._by_cohort[cohort.id],
        }

    def dump(self) -> str:
        """Return the checkpoint."""
        body = {
            "last": self.last,
            "persons": self.persons,
            "obligations": self.obligations,
            "defaulted": [self.defaulted_residence, self.defaulted_locale],
            "untold": [self.persons_excluded, self.persons_without_contact],
            "seqs": self._seqs,
            "by_cohort": self._by_cohort,
            "by_residence": self._by_residence,
            "without_contact": self._without_contact,
            "by_obstacle": self._by_obstacle,
            "cohorts": [self.cohort_body(c) for c in self.cohorts],
            "ladder": self.ladder,
            "listed": [self._by_list, self._by_overridden_list],
            "lists": [self.lists, self.lists_changed],
        }
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def load(cls, checkpoint: str | None, ladder: Sequence[Channel]) -> Self:
        """Go on from a checkpoint and its ladder, or start with this one."""
        tally = cls()
        tally.ladder = tuple(ladder)
        if checkpoint is None:
            return tally
        body = json.loads(checkpoint)
        tally.ladder = tuple(Channel(name) for name in body["ladder"])
        tally.last = (body["last"][0], body["last"][1]) if body["last"] else None
        tally.persons = body["persons"]
        tally.obligations = body["obligations"]
        tally.defaulted_residence, tally.defaulted_locale = body["defaulted"]
        tally.persons_excluded, tally.persons_without_contact = body["untold"]
        tally._seqs.update(body["seqs"])
        tally._by_cohort.update({int(k): v for k, v in body["by_cohort"].items()})
        tally._by_residence.update(body["by_residence"])
        tally._without_contact.update(body["without_contact"])
        tally._by_obstacle.update(body["by_obstacle"])
        tally._by_list.update(body["listed"][0])
        tally._by_overridden_list.update(body["listed"][1])
        tally.lists, tally.lists_changed = body["lists"]
        for made in body["cohorts"]:
            cohort = cohort_of(made)
            key = (cohort.regimes, cohort.locale, cohort.kinds, cohort.recipient)
            tally._cohorts[key] = cohort
        return tally


def cohort_of(body: dict[str, Any]) -> Cohort:
    """Read a cohort from the body of its fact."""
    return Cohort(
        id=body["id"],
        regimes=tuple(body["regimes"]),
        locale=body["locale"],
        kinds=tuple(DataKind(k) for k in body["kinds"]),
        recipient=RecipientKind(body["recipient"]),
        disclosure=Disclosure(body["disclosure"]),
    )
