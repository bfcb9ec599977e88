"""`tocsin incident draft` and `raise`: from what happened to an incident on record."""

from collections.abc import Callable
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from pydantic import ValidationError
from rich.text import Text
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.drafts import draft_from_detections
from tocsin.runtimes.intake import DraftedFile, draft_from_hibp, incident_from
from tocsin.runtimes.overview import incident as look
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.scope import Condition, Scope


class Source(StrEnum):
    """Documents that a draft can be made from."""

    HIBP = "hibp"
    """A breach list of Have I Been Pwned, as its API gives it for `/breaches`."""
    DETECTIONS = "detections"
    """A draft that detections were merged into, by its id."""


class _Whose(NamedTuple):
    """Whose incident it is, and whom it touched."""

    organisation: str
    scope: Scope


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "draft")(draft)
    verb(group, "raise")(raise_incident)


async def draft(
    asked: Asked,
    document: Annotated[
        str | None,
        typer.Argument(metavar="DOCUMENT", help="What --from reads: a file, or a draft's id."),
    ] = None,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of the record in it.")
    ] = None,
    *,
    source: Annotated[Source | None, typer.Option("--from", help="Kind of document.")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Id; else the only one there is.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="Scope: a column ...")] = None,
    equals: Annotated[str | None, typer.Option(help="... that has this value.")] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Scope: the whole directory.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
) -> None:
    """Draft an incident file. With --from, from a detector's document."""
    if source is None:
        if document is not None:
            message = "a document was given, and not what kind it is"
            fix = "add --from hibp, or --from detections"
            raise InvalidInput(message, field="--from", fix=fix)
        text = files("tocsin.cli").joinpath("skeleton_incident.yaml").read_text("utf-8")
        drafted = DraftedFile(text=text, title="", unknown=(), unmapped=())
    else:

        def whose() -> _Whose:
            scope = _scope(column, equals, everyone=everyone)
            return _Whose(organisation or _only_organisation(asked), scope)

        drafted = await _drafted(asked, source, document, name, whose)
    if output is not None:
        write_new(output, drafted.text)
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
        *(wrote or [Text(drafted.text)]),
        *(to_do if drafted.unknown and output is not None else []),
        as_json=asked.as_json,
    )


async def _drafted(
    asked: Asked,
    source: Source,
    document: str | None,
    name: str | None,
    whose: Callable[[], _Whose],
) -> DraftedFile:
    if source is Source.HIBP:
        if document is None or name is None:
            message = "needs a document and the name of a record in it"
            raise InvalidInput(message, field="--from", fix="add them: breaches.json Adobe")
        return draft_from_hibp(Path(document), name, **whose()._asdict())
    if document is None or name is not None:
        message = "needs the id of one draft"
        raise InvalidInput(message, field="--from", fix="add one that `tocsin draft list` shows")
    async with asked.opened() as runtime:
        return await draft_from_detections(runtime, document, **whose()._asdict())


def _only_organisation(asked: Asked) -> str:
    known = [organisation.id for organisation in asked.settings().organisations]
    if len(known) > 1:
        message = "the configuration has several"
        raise InvalidInput(message, field="--organisation", fix=f"one of: {', '.join(known)}")
    return known[0]


def _scope(column: str | None, equals: str | None, *, everyone: bool) -> Scope:
    """Return whom the options name; the whole directory only when it is said."""
    try:
        if column is None and equals is None:
            return Scope(everyone=everyone)
        where = Condition(column=column or "", equals=equals)
        return Scope(where=(where,), everyone=everyone)
    except ValidationError:
        message = "say who is affected"
        fix = "give --column NAME --equals VALUE, or --everyone"
        raise InvalidInput(message, field="scope", fix=fix) from None


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        message = "there is such a file already"
        raise Conflict(message, field="--output", fix="name a new file") from None
    except OSError as error:
        message = f"the file cannot be written ({type(error).__name__})"
        raise InvalidInput(message, field="--output", fix="name another one") from None


async def raise_incident(
    asked: Asked,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Incident file, YAML or JSON.")],
    *,
    drill: Annotated[bool, typer.Option("--drill", help="Reach nobody: for practice.")] = False,
    revises: Annotated[
        str | None, typer.Option(metavar="INCIDENT", help="Incident that this file replaces.")
    ] = None,
    draft: Annotated[
        str | None, typer.Option(metavar="DRAFT", help="Draft of detections that it was made of.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: the same one raises an incident once.")
    ] = None,
) -> None:
    """Put an incident on record. With --revises, replace its description."""
    if drill and revises is not None:
        message = "a revision stays what the incident is"
        raise InvalidInput(message, field="--drill", fix="leave --drill out")
    if draft is not None and revises is not None:
        message = "an incident that stands takes up no draft"
        fix = "leave it out, and dismiss the draft with the incident as its reason"
        raise InvalidInput(message, field="--draft", fix=fix)
    incident = incident_from(file)
    async with asked.opened() as runtime:
        if revises is None:
            name = await runtime.door.raise_incident(
                asked.token(), incident, drill=drill, key=key, draft=draft or ""
            )
        else:
            name = revises
            await runtime.door.revise_incident(asked.token(), name, incident, key=key)
        view = await look(runtime, name)
    kind = "drill, nobody is reached" if view.drill else "real"
    show(
        {
            "incident": view.id,
            "revision": view.revision,
            "drill": view.drill,
            "state": view.state,
            "draft": draft,
        },
        line(f"{view.id}, revision {view.revision} ({kind}): {view.title}"),
        line("A worker finds out who is affected and drafts the texts: `tocsin run`"),
        line(f"Then: `tocsin incident preview {view.id}`, `tocsin incident approve {view.id}`"),
        as_json=asked.as_json,
    )
