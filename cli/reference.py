"""`tocsin reference`: is a code that somebody reads to us genuine? Without the ledger."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.references import genuine_in

NOT_GENUINE = 1
"""Exit code for a code that none of the keys made."""


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "check")(check)


def check(
    asked: Asked,
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A personal reference, or a public code (TC-...).")
    ],
    *,
    incident: Annotated[str, typer.Option(help="Id of the incident.")],
    number: Annotated[
        int | None, typer.Option("--round", min=1, help="Number of the round; else all are tried.")
    ] = None,
) -> None:
    """Say whether a code is genuine, from the keys alone; exit 1 when it is not."""
    keys = asked.settings().ledger.keys
    rounds = genuine_in(keys, code, incident=incident.strip().upper(), number=number)
    if rounds:
        verdict = f"Genuine: it is of {', '.join(rounds)}. It says nothing of who has it."
    else:
        verdict = f"Not genuine: no notice of {incident} has this code."
    show({"genuine": bool(rounds), "rounds": rounds}, line(verdict), as_json=asked.as_json)
    if not rounds:
        raise typer.Exit(NOT_GENUINE)
