"""`tocsin init`: a folder in which everything works at once."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.example_people import write_people
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.intake import people_from_csv
from tocsin.schemas.errors import Conflict, InvalidInput

_FILES = ("tocsin.toml", "incident.yaml", "people.csv", "people.db")
_NEXT = (
    "tocsin config check --offline",
    "tocsin principal add rosa --role admin --role raise --role edit --save rosa.token",
    "tocsin principal add ada --role approve --token-file rosa.token --save ada.token",
    "tocsin incident raise incident.yaml --drill --token-file rosa.token",
    "tocsin run --until-idle",
    "tocsin incident list",
)


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "init")(init)


def init(
    asked: Asked, folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Where to.")] = "."
) -> None:
    """Write a configuration, an example incident and made-up people.

    Conflict when one of the files is there already; nothing is written then.
    """
    place = Path(folder)
    there = [name for name in _FILES if (place / name).exists()]
    if there:
        message = f"{', '.join(there)} there already"
        raise Conflict(message, field="folder", fix="name an empty folder: `tocsin init FOLDER`")
    try:
        place.mkdir(parents=True, exist_ok=True)
        people = _fill(place)
    except OSError as error:
        message = f"cannot be written to ({type(error).__name__})"
        raise InvalidInput(message, field="folder", fix="name another one") from None
    here = () if folder == "." else (f"cd {folder}",)
    show(
        {"folder": str(place), "files": list(_FILES), "people": people, "next": [*here, *_NEXT]},
        line(f"Wrote tocsin.toml, incident.yaml, people.csv, and people.db with {people} people."),
        heading("Next, a drill: it reaches nobody"),
        *(line(f"  {step}") for step in (*here, *_NEXT)),
        as_json=asked.as_json,
    )


def _fill(place: Path) -> int:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    times = {
        "aware": (now - timedelta(minutes=10)).isoformat(),
        "started": (now - timedelta(days=3)).replace(hour=0, minute=0).isoformat(),
    }
    package = files("tocsin.cli")
    config = (package / "example_config.toml").read_text("utf-8")
    incident = Template((package / "example_incident.yaml").read_text("utf-8"))
    (place / "tocsin.toml").write_text(config, "utf-8")
    (place / "incident.yaml").write_text(incident.substitute(times), "utf-8")
    write_people(place / "people.csv")
    return people_from_csv(place / "people.csv", place / "people.db", table="people", key=None)
