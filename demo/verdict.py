"""Whether the demo came out as it must: every check, and the figures over all incidents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tocsin.demo.behaviour import Received
from tocsin.demo.compare import LedgerPerson, compare_all
from tocsin.demo.handed_over import HandedOver, compare_handed_over, handed_over
from tocsin.demo.incident_files import ANNOUNCED, LETTERS, ONE_BY_ONE
from tocsin.demo.leaks import leaked
from tocsin.demo.ledger_papers import Papers, ledger_papers
from tocsin.demo.ledger_people import ledger_people, pseudonyms
from tocsin.demo.outcome_table import Outcome, fates, write_table
from tocsin.demo.planted import planted_table
from tocsin.demo.planted_person import Announcement, PlantedPerson
from tocsin.demo.stage import Stage
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.intake import incident_from
from tocsin.runtimes.overview import CaseFile, case_file, verified
from tocsin.schemas.duty import ClockState

_SHOWN = 5
_ANNOUNCEMENT: Mapping[str, Announcement] = {
    ONE_BY_ONE: Announcement.NONE,
    ANNOUNCED: Announcement.INSTEAD,
    LETTERS: Announcement.BESIDE,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, as a sentence, and what contradicts it."""

    promise: str
    text: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the demo came to."""

    outcomes: tuple[Outcome, ...]
    checks: tuple[Check, ...]
    papers: Papers
    received: tuple[Received, ...]
    """What the relay received in full, accepted or not."""
    handed_over: HandedOver
    """What other channels than e-mail took over."""
    files: Mapping[str, CaseFile]
    """Name of an incident -> everything about it."""

    @property
    def sound(self) -> bool:
        """Whether nothing contradicts anything."""
        return not any(check.problems for check in self.checks)

    def total(self, name: str) -> int:
        """Return a figure of the equation over all incidents."""
        return sum(getattr(outcome.coverage, name) for outcome in self.outcomes)


async def judge(runtime: Runtime, stage: Stage, cases: Mapping[str, str], *, seed: int) -> Verdict:
    """Compare directory, relay and ledger with what was planted. `cases`: name -> incident id."""
    received = _received(stage.relay_log)
    files = [await case_file(runtime, incident_id) for incident_id in cases.values()]
    outcomes: list[Outcome] = []
    counted: list[str] = []
    tables: dict[str, Sequence[PlantedPerson]] = {}
    people_in: dict[str, Sequence[LedgerPerson]] = {}
    for name, case in zip(cases, files, strict=True):
        newest = case.standing.rounds[-1]
        people = await runtime.directory.count(incident_from(stage.incident(name)).scope)
        if people != newest.coverage.in_scope:
            counted.append(f"{name}: {people:,} in the directory")
        planted = planted_table(
            stage.people,
            incident=name,
            on=newest.view.opened_at.date(),
            seed=seed,
            announcement=_ANNOUNCEMENT[name],
        )
        known = pseudonyms(stage.people, runtime.ledger.keys.of(newest.view.id))
        rows = ledger_people(stage.ledger, newest.view.id, known)
        tables[name], people_in[name] = planted, rows
        write_table(stage.planted(name), planted, rows)
        title = case.standing.view.title
        outcomes.append(Outcome(name, title, newest.coverage, fates(planted, rows)))
    taken = handed_over(stage)
    differences = [
        *compare_all(tables, received, people_in),
        *compare_handed_over(tables, taken, cases),
    ]
    papers, proof = ledger_papers(stage.ledger), await verified(runtime)
    found = {
        "P1 Everybody in scope is accounted for, and nobody is open": _lost(outcomes, files),
        "P1 The directory's own count agrees with the ledger": counted,
        "P2 What was taken over, and the ledger, agree with the planted table": differences,
        "P3 Nothing was approved by whoever raised it": _own_hand(papers, files),
        "P4 Ledger, texts, pages and reports hold nobody's address, number or key": _leaks(stage),
        "P5 No clock is late": _late(files),
        f"P6 The ledger verifies: {proof.facts:,} facts in {proof.links:,} links": proof.problems,
    }
    checks = tuple(Check(text[:2], text[3:], _first(list(said))) for text, said in found.items())
    named = dict(zip(cases, files, strict=True))
    return Verdict(tuple(outcomes), checks, papers, received, taken, named)


def _received(log: Path) -> tuple[Received, ...]:
    lines = log.read_text("utf-8").splitlines()
    return tuple(Received.model_validate(json.loads(line)) for line in lines)


def _lost(outcomes: Sequence[Outcome], files: Sequence[CaseFile]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.coverage.open:
            yield f"{outcome.name}: {outcome.coverage.open:,} are open"
        if not outcome.coverage.holds:
            yield f"{outcome.name}: the equation does not hold"
    yield from (f"{dead.type} gave up: {dead.error}" for case in files for dead in case.dead)


def _own_hand(papers: Papers, files: Sequence[CaseFile]) -> Iterator[str]:
    raisers = {case.standing.view.id: case.standing.view.raised_by for case in files}
    for incident, artefact, approver in papers.approvals:
        if approver == raisers.get(incident):
            yield f"{incident} {artefact} was approved by {approver}, who raised it"


def _leaks(stage: Stage) -> Iterator[str]:
    names = ("ledger", "announcement", "reports", "preview", "texts")
    for path, count in leaked(stage.people, *(stage.folder / name for name in names)):
        yield f"{path.relative_to(stage.folder)} holds {count} addresses, numbers, tokens or keys"


def _late(files: Sequence[CaseFile]) -> Iterator[str]:
    for case in files:
        for standing in case.duties:
            if standing.clock is ClockState.LATE:
                yield f"{case.standing.view.id} {standing.duty.id} is late"


def _first(problems: Sequence[str]) -> tuple[str, ...]:
    more = len(problems) - _SHOWN
    return (*problems[:_SHOWN], *([f"and {more:,} more"] if more > 0 else []))
