"""What each command of a principal does, once the door has let it in."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.rules.approving import check_findings
from tocsin.rules.drafts import check_open
from tocsin.rules.governor import strain_of
from tocsin.rules.lifecycle import next_state
from tocsin.schemas.artefact import Approval, ArtefactKind, ArtefactState
from tocsin.schemas.commit import Commit, Fact, FactKind, ReleaseLane, Transition, Write
from tocsin.schemas.errors import Conflict, InvalidInput, NotFound
from tocsin.schemas.event import ArtefactApproved, Event, PreparationDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.policy import Policy
from tocsin.schemas.principal import CommandType
from tocsin.services.decisions import record_review
from tocsin.services.desk import (
    Desk,
    controllable,
    end_rounds,
    findings_of,
    given_in,
    on_record,
    void,
)
from tocsin.services.filing import explain_delay, record_receipt
from tocsin.services.fulfilling import record_met
from tocsin.services.lateness import LateDesk, check_explained, explain
from tocsin.services.raising import Detected, raise_incident, revise_incident
from tocsin.services.revising import amend_incident, follow_incident
from tocsin.services.withdrawing import check_withdrawable


class Closing(Desk, LateDesk, Protocol):
    """What the end of an incident looks at."""


async def approve(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Approve one artefact as it stands: bind the approval to its hashes and set it in motion.

    The command's reason is the one with which warnings of the gates are accepted.
    """
    given = given_in(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    check_findings(await findings_of(artefact, desk), accepted=given.reason)
    state = next_state("artefact", artefact.state.value, "approve")
    approval = Approval(
        artefact=artefact.name,
        principal=given.principal,
        binding=artefact.binding,
        at=now,
        valid_until=now + timedelta(days=policy.approval_valid_days),
        accepted=given.reason,
    )
    follow = [
        Event(
            id=child_id(event.id, "artefact.approved", 0),
            incident=event.incident,
            payload=ArtefactApproved(artefact=artefact.name),
        )
    ]
    if artefact.kind is ArtefactKind.NOTICE:
        preparation = PreparationDue(round=artefact.round)
        name = child_id(event.id, preparation.type, 0)
        follow.append(Event(id=name, incident=event.incident, payload=preparation))
    return Commit(
        writes=[
            on_record(given),
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
        events=follow,
        done=True,
    )


async def return_artefact(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Send an artefact back to those who raised it, with a reason."""
    del policy, now
    given = given_in(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    state = next_state("artefact", artefact.state.value, "return")
    return Commit(
        writes=[
            on_record(given),
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
    given = given_in(event)
    action = _ROUND_ACTION[given.command]
    writes: list[Write] = [on_record(given)]
    for view in controllable(await desk.rounds(event.incident), action):
        state = next_state("round", view.state, action)
        writes.append(
            Transition("round", view.id, state, given.principal, given.reason, was=view.state)
        )
    return Commit(writes=writes, done=True)


async def release_lane(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Let a lane go on that the governor held, in every round where it is held."""
    del policy, now
    given = given_in(event)
    writes: list[Write] = [on_record(given)]
    for view in await desk.held_lanes(event.incident):
        if view.lane == given.target:
            known = strain_of(view.counts)
            writes.append(
                ReleaseLane(
                    round=view.round,
                    lane=view.lane,
                    rung=view.rung,
                    channel=view.channel,
                    by=given.principal,
                    reason=given.reason,
                    handed_over=known.handed_over,
                    hard=known.hard,
                )
            )
    if len(writes) == 1:
        message = f"the lane {given.target} is not held"
        raise Conflict(message, field="lane", fix="look at it again: it goes on already")
    return Commit(writes=writes, done=True)


async def explain_late(event: Event, *, desk: LateDesk, policy: Policy, now: datetime) -> Commit:
    """Put on record why a duty was late."""
    del policy
    return await explain(given_in(event), event.incident, desk=desk, now=now)


async def end_incident(event: Event, *, desk: Closing, policy: Policy, now: datetime) -> Commit:
    """Close or withdraw an incident; whoever is still open stays open on record.

    One in which a duty was late is closed only once it stands on record why; one of which people
    were told is withdrawn only once they are told that it was none.
    """
    del policy
    given = given_in(event)
    if given.command is CommandType.CLOSE:
        await check_explained(desk, event.incident, now=now)
    else:
        await check_withdrawable(desk, event.incident)
    action = "close" if given.command is CommandType.CLOSE else "withdraw"
    view = await desk.incident(event.incident)
    state = next_state("incident", view.state, action)
    decision = {"decision": action, "by": given.principal, "reason": given.reason}
    ended = end_rounds(
        await desk.rounds(event.incident), by=given.principal, reason=given.reason or action
    )
    voided = void(
        [a for a in await desk.artefacts(event.incident) if a.state is not ArtefactState.APPROVED],
        by=given.principal,
        reason=given.reason,
    )
    return Commit(
        writes=[
            on_record(given),
            Fact(FactKind.DECISION, action, decision),
            Transition(
                "incident", event.incident, state, given.principal, given.reason, was=view.state
            ),
            *ended,
            *voided,
        ],
        done=True,
    )


async def met_outside(event: Event, *, desk: Closing, policy: Policy, now: datetime) -> Commit:
    """Put on record that a duty was met by other means."""
    del policy
    return await record_met(event, desk=desk, now=now)


async def review_decision(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Put on record that a decision not to notify was looked at again and stays."""
    del policy
    given = given_in(event)
    artefact = next(a for a in await desk.artefacts(event.incident) if a.name == given.target)
    return record_review(given, artefact, now=now)


async def record_test(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Put on record that drafted texts go to our own addresses: who, which texts, which ways."""
    del desk, policy, now
    given = given_in(event)
    body = {"what": "test send", "by": given.principal, **json.loads(given.body)}
    fact = Fact(FactKind.ACCESS, f"test:{event.id}", body)
    return Commit(writes=[on_record(given), fact], done=True)


_DECIDE: dict[CommandType, Callable[..., Awaitable[Commit]]] = {
    CommandType.RAISE_INCIDENT: raise_incident,
    CommandType.REVISE_INCIDENT: revise_incident,
    CommandType.AMEND_INCIDENT: amend_incident,
    CommandType.FOLLOW_INCIDENT: follow_incident,
    CommandType.APPROVE: approve,
    CommandType.RETURN: return_artefact,
    CommandType.WITHDRAW: end_incident,
    CommandType.CLOSE: end_incident,
    CommandType.PAUSE: control_rounds,
    CommandType.RESUME: control_rounds,
    CommandType.STOP: control_rounds,
    CommandType.RELEASE_LANE: release_lane,
    CommandType.EXPLAIN_LATE: explain_late,
    CommandType.RECORD_MET: met_outside,
    CommandType.REVIEW_DECISION: review_decision,
    CommandType.TEST_SEND: record_test,
    CommandType.EXPLAIN_DELAY: explain_delay,
    CommandType.RECORD_RECEIPT: record_receipt,
}


async def carry_out(
    event: Event,
    checkpoint: str | None,
    *,
    desk: Closing,
    detected: Detected,
    policy: Policy,
    now: datetime,
) -> AsyncIterator[Commit]:
    """Do what a command says; one that came too late is put on record as refused."""
    del checkpoint
    given = given_in(event)
    try:
        if given.command is CommandType.RAISE_INCIDENT and given.target:
            check_open(await detected.draft(given.target))
        commit = await _DECIDE[given.command](event, desk=desk, policy=policy, now=now)
    except (Conflict, InvalidInput, NotFound) as refusal:
        body = {
            "command": given.command,
            "principal": given.principal,
            "refused": str(refusal),
        }
        name = given.target or given.command
        commit = Commit(writes=[Fact(FactKind.COMMAND, name, body)], done=True)
    yield commit
