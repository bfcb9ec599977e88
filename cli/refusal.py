"""How a refusal is told: what is wrong, where, and what to do; never a traceback, never a value."""

import sys
import traceback

from tocsin.cli.plain import plain, write_json
from tocsin.schemas.errors import TocsinError

UNEXPECTED = 70
"""Exit code of an error that nobody foresaw (EX_SOFTWARE of sysexits.h)."""
WRONG_USE = 2
INTERRUPTED = 130


def tell(error: TocsinError, *, as_json: bool) -> int:
    """Tell a refusal; return its exit code."""
    _tell(error.message, error.field, error.fix, as_json=as_json)
    return error.exit_code


def tell_wrong_use(message: str, *, as_json: bool) -> int:
    """Tell that the command line was not understood."""
    _tell(message, None, "add --help to see what is possible", as_json=as_json)
    return WRONG_USE


def tell_unexpected(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Tell what kind of error it was; its text may hold anybody's data and stays untold."""
    if debug:
        traceback.print_exception(error)
    message = f"unexpected {type(error).__name__}"
    _tell(message, None, "rerun with --debug, and report what it shows", as_json=as_json)
    return UNEXPECTED


def refusal_in(error: BaseException) -> TocsinError | None:
    """Return the refusal that an error is, or that stands first in a group of errors."""
    if isinstance(error, TocsinError):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next(filter(None, map(refusal_in, error.exceptions)), None)
    return None


def _tell(message: str, field: str | None, fix: str | None, *, as_json: bool) -> None:
    if as_json:
        write_json({"error": {"message": message, "field": field, "fix": fix}})
        return
    first, *others = message.split("\n")
    where = f"{plain(field)}: " if field else ""
    lines = [f"error: {where}{plain(first)}", *(f"  {plain(line)}" for line in others)]
    if fix:
        lines.append(f"  fix: {plain(fix)}")
    sys.stderr.write("\n".join(lines) + "\n")
