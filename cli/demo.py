"""`tocsin demo`: a whole incident with made-up people."""

import importlib

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.verb import verb
from tocsin.schemas.errors import NotFound


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "demo")(demo)


def demo(asked: Asked) -> None:
    """Play a whole incident with made-up people on this machine."""
    del asked
    try:
        play = importlib.import_module("tocsin.demo.run")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("tocsin.demo"):
            raise
        message = "this installation has no demo"
        raise NotFound(message, fix="install the whole of Tocsin") from None
    code = play.main()
    if code:
        raise typer.Exit(code)
