"""`tocsin incident draft` and `raise`: from what happened to an incident on record."""

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.intake import DraftedFile, draft_from_hibp, incident_from
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.scope import Condition, Scope


class Source(StrEnum):
    """Documents that a draft can be made from."""

    HIBP = "hibp"
    """A breach list of Have I Been Pwned, as its API gives it for `/breaches`."""


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "draft")(draft)
    verb(group, "raise")(raise_incident)


def draft(
    asked: Asked,
    document: Annotated[Path | None, typer.Argument(help="What --from reads.")] = None,
    name: Annotated[str | None, typer.Argument(help="Name of the record in it.")] = None,
    *,
    source: Annotated[Source | None, typer.Option("--from", help="Kind of document.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Id; else the only one there is.")] = None,
    column: Annotated[str | None, typer.Option(help="Scope: a column ...")] = None,
    equals: Annotated[str | None, typer.Option(help="... that has this value.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Scope: the whole directory.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
) -> None:
    """Draft an incident file from a detector's document, or a skeleton without --from."""
    if source is None:
        if document is not None:
            message = "a document was given, and not what kind it is"
            raise InvalidInput(message, field="--from", fix="add --from hibp")
        text = files("tocsin.cli").joinpath("skeleton_incident.yaml").read_text("utf-8")
        drafted = DraftedFile(text=text, title="", unknown=(), unmapped=())
    else:
        if document is None or name is None:
            message = "needs a document and the name of a record in it"
            raise InvalidInput(message, field="--from", fix="add them: breaches.json Adobe")
        drafted = draft_from_hibp(
            document,
            name,
            organisation=organisation or _only_organisation(asked),
            scope=_scope(column, equals, everyone=everyone),
        )
    if output is not None:
        _write_new(output, drafted.text)
    wrote = [] if output is None else [line(f"Wrote {output}. Complete it, then raise it.")]
    to_do = [heading("Find out or check"), *(line(f"  {entry}") for entry in drafted.unknown)]
    show(
        {
            "title": drafted.title,
            "file": None if output is None else str(output),
            "text": drafted.text,
            "unknown": drafted.unknown,
            "unmapped": drafted.unmapped,
        },
        *(wrote or [line_by_line(drafted.text)]),
        *(to_do if drafted.unknown and output is not None else []),
        as_json=asked.as_json,
    )
