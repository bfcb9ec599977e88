"""Detectors' messages that could not be taken in: looked at, and sent again by an operator."""

from tocsin.rules.permission import allowed
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.settings import Settings, broker_of
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.principal import CommandType
from tocsin.streams.letters import DeadLetter, DeadLetterBox


async def dead_letters(settings: Settings) -> tuple[DeadLetter, ...]:
    """Return the letters that stand, oldest first; Unavailable while no broker answers."""
    return await DeadLetterBox(broker_of(settings)).list()


async def replay_letter(runtime: Runtime, token: str | None, letter_id: str) -> None:
    """Send a letter's message again, as it was; who did so is put on record before."""
    box = DeadLetterBox(broker_of(runtime.settings))
    by = await runtime.door.principal(token)
    allowed(by, CommandType.REPLAY, hands=frozenset())
    now = runtime.step.clock.now()
    body = {"command": CommandType.REPLAY, "principal": by.name, "reason": ""}
    fact = Fact(FactKind.COMMAND, f"letter {letter_id}", body)
    await runtime.ledger.record([fact], now=now, about="replay")
    await box.replay(letter_id)
