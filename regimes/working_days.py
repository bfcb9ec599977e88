"""Whether a regime that counts business days says whose holidays count, and these are known."""

from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Deadline, Unit

AT_HOME = "@home"
"""Holidays of where the organisation is established."""


def check_days(deadline: Deadline, holidays: str, *, at: str) -> None:
    """Raise InvalidInput for business days without holidays."""
    more = (deadline.extension,) if deadline.extension else ()
    terms = (deadline, *deadline.stricter, *deadline.longer, *deadline.sooner, *more)
    units = {term.unit for term in terms}
    if Unit.BUSINESS_DAYS in units and not holidays:
        message = "counts business days, and the regime does not say whose holidays"
        fix = "write `holidays: US`, or with its part, `US-CA`"
        raise InvalidInput(message, field=f"{at}.unit", fix=fix)


def check_holidays(place: str, *, at: str) -> None:
    """Raise InvalidInput for a place whose holidays are not known.

    Not done when the regimes are loaded: it reads the holidays of the whole world.
    """
    if place in {"", AT_HOME}:
        return
    from holidays import country_holidays  # noqa: PLC0415  # the whole world, and seldom needed

    country, _, subdivision = place.partition("-")
    try:
        country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        message = "its holidays are not known"
        fix = "write an ISO 3166 code, such as DE"
        raise InvalidInput(message, field=at, fix=fix) from None
