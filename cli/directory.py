"""`tocsin directory`: bring people in from a CSV file, and see whom it would be hard to tell."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.intake import people_from_csv
from tocsin.schemas.scope import Scope

_WORDS = (
    ("without_email", "no e-mail address", "cannot be told by e-mail"),
    ("malformed_email", "a malformed e-mail address", "cannot be told by e-mail"),
    ("without_residence", "no residence", "policy.default_residence decides the law"),
    ("without_locale", "no language", "policy.default_locales decides it"),
    ("without_birth_date", "no birth date", "count as adults"),
    ("minors_without_guardian", "minors without a guardian", "where the guardian must be told"),
    ("cancelled", "cancelled accounts", "told like all others"),
    ("sharing_an_address", "people sharing an address", "told once if the text is the same"),
)


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "import")(import_people)
    verb(group, "check")(check)


def import_people(
    asked: Asked,
    csv: Annotated[
        Path, typer.Argument(metavar="CSV", help="CSV file in UTF-8 with a header row.")
    ],
    *,
    to: Annotated[Path, typer.Option(help="SQLite file to make or extend.")] = Path("people.db"),
    table: Annotated[str, typer.Option(help="Table to make.")] = "people",
    key: Annotated[str | None, typer.Option(help="Column that is different in each row.")] = None,
) -> None:
    """Load people from a CSV file into a new table of a SQLite file."""
    people = people_from_csv(csv, to, table=table, key=key)
    show(
        {"people": people, "database": str(to), "table": table},
        line(f"{people:,} people are in the table {table} of {to}."),
        line("Name it in tocsin.toml under [directory], then run `tocsin directory check`."),
        as_json=asked.as_json,
    )


async def check(asked: Asked) -> None:
    """Count who lacks what would be needed to tell them, and where people live."""
    async with asked.opened() as runtime:
        health = await runtime.directory.health()
        places = await runtime.directory.residences(Scope(everyone=True))
    counts = asdict(health)
    ranked = sorted(places.items(), key=lambda place: (-place[1], place[0]))
    show(
        {**counts, "by_residence": places},
        line(f"{health.people:,} people"),
        heading("Among them"),
        table(["people", "with", "meaning"], [(counts[n], what, so) for n, what, so in _WORDS]),
        heading("Residences"),
        table(["residence", "people"], [(place or "unknown", n) for place, n in ranked]),
        as_json=asked.as_json,
    )
