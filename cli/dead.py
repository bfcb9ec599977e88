"""`tocsin dead`: events that gave up. Their people stay open until they are taken up again."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import dead_events


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "list")(list_dead)
    verb(group, "replay")(replay)


async def list_dead(asked: Asked) -> None:
    """List events that gave up, and why."""
    async with asked.opened() as runtime:
        dead = await dead_events(runtime)
    show(
        {"dead": dead},
        table(
            ["event", "incident", "type", "people", "tries", "error"],
            [(d.id, d.incident, d.type, d.weight, d.tries, d.error) for d in dead],
        )
        if dead
        else line("No event gave up."),
        as_json=asked.as_json,
    )


async def replay(
    asked: Asked, event: Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")]
) -> None:
    """Take an event up again."""
    async with asked.opened() as runtime:
        await runtime.door.replay(asked.token(), event)
    show(
        {"event": event, "state": "waiting"},
        line(f"{event} waits for a worker again: `tocsin run`."),
        as_json=asked.as_json,
    )
