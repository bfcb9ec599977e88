"""Which language to write in: the person's own where a text exists, else their region's."""

from collections.abc import Mapping, Sequence

from tocsin.schemas.locales import best_locale


def locale_for(
    wanted: str | None,
    *,
    residence: str,
    available: Sequence[str],
    defaults: Mapping[str, str],
) -> tuple[str, bool]:
    """Return the locale to write in (BCP 47), and whether it had to be assumed.

    Without a text in the wanted language the default of the residence's country holds, then `*`.
    """
    country = residence.partition("-")[0]
    default = defaults.get(country, defaults.get("*", "en"))
    return best_locale(wanted, available, default), not wanted
