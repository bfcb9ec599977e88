"""`tocsin returns`: what comes back about notices, listened for or read from files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.plain import write_json
from tocsin.cli.run import loop, signals
from tocsin.cli.showing import console, line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.earlier_import import import_earlier
from tocsin.runtimes.importing import import_file
from tocsin.runtimes.results_layouts import layout_of


class Sender(StrEnum):
    """Who makes files of results."""

    PRINT_HOUSE = "print-house"
    CALL_CENTRE = "call-centre"


_FILE = typer.Argument(metavar="FILE", help="CSV file with the columns code, result and date.")
_INCIDENT = typer.Argument(metavar="INCIDENT", help="Id of the incident.")
_EARLIER = typer.Argument(
    metavar="FILE", help="CSV file with the columns key, channel, told_on and evidence."
)
_FROM = typer.Option("--from", help="Who made the file, and so which words it uses.")


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "listen")(listen)
    verb(group, "import")(import_)
    verb(group, "earlier")(earlier)


def listen(asked: Asked) -> None:
    """Listen for bounces, for callbacks of providers and for in-app confirmations.

    One process beside the workers, on the addresses of [bounces], [callbacks] and [in_app].
    Nothing is acknowledged before it is on record. SIGTERM ends it in order.
    """
    from asyncio import Event  # noqa: PLC0415  # beside what needs it

    from tocsin.runtimes.listeners import listening  # noqa: PLC0415  # optional libraries

    async def work() -> int:
        ended = Event()
        async with (
            asked.opened() as runtime,
            listening(runtime) as places,
            signals(lambda _: ended.set()),
        ):
            if asked.as_json:
                write_json({"listening": dict(places)}, one_line=True)
            else:
                for name, place in places.items():
                    console().print(line(f"Listening for {name.replace('_', '-')}: {place}"))
            await ended.wait()
        return 0

    loop(work())


async def import_(
    asked: Asked,
    file: Annotated[Path, _FILE],
    *,
    sender: Annotated[Sender, _FROM],
) -> None:
    """Take in what a print house or a call centre says became of its notices."""
    async with asked.opened() as runtime:
        found = await import_file(runtime, asked.token(), file, layout_of(sender.value))
    unknown = ", ".join(map(str, found.unknown[:_SHOWN]))
    more = " ..." if len(found.unknown) > _SHOWN else ""
    show(
        {
            "lines": found.lines,
            "taken": found.taken,
            "silent": found.silent,
            "doubled": found.doubled,
            "unknown": list(found.unknown),
        },
        line(f"{found.taken:,} results taken in; {found.silent:,} lines say nothing yet."),
        *([line(f"{found.doubled:,} stood twice.")] if found.doubled else []),
        *([line(f"No notice of ours, in line {unknown}{more}")] if found.unknown else []),
        as_json=asked.as_json,
    )


async def earlier(
    asked: Asked,
    incident: Annotated[str, _INCIDENT],
    file: Annotated[Path, _EARLIER],
) -> None:
    """Take in who was told of an incident by other means: they are not told again."""
    async with asked.opened() as runtime:
        found = await import_earlier(runtime, asked.token(), incident, file)
    counts = found.obligations
    unknown = ", ".join(map(str, found.unknown[:_SHOWN]))
    more = " ..." if len(found.unknown) > _SHOWN else ""
    told = [(counts[name], what) for name, what in _BECAME if counts[name]]
    show(
        {
            "incident": incident,
            "round": found.round,
            "lines": found.lines,
            "people": found.people,
            **counts,
            "unknown": list(found.unknown),
        },
        line(f"{found.lines:,} lines name {found.people:,} people of {found.round}."),
        *([table(["notices", "what became of them"], told)] if told else []),
        *([line(f"Nobody of the round, in line {unknown}{more}")] if found.unknown else []),
        as_json=asked.as_json,
    )


_BECAME = (
    ("covered", "not sent: told by other means"),
    ("told", "told by us already"),
    ("settled", "settled otherwise already"),
    ("relatives", "owed to somebody else, who is still told: a guardian, for one"),
    ("not_owed", "not owed at all"),
    ("too_late", "of a round that was over"),
)
_SHOWN = 20
