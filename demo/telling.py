"""The end of the demo in words: tables for people, one line for machines."""

from pathlib import Path

from tocsin.demo.screen import Screen
from tocsin.demo.verdict import Verdict

FIGURES = ("in_scope", "open", "reached", "announced", "unreachable", "excluded")
"""The equation, in the order in which it is read."""
LEVELS = ("accepted", "delivered", "confirmed")
"""How surely people were reached, the least sure first."""


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
    screen.table(*_told_by(verdict))
    screen.say("in scope = open + reached + announced + unreachable + excluded")
    word = "Everything" if verdict.sound else "NOT everything"
    screen.say(f"\n{word} came out as planted. It took {seconds:.1f} s.")
    screen.say(f"Read it in a browser: {index}")
    screen.say(f"Ask the ledger:       tocsin status -c {index.with_name('tocsin.toml')}\n")


def _told_by(verdict: Verdict) -> tuple[tuple[str, ...], list[tuple[str | int, ...]]]:
    """Return how surely those who were reached were: what proves it is heard from outside."""
    rows: list[tuple[str | int, ...]] = [
        (o.name, *(o.coverage.levels[level] for level in LEVELS)) for o in verdict.outcomes
    ]
    return ("of those reached", *LEVELS), rows


def summary(verdict: Verdict, *, seconds: float) -> dict[str, int | float]:
    """Return the last line: the equation over all incidents, and what else was made."""
    taken = verdict.handed_over
    return {
        **{figure: verdict.total(figure) for figure in FIGURES},
        "delivered": verdict.total("delivered"),
        "emails": sum(message.accepted for message in verdict.received),
        "texts": len(taken.texts),
        "pushes": len(taken.pushes),
        "letters": taken.letters_in_all,
        "announcements": verdict.papers.announcements,
        "press_texts": verdict.papers.press_texts,
        "reports": verdict.papers.reports,
        "seconds": round(seconds, 1),
    }
