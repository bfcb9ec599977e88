"""Re-planning: what came back may call for an announcement that nobody planned.

It is drafted as an artefact of its own and waits for its own approval; nothing that is approved is
stopped for it. Once it is published, it stands in for those who could not be told.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.lateness import late_for
from tocsin.schemas.artefact import Artefact, ArtefactKind
from tocsin.schemas.commit import (
    Commit,
    DraftArtefact,
    Fact,
    FactKind,
    OutcomeRow,
    Outcomes,
    Write,
)
from tocsin.schemas.duty import SwitchDecision
from tocsin.schemas.event import Event, ReplanningDue
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.outcome import ANNOUNCED_LATER_RUNG, Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.regime import Regime
from tocsin.services.assessment import duty_facts
from tocsin.services.drafting import Decided, Press, announcement_artefact, draft_notices
from tocsin.services.escalation import settlement_row
from tocsin.services.naming import artefact_name
from tocsin.services.planning import Cases as Described
from tocsin.services.planning import RoundKeys, decided_on
from tocsin.services.public_drafts import Publications, PublicPress, draft_pages, found_on
from tocsin.services.switching import switch

_ROWS = 500


class Unreached(Protocol):
    """An obligation of somebody who could not be told."""

    @property
    def lane(self) -> str:
        """Its lane."""
        ...

    @property
    def seq(self) -> int:
        """Its number within the lane."""
        ...

    @property
    def person(self) -> int:
        """Its person."""
        ...

    @property
    def residence(self) -> str:
        """Where its person lives (ISO 3166)."""
        ...

    @property
    def reason(self) -> Reason:
        """Why they could not be told."""
        ...


class Cases(Described, Protocol):
    """What re-planning reads of the incident."""

    async def first_told(self, incident_id: str) -> Mapping[str, datetime]:
        """Return when the first notice left, by regime."""
        ...


class Fallen(Protocol):
    """What became of a round so far."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def unreached(self, round_id: str) -> Sequence[Unreached]:
        """Return the obligations of everybody who could not be told."""
        ...

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def published(self, incident_id: str, artefact: str) -> bool:
        """Whether an announcement stands."""
        ...


async def look(
    event: Event,
    checkpoint: str | None,
    *,
    cases: Cases,
    fallen: Fallen,
    press: Press,
    public_press: PublicPress,
    publications: Publications,
    round_keys: RoundKeys,
    organisations: Mapping[str, Organisation],
    regimes: Sequence[Regime],
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Draft the announcement that those who could not be told call for, or let it stand in."""
    del checkpoint
    due = event.payload
    assert isinstance(due, ReplanningDue)  # noqa: S101  # narrows the payload
    view = await cases.round(due.round)
    plan = await fallen.plan(view.id)
    if view.state == "stopped" or plan["decision"]["announce"]:
        yield Commit(done=True)  # what was planned with an announcement needs no other
        return
    rows = await fallen.unreached(view.id)
    name = artefact_name(ArtefactKind.ANNOUNCEMENT, view.id)
    writes: list[Write] = []
    if await fallen.published(event.incident, name):
        for settled in _announced(rows):
            yield Commit(writes=[Outcomes(view.id, settled)])
    elif name not in {a.name for a in await fallen.artefacts(event.incident)}:
        incident = await cases.revision(event.incident, view.revision)
        case = await cases.incident(event.incident)
        cohorts = [c for c in await cases.cohorts(view.id) if c.kinds]
        assert view.counts is not None  # noqa: S101  # it follows the freeze
        decision, duties = switch(
            view.counts,
            incident,
            cohorts,
            regimes,
            policy,
            raised_at=case.opened_at,
            now=now,
            bad_contacts=_by_residence(rows),
            sending=True,
            told=await cases.first_told(event.incident),
        )
        if decision.announce:
            decided = decided_on(
                view,
                case,
                incident,
                cohorts,
                decision,
                organisation=organisations[incident.organisation],
                regimes=regimes,
                key=round_keys.of(view.id),
                publication=await publications.publication(view, drill=case.drill),
                late=late_for(duties, now),
            )
            writes = [
                *_amendment(decided, name, press, public_press, plan, hands=(case.raised_by,)),
                *duty_facts(duties, revision=view.revision, stage="replanned", now=now),
            ]
    yield Commit(writes=writes, done=True)


def _by_residence(rows: Sequence[Unreached]) -> Mapping[str, int]:
    """Return how many people could not be told, by where they live."""
    return Counter({row.person: row.residence for row in rows}.values())


def _announced(rows: Sequence[Unreached]) -> Iterator[list[OutcomeRow]]:
    """Yield the settlements of those for whom the announcement stands in, 500 at a time."""
    settled = [
        settlement_row(
            lane=row.lane,
            seq=row.seq,
            person=row.person,
            result=Result.ANNOUNCED,
            reason=row.reason,
            rung=ANNOUNCED_LATER_RUNG,
        )
        for row in rows
    ]
    for start in range(0, len(settled), _ROWS):
        yield settled[start : start + _ROWS]


def _amendment(
    decided: Decided,
    name: str,
    press: Press,
    public_press: PublicPress,
    plan: Mapping[str, Any],
    *,
    hands: tuple[str, ...],
) -> list[Write]:
    """Return the drafted announcement, why it is called for, and an alarm to whoever approves."""
    round_id, decision = decided.view.id, decided.decision
    pages = draft_pages(decided, public_press, draft_notices(decided, press).open_texts)
    findings = found_on(decided, pages, public_press)
    artefact = announcement_artefact(decided, pages, plan, findings)
    artefact = artefact.model_copy(update={"hands": hands, "findings": findings})
    return [
        Fact(FactKind.ANNOUNCEMENT, name, {"draft": pages}, round_id),
        DraftArtefact(artefact),
        Fact(FactKind.DECISION, f"switch:{round_id}", decision.model_dump(mode="json"), round_id),
        Fact(FactKind.ALARM, f"switch:{round_id}", {"text": _said(name, decision)}, round_id),
    ]


def _said(name: str, decision: SwitchDecision) -> str:
    return f"{name} waits for approval, called for by what came back: {' '.join(decision.grounds)}"
