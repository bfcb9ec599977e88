"""`tocsin pause`, `resume`, `stop`, `release`: hold back what is being sent, within one flush."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.equation import equation, equation_document
from tocsin.cli.showing import line, show
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
    verb(group, "release")(release)


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


async def release(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    lane: Annotated[str, typer.Argument(metavar="LANE", help="The lane that is held.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands on record.")] = "",
) -> None:
    """Let a lane go on that the governor holds: too much of it was refused or came back."""
    async with asked.opened() as runtime:
        command = CommandType.RELEASE_LANE
        await runtime.door.act(asked.token(), command, incident, target=lane, reason=reason)
    show({"incident": incident, "lane": lane}, line(f"{lane} goes on."), as_json=asked.as_json)
