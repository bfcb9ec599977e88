"""`tocsin demo`: three whole incidents with made-up people."""

from pathlib import Path
from typing import Annotated

import typer
from tocsin.cli.asked import Asked, LogLevel
from tocsin.cli.logs import log_nothing
from tocsin.cli.verb import verb


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "demo")(demo)


def demo(
    asked: Asked,
    *,
    people: Annotated[int, typer.Option(min=1, help="How many are made up.")] = 20_000,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder, written anew.")] = Path(
        "demo-output"
    ),
    seed: Annotated[int, typer.Option(help="The same people for the same one.")] = 7,
) -> None:
    """Play three whole incidents with made-up people on this machine."""
    if asked.log_level is LogLevel.WARNING:
        log_nothing()  # the demo says itself what happens; alarms stand in its page
    from tocsin.demo.run import main  # noqa: PLC0415  # heavy, and no other verb needs it

    code = main(people=people, output=output, seed=seed, json_only=asked.as_json)
    if code:
        raise typer.Exit(code)
