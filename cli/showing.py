"""How answers look: one JSON document, or text and tables whose values appear as they are."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text
from tocsin.cli.plain import plain, write_json

_WIDE = 160
"""Columns of an answer that goes to a file or a pipe: names are not cut there."""

STYLES: Mapping[str, str] = {
    "problem": "bold red",
    "late": "bold red",
    "dead": "bold red",
    "undecided": "bold yellow",
    "due_soon": "bold yellow",
    "warning": "yellow",
    "note": "yellow",
    "submitted": "yellow",
    "paused": "yellow",
    "ok": "green",
    "met": "green",
    "approved": "green",
    "closed": "green",
}
"""Word -> how it looks on a terminal."""


def console() -> Console:
    """Return the console for answers: no markup, no emoji codes, no guessing at colours."""
    wide = None if sys.stdout.isatty() else _WIDE
    return Console(markup=False, emoji=False, highlight=False, width=wide)


def heading(text: str) -> Text:
    """Return a heading."""
    return Text(f"\n{plain(text)}", style="bold")


def line(*parts: object) -> Text:
    """Return one line; words that stand for a state have their colour."""
    text = Text()
    for part in parts:
        shown = plain(part)
        text.append(shown, style=STYLES.get(shown))
    return text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table; numbers stand to the right, everything else appears as it is."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    held = [tuple(row) for row in rows]
    for place, name in enumerate(columns):
        numbers = bool(held) and all(isinstance(row[place], int) for row in held)
        made.add_column(name, justify="right" if numbers else "left", overflow="fold")
    for row in held:
        made.add_row(*(_cell(value) for value in row))
    return made


def _cell(value: object) -> Text:
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    return line(value)


def show(document: Mapping[str, Any], *parts: RenderableType, as_json: bool) -> None:
    """Print the answer in the form that was asked for."""
    if as_json:
        write_json(document)
        return
    out = console()
    for part in parts:
        out.print(part)
