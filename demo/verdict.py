"""Whether the demo came out as it must: every check, and the figures over both incidents."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.demo.behaviour import Received
from tocsin.demo.compare import LedgerPerson, compare
from tocsin.demo.incident_files import ONE_BY_ONE
from tocsin.demo.leaks import leaked
from tocsin.demo.ledger_people import ledger_people, pseudonyms, published_and_filed
from tocsin.demo.planted import planted_table
from tocsin.demo.planted_person import Announcement, PlantedPerson
from tocsin.demo.stage import Stage
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.intake import incident_from
from tocsin.runtimes.overview import RoundStanding, standing, verified
from tocsin.schemas.coverage import Coverage

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, as a sentence, and what contradicts it."""

    promise: str
    text: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """People for whom the same was planted: how many, and how many came out so."""

    state: str
    reason: str
    planted: int
    came_out: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one incident's people."""

    name: str
    title: str
    coverage: Coverage
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the demo came to."""

    outcomes: tuple[Outcome, ...]
    checks: tuple[Check, ...]
    announcements: int
    reports: int

    @property
    def sound(self) -> bool:
        """Whether nothing contradicts anything."""
        return not any(check.problems for check in self.checks)

    def total(self, name: str) -> int:
        """Return a figure of the equation over both incidents."""
        return sum(getattr(outcome.coverage, name) for outcome in self.outcomes)


def relay_log(path: Path) -> tuple[Received, ...]:
    """Return what the relay received."""
    lines = path.read_text("utf-8").splitlines()
    return tuple(Received.model_validate(json.loads(line)) for line in lines)


async def judge(runtime: Runtime, stage: Stage, cases: Mapping[str, str], *, seed: int) -> Verdict:
    """Compare directory, relay and ledger with what was planted. `cases`: name -> incident id."""
    found = await standing(runtime)
    outcomes: list[Outcome] = []
    counted: list[str] = []
    differences: list[str] = []
    received = relay_log(stage.relay_log)
    for name, incident_id in cases.items():
        case = next(c for c in found.incidents if c.view.id == incident_id)
        newest = case.rounds[-1]
        scope = incident_from(stage.incident(name)).scope
        people = await runtime.directory.count(scope)
        if people != newest.coverage.in_scope:
            counted.append(f"{name}: {people:,} in the directory")
        planted = _planted(stage, name, newest, seed)
        known = pseudonyms(stage.people, runtime.ledger.keys.of(newest.view.id))
        rows = ledger_people(stage.ledger, newest.view.id, known)
        log = received if name == ONE_BY_ONE else ()
        differences += (f"{name}: {said}" for said in compare(planted, log, rows))
        _write_table(stage.planted(name), planted, rows)
        outcomes.append(Outcome(name, case.view.title, newest.coverage, _fates(planted, rows)))
    proof = await verified(runtime)
    published, filed = published_and_filed(stage.ledger)
    lost = [f"{outcome.name}: {outcome.coverage.open:,} are open" for outcome in outcomes]
    lost = [said for said, o in zip(lost, outcomes, strict=True) if o.coverage.open]
    lost += [f"{o.name}: the equation does not hold" for o in outcomes if not o.coverage.holds]
    lost += [f"{dead.type} gave up: {dead.error}" for dead in found.dead]
    places = (stage.folder / name for name in ("ledger", "announcement", "reports", "preview"))
    leaks = [
        f"{path.relative_to(stage.folder)} holds {n} addresses or keys of people"
        for path, n in leaked(stage.people, *places, stage.folder / "texts")
    ]
    checks = (
        Check("P1", "Everybody in scope is accounted for, and nobody is open", tuple(lost)),
        Check("P1", "The directory's own count agrees with the ledger", tuple(counted)),
        Check("P2", "Relay and ledger agree with the planted table, person by person",
              _first(differences)),
        Check("P4", "No address or key of a person stands in ledger, texts, pages or reports",
              _first(leaks)),
        Check("P6", f"The ledger verifies: {proof.links:,} links over {proof.facts:,} facts",
              _first(proof.problems)),
    )  # fmt: skip
    return Verdict(tuple(outcomes), checks, published, filed)


def _planted(
    stage: Stage, name: str, newest: RoundStanding, seed: int
) -> tuple[PlantedPerson, ...]:
    how = Announcement.NONE if name == ONE_BY_ONE else Announcement.INSTEAD
    on = newest.view.opened_at.date()
    return planted_table(stage.people, incident=name, on=on, seed=seed, announcement=how)


def _first(problems: Sequence[str]) -> tuple[str, ...]:
    more = len(problems) - _SHOWN
    return (*problems[:_SHOWN], *([f"and {more:,} more"] if more > 0 else []))


def _pairs(
    planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]
) -> Iterator[tuple[PlantedPerson, LedgerPerson]]:
    by_key = {row.key: row for row in rows}
    for person in planted:
        yield person, by_key.get(person.key, LedgerPerson(person.key, "forgotten"))


def _fates(planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]) -> tuple[Fate, ...]:
    meant: Counter[tuple[str, str]] = Counter()
    same: Counter[tuple[str, str]] = Counter()
    for person, row in _pairs(planted, rows):
        fate = (person.state, (person.reasons or ("",))[0])
        meant[fate] += 1
        as_meant = row.state == person.state and (not person.reasons or row.reason in person.reasons)
        same[fate] += as_meant
    return tuple(Fate(*fate, count, same[fate]) for fate, count in meant.most_common())


def _write_table(
    path: Path, planted: Sequence[PlantedPerson], rows: Sequence[LedgerPerson]
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("key", "planted", "planted_reasons", "became", "reason"))
        for person, row in _pairs(planted, rows):
            reasons = " or ".join(person.reasons)
            table.writerow((person.key, person.state, reasons, row.state, row.reason))
