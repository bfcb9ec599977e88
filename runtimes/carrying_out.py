"""Carrying out one event that somebody waits for, here or in a running worker."""

import asyncio

from tocsin.ledger import reads
from tocsin.ledger.ledger import Ledger
from tocsin.runtimes.step import Step
from tocsin.schemas.errors import Conflict

_PATIENCE_S = 60.0
_LOOK_S = 0.05


async def carried_out(ledger: Ledger, step: Step, event_id: str, *, leave_s: float = 0) -> None:
    """Return once an event is done; it is left to a running worker for `leave_s` seconds first.

    Conflict where it gave up, or is not done within a minute.
    """
    waited = 0.0
    while waited < _PATIENCE_S:
        if waited >= leave_s:
            await step.take(only=event_id)
        state, error = await ledger.ask(reads.event_state, event_id)
        if state == "done":
            return
        if state == "dead":
            raise Conflict(error, field="command", fix="`tocsin dead list` tells more")
        await asyncio.sleep(_LOOK_S)
        waited += _LOOK_S
    message = "the command is recorded but not yet carried out"
    raise Conflict(message, field="command", fix="start a worker with `tocsin run`")
