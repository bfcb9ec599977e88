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

    def __init__(self, console: Console, bars: Progress | None, *, quiet: bool) -> None:
        """Show nothing when `quiet`."""
        self._console = console
        self._bars = bars
        self._quiet = quiet
        self._tasks: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = {}
        self._done: set[str] = set()
        self._said = monotonic()

    def show(self, states: Mapping[str, tuple[int, int]]) -> None:
        """Show how far each incident is: name -> (people settled, people in scope)."""
        if self._quiet:
            return
        lines = []
        for name, (done, of) in states.items():
            rate, left_s = self._paces.setdefault(name, Pace()).look(done, of)
            pace = f"{rate:,.0f} people/s"
            pace += "" if left_s is None else f", about {left_s:.0f} s left"
            if done >= of:
                pace = "done"
            if self._bars is not None:
                task = self._tasks.setdefault(name, self._bars.add_task(name, total=of, pace=pace))\
                    if name not in self._tasks else self._tasks[name]
                self._bars.update(task, completed=done, pace=pace)
            elif name not in self._done:
                lines.append(f"  {name}: {done:,} of {of:,} ({done * 100 // max(of, 1)} %), {pace}")
                if done >= of:
                    self._done.add(name)
        now = monotonic()
        if lines and (now - self._said >= _LINE_EVERY_S or any("done" in line for line in lines)):
            self._said = now
            for line in lines:
                self._console.print(line)


class Screen:
    """Where the demo speaks; silent but for its last line when only JSON is wanted."""

    def __init__(self, *, json_only: bool) -> None:
        """Look whether anybody watches."""
        width = None if sys.stdout.isatty() else _WIDE
        self._quiet = json_only
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
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
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
        if self._quiet or not self._console.is_terminal:
            yield Bars(self._console, None, quiet=self._quiet)
            return
        columns = (
            TextColumn("  {task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}  {task.fields[pace]}"),
        )
        with Progress(*columns, console=self._console) as bars:
            yield Bars(self._console, bars, quiet=False)

    def json(self, document: Mapping[str, object]) -> None:
        """Print the last line."""
        sys.stdout.write(json.dumps(document) + "\n")
        sys.stdout.flush()
