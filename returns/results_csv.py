"""Results of a print house or a call centre, imported from its CSV file.

The whole file is checked before anything of it is taken. A line whose code is none of ours changes
nothing and is listed. Importing a file again is harmless: known receipts change nothing.
"""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from tocsin.returns.csv_lines import CsvLine, csv_lines
from tocsin.returns.dates import day_in
from tocsin.returns.desk import Desk
from tocsin.returns.results_layout import ResultsLayout, word
from tocsin.returns.said import Said
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode

_AT_ONCE = 1000
_OPTIONAL = frozenset({"reason", "date"})


class Result(NamedTuple):
    """What one line says of which notice: None where its code is not even the shape of one."""

    line: int
    code: ReturnCode | None
    said: Said | None


class Imported(NamedTuple):
    """What became of the lines of a file, counted."""

    lines: int
    taken: int
    """Receipts that were handed in."""
    silent: int
    """Lines that say nothing yet."""
    doubled: int
    """Lines that say again what a line before said."""
    unknown: tuple[int, ...]
    """The numbers of lines whose code is none of ours, or forged."""


def results_in(path: Path, layout: ResultsLayout, *, today: date) -> Iterator[Result]:
    """Read the results in a file, line by line; `today` is the day of the import.

    Raises:
        InvalidInput: a line is wrong; the message names it, its column and what to write.
    """
    lines = csv_lines(path, layout.columns, optional=_OPTIONAL, encoding=layout.encoding)
    for line in lines:
        if line.values["date"]:
            day_in(line, "date", written=layout.dates, today=today)
        said = _said(line, layout)
        yield Result(line.number, ReturnCode.read(line.values["code"]), said)


async def import_results(path: Path, layout: ResultsLayout, desk: Desk, *, today: date) -> Imported:
    """Check a whole file, then hand in what it says, a thousand lines at a time.

    Raises:
        InvalidInput: a line is wrong, and nothing was taken.
        Unavailable: the desk cannot take anything now; import the file again later.
    """
    total = await asyncio.to_thread(_count, results_in(path, layout, today=today))
    results = results_in(path, layout, today=today)
    taken = silent = doubled = 0
    unknown: list[int] = []
    seen: set[bytes] = set()
    while chunk := await asyncio.to_thread(_next, results):
        receipts: list[Receipt] = []
        for result in chunk:
            if result.code is None or not await desk.knows(result.code):
                unknown.append(result.line)
            elif result.said is None:
                silent += 1
            elif (mark := _mark(result.code, result.said)) in seen:
                doubled += 1
            else:
                seen.add(mark)
                receipts.append(Receipt(result.code, *result.said, layout.source))
        if receipts:
            await desk.take(receipts)
            taken += len(receipts)
    return Imported(total, taken, silent, doubled, tuple(unknown))


def _count(results: Iterator[Result]) -> int:
    return sum(1 for _ in results)


def _next(results: Iterator[Result]) -> list[Result]:
    return list(islice(results, _AT_ONCE))


def _mark(code: ReturnCode, said: Said) -> bytes:
    """Return 16 bytes for a line: a file of millions is remembered in some hundred megabytes."""
    return hashlib.sha256(f"{code} {said.heard} {said.reason}".encode()).digest()[:16]


def _said(line: CsvLine, layout: ResultsLayout) -> Said | None:
    result = word(line.values["result"])
    if result not in layout.results:
        fix = f"choose from: {', '.join(layout.results)}; or state what yours mean"
        raise line.wrong(column="result", why="not a known result", fix=fix)
    said = layout.results[result]
    reason = word(line.values["reason"])
    if said is None or said.heard is not Heard.FAILED or not reason:
        return said
    if reason not in layout.reasons:
        fix = f"choose from: {', '.join(layout.reasons)}; state what yours mean, or leave it empty"
        raise line.wrong(column="reason", why="not a known reason", fix=fix)
    return Said(Heard.FAILED, layout.reasons[reason])
