"""`tocsin returns`: what comes back about notices, listened for or read from files."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.run import loop, signals
from tocsin.cli.showing import console, line, show, write_json
from tocsin.cli.verb import verb
from tocsin.runtimes.importing import import_file
from tocsin.runtimes.results_layouts import layout_of


class Sender(StrEnum):
    """Who makes files of results."""

    PRINT_HOUSE = "print-house"
    CALL_CENTRE = "call-centre"


_FILE = typer.Argument(metavar="FILE", help="CSV file with the columns code, result and date.")
_FROM = typer.Option("--from", help="Who made the file, and so which words it uses.")


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "listen")(listen)
    verb(group, "import")(import_)


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


_SHOWN = 20
