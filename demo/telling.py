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
    screen.say("")
    screen.table(
        ("what was planted", "why", "people", "came out so"),
        [
            (f"{outcome.name}: {fate.state}", fate.why, fate.planted, fate.came_out)
            for outcome in verdict.outcomes
            for fate in outcome.fates
        ],
    )
    screen.say("")
    rows = [
        (outcome.title, *(getattr(outcome.coverage, figure) for figure in FIGURES))
        for outcome in verdict.outcomes
    ]
    total = ("together", *(verdict.total(figure) for figure in FIGURES))
    screen.table(("people", *(f.replace("_", " ") for f in FIGURES)), [*rows, total])
    screen.say("\n  in scope = open + reached + announced + unreachable + excluded")
    word = (
        "Everything came out as planted" if verdict.sound else "NOT everything came out as planted"
    )
    screen.say(f"\n{word}, in {seconds:.1f} s. Open this in a browser: {index}")
    config = index.with_name("tocsin.toml")
    screen.say(f"Or ask the ledger yourself: tocsin status --config {config}\n")


def summary(verdict: Verdict, *, seconds: float) -> dict[str, int | float]:
    """Return the last line: the equation over both incidents, and what else was made."""
    return {
        **{figure: verdict.total(figure) for figure in FIGURES},
        "announcements": verdict.papers.announcements,
        "reports": verdict.papers.reports,
        "seconds": round(seconds, 1),
    }
