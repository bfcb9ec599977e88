"""`tocsin pause`, `resume`, `stop`: hold back what is being sent, within one flush."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.equation import equation, equation_document
from tocsin.cli.showing import show
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import standing
from tocsin.schemas.principal import CommandType

_HELP = {
    CommandType.PAUSE: "Hold an incident's sending until it is resumed.",
    CommandType.RESUME: "Go on sending what was paused.",
    CommandType.STOP: "End an incident's sending for good. Who is open stays open on record.",
}


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    for command, about in _HELP.items():
        verb(group, command.value)(_verb(command, about))


def _verb(command: CommandType, about: str) -> Callable[..., Coroutine[Any, Any, None]]:
    async def control(
        asked: Asked,
        incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
        *,
        reason: Annotated[str, typer.Option(help="Why; it stands on record.")] = "",
    ) -> None:
        async with asked.opened() as runtime:
            await runtime.door.act(asked.token(), command, incident, reason=reason)
            now = (await standing(runtime, incident)).incidents[0]
        show(
            {"incident": incident, "rounds": [equation_document(r) for r in now.rounds]},
            *map(equation, now.rounds),
            as_json=asked.as_json,
        )

    control.__doc__ = about
    return control
