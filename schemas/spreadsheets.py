"""Lines for a spreadsheet: CSV that every reader reads back, and of which no cell is a formula."""

import csv
import io
from collections.abc import Iterable

BOM = b"\xef\xbb\xbf"
"""Without it Excel reads UTF-8 as something else."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def lines_of(rows: Iterable[Iterable[str]]) -> bytes:
    """Return lines of CSV in UTF-8 (RFC 4180)."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
