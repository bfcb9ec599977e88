"""Which of the people counted live in the jurisdiction of a regime."""

from collections.abc import Mapping

EEA = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
"""The states in which Regulation (EU) 2016/679 holds: the Union, and EEA Decision 154/2018."""
_ISO = {"UK": "GB"}


def residents_of(regime: str, by_residence: Mapping[str, int]) -> int | None:
    """Return how many live where a regime holds; None when nothing was counted by residence.

    A regime id begins with its country (`CN-PIPL`), for the states of the US with the state
    (`US-CA-1798.82`); `EU` is the European Economic Area.
    """
    if not by_residence:
        return None
    country, _, rest = regime.partition("-")
    country = _ISO.get(country, country)
    state = f"{country}-{rest.split('-')[0]}"
    if country == "US" and len(state) == len("US-CA"):
        return by_residence.get(state, 0)
    return sum(
        count
        for residence, count in by_residence.items()
        if residence.split("-")[0] == country
        or (country == "EU" and residence.split("-")[0] in EEA)
    )
