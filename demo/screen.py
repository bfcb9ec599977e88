"""What the demo shows while it plays: sentences, tables, and live progress on a terminal."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text
from tocsin.demo.pace import Pace

_WIDE = 120
_LINE_EVERY_S = 1.0


class Bars:
    """Progress of some incidents: bars on a terminal, else a plain line a second."""

    def __init__(self, console: Console, bars: Progress | None) -> None:
        """Draw on `bars`, or print plain lines without them."""
        self._console = console
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = {}
        self._said: dict[str, float] = {}
        self._done: set[str] = set()

    def show(self, name: str, done: int, of: int) -> None:
        """Show how many people of an incident are settled."""
        rate, left_s = self._paces.setdefault(name, Pace()).look(done, of)
        pace = f"{rate:,.0f} people/s"
        pace += "" if left_s is None else f", {left_s:.0f} s left"
        if done >= of:
            pace = "done"
        if self._bars is None:
            self._line(name, f"  {name}: {done:,} of {of:,}, {pace}", over=done >= of)
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=of, pace=pace)
        self._bars.update(self._tasks[name], completed=done, pace=pace)

    def _line(self, name: str, text: str, *, over: bool) -> None:
        now = monotonic()
        self._said.setdefault(name, now)
        if name in self._done or (not over and now - self._said[name] < _LINE_EVERY_S):
            return
        self._said[name] = now
        if over:
            self._done.add(name)
        self._console.print(text)


class Screen:
    """Where the demo speaks; silent but for its last line when only JSON is wanted."""

    def __init__(self, *, json_only: bool) -> None:
        """Look whether anybody watches."""
        width = None if sys.stdout.isatty() else _WIDE
        self._console = Console(
            markup=False, emoji=False, highlight=False, width=width, quiet=json_only
        )

    def say(self, text: str, *, style: str | None = None) -> None:
        """Print a sentence."""
        self._console.print(Text(text, style=style or ""))

    def heading(self, text: str) -> None:
        """Print the heading of an act."""
        self.say(f"\n{text}", style="bold")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print a table; numbers stand to the right."""
        made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
        held = [tuple(row) for row in rows]
        for place, name in enumerate(columns):
            number = any(isinstance(row[place], int) for row in held)
            made.add_column(name, justify="right" if number else "left", overflow="fold")
        for row in held:
            made.add_row(*(f"{v:,}" if isinstance(v, int) else str(v) for v in row))
        self._console.print(made)

    @contextmanager
    def bars(self) -> Iterator[Bars]:
        """Show progress for a while."""
        if not self._console.is_terminal:
            yield Bars(self._console, None)
            return
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(bar_width=14),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}  {task.fields[pace]}"),
        )
        with Progress(*columns, console=self._console) as bars:
            yield Bars(self._console, bars)

    def json(self, document: Mapping[str, object]) -> None:
        """Print the last line."""
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()
