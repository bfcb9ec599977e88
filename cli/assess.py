"""`tocsin assess`: what the law asks in an incident, before anything is raised."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from tocsin.cli.asked import Asked
from tocsin.cli.showing import heading, line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.assessing import assess_file

_SAID = {True: "required", False: "not required", None: "undecided"}
_APPLIES = {True: "applies", False: "does not apply", None: "may apply"}


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "assess")(assess)


def assess(
    asked: Asked,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An incident file.")],
    *,
    regimes: Annotated[
        Path | None, typer.Option(help="A file or folder of your own regimes.")
    ] = None,
) -> None:
    """Say what each regime asks in an incident. Needs no configuration and records nothing."""
    made = assess_file(file, regimes)
    show(made, *_parts(made), as_json=asked.as_json)


def _parts(made: dict[str, Any]) -> list[RenderableType]:
    severity = made["severity"]
    said = f"Severity {severity['score']:.2f}, {severity['band'].replace('_', ' ')}"
    parts: list[RenderableType] = [
        heading(f"{said} = {severity['dpc']:.2f} x {severity['ei']:.2f} + {severity['cb']:.2f}"),
        *(line(f"  {sentence}") for sentence in severity["inputs"]),
    ]
    undecided_first = sorted(made["regimes"], key=lambda r: (r["applies"] is False, r["id"]))
    for regime in undecided_first:
        parts += _regime(regime)
    if made["missing"]:
        parts.append(heading("Facts that would decide what is undecided"))
        parts += [line(f"  {path}") for path in made["missing"]]
    return parts


def _regime(regime: dict[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = [
        heading(f"{regime['id']} {_APPLIES[regime['applies']]}: {regime['name']}")
    ]
    if regime["applies"] is False:
        return [*parts, line(f"  {regime['individuals']['reason']}")]
    for report in regime["authority"]["reports"]:
        parts += _duty(f"{report['phase']} report to {report['to']}", report)
    if not regime["authority"]["reports"]:
        parts += _duty("authority", regime["authority"])
    parts += _duty("individuals", regime["individuals"])
    mode = {"and": ", beside the notices", "instead": ", may stand in place of notices"}
    public = regime["public"]
    parts += _duty(f"announcement{mode.get(public['mode'], '')}", public)
    for other in regime["others"]:
        parts += _duty(other["who"], other)
    parts += [line("  ", "note", f" assumed: {text}") for text in regime["assumed"]]
    return parts


def _duty(what: str, duty: dict[str, Any]) -> list[RenderableType]:
    due = f", due {duty['due']}" if duty.get("due") else ""
    said = "" if duty["required"] is None else f": {_SAID[duty['required']]}"
    mark = "undecided" if duty["required"] is None else "-"
    return [
        line("  ", mark, f" {what}{said}{due}"),
        line(f"      {duty['reason']} ({duty['cite']})"),
    ]
