"""New facts about an incident that has left: amended, or told in a round that follows.

An amendment changes what is judged and reported, and tells nobody. A round that follows has a text
and an audience of its own, so that nobody who was told becomes untold.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from tocsin.rules.controllers import check_places
from tocsin.rules.rounds import first_notices
from tocsin.schemas.commit import Commit, Fact, FactKind, OpenIncident, OpenRound, Write
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.event import AssessmentDue, Event, ResolutionDue
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.policy import Policy
from tocsin.schemas.rounds import EXPLAINED, RoundKind
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.desk import Desk, end_rounds, given_in, on_record, void
from tocsin.services.preparing import PLACE

_REVISE = "revise it: `tocsin incident raise FILE --revises INCIDENT`"


def check_amendment(new: IncidentFile, old: IncidentFile) -> None:
    """Raise InvalidInput where a new description touches others, or other data, than before."""
    if new.organisation != old.organisation:
        message = "an incident stays that of its organisation"
        raise InvalidInput(message, field="organisation", fix=f"write {old.organisation}")
    check_places(new, old)
    if new.scope != old.scope:
        message = "other people are in scope than before, and an amendment tells nobody"
        fix = (
            "tell those who are new: `tocsin incident follow INCIDENT FILE --kind delta`; those "
            "who are not concerned any more: `--kind retraction`"
        )
        raise InvalidInput(message, field="scope", fix=fix)
    if set(new.data_kinds) != set(old.data_kinds):
        message = "other data is concerned than before, and an amendment tells nobody"
        fix = "tell people: `tocsin incident follow INCIDENT FILE --kind update`, or correction"
        raise InvalidInput(message, field="data_kinds", fix=fix)


def check_follow_up(
    kind: RoundKind, new: IncidentFile, old: IncidentFile, *, and_new: bool
) -> None:
    """Raise InvalidInput where a description does not say what a round of its kind has to say."""
    if new.organisation != old.organisation:
        message = "an incident stays that of its organisation"
        raise InvalidInput(message, field="organisation", fix=f"write {old.organisation}")
    check_places(new, old)
    told = new.narratives
    if kind in EXPLAINED and not _is_written(told.correction):
        message = f"a {kind} begins with what was wrong, and the file does not say it"
        raise InvalidInput(message, field="narratives.correction", fix="write it in one sentence")
    if kind in {RoundKind.UPDATE, RoundKind.CONFIRMATION} and not _is_written(told.what_is_new):
        message = f"the file does not say what the {kind} has to tell"
        raise InvalidInput(message, field="narratives.what_is_new", fix="write it in a few words")
    for name in ("correction", "what_is_new"):
        if any(text.startswith(PLACE) for text in getattr(told, name).values()):
            message = f"a sentence still begins with {PLACE}"
            raise InvalidInput(message, field=f"narratives.{name}", fix="write it, or leave it out")
    if kind is RoundKind.RETRACTION and _touches_as_before(new, old):
        message = "the same people and data are concerned as before, so nobody was told in error"
        fix = "narrow the scope to those who are concerned; everybody else is told of the error"
        raise InvalidInput(message, field="scope", fix=fix)
    if kind in _TELL_THE_SAME_PEOPLE and new.scope != old.scope and not and_new:
        message = f"other people are in scope than before, and a {kind} tells those who were told"
        fix = "add --and-new to tell those who are new as well, or leave the scope as it was"
        raise InvalidInput(message, field="scope", fix=fix)


_TELL_THE_SAME_PEOPLE = frozenset({RoundKind.UPDATE, RoundKind.CORRECTION, RoundKind.CONFIRMATION})


def _touches_as_before(new: IncidentFile, old: IncidentFile) -> bool:
    return new.scope == old.scope and set(new.data_kinds) >= set(old.data_kinds)


def _is_written(text: dict[str, str]) -> bool:
    return any(words.strip() for words in text.values())


async def followed(
    desk: Desk, incident_id: str, kind: RoundKind, names: Sequence[str] = ()
) -> tuple[RoundView, ...]:
    """Return the rounds that a new one follows: the named ones, or all that told people first.

    Raises Conflict while their people are not counted, and where nothing has left of any.
    """
    rounds = await desk.rounds(incident_id)
    for view in rounds:
        if view.state == "resolving":
            message = f"the people of {view.id} are being counted"
            raise Conflict(message, field="incident", fix="wait for it: `tocsin run`")
    first = first_notices(rounds)
    counted = [view for view in first if view.in_scope is not None]
    left = [view for view in counted if await desk.has_left(view.id)]
    if not left:
        message = f"nothing of {incident_id} has left, so there is nothing to follow"
        raise Conflict(message, field="incident", fix=_REVISE)
    if kind is RoundKind.DELTA:
        return tuple(counted)
    wanted = [f"{incident_id}/{name.rpartition('/')[2]}" for name in names]
    for name in wanted:
        if name not in {view.id for view in left}:
            known = ", ".join(view.id for view in left)
            message = f"{name} is no round that told people for the first time"
            raise Conflict(message, field="--of", fix=f"one of: {known}")
    return tuple(view for view in left if not wanted or view.id in wanted)


def _described(
    event: Event, view: IncidentView, file: IncidentFile, now: datetime
) -> tuple[int, list[Write]]:
    """Return the number of a new revision, and what puts it on record."""
    given = given_in(event)
    number = view.revision + 1
    stated = {
        "by": given.principal,
        "at": now,
        "reason": given.reason,
        "given": event.id,
        "incident": file.model_dump(mode="json"),
    }
    opening = OpenIncident(view.title, view.organisation, view.drill, view.raised_by, number)
    return number, [on_record(given), opening, Fact(FactKind.REVISION, str(number), stated)]


def _judged_anew(event: Event, number: int, rounds: Sequence[RoundView]) -> list[Event]:
    """Return what judges a revision: at once, and by the people who were counted before."""
    counted = [view.id for view in first_notices(rounds) if view.counts is not None]
    return [
        Event(
            id=child_id(event.id, "assessment.due", position),
            incident=event.incident,
            payload=AssessmentDue(revision=number, round=name),
        )
        for position, name in enumerate(["", *counted[:1]])
    ]


async def amend_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Take up corrected or new facts: duties and reports are made anew, and nobody is told."""
    del policy
    file = IncidentFile.model_validate(json.loads(given_in(event).body)["incident"])
    view = await desk.incident(event.incident)
    number, writes = _described(event, view, file, now)
    events = _judged_anew(event, number, await desk.rounds(event.incident))
    return Commit(writes=writes, events=events, done=True)


async def follow_incident(event: Event, *, desk: Desk, policy: Policy, now: datetime) -> Commit:
    """Take up a new description, and start the round that tells it; with a delta if asked."""
    del policy
    given = given_in(event)
    body = json.loads(given.body)
    kind = RoundKind(body["kind"])
    file = IncidentFile.model_validate(body["incident"])
    view = await desk.incident(event.incident)
    rounds = await desk.rounds(event.incident)
    before = await followed(desk, event.incident, kind, body["of"])
    number, writes = _described(event, view, file, now)
    kinds = [kind]
    if kind is not RoundKind.DELTA and (body["and_new"] or body["replace_open"]):
        kinds.append(RoundKind.DELTA)
    waiting = [r for r in rounds if r.follows and r.kind in kinds and r.state == "frozen"]
    waiting = [r for r in waiting if not await desk.has_left(r.id)]
    ended = {r.id for r in waiting}
    writes += end_rounds(waiting, by=given.principal, reason="replaced by one of its kind")
    drafted = [a for a in await desk.artefacts(event.incident) if a.round in ended]
    writes += void(drafted, by=given.principal, reason="replaced by a round of its kind")
    if body["replace_open"]:
        ended |= {r.id for r in before if r.state not in {"closed", "stopped"}}
        reason = f"ended with a {kind}, and a delta takes over who is open: {given.reason}"
        left = [r for r in before if r not in waiting]
        writes += end_rounds(left, by=given.principal, reason=reason)
    events = _judged_anew(event, number, rounds)
    for position, each in enumerate(kinds):
        round_id = f"{event.incident}/r{len(rounds) + 1 + position}"
        follows = before
        if each is not kind:
            follows = await followed(desk, event.incident, each)
        over = [r.id for r in follows if r.state == "stopped" or r.id in ended]
        writes.append(
            OpenRound(
                round_id,
                number,
                each.value,
                follows=tuple(r.id for r in follows),
                takes_over=tuple(over) if each is RoundKind.DELTA else (),
            )
        )
        events.append(
            Event(
                id=child_id(event.id, "resolution.due", position),
                incident=event.incident,
                round=round_id,
                payload=ResolutionDue(round=round_id),
                weight=sum(r.in_scope or 0 for r in follows),
            )
        )
    return Commit(writes=writes, events=events, done=True)
