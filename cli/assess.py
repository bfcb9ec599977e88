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
    parts += _risk(made["risk"])
    concerned = [regime for regime in made["regimes"] if regime["applies"] is not False]
    for regime in sorted(concerned, key=lambda r: (r["applies"] is None, r["id"])):
        parts += _regime(regime)
    parts += _left_aside([r for r in made["regimes"] if r["applies"] is False])
    if made["cycle"]:
        parts.append(heading("What these ask for cannot be done in any order"))
        parts.append(line(f"  {' before '.join(made['cycle'])}"))
        parts += [line(f"  {cite}") for cite in made["cycle_cites"]]
    if made["missing"]:
        parts.append(heading("Facts that would decide what is undecided"))
        parts += [line(f"  {path}") for path in made["missing"]]
    return parts


def _risk(risk: dict[str, Any]) -> list[RenderableType]:
    """Say which level of risk the table comes to, and why; nothing where no regime goes by it."""
    if risk["level"] is None and not risk["missing"]:
        return []
    level = risk["level"] or "undecided"
    parts: list[RenderableType] = [heading(f"Risk to people: {level}")]
    parts += [line(f"  {r['id']}: {r['reason']} ({r['cite']})") for r in risk["rules"]]
    parts += [line("  ", "note", f" assumed: {text}") for text in risk["assumed"]]
    if risk["missing"]:
        parts.append(line(f"  it would be decided by: {', '.join(risk['missing'])}"))
    return parts


def _left_aside(regimes: list[dict[str, Any]]) -> list[RenderableType]:
    """Name the regimes that have nothing to do with it, those together that say why alike."""
    reasons: dict[str, list[str]] = {}
    for regime in regimes:
        reasons.setdefault(regime["individuals"]["reason"], []).append(regime["id"])
    parts: list[RenderableType] = [heading("Nothing to do with it")] if regimes else []
    for reason, names in sorted(reasons.items(), key=lambda pair: -len(pair[1])):
        parts += [line(f"  {', '.join(names)}"), line(f"      {reason}")]
    return parts


def _regime(regime: dict[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = [
        heading(f"{regime['id']} {_APPLIES[regime['applies']]}: {regime['name']}")
    ]
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
    parts: list[RenderableType] = [
        line("  ", mark, f" {what}{said}{due}"),
        line(f"      {duty['reason']} ({duty['cite']})"),
    ]
    for name, words in (
        ("expected", "the authority expects it by"),
        ("estimated", "starts with another filing; at the last moment it is due"),
        ("held_until", "waits until"),
        ("unverified", "unverified rule:"),
    ):
        if duty.get(name) and duty["required"] is not False:
            parts.append(line(f"      {words} {duty[name]}"))
    return parts
