"""`tocsin incident late`, `met` and `review`: what people put on record of a duty."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.schemas.principal import CommandType


def add_to(group: typer.Typer) -> None:
    """Register the verbs."""
    verb(group, "late")(late)
    verb(group, "met")(met)
    verb(group, "review")(review)


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


async def met(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    duty: Annotated[str, typer.Argument(metavar="DUTY", help="Id of the duty that was met.")],
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="Who was told, how and when, and where the proof is.")
    ],
) -> None:
    """Put on record that a duty was met outside: by a hotline, a portal, a newsroom."""
    async with asked.opened() as runtime:
        await runtime.door.act(
            asked.token(), CommandType.RECORD_MET, incident, target=duty, reason=reason
        )
    show(
        {"incident": incident, "duty": duty, "reason": reason},
        line(f"On record: {duty} was met."),
        as_json=asked.as_json,
    )


async def review(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    decision: Annotated[
        str, typer.Argument(metavar="DECISION", help="An approved decision not to notify.")
    ],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it stays; it stands on record.")],
) -> None:
    """Put on record that a decision not to notify was looked at again and stays as it is."""
    async with asked.opened() as runtime:
        await runtime.door.act(
            asked.token(), CommandType.REVIEW_DECISION, incident, target=decision, reason=reason
        )
        days = runtime.settings.policy.decision_review_days
    show(
        {"incident": incident, "decision": decision, "reason": reason, "review_days": days},
        line(f"On record: {decision} stays. It is to be looked at again in {days:,} days."),
        as_json=asked.as_json,
    )
