"""`tocsin dead`: events that gave up, and detectors' messages that could not be taken in.

The people of an event stay open until it is taken up again.
"""

from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import dead_events
from tocsin.runtimes.settings import Settings
from tocsin.schemas.errors import Unavailable


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "list")(list_dead)
    verb(group, "replay")(replay)


async def list_dead(asked: Asked) -> None:
    """List events that gave up and messages that were refused, and why."""
    async with asked.opened() as runtime:
        dead = await dead_events(runtime)
        letters, away = await _letters(runtime.settings)
    of_events = table(
        ["event", "incident", "type", "people", "tries", "error"],
        [(d.id, d.incident, d.type, d.weight, d.tries, d.error) for d in dead],
    )
    of_letters = table(
        ["letter", "since", "field", "reason", "fix"],
        [(x.id, f"{x.at:%Y-%m-%d %H:%M}", x.field, x.reason, x.fix) for x in letters],
    )
    show(
        {
            "dead": dead,
            "letters": [{"id": x.id, **x.model_dump(mode="json")} for x in letters],
            "letters_unknown": away or None,
        },
        of_events if dead else line("No event gave up."),
        *([of_letters] if letters else []),
        *([line(f"Messages of detectors could not be looked at: {away}")] if away else []),
        as_json=asked.as_json,
    )


async def _letters(settings: Settings) -> tuple[tuple[Any, ...], str]:
    """Return the dead letters, or why they cannot be seen; none where there are no streams."""
    if settings.kafka is None:
        return (), ""
    from tocsin.runtimes.dead_letters import dead_letters  # noqa: PLC0415  # an optional library

    try:
        return await dead_letters(settings), ""
    except Unavailable as error:
        return (), error.message


async def replay(
    asked: Asked,
    name: Annotated[str, typer.Argument(metavar="ID", help="Id of the event, or of the letter.")],
) -> None:
    """Take an event up again, or a detector's message."""
    async with asked.opened() as runtime:
        if "/" not in name:
            await runtime.door.replay(asked.token(), name)
            told = f"{name} waits for a worker again: `tocsin run`."
        else:
            from tocsin.runtimes.dead_letters import replay_letter  # noqa: PLC0415  # optional

            await replay_letter(runtime, asked.token(), name)
            told = f"The message of {name} was sent again; workers take it in."
    show({"event": name, "state": "waiting"}, line(told), as_json=asked.as_json)
