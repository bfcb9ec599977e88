"""What each command of a principal does, once the door has let it in."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.rules.drafts import check_open
from tocsin.rules.lifecycle import next_state
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState
from tocsin.schemas.commit import (
    Commit,
    DecideDraft,
    DropRoster,
    Fact,
    FactKind,
    OpenIncident,
    OpenRound,
    Transition,
    Write,
)
from tocsin.schemas.detection import DraftState, DraftView
from tocsin.schemas.errors import Conflict, NotFound
from tocsin.schemas.event import (
    ArtefactApproved,
    AssessmentDue,
    CommandGiven,
    Event,
    ResolutionDue,
)
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.schemas.principal import CommandType
from tocsin.schemas.views import IncidentView, RoundView


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


class Detected(Protocol):
    """Where the drafts of detections are."""

    async def draft(self, draft_id: str) -> DraftView:
        """Return a draft; NotFound without it."""
        ...


async def check_revisable(desk: Desk, incident_id: str) -> None:
    """Raise Conflict when something has left: a new round would tell those people twice."""
    for view in await desk.rounds(incident_id):
        if await desk.has_left(view.id):
            message = f"notices of {view.id} have left, so its text can no longer be replaced"
            raise Conflict(message, field="incident", fix="raise a new incident for the others")


def _given(event: Event) -> CommandGiven:
    assert isinstance(event.payload, CommandGiven)  # noqa: S101  # narrows the payload
    return event.payload


def _on_record(given: CommandGiven) -> Fact:
    """Return the fact that a command was given: who, what, about what, why."""
    body = {"command": given.command, "principal": given.principal, "reason": given.reason}
    return Fact(FactKind.COMMAND, given.target or given.command, body)


def _start_round(
    event: Event, *, number: int, revision: int, kind: str, people: int
) -> tuple[list[Write], list[Event]]:
    round_id = f"{event.incident}/r{number}"
    events = [
        Event(
            id=child_id(event.id, "assessment.due", 0),
            incident=event.incident,
            payload=AssessmentDue(revision=revision),
        ),
        Event(
            id=child_id(event.id, "resolution.due", 0),
            incident=event.incident,
            round=round_id,
            payload=ResolutionDue(round=round_id),
            weight=people,
        ),
    ]
    return [OpenRound(round_id, revision, kind)], events


async def raise_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Open an incident: first revision, first round; the draft it was made from is raised."""
    del desk, policy
    given = _given(event)
    body = json.loads(given.body)
    file = IncidentFile.model_validate(body["incident"])
    opening = OpenIncident(
        title=file.title,
        organisation=file.organisation,
        drill=body["drill"],
        raised_by=given.principal,
        revision=1,
    )
    stated = {"by": given.principal, "at": now, "incident": file.model_dump(mode="json")}
    revision = Fact(FactKind.REVISION, "1", stated)
    writes, events = _start_round(
        event, number=1, revision=1, kind="initial", people=body["people"]
    )
    if given.target:
        writes.append(DecideDraft(given.target, DraftState.RAISED, given.principal))
    return Commit(writes=[_on_record(given), opening, revision, *writes], events=events, done=True)


async def revise_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Take up a corrected description: a new round replaces one from which nothing has left."""
    del policy
    given = _given(event)
    body = json.loads(given.body)
    file = IncidentFile.model_validate(body["incident"])
    view = await desk.incident(event.incident)
    rounds = await desk.rounds(event.incident)
    await check_revisable(desk, event.incident)
    number = view.revision + 1
    opening = OpenIncident(view.title, view.organisation, view.drill, view.raised_by, number)
    stated = {"by": given.principal, "at": now, "incident": file.model_dump(mode="json")}
    ended = _end_rounds(rounds, by=given.principal, reason="replaced by a new revision")
    voided = _void(await desk.artefacts(event.incident), by=given.principal, reason="new revision")
    writes, events = _start_round(
        event,
        number=len(rounds) + 1,
        revision=number,
        kind="replacement",
        people=body["people"],
    )
    revision = Fact(FactKind.REVISION, str(number), stated)
    return Commit(
        writes=[_on_record(given), opening, revision, *ended, *voided, *writes],
        events=events,
        done=True,
    )


def _end_rounds(rounds: Sequence[RoundView], *, by: str, reason: str) -> list[Write]:
    """Stop what is not closed; its roster goes, and its open people stay on record as open."""
    writes: list[Write] = []
    for view in rounds:
        if view.state != "closed":
            moved = Transition("round", view.id, "stopped", by, reason, was=view.state)
            writes += [moved, DropRoster(view.id)]
    return writes


def _void(artefacts: Sequence[Artefact], *, by: str, reason: str) -> list[Write]:
    """Void whatever was not approved and carried out."""
    return [
        Transition("artefact", a.name, ArtefactState.VOID.value, by, reason)
        for a in artefacts
        if a.state in {ArtefactState.SUBMITTED, ArtefactState.DRAFTED, ArtefactState.APPROVED}
        and a.kind is not ArtefactKind.REPORT
    ]


async def approve(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Approve one artefact as it stands: bind the approval to its hashes and set it in motion."""
    given = _given(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    state = next_state("artefact", artefact.state.value, "approve")
    approval = Approval(
        artefact=artefact.name,
        principal=given.principal,
        binding=artefact.binding,
        at=now,
        valid_until=now + timedelta(days=policy.approval_valid_days),
    )
    follow = Event(
        id=child_id(event.id, "artefact.approved", 0),
        incident=event.incident,
        payload=ArtefactApproved(artefact=artefact.name),
    )
    return Commit(
        writes=[
            _on_record(given),
            Fact(
                FactKind.APPROVAL, artefact.name, approval.model_dump(mode="json"), artefact.round
            ),
            Transition(
                "artefact",
                artefact.name,
                state,
                given.principal,
                given.reason,
                was=artefact.state.value,
            ),
        ],
        events=[follow],
        done=True,
    )


async def return_artefact(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Send an artefact back to those who raised it, with a reason."""
    del policy, now
    given = _given(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    state = next_state("artefact", artefact.state.value, "return")
    return Commit(
        writes=[
            _on_record(given),
            Transition(
                "artefact",
                artefact.name,
                state,
                given.principal,
                given.reason,
                was=artefact.state.value,
            ),
        ],
        done=True,
    )


_ROUND_ACTION = {
    CommandType.PAUSE: "pause",
    CommandType.RESUME: "resume",
    CommandType.STOP: "stop",
}


async def control_rounds(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Pause, resume or stop every round of an incident that can be."""
    del policy, now
    given = _given(event)
    action = _ROUND_ACTION[given.command]
    writes: list[Write] = [_on_record(given)]
    for view in await desk.rounds(event.incident):
        if view.state in {"closed", "stopped"}:
            continue
        state = next_state("round", view.state, action)
        writes.append(
            Transition("round", view.id, state, given.principal, given.reason, was=view.state)
        )
    return Commit(writes=writes, done=True)


async def end_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Close or withdraw an incident; whoever is still open stays open on record."""
    del policy, now
    given = _given(event)
    action = "close" if given.command is CommandType.CLOSE else "withdraw"
    view = await desk.incident(event.incident)
    state = next_state("incident", view.state, action)
    decision = {"decision": action, "by": given.principal, "reason": given.reason}
    ended = _end_rounds(
        await desk.rounds(event.incident), by=given.principal, reason=given.reason or action
    )
    voided = _void(
        [a for a in await desk.artefacts(event.incident) if a.state is not ArtefactState.APPROVED],
        by=given.principal,
        reason=given.reason,
    )
    return Commit(
        writes=[
            _on_record(given),
            Fact(FactKind.DECISION, action, decision),
            Transition(
                "incident", event.incident, state, given.principal, given.reason, was=view.state
            ),
            *ended,
            *voided,
        ],
        done=True,
    )


_DECIDE: dict[CommandType, Callable[..., Awaitable[Commit]]] = {
    CommandType.RAISE_INCIDENT: raise_incident,
    CommandType.REVISE_INCIDENT: revise_incident,
    CommandType.APPROVE: approve,
    CommandType.RETURN: return_artefact,
    CommandType.WITHDRAW: end_incident,
    CommandType.CLOSE: end_incident,
    CommandType.PAUSE: control_rounds,
    CommandType.RESUME: control_rounds,
    CommandType.STOP: control_rounds,
}


async def carry_out(
    event: Event,
    checkpoint: str | None,
    *,
    desk: Desk,
    detected: Detected,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Do what a command says; one that came too late is put on record as refused."""
    del checkpoint
    given = _given(event)
    try:
        if given.command is CommandType.RAISE_INCIDENT and given.target:
            check_open(await detected.draft(given.target))
        commit = await _DECIDE[given.command](event, desk=desk, policy=policy, now=now)
    except (Conflict, NotFound) as refusal:
        body = {
            "command": given.command,
            "principal": given.principal,
            "refused": str(refusal),
        }
        name = given.target or given.command
        commit = Commit(writes=[Fact(FactKind.COMMAND, name, body)], done=True)
    yield commit
