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

    A regime id begins with its country (`CN-PIPL`), for states and provinces with those
    (`US-CA-1798.82`, `CA-QC-LAW25`); `EU` is the European Economic Area. None as well where the
    province of those who live in Canada was not counted.
    """
    if not by_residence:
        return None
    country, _, rest = regime.partition("-")
    country = _ISO.get(country, country)
    state = f"{country}-{rest.split('-')[0]}"
    if country in {"US", "CA"} and len(state) == len("US-CA"):
        unsplit = country == "CA" and country in by_residence
        return by_residence.get(state, None if unsplit else 0)
    return sum(
        count
        for residence, count in by_residence.items()
        if residence.split("-")[0] == country
        or (country == "EU" and residence.split("-")[0] in EEA)
    )
