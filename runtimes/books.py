"""The ledger as the stages read it: one small class per port, each a few questions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tocsin.ledger import alarms, drafts, lanes, reads, told
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.queue import MICROSECONDS
from tocsin.rules.rounds import first_notices, rounds_that_owe, taken_over
from tocsin.runtimes.counted import counted_by_residence
from tocsin.schemas.artefact import Approval, Artefact
from tocsin.schemas.audience import Cohort
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage, sum_coverage
from tocsin.schemas.detection import DraftView
from tocsin.schemas.duty import Duty, Severity
from tocsin.schemas.errors import NotFound
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.report import Report
from tocsin.schemas.views import IncidentView, LaneView, RoundView
from tocsin.services.tally import cohort_of


class Cases:
    """Incidents, their revisions and rounds."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        return await self._ledger.ask(reads.incident, incident_id)

    async def revision(self, incident_id: str, number: int) -> IncidentFile:
        """Return the incident as a revision describes it."""
        body = await self._ledger.ask(reads.fact, incident_id, FactKind.REVISION, str(number))
        if body is None:
            message = f"{incident_id} has no revision {number}"
            raise NotFound(message, field="revision")
        return IncidentFile.model_validate(body["incident"])

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        return await self._ledger.ask(reads.round_, round_id)

    async def rounds(self, incident_id: str) -> tuple[RoundView, ...]:
        """Return an incident's rounds, oldest first."""
        return await self._ledger.ask(reads.rounds, incident_id)

    async def first_told(self, incident_id: str) -> Mapping[str, datetime]:
        """Return when the first notice left, by regime, as far as it is on record as such."""
        return await self._ledger.study(told.first_told, incident_id)

    async def first_outcomes(self, round_id: str, regimes: Sequence[str]) -> Mapping[str, datetime]:
        """Return when the first notice of a round was taken over, by regime; without, nothing."""
        found: dict[str, datetime] = {}
        for lane, last in await self._ledger.ask(told.begun_lanes, round_id):
            for first in range(0, last + 1, told.WINDOW):
                part = await self._ledger.ask(
                    told.first_outcomes, round_id, regimes, lane=lane, first=first
                )
                for regime, at in part.items():
                    found[regime] = min(at, found.get(regime, at))
        return found

    async def cohorts(self, round_id: str) -> tuple[Cohort, ...]:
        """Return a round's cohorts."""
        bodies = await self._ledger.ask(reads.round_facts, round_id, FactKind.COHORT)
        return tuple(sorted(map(cohort_of, bodies.values()), key=lambda c: c.id))

    async def equation(self, round_id: str) -> Coverage:
        """Return a round's equation."""
        return await self._ledger.ask(reads.coverage, round_id)

    async def coverage(self, round_id: str) -> tuple[Coverage, Mapping[str, int]]:
        """Return the equation of all rounds of an incident that tell people for the first time.

        With their people by residence.
        """
        incident_id = (await self.round(round_id)).incident
        rounds = await self.rounds(incident_id)
        others = taken_over(rounds)
        parts = []
        for view in first_notices(rounds):
            part = await self.equation(view.id)
            if view.id in others:
                part = replace(part, in_scope=part.in_scope - part.open, open=0)
            parts.append(part)
        return sum_coverage(parts), await self.residences(incident_id)

    async def residences(self, incident_id: str) -> dict[str, int]:
        """Return residence -> people whom an incident touched, as far as they were counted."""
        return await self._ledger.ask(counted_by_residence, incident_id)

    async def has_left(self, round_id: str) -> bool:
        """Whether a round was ever sent on its way; a killed worker cannot say how far it came."""
        incident_id = (await self.round(round_id)).incident
        moves = await self._ledger.ask(reads.history, incident_id, FactKind.TRANSITION)
        return any(name == round_id and move["state"] == "sending" for _, name, move in moves)

    async def waits_longer(self, round_id: str, event_id: str) -> bool:
        """Whether another event than this one waits to close the round later."""
        return await self._ledger.ask(reads.waits_longer, round_id, event_id)

    async def listens_until(self, round_id: str) -> datetime | None:
        """Return until when something waits that may open people again; None: nothing does."""
        until = await self._ledger.ask(reads.listens_until, round_id)
        return None if until is None else datetime.fromtimestamp(until / MICROSECONDS, UTC)

    async def held_lanes(self, incident_id: str) -> tuple[LaneView, ...]:
        """Return the lanes of an incident's rounds that are held now."""
        return await self._ledger.ask(lanes.held_lanes, incident_id)

    async def told(self, incident_id: str) -> bool:
        """Whether nobody is open in any round that tells people for the first time."""
        owing = rounds_that_owe(await self.rounds(incident_id))
        counted = all(view.in_scope is not None for view in owing)
        open_ = sum([(await self.equation(view.id)).open for view in owing])
        return bool(owing) and counted and not open_


class Papers:
    """What was drafted, judged and approved."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def artefacts(self, incident_id: str) -> tuple[Artefact, ...]:
        """Return an incident's artefacts."""
        return await self._ledger.ask(reads.artefacts, incident_id)

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        body = await self._ledger.ask(reads.fact, incident_id, FactKind.APPROVAL, artefact)
        return None if body is None else Approval.model_validate(body)

    async def _body(self, incident_id: str, kind: FactKind, name: str) -> Any:
        body = await self._ledger.ask(reads.fact, incident_id, kind, name)
        if body is None:
            message = f"{incident_id} has no {kind} {name}"
            raise NotFound(message, field=kind.value)
        return body

    async def duty(self, incident_id: str, duty: str) -> Duty:
        """Return the newest version of a duty."""
        return Duty.model_validate((await self._body(incident_id, FactKind.DUTY, duty))["duty"])

    async def duties(self, incident_id: str) -> tuple[Duty, ...]:
        """Return the newest version of every duty."""
        bodies = await self._ledger.ask(reads.facts, incident_id, FactKind.DUTY)
        return tuple(Duty.model_validate(body["duty"]) for body in bodies.values())

    async def severity(self, incident_id: str) -> Severity:
        """Return the newest severity."""
        body = dict(await self._body(incident_id, FactKind.SEVERITY, "severity"))
        body.pop("revision")
        body.pop("stage")
        return Severity.model_validate(body)

    async def report(self, incident_id: str, artefact: str) -> Report:
        """Return the drafted report of an artefact."""
        return Report.model_validate(await self._body(incident_id, FactKind.REPORT, artefact))

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        """Return what was filed, by artefact."""
        return await self._ledger.ask(reads.facts, incident_id, FactKind.FILING)

    async def pages(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        """Return a drafted announcement's pages by file name."""
        pages: Mapping[str, str] = (await self._body(incident_id, FactKind.ANNOUNCEMENT, artefact))[
            "draft"
        ]
        return pages

    async def owed_by(self, incident_id: str, artefact: str) -> tuple[str, ...]:
        """Return the duties that a text for the media meets."""
        body = await self._body(incident_id, FactKind.ANNOUNCEMENT, artefact)
        return tuple(body["duties"])

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        plans = await self._ledger.ask(reads.round_facts, round_id, FactKind.PLAN)
        if round_id not in plans:
            message = f"{round_id} has no plan yet"
            raise NotFound(message, field="round")
        plan: Mapping[str, Any] = plans[round_id]
        return plan

    async def published(self, incident_id: str, artefact: str) -> bool:
        """Whether an announcement stands."""
        name = f"published:{artefact}"
        fact = await self._ledger.ask(reads.fact, incident_id, FactKind.ANNOUNCEMENT, name)
        return fact is not None


class DraftBook:
    """Drafts of detections."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        self._ledger = ledger

    async def draft(self, draft_id: str) -> DraftView:
        """Return a draft, also by an id that it had before; NotFound without it."""
        return await self._ledger.ask(drafts.draft, draft_id)


class DutyBook(Cases, Papers):
    """What a clock looks at: the incident, its duties, what was filed, who is told."""

    def __init__(self, ledger: Ledger) -> None:
        """Read from `ledger`."""
        Cases.__init__(self, ledger)
        Papers.__init__(self, ledger)

    async def late_alarms(self, incident_id: str) -> Mapping[str, Sequence[str]]:
        """Return the due times about which it was alarmed that they passed, by duty."""
        return await self._ledger.ask(alarms.late_alarms, incident_id)

    async def late_reasons(self, incident_id: str) -> Mapping[str, Any]:
        """Return the newest reason by duty, as its fact says it."""
        return await self._ledger.ask(reads.facts, incident_id, FactKind.LATE)
