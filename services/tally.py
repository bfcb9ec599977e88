"""What a resolution has counted so far; it fits in a checkpoint whatever the number of people."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

from tocsin.schemas.audience import AudienceCounts, Cohort, ObligationRow, RecipientKind
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.services.people_counts import PeopleCounts


class Tally:
    """Counts, the cohorts met so far, and the next number of each lane."""

    def __init__(self) -> None:
        """Start before the first person."""
        self.last: tuple[str, int] | None = None
        """Lane and seq of the last obligation; its key stands in the roster and nowhere else."""
        self.people = PeopleCounts()
        self.obligations = 0
        self.seqs: Counter[str] = Counter()
        """Lane -> the number that its next obligation takes."""
        self._by_cohort: Counter[int] = Counter()
        self._by_obstacle: Counter[str] = Counter()
        self.lists = ""
        """Keyed digest of the suppression lists by which people were judged last."""
        self.lists_changed = False
        """Whether those before were judged by others."""
        self._cohorts: list[Cohort] = []
        self.ladder: tuple[Channel, ...] = ()
        """The channels by which lanes are told apart, in order; the same from first to last."""

    @property
    def cohorts(self) -> tuple[Cohort, ...]:
        """The cohorts met so far, in order of appearance."""
        return tuple(self._cohorts)

    def meet(self, cohorts: Iterable[Cohort]) -> None:
        """Take up cohorts that nobody was in before, in the order of their ids."""
        self._cohorts.extend(cohorts)

    def judge_by(self, lists: str) -> None:
        """Note by which suppression lists people are judged from here on."""
        self.lists_changed = self.lists_changed or self.lists not in {"", lists}
        self.lists = lists

    def count_obligations(self, rows: Sequence[ObligationRow]) -> None:
        """Count obligations that took their numbers."""
        self.obligations += len(rows)
        self._by_cohort.update(row.cohort for row in rows)
        self._by_obstacle.update(row.obstacle for row in rows if row.obstacle)

    def counts(self) -> AudienceCounts:
        """Return what was counted, for plan and preview."""
        people = self.people
        return AudienceCounts(
            persons=people.persons,
            obligations=self.obligations,
            by_lane=dict(sorted(self.seqs.items())),
            by_cohort=dict(sorted(self._by_cohort.items())),
            by_residence=dict(sorted(people.by_residence.items())),
            by_obstacle=dict(sorted(self._by_obstacle.items())),
            defaulted_residence=people.defaulted_residence,
            defaulted_locale=people.defaulted_locale,
            persons_excluded=people.excluded,
            persons_without_contact=people.without_contact,
            without_contact_by_residence=dict(sorted(people.without_contact_by_residence.items())),
            ladder=tuple(channel.value for channel in self.ladder),
            by_list=dict(sorted(people.by_list.items())),
            by_overridden_list=dict(sorted(people.by_overridden_list.items())),
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
        people = self.people
        body = {
            "last": self.last,
            "persons": people.persons,
            "obligations": self.obligations,
            "defaulted": [people.defaulted_residence, people.defaulted_locale],
            "untold": [people.excluded, people.without_contact],
            "seqs": self.seqs,
            "by_cohort": self._by_cohort,
            "by_residence": people.by_residence,
            "without_contact": people.without_contact_by_residence,
            "by_obstacle": self._by_obstacle,
            "cohorts": [self.cohort_body(c) for c in self.cohorts],
            "ladder": self.ladder,
            "listed": [people.by_list, people.by_overridden_list],
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
        tally.obligations = body["obligations"]
        tally.people = _people_of(body)
        tally.seqs.update(body["seqs"])
        tally._by_cohort.update({int(k): v for k, v in body["by_cohort"].items()})
        tally._by_obstacle.update(body["by_obstacle"])
        tally.lists, tally.lists_changed = body["lists"]
        tally.meet(map(cohort_of, body["cohorts"]))
        return tally


def _people_of(body: Mapping[str, Any]) -> PeopleCounts:
    residence, locale = body["defaulted"]
    excluded, without_contact = body["untold"]
    by_list, by_overridden_list = body["listed"]
    return PeopleCounts(
        persons=body["persons"],
        excluded=excluded,
        without_contact=without_contact,
        defaulted_residence=residence,
        defaulted_locale=locale,
        by_residence=Counter(body["by_residence"]),
        without_contact_by_residence=Counter(body["without_contact"]),
        by_list=Counter(by_list),
        by_overridden_list=Counter(by_overridden_list),
    )


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
