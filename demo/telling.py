"""The end of the demo in words: tables for people, one line for machines."""

from pathlib import Path

from tocsin.demo.screen import Screen
from tocsin.demo.verdict import Verdict

FIGURES = ("in_scope", "open", "reached", "announced", "unreachable", "excluded")
"""The equation, in the order in which it is read."""


def show_verdict(verdict: Verdict, screen: Screen, *, seconds: float, index: Path) -> None:
    """Print the checks, what was planted and what became of it, and the equation."""
    for check in verdict.checks:
        word, style = ("WRONG", "bold red") if check.problems else ("ok", "")
        screen.say(f"  {word:<5}  {check.promise}  {check.text}", style=style)
        for problem in check.problems:
            screen.say(f"             {problem}", style=style)
    for outcome in verdict.outcomes:
        screen.heading(f"What was planted: {outcome.name}")
        fates = [(fate.state, fate.why, fate.planted, fate.came_out) for fate in outcome.fates]
        screen.table(("planted", "why", "people", "came out so"), fates)
    screen.heading("What became of everybody")
    equations = [
        (outcome.name, *(getattr(outcome.coverage, figure) for figure in FIGURES))
        for outcome in verdict.outcomes
    ]
    total = ("together", *(verdict.total(figure) for figure in FIGURES))
    screen.table(("incident", *(f.replace("_", " ") for f in FIGURES)), [*equations, total])
    screen.say("in scope = open + reached + announced + unreachable + excluded")
    word = "Everything" if verdict.sound else "NOT everything"
    screen.say(f"\n{word} came out as planted. It took {seconds:.1f} s.")
    screen.say(f"Read it in a browser: {index}")
    screen.say(f"Ask the ledger:       tocsin status -c {index.with_name('tocsin.toml')}\n")


def summary(verdict: Verdict, *, seconds: float) -> dict[str, int | float]:
    """Return the last line: the equation over both incidents, and what else was made."""
    return {
        **{figure: verdict.total(figure) for figure in FIGURES},
        "announcements": verdict.papers.announcements,
        "reports": verdict.papers.reports,
        "seconds": round(seconds, 1),
    }
