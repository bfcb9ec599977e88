"""Which regimes protect a person, by residence."""

from collections.abc import Sequence

from tocsin.schemas.regime import Regime


def regimes_of(
    residence: str | None, regimes: Sequence[Regime], *, default: str
) -> tuple[str, ...]:
    """Return the ids of the regimes that cover a residence, in the order of `regimes`.

    `residence` is ISO 3166, a country or one of its subdivisions (`CN`, `US-CA`); a regime of the
    country covers its subdivisions. None takes the configured `default` residence. Empty when no
    regime covers it.
    """
    place = (residence or default).strip().upper()
    country = place.partition("-")[0]
    return tuple(
        regime.id
        for regime in regimes
        if place in regime.residences or country in regime.residences
    )
