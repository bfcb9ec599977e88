"""Days as files write them."""

from datetime import date, datetime

from tocsin.returns.csv_lines import CsvLine

ISO = "%Y-%m-%d"


def day_in(line: CsvLine, name: str, *, written: str, today: date) -> date:
    """Return the day in a value; `written` is its form as strptime knows it.

    Raises:
        InvalidInput: it is no such day, or one that has not come yet.
    """
    try:
        # A day has no time zone; it is one of the calendar of whoever wrote it.
        day = datetime.strptime(line.values[name], written).date()  # noqa: DTZ007
    except ValueError:
        example = today.strftime(written)
        raise line.wrong(column=name, why="not a day", fix=f"write it as {example}") from None
    if day > today:
        raise line.wrong(
            column=name, why="a day that has not come yet", fix="write the day it happened"
        )
    return day
