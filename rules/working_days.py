"""Which days are working days somewhere: weekends, public holidays, and days worked instead."""

import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from importlib.util import find_spec, module_from_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_WHOLE_WORLD = "holidays.countries"
IsWorkingDay = Callable[[date], bool]
"""Whether a date is a working day."""


def working_days_of(place: str) -> IsWorkingDay:
    """Return which days are working days in a country or one of its subdivisions (ISO 3166).

    `US-CA` has the public holidays of the United States and of California; weekends are those of
    the country. Where a weekend day is worked in place of another, as in China, it counts: the
    clock ends earlier then, the careful side. Only public holidays give relief.

    Raises `ValueError` for a place of which no holidays are known.
    """
    known = _known(place)

    def works(day: date) -> bool:
        return known.is_working_day(day)

    return works


@cache
def _known(place: str) -> "HolidayBase":
    # Here, as few regimes count in business days.
    if _WHOLE_WORLD not in sys.modules and (found := find_spec(_WHOLE_WORLD)) is not None:
        # Its own file would read 250 countries, which take 14 MB: each is found without it, too.
        sys.modules[_WHOLE_WORLD] = module_from_spec(found)
    from holidays import country_holidays  # noqa: PLC0415

    country, _, subdivision = place.partition("-")
    try:
        return country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        message = f"the holidays of {place!r} are not known"
        raise ValueError(message) from None
