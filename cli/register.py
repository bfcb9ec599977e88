"""`tocsin register`: every incident with what was asked and decided, and the logs of a year."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.register_text import parts
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.register import csv_of, register
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.register import Register

_STDOUT = "-"


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "register")(show_register)


async def show_register(
    asked: Asked,
    *,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write a table; - prints it.")
    ] = None,
    regime: Annotated[
        str | None, typer.Option(metavar="ID", help="What this regime asks, and no other.")
    ] = None,
    year: Annotated[
        int | None, typer.Option(metavar="YYYY", help="Incidents that became known in this year.")
    ] = None,
    annual: Annotated[
        str | None,
        typer.Option(metavar="REGIME", help="The log of a year's small incidents; with --year."),
    ] = None,
    drills: Annotated[bool, typer.Option("--drills", help="Drills as well.")] = False,
) -> None:
    """Show the register: every incident, told to anybody or not, and the logs of a year."""
    if csv == _STDOUT and asked.as_json:
        message = "one answer cannot be both a table and JSON"
        raise InvalidInput(message, field="--csv", fix="leave out --csv or --json")
    if annual is not None and regime not in {None, annual}:
        message = f"the log is one of {annual}"
        raise InvalidInput(message, field="--regime", fix="leave it out")
    if annual is not None and drills:
        message = "no authority is told of drills"
        raise InvalidInput(message, field="--drills", fix="leave it out")
    async with asked.opened() as runtime:
        made = await register(runtime, regime=regime, year=year, drills=drills, annual=annual)
    if csv == _STDOUT:
        sys.stdout.write(csv_of(made, for_file=False).decode())
        sys.stdout.flush()
    elif csv is not None:
        _wrote(asked, Path(csv), made)
    else:
        show(document(made), *parts(made), as_json=asked.as_json)


def document(made: Register) -> dict[str, Any]:
    """Return the register as it is printed with --json."""
    return made.model_dump(mode="json")


def _wrote(asked: Asked, path: Path, made: Register) -> None:
    content = csv_of(made, for_file=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        message = "there is such a file already"
        raise Conflict(message, field="--csv", fix="name a new file") from None
    except OSError as error:
        message = f"the file cannot be written ({type(error).__name__})"
        raise InvalidInput(message, field="--csv", fix="name another one") from None
    count = len(made.incidents)
    show(
        {"file": str(path), "incidents": count},
        line(f"Wrote {path}: {count:,} incident{'' if count == 1 else 's'}."),
        as_json=asked.as_json,
    )
