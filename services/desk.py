"""What commands look at, and what they all leave behind."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from tocsin.rules.lifecycle import may, next_state
from tocsin.schemas.artefact import Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.commit import DropRoster, Fact, FactKind, Transition, Write
from tocsin.schemas.event import CommandGiven, Event
from tocsin.schemas.finding import Finding, read_findings
from tocsin.schemas.views import IncidentView, LaneView, RoundView


class Desk(Protocol):
    """What a command looks at."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def rounds(self, incident_id: str) -> Sequence[RoundView]:
        """Return an incident's rounds, oldest first."""
        ...

    async def artefacts(self, incident_id: str) -> Sequence[Artefact]:
        """Return an incident's artefacts."""
        ...

    async def has_left(self, round_id: str) -> bool:
        """Whether a round was ever sent on its way."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...

    async def held_lanes(self, incident_id: str) -> Sequence[LaneView]:
        """Return the lanes of an incident's rounds that are held now."""
        ...


_FOUND: Mapping[ArtefactKind, str] = MappingProxyType(
    {ArtefactKind.NOTICE: "findings", ArtefactKind.ANNOUNCEMENT: "page_findings"}
)
"""Kind of artefact -> where its round's plan holds what the gates found."""


class Plans(Protocol):
    """What an approval looks at beside the artefact."""

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


async def findings_of(artefact: Artefact, plans: Plans) -> tuple[Finding, ...]:
    """Return what the gates found in an artefact; reports and decisions pass none."""
    if artefact.findings is not None:
        return artefact.findings
    name = _FOUND.get(artefact.kind)
    return () if name is None else read_findings(await plans.plan(artefact.round), name)


def given_in(event: Event) -> CommandGiven:
    """Return the command that an event gives."""
    assert isinstance(event.payload, CommandGiven)  # noqa: S101  # narrows the payload
    return event.payload


def on_record(given: CommandGiven) -> Fact:
    """Return the fact that a command was given: who, what, about what, why."""
    body = {"command": given.command, "principal": given.principal, "reason": given.reason}
    return Fact(FactKind.COMMAND, given.target or given.command, body)


def controllable(rounds: Sequence[RoundView], action: str) -> tuple[RoundView, ...]:
    """Return the rounds of an incident that can be paused, resumed or stopped.

    Raises Conflict where none can, with what is possible with the newest.
    """
    found = tuple(view for view in rounds if may("round", view.state, action))
    if rounds and not found:
        next_state("round", rounds[-1].state, action)
    return found


def end_rounds(rounds: Sequence[RoundView], *, by: str, reason: str) -> list[Write]:
    """Stop what is not closed; its roster goes, and its open people stay on record as open."""
    writes: list[Write] = []
    for view in rounds:
        if view.state not in {"closed", "stopped"}:
            moved = Transition("round", view.id, "stopped", by, reason, was=view.state)
            writes += [moved, DropRoster(view.id)]
    return writes


def void(artefacts: Sequence[Artefact], *, by: str, reason: str) -> list[Write]:
    """Void whatever was not approved and carried out."""
    return [
        Transition("artefact", a.name, ArtefactState.VOID.value, by, reason)
        for a in artefacts
        if a.state in {ArtefactState.SUBMITTED, ArtefactState.DRAFTED, ArtefactState.APPROVED}
        and a.kind not in {ArtefactKind.REPORT, ArtefactKind.CONTROLLER}
    ]
