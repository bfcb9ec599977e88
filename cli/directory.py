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
    ("without_phone", "no telephone number", "cannot be called or sent a text message"),
    ("malformed_phone", "a number that is none", "cannot be called or sent a text message"),
    ("without_postal", "no postal address", "cannot be sent a letter"),
    ("postal_without_country", "an address without a country", "cannot be sent a letter"),
    ("without_web_push", "no browser subscription", "cannot be told by web push"),
    ("without_app_push", "no app token", "cannot be told by app push"),
    ("without_account", "no account", "cannot be told in the app or by your own systems"),
    ("without_residence", "no residence", "policy.default_residence decides the law"),
    ("without_locale", "no language", "policy.default_locales decides it"),
    ("without_birth_date", "no birth date", "count as adults"),
    ("minors_without_guardian", "minors without a guardian", "where the guardian must be told"),
    ("cancelled", "cancelled accounts", "told like all others"),
    ("deceased", "deceased people", "their next of kin is told alone"),
    ("deceased_without_next_of_kin", "deceased without a next of kin", "nobody can be told"),
    ("represented", "people with a representative", "who is told instead"),
    ("representative_gone", "with one whose row is gone", "nobody can be told"),
    ("organisations", "organisations", "told at their own address"),
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
    """Count who lacks what would be needed to tell them, way by way, and where people live."""
    async with asked.opened() as runtime:
        health = await runtime.directory.health()
        places = await runtime.directory.residences(Scope(everyone=True))
    counts = {name: n for name, n in asdict(health).items() if n is not None}
    found = [(counts[name], what, so) for name, what, so in _WORDS if name in counts]
    ranked = sorted(places.items(), key=lambda place: (-place[1], place[0]))
    show(
        {**counts, "by_residence": places},
        line(f"{health.people:,} people"),
        heading("Among them"),
        table(["people", "with", "meaning"], found),
        heading("Residences"),
        table(["residence", "people"], [(place or "unknown", n) for place, n in ranked]),
        as_json=asked.as_json,
    )
