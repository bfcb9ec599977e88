"""A round as people: in scope = open + reached + announced + unreachable + excluded."""

from typing import Any

from rich.text import Text
from tocsin.cli.showing import line
from tocsin.runtimes.overview import RoundStanding
from tocsin.schemas.views import RoundView

_STATES = ("open", "reached", "announced", "unreachable", "excluded")


def equation(standing: RoundStanding) -> Text:
    """Return the equation in one line; what does not hold says so."""
    view, coverage = standing.view, standing.coverage
    if standing.holds is None:
        return line(f"{view.id} ", view.state, f"{_kind(view)}: people are not counted yet")
    terms = " + ".join(f"{getattr(coverage, state):,} {state}" for state in _STATES)
    sign = "=" if standing.holds else "is not"
    shown = line(
        f"{view.id} ", view.state, f"{_kind(view)}: {coverage.in_scope:,} in scope {sign} {terms}  "
    )
    shown.append_text(line("ok") if standing.holds else line("problem"))
    return shown


def _kind(view: RoundView) -> str:
    """Return what a round that follows is, and what it follows; nothing of the others."""
    if not view.follows:
        return ""
    names = ", ".join(name.rpartition("/")[2] for name in view.follows)
    return f", {view.kind} of {names}"


def equation_document(standing: RoundStanding) -> dict[str, Any]:
    """Return the same as a document."""
    view, coverage = standing.view, standing.coverage
    return {
        "round": view.id,
        "kind": view.kind,
        "follows": view.follows,
        "state": view.state,
        "revision": view.revision,
        "in_scope": view.in_scope,
        **{state: getattr(coverage, state) for state in _STATES},
        "holds": standing.holds,
        "reached_by_level": standing.levels,
        "lanes": [
            {"lane": lane, "notices": size, "results": standing.lanes.get(lane, {})}
            for lane, size in sorted(standing.sizes.items())
        ],
    }
