"""States and transitions of incident, artefact, round, batch, draft: all is in these tables.

An incident is drafted, opened, and closed or withdrawn. An artefact waits for another principal's
approval; a changed hash voids it whatever its state, and a new one is drafted. A round is frozen
once its audience is resolved; only a round whose open people are 0 closes, and one that is stopped
with open people needs another round or a recorded decision. A batch is an event row: a lease that
expires makes it waiting again, and what gave up is dead until it is replayed. A draft of detections
is open until a person raises or dismisses it; it keeps growing after that, and stays decided.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tocsin.schemas.errors import Conflict, InvalidInput


class Machine(StrEnum):
    """What has a lifecycle."""

    INCIDENT = "incident"
    ARTEFACT = "artefact"
    ROUND = "round"
    BATCH = "batch"
    DRAFT = "draft"


TRANSITIONS: Mapping[Machine, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        Machine.INCIDENT: {
            "draft": {"open": "open", "withdraw": "withdrawn"},
            "open": {
                "revise": "open",
                "amend": "open",
                "follow": "open",
                "close": "closed",
                "withdraw": "withdrawn",
            },
            "closed": {},
            "withdrawn": {},
        },
        Machine.ARTEFACT: {
            "drafted": {"submit": "submitted", "void": "void"},
            "submitted": {"approve": "approved", "return": "returned", "void": "void"},
            "returned": {"submit": "submitted", "void": "void"},
            "approved": {"void": "void"},
            "void": {},
        },
        Machine.ROUND: {
            "resolving": {"freeze": "frozen", "stop": "stopped"},
            "frozen": {"send": "sending", "stop": "stopped"},
            "sending": {"pause": "paused", "close": "closed", "stop": "stopped"},
            # What was on its way when the pause came can still settle the last open person.
            "paused": {"resume": "sending", "close": "closed", "stop": "stopped"},
            "closed": {},
            "stopped": {},
        },
        Machine.BATCH: {
            "waiting": {"claim": "claimed"},
            "claimed": {"finish": "done", "expire": "waiting", "give_up": "dead"},
            "dead": {"replay": "waiting"},
            "done": {},
        },
        Machine.DRAFT: {
            "open": {"raise": "raised", "dismiss": "dismissed"},
            "raised": {},
            "dismissed": {},
        },
    }
)
"""Machine -> state -> action -> next state. The first state of a machine is its initial one."""


def next_state(machine: str, state: str, action: str) -> str:
    """Return the state that an action leads to.

    Raises `Conflict` naming what is possible instead, `InvalidInput` for a machine or state that
    does not exist.
    """
    possible = _actions(machine, state)
    if action not in possible:
        message = f"a {machine} that is {state} cannot {_spoken(action)}"
        fix = "nothing more is possible with it"
        if possible:
            fix = f"possible now: {', '.join(_spoken(name) for name in possible)}"
        raise Conflict(message, field=machine, fix=fix)
    return possible[action]


def may(machine: str, state: str, action: str) -> bool:
    """Whether an action is possible in a state."""
    return action in _actions(machine, state)


def initial_state(machine: str) -> str:
    """Return the state in which a machine starts."""
    return next(iter(TRANSITIONS[Machine(machine)]))


def _actions(machine: str, state: str) -> Mapping[str, str]:
    states = TRANSITIONS[Machine(machine)] if machine in list(Machine) else {}
    if state not in states:
        message = f"there is no {machine} that is {state}"
        fix = f"one of: {', '.join(states or list(Machine))}"
        raise InvalidInput(message, field=machine, fix=fix)
    return states[state]


def _spoken(action: str) -> str:
    return action.replace("_", " ")
