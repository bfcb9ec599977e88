"""`tocsin status`: whether everyone is accounted for."""

import asyncio
from contextlib import ExitStack
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text
from tocsin.cli.asked import Asked
from tocsin.cli.equation import equation, equation_document
from tocsin.cli.pace import Pace, open_people, settled_people
from tocsin.cli.plain import write_json
from tocsin.cli.showing import console, heading, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.embedded import Runtime
from tocsin.runtimes.overview import RoundStanding, Standing, standing

UNSOUND = 7
"""Exit code when an equation does not hold or an event gave up."""
_EVERY_S = 1.0


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "status")(status)


async def status(
    asked: Asked,
    incident: Annotated[
        str | None, typer.Argument(metavar="INCIDENT", help="Id; else all incidents.")
    ] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Go on looking, once a second.")] = False,
) -> None:
    """Show whether everyone is accounted for. Exit 7 if something is wrong."""
    async with asked.opened() as runtime:
        if watch:
            await _watch(asked, runtime, incident)
            return
        now = await standing(runtime, incident)
    show(document(now), *parts(now), as_json=asked.as_json)
    if not now.sound:
        raise typer.Exit(UNSOUND)


async def _watch(asked: Asked, runtime: Runtime, incident: str | None) -> None:
    pace = Pace()
    with ExitStack() as stack:
        live = None
        if not asked.as_json:
            live = stack.enter_context(Live(console=console(), auto_refresh=False))
        while True:
            now = await standing(runtime, incident)
            if live is None:
                write_json(document(now, pace), one_line=True)
            else:
                live.update(Group(*parts(now, pace)), refresh=True)
            await asyncio.sleep(_EVERY_S)


def document(now: Standing, pace: Pace | None = None) -> dict[str, Any]:
    """Return where everything stands; with a pace also how fast it moves."""
    made: dict[str, Any] = {
        "sound": now.sound,
        "incidents": [
            {
                "incident": case.view.id,
                "title": case.view.title,
                "state": case.view.state,
                "drill": case.view.drill,
                "rounds": [equation_document(r) for r in case.rounds],
            }
            for case in now.incidents
        ],
        "dead": now.dead,
        "alarms": now.alarms,
    }
    if pace is not None:
        rate, left_s = pace.look(now)
        made |= {"open": open_people(now), "settled": settled_people(now)}
        made |= {"people_per_s": round(rate, 1), "left_s": left_s}
    return made


def parts(now: Standing, pace: Pace | None = None) -> list[RenderableType]:
    """Return the same as text."""
    made: list[RenderableType] = []
    for case in now.incidents:
        kind = "drill" if case.view.drill else "real"
        made.append(heading(f"{case.view.id}  {case.view.title}"))
        made.append(line(f"{kind}, ", case.view.state))
        for round_ in case.rounds:
            made += [equation(round_), *_reached(round_), *_lanes(round_)]
    if not now.incidents:
        made.append(line("No incident is on record."))
    if pace is not None:
        rate, left_s = pace.look(now)
        left = f", about {left_s:,} s left" if left_s else ""
        if left_s != 0:
            made.append(heading(f"{rate:,.1f} people a second{left}"))
    if now.dead:
        made.append(heading("Gave up: their people stay open until `tocsin dead replay EVENT`"))
        made += [line("  ", "dead", f" {d.id} {d.type}: {d.error}") for d in now.dead]
    if now.alarms:
        made += [
            heading("Alarms"),
            *(line(f"  {a.at:%Y-%m-%d %H:%M %Z} {a.text}") for a in now.alarms),
        ]
    return made


def _reached(round_: RoundStanding) -> list[Text]:
    if not round_.coverage.reached:
        return []
    levels = ", ".join(f"{count:,} {level}" for level, count in round_.levels.items() if count)
    return [line(f"  of those reached: {levels}")]


def _lanes(round_: RoundStanding) -> list[RenderableType]:
    if not round_.lanes:
        return []
    results = sorted({name for counts in round_.lanes.values() for name in counts})
    rows = [
        (lane, size, *(round_.lanes.get(lane, {}).get(name, 0) for name in results))
        for lane, size in sorted(round_.sizes.items())
    ]
    return [table(["lane", "notices", *results], rows)]
