"""`tocsin incident amend`, `follow`, `prepared`: new facts about an incident that has left."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from tocsin.cli.asked import Asked
from tocsin.cli.incident_report import write_new
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.intake import incident_from
from tocsin.runtimes.overview import incident as look
from tocsin.runtimes.prepared import prepared as read_prepared
from tocsin.schemas.rounds import RoundKind

_INCIDENT = typer.Argument(metavar="INCIDENT", help="Id of the incident.")
_FILE = typer.Argument(metavar="FILE", help="Incident file as it is known now.")
_REASON = typer.Option("--reason", help="Why; it stands on record.")
_KEY = typer.Option(help="Idempotency key: the same one gives the command once.")


class Following(StrEnum):
    """What a round that follows can be."""

    UPDATE = "update"
    CORRECTION = "correction"
    CONFIRMATION = "confirmation"
    RETRACTION = "retraction"
    DELTA = "delta"


_OPTION_KIND = typer.Option(
    "--kind",
    help="update, correction, confirmation: to all who were told. retraction: to those of them "
    "whom it does not concern. delta: the first notice, to those who are new.",
)
_OPTION_OF = typer.Option("--of", help="Round that it follows, as r1; else all first notices.")
_OPTION_NEW = typer.Option("--and-new", help="Tell those who are new as well, in a delta.")
_OPTION_OPEN = typer.Option(
    "--replace-open", help="End the rounds before; a delta tells who is open in them."
)


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "amend")(amend)
    verb(group, "follow")(follow)
    verb(group, "prepared")(prepared)


async def amend(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    file: Annotated[Path, _FILE],
    *,
    reason: Annotated[str, _REASON],
    key: Annotated[str | None, _KEY] = None,
) -> None:
    """Correct or add facts. Reports are drafted anew; nobody is told."""
    described = incident_from(file)
    async with asked.opened() as runtime:
        door, token = runtime.door, asked.token()
        await door.amend_incident(token, incident, described, reason=reason, key=key)
        view = await look(runtime, incident)
    show(
        {"incident": view.id, "revision": view.revision},
        line(
            f"{view.id}, revision {view.revision}. Nobody is told by it; notices stay as they are"
        ),
        line("A worker judges the facts and drafts reports that nobody approved: `tocsin run`"),
        as_json=asked.as_json,
    )


async def follow(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    file: Annotated[Path, _FILE],
    *,
    kind: Annotated[Following, _OPTION_KIND],
    reason: Annotated[str, _REASON],
    of: Annotated[list[str] | None, _OPTION_OF] = None,
    and_new: Annotated[bool, _OPTION_NEW] = False,
    replace_open: Annotated[bool, _OPTION_OPEN] = False,
    key: Annotated[str | None, _KEY] = None,
) -> None:
    """Tell people more, or those who are new: a round that follows."""
    described = incident_from(file)
    async with asked.opened() as runtime:
        rounds = await runtime.door.follow_incident(
            asked.token(),
            incident,
            described,
            kind=RoundKind(kind.value),
            reason=reason,
            of=of or (),
            and_new=and_new,
            replace_open=replace_open,
            key=key,
        )
        view = await look(runtime, incident)
    show(
        {"incident": view.id, "revision": view.revision, "kind": kind, "rounds": rounds},
        line(f"{view.id}, revision {view.revision}: {', '.join(rounds)}"),
        line("A worker finds the people and drafts the texts: `tocsin run`"),
        *(line(f"Then: `tocsin incident preview {view.id} --round {_short(r)}`") for r in rounds),
        line(f"Then: `tocsin incident approve {view.id}`"),
        as_json=asked.as_json,
    )


def _short(round_id: str) -> str:
    return round_id.rpartition("/")[2]


async def prepared(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    *,
    texts: Annotated[bool, typer.Option("--texts", help="Print the drafted texts too.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Incident file to write, with the sentence to fill in."
        ),
    ] = None,
) -> None:
    """Show the correction that stands ready: only what was wrong is missing."""
    async with asked.opened() as runtime:
        ready = await read_prepared(runtime, incident)
    if output is not None:
        write_new(output, ready.file)
    document: dict[str, Any] = {
        "incident": incident,
        "file": None if output is None else str(output),
        "snippet": ready.snippet,
        "prepared": ready.drafts,
    }
    parts = [Text(ready.snippet)]
    for draft in ready.drafts if texts else ():
        for name, text in draft["texts"].items():
            parts += [heading(f"{draft['name']}  {name}"), Text(text)]
    found = [finding for draft in ready.drafts for finding in draft["findings"]]
    parts += [line("problem", f": {finding}") for finding in dict.fromkeys(found)]
    if output is not None:
        parts.append(line(f"Wrote {output}. Write the sentence, then:"))
        parts.append(line(f"  tocsin incident follow {incident} {output} --kind correction ..."))
    show(document, *parts, as_json=asked.as_json)
