"""`tocsin incident list` and `show`: what is on record."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from tocsin.cli.asked import Asked
from tocsin.cli.equation import equation, equation_document
from tocsin.cli.plain import plain
from tocsin.cli.showing import heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import CaseFile, DutyStanding, case_file, incidents
from tocsin.schemas.duty import Outside
from tocsin.schemas.public_view import PublicView

_OWED = {None: "undecided", True: "owed", False: "not owed"}


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "list")(list_incidents)
    verb(group, "show")(show_incident)


async def list_incidents(asked: Asked) -> None:
    """List incidents, newest first."""
    async with asked.opened() as runtime:
        views = await incidents(runtime)
    show(
        {"incidents": views},
        table(
            ["incident", "state", "", "opened", "raised by", "title"],
            [
                (v.id, v.state, "drill" if v.drill else "real", v.opened_at, v.raised_by, v.title)
                for v in views
            ],
        )
        if views
        else line("None yet: `tocsin incident raise FILE`"),
        as_json=asked.as_json,
    )


async def show_incident(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
) -> None:
    """Show duties with their clocks, what waits, who is told."""
    async with asked.opened() as runtime:
        case = await case_file(runtime, incident)
    show(_document(case), *_parts(case), as_json=asked.as_json)


def _document(case: CaseFile) -> dict[str, Any]:
    view, severity = case.standing.view, case.severity
    return {
        "incident": view,
        "severity": severity,
        "duties": [
            {**d.duty.model_dump(mode="json"), "clock": d.clock, "met_at": d.met_at}
            for d in case.duties
        ],
        "artefacts": [
            {"name": a.name, "kind": a.kind, "state": a.state, "summary": a.summary}
            for a in case.artefacts
        ],
        "rounds": [equation_document(r) for r in case.standing.rounds],
        "public": _public_document(case.public),
        "parent": case.parent or None,
        "children": case.children,
        "alarms": case.alarms,
        "dead": case.dead,
    }


def _parts(case: CaseFile) -> list[RenderableType]:
    view = case.standing.view
    kind = "drill" if view.drill else "real"
    parts: list[RenderableType] = [
        heading(f"{view.id}  {view.title}"),
        line(f"{kind}, {view.state}; revision {view.revision}, raised by {view.raised_by}"),
    ]
    if case.parent:
        parts.append(line(f"came from {case.parent}, the incident of its processor"))
    if case.severity is None:
        parts.append(line("Nothing is judged yet; a worker does it: `tocsin run`"))
    else:
        score = f"{case.severity.score / 100:.2f}"
        parts.append(line(f"severity: {case.severity.band.value} ({score}, ENISA 2013)"))
    if case.duties:
        columns = ["duty", "owed", "due", "set by", "clock", "to", "still missing"]
        concerned = [each for each in case.duties if each.duty.outside is not Outside.PEOPLE]
        parts += [heading("Duties"), table(columns, map(_duty, concerned))]
        apart = sorted({each.duty.regime for each in case.duties} - _regimes(concerned))
        if apart:
            parts.append(line(f"{', '.join(apart)}: nobody concerned is protected by it"))
    if case.artefacts:
        rows = [(a.name, a.state.value, a.summary) for a in case.artefacts]
        parts += [heading("Artefacts"), table(["artefact", "state", "what it is"], rows)]
    if case.children:
        held = [(v.id, v.organisation, v.state, v.opened_at, v.title) for v in case.children]
        columns = ["incident", "organisation", "state", "opened", "title"]
        parts += [heading("Incidents of its controllers"), table(columns, held)]
    parts += [heading("People"), *map(equation, case.standing.rounds)]
    if case.public.begun:
        parts += [heading("Public files"), *map(line, _public(case.public))]
    if case.alarms:
        alarms = [(a.at, a.text) for a in case.alarms]
        parts += [heading("Alarms"), table(["at", "alarm"], alarms)]
    if case.dead:
        parts += [heading("Gave up"), *(line("  ", "dead", f" {d.type} {d.id}") for d in case.dead)]
    return parts


def _regimes(duties: Iterable[DutyStanding]) -> set[str]:
    return {each.duty.regime for each in duties}


def _public_document(public: PublicView) -> dict[str, Any] | None:
    if public.begun is None:
        return None
    return {
        "since": public.begun,
        "until": public.ends_at,
        "ended": public.ended,
        "files": sorted(public.files),
        "deviations": [one.text for one in public.deviations],
    }


def _public(public: PublicView) -> tuple[str, ...]:
    files = f"{len(public.files)} files"
    if public.ended:
        return (f"taken down {plain(public.ended)}; {files} stand in their place",)
    stands = f"{files} stand since {plain(public.begun)}, until {plain(public.ends_at)}"
    return (stands, *(f"not as published: {one.text}" for one in public.deviations))


def _duty(standing: DutyStanding) -> tuple[object, ...]:
    duty = standing.duty
    return (
        duty.id,
        _OWED[duty.required],
        duty.due_at or "",
        duty.due_nature.value if duty.due_nature else "",
        standing.clock.value if standing.clock else "",
        duty.to or duty.addressee.value,
        ", ".join(duty.missing),
    )
