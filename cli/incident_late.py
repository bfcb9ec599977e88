"""`tocsin incident late`: why a duty was late, on record."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.schemas.principal import CommandType


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "late")(late)


async def late(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="Id of the duty that was late.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands on record.")],
) -> None:
    """Say why a duty was late. Without it the incident cannot be closed."""
    async with asked.opened() as runtime:
        await runtime.door.act(
            asked.token(), CommandType.EXPLAIN_LATE, incident, target=duty, reason=reason
        )
    show(
        {"incident": incident, "duty": duty, "reason": reason},
        line(f"On record: why {duty} was late."),
        as_json=asked.as_json,
    )
