"""`tocsin ledger`: the evidence."""

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.showing import line, show
from tocsin.cli.verb import verb
from tocsin.runtimes.overview import verified

DISPROVED = 8
"""Exit code when something in the ledger is not as it was written."""


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "verify")(verify)


async def verify(asked: Asked) -> None:
    """Recompute every hash, signature and count; exit 8 and name each thing that is wrong."""
    async with asked.opened() as runtime:
        found = await verified(runtime)
    counted = f"{found.facts:,} facts in {found.links:,} links"
    verdict = f"{counted}: everything is as it was written."
    if found.problems:
        verdict = f"{counted}: {len(found.problems)} problems"
    show(
        {
            "sound": not found.problems,
            "links": found.links,
            "facts": found.facts,
            "problems": found.problems,
        },
        line(verdict),
        *(line("  ", "problem", f": {problem}") for problem in found.problems),
        as_json=asked.as_json,
    )
    if found.problems:
        raise typer.Exit(DISPROVED)
