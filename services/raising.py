"""Raising an incident, and revising it while nothing has left."""

import json
from datetime import datetime
from typing import Protocol

from tocsin.schemas.commit import (
    Commit,
    DecideDraft,
    Fact,
    FactKind,
    OpenIncident,
    OpenRound,
    Write,
)
from tocsin.schemas.detection import DraftState, DraftView
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import AssessmentDue, Event, ResolutionDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.services.desk import Desk, end_rounds, given_in, on_record, void


class Detected(Protocol):
    """Where the drafts of detections are."""

    async def draft(self, draft_id: str) -> DraftView:
        """Return a draft; NotFound without it."""
        ...


_FOLLOW = (
    "tell people more with `tocsin incident follow`, or change facts alone with `tocsin incident "
    "amend`"
)


async def check_revisable(desk: Desk, incident_id: str) -> None:
    """Raise Conflict when something has left: a new round would tell those people twice."""
    for view in await desk.rounds(incident_id):
        if await desk.has_left(view.id):
            message = f"notices of {view.id} have left, so its text can no longer be replaced"
            raise Conflict(message, field="incident", fix=_FOLLOW)


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
    given = given_in(event)
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
    return Commit(writes=[on_record(given), opening, revision, *writes], events=events, done=True)


async def revise_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Take up a corrected description: a new round replaces one from which nothing has left."""
    del policy
    given = given_in(event)
    body = json.loads(given.body)
    file = IncidentFile.model_validate(body["incident"])
    view = await desk.incident(event.incident)
    rounds = await desk.rounds(event.incident)
    await check_revisable(desk, event.incident)
    number = view.revision + 1
    opening = OpenIncident(view.title, view.organisation, view.drill, view.raised_by, number)
    stated = {"by": given.principal, "at": now, "incident": file.model_dump(mode="json")}
    ended = end_rounds(rounds, by=given.principal, reason="replaced by a new revision")
    voided = void(await desk.artefacts(event.incident), by=given.principal, reason="new revision")
    writes, events = _start_round(
        event,
        number=len(rounds) + 1,
        revision=number,
        kind="replacement",
        people=body["people"],
    )
    revision = Fact(FactKind.REVISION, str(number), stated)
    return Commit(
        writes=[on_record(given), opening, revision, *ended, *voided, *writes],
        events=events,
        done=True,
    )
