"""`tocsin config`: whether the configuration would work."""

from typing import Annotated

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import show, table
from tocsin.cli.verb import verb
from tocsin.runtimes.soundness import Finding, Grade, examine

_FAULTY = 1


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "check")(check)


async def check(
    asked: Asked,
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no relay.")] = False,
) -> None:
    """Look at settings, directory, regimes, relays, folders and principals; exit 1 on a problem."""
    settings = asked.settings()
    read = Finding("settings", Grade.OK, "understood")
    findings = (read, *await examine(settings, token=asked.token(), offline=offline))
    sound = all(finding.grade is not Grade.PROBLEM for finding in findings)
    show(
        {"sound": sound, "findings": findings},
        table(
            ["", "part", "what was found", "fix"],
            [(f.grade.value, f.part, f.text, f.fix) for f in findings],
        ),
        as_json=asked.as_json,
    )
    if not sound:
        raise typer.Exit(_FAULTY)
