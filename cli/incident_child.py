"""`tocsin incident child`: from a processor's incident to the file of one of its controllers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text
from tocsin.cli.asked import Asked
from tocsin.cli.incident_report import write_new
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.children import draft_child
from tocsin.schemas.errors import InvalidInput


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "child")(child)


async def child(
    asked: Asked,
    incident: Annotated[
        str, typer.Argument(metavar="INCIDENT", help="Id of the processor's incident.")
    ],
    *,
    controller: Annotated[str, typer.Option(help="Name of the controller, as in the incident.")],
    organisation: Annotated[str, typer.Option(help="Id of the controller's organisation.")],
    told: Annotated[
        str | None, typer.Option(help="When it was told: 2026-11-24T16:05:00+01:00")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--out", "--output", "-o", help="File to write.")
    ] = None,
) -> None:
    """Write the incident file of a controller, whose clocks start when it was told."""
    at = None if told is None else _instant(told)
    async with asked.opened() as runtime:
        made = await draft_child(
            runtime, incident, controller=controller, organisation=organisation, told=at
        )
    if output is not None:
        write_new(output, made.text)
    wrote = [line(f"Wrote {output}. Complete it: `tocsin incident raise {output}`")]
    to_do = [heading("Find out or check"), *(line(f"  {entry}") for entry in made.unknown)]
    show(
        {
            "parent": incident,
            "controller": controller,
            "organisation": organisation,
            "file": None if output is None else str(output),
            "text": made.text,
            "to_check": made.unknown,
        },
        *([Text(made.text)] if output is None else [*wrote, *to_do]),
        as_json=asked.as_json,
    )


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = "is not a time with its zone"
        raise InvalidInput(message, field="--told", fix="write it as 2026-11-24T16:05:00+01:00")
    return at.astimezone(UTC)
