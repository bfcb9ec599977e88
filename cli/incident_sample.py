"""`tocsin incident test`: the drafted texts to our own addresses, before anybody approves them."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.sampling import Sampled, send_test
from tocsin.schemas.channels import Channel

_NOT_ALL = 1
_CHANNEL = typer.Option("--channel", help="Only the texts of this channel.")
_ROUND = typer.Option("--round", help="Round, as r2; else the newest.")
_COHORT = typer.Option("--cohort", help="Only the texts of the cohort with this number.")


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "test")(send_sample)


async def send_sample(
    asked: Asked,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="Id of the incident.")],
    *,
    channel: Annotated[Channel | None, _CHANNEL] = None,
    cohort: Annotated[int | None, _COHORT] = None,
    round_: Annotated[str | None, _ROUND] = None,
) -> None:
    """Send the drafted texts to [test_recipients], to nobody else. It is no notice."""
    async with asked.opened(sending=True) as runtime:
        found = await send_test(
            runtime, asked.token(), incident, channel=channel, cohort=cohort, round_name=round_
        )
        outbox = runtime.settings.output.outbox / incident if found.drill else None
    left_out = ", ".join(name.label for name in found.left_out)
    show(
        {
            "incident": incident,
            "round": found.round,
            "outbox": None if outbox is None else str(outbox),
            "samples": found.samples,
            "left_out": found.left_out,
        },
        table(["cohort", "channel", "result", "reason"], map(_row, found.samples)),
        *([line(f"A drill's go to the outbox: {outbox}")] if outbox else []),
        *(
            [line(f"Nothing is configured under [test_recipients] for: {left_out}")]
            * bool(left_out)
        ),
        line("These were tests: nobody of the directory was told, and nothing is approved."),
        as_json=asked.as_json,
    )
    if not found.all_accepted:
        raise typer.Exit(_NOT_ALL)


def _row(sample: Sampled) -> tuple[object, ...]:
    result = "no answer" if sample.result is None else sample.result.value
    return sample.cohort, sample.channel.value, result, sample.reason.value
