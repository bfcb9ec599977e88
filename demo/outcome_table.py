"""One incident's people: what was planted for each, beside what became of them."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.demo.compare import LedgerPerson
from tocsin.demo.planted_person import PlantedPerson
from tocsin.schemas.coverage import Coverage

REASONS: Mapping[str, str] = {
    "": "",
    "none_of_their_data": "none of their data was held",
    "no_contact": "no e-mail address on record, and nothing else that works",
    "malformed_address": "the address on record is not one, and nothing else works",
    "mailbox_barred": "the password of this very mailbox leaked, and nothing else works",
    "no_guardian": "a minor without a known guardian",
    "no_such_mailbox": "the relay knows no such mailbox, and nothing else works",
    "not_agreed": "no letter reaches them, and they did not agree to e-mail",
    "retries_exhausted": "the mailbox stayed full, and nothing else works",
}
"""Reason -> what a reader understands by it."""


@dataclass(frozen=True, slots=True)
class Fate:
    """People for whom the same was planted: how many, and how many came out so."""

    state: str
    reason: str
    planted: int
    came_out: int

    @property
    def why(self) -> str:
        """The reason in words."""
        return REASONS.get(self.reason, self.reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one incident's people."""

    name: str
    title: str
    coverage: Coverage
    fates: tuple[Fate, ...]


def fates(planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]) -> tuple[Fate, ...]:
    """Return what was planted for how many, the most frequent first."""
    meant: Counter[tuple[str, str]] = Counter()
    same: Counter[tuple[str, str]] = Counter()
    for person, row in _pairs(planted, rows):
        fate = (person.state, (person.reasons or ("",))[0])
        reason_fits = not person.reasons or row.reason in person.reasons
        meant[fate] += 1
        same[fate] += row.state == person.state and reason_fits
    return tuple(Fate(*fate, count, same[fate]) for fate, count in meant.most_common())


def write_table(path: Path, planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]) -> None:
    """Write the table of everybody in scope, by directory key, as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("key", "planted", "planted_reasons", "became", "reason"))
        for person, row in _pairs(planted, rows):
            reasons = " or ".join(person.reasons)
            table.writerow((person.key, person.state, reasons, row.state, row.reason))


def _pairs(
    planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]
) -> Iterator[tuple[PlantedPerson, LedgerPerson]]:
    by_key = {row.key: row for row in rows}
    for person in planted:
        yield person, by_key.get(person.key, LedgerPerson(person.key, "forgotten"))
