"""`tocsin incident order`: what an authority ordered or asked for starts a duty."""

from typing import Annotated

import typer
from pydantic import ValidationError
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.incident import Asked as AskedFor
from tocsin.schemas.incident import Order


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "order")(order)


async def order(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    *,
    regime: Annotated[str, typer.Option(help="Id of the regime under which it was given.")],
    asks: Annotated[AskedFor, typer.Option(help="report, individuals or public.")],
    by: Annotated[str, typer.Option(help="The authority, in words.")],
    at: Annotated[str, typer.Option(help="When it came, with its time zone.")],
    due: Annotated[str | None, typer.Option(help="Until when, with its time zone.")] = None,
    phase: Annotated[Phase, typer.Option(help="Of a report.")] = Phase.FULL,
    reference: Annotated[str, typer.Option(help="The authority's own reference.")] = "",
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: the same one gives the command once.")
    ] = None,
) -> None:
    """Put on record what an authority ordered or asked for. It is owed from then on."""
    given = {"regime": regime, "asks": asks, "phase": phase, "by": by, "reference": reference}
    try:
        made = Order.model_validate({**given, "at": at, "due": due})
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        message = error.errors()[0]["msg"]
        fix = "write a time such as 2026-11-20T09:30:00+01:00" if where in {"at", "due"} else None
        raise InvalidInput(message, field=f"--{where}", fix=fix) from None
    async with asked.opened() as runtime:
        await runtime.door.record_order(asked.token(), incident, made, key=key)
    until = f", due {made.due.isoformat()}" if made.due else ""
    show(
        {"incident": incident, "order": made},
        line(f"On record: {by} asks for {asks.value}{until}."),
        line("A worker judges it and sets its clock: `tocsin run`"),
        as_json=asked.as_json,
    )
