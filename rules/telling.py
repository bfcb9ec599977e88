"""What an applied Commit tells others: lifecycle events, in ids and counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    Fact,
    FactKind,
    FreezeRound,
    OpenIncident,
    Outcomes,
    Transition,
    Write,
)
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Addressee, Phase
from tocsin.schemas.event import ClockDue, Event
from tocsin.schemas.lifecycle import (
    ArtefactDecided,
    ClockAlarmed,
    IncidentClosed,
    IncidentOpened,
    OutcomesRecorded,
    ReportFiled,
    RoundFrozen,
    RoundProgressed,
    WireData,
    WorkWaiting,
)

_DECIDED = frozenset({ArtefactState.APPROVED.value, ArtefactState.RETURNED.value})
_ENDED = frozenset({"closed", "withdrawn"})
_TOLD_STATES = frozenset({"sending", "paused", "closed", "stopped"})
MOST_BELLS = 16
"""Of one Commit. Who is woken takes event after event, so more would ring for nothing."""


def told(event: Event, commit: Commit, *, now: datetime) -> tuple[WireData, ...]:
    """Return what an applied Commit of an event tells: what happened, then what waits now.

    How far a round is depends on more than its Commit: see `rounds_moved` and `progressed`.
    """
    happened = [data for write in commit.writes for data in _of(event, write)]
    waiting = [e for e in commit.events if e.due is None or e.due <= now]
    bells = (
        WorkWaiting(incident=e.incident, stage=e.payload.type, people=e.weight)
        for e in waiting[:MOST_BELLS]
    )
    return (*happened, *bells)


def rounds_moved(commit: Commit) -> tuple[Transition, ...]:
    """Return the moves of rounds in a Commit that are told with the round's equation."""
    return tuple(
        write
        for write in commit.writes
        if isinstance(write, Transition)
        and write.machine == "round"
        and write.state in _TOLD_STATES
    )


def progressed(incident: str, moved: Transition, equation: Coverage) -> RoundProgressed:
    """Return where a round stands, in people, after a move."""
    return RoundProgressed.model_validate(
        {
            "incident": incident,
            "round": moved.name,
            "state": moved.state,
            "in_scope": equation.in_scope,
            "open": equation.open,
            "reached": equation.reached,
            "announced": equation.announced,
            "unreachable": equation.unreachable,
            "excluded": equation.excluded,
        }
    )


def _of(event: Event, write: Write) -> Iterator[WireData]:
    match write:
        case OpenIncident():
            yield IncidentOpened(
                incident=event.incident,
                organisation=write.organisation,
                revision=write.revision,
                drill=write.drill,
            )
        case FreezeRound():
            yield RoundFrozen(incident=event.incident, round=write.round, in_scope=write.in_scope)
        case Transition(machine="incident", state=state) if state in _ENDED:
            yield IncidentClosed.model_validate({"incident": event.incident, "state": state})
        case Transition(machine="artefact", state=state) if state in _DECIDED:
            kind, about = _kind_of(write.name), {"incident": event.incident, "artefact": write.name}
            yield ArtefactDecided.model_validate(about | {"kind": kind, "decision": state})
        case Outcomes():
            yield from _counted(event, write)
        case Fact():
            yield from _stated(event, write)
        case _:
            return


def _kind_of(artefact: str) -> ArtefactKind:
    """Return the kind that an artefact's name begins with (`notice-r1`)."""
    return max((k for k in ArtefactKind if artefact.startswith(k.value)), key=len)


def _counted(event: Event, write: Outcomes) -> Iterable[WireData]:
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in write.rows:
        found.setdefault((row.lane, row.channel), Counter())[row.result] += 1
    for (lane, channel), results in found.items():
        counts: dict[str, int] = dict(results)
        yield OutcomesRecorded(
            incident=event.incident,
            round=write.round,
            lane=lane,
            channel=Channel(channel),
            **counts,
        )


def _stated(event: Event, write: Fact) -> Iterator[WireData]:
    if write.kind is FactKind.FILING:
        duty: str = write.body["duty"]
        regime, _, rest = duty.partition(":")
        if not rest.startswith(Addressee.AUTHORITY.value):
            return  # a text for the media is no report
        yield ReportFiled(
            incident=event.incident,
            duty=duty,
            regime=regime,
            phase=Phase(rest.rpartition(":")[2]),
        )
    elif write.kind is FactKind.ALARM and isinstance(event.payload, ClockDue):
        due = event.payload
        yield ClockAlarmed.model_validate(
            {
                "incident": event.incident,
                "duty": due.duty,
                "stage": due.stage,
                "due_at": due.due_at,
            }
        )
