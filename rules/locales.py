"""Which language to write in: the person's own where a text exists, else their region's."""

from collections.abc import Collection, Mapping

_SCRIPTS = {"zh": "zh-Hans", "zh-cn": "zh-Hans", "zh-sg": "zh-Hans", "zh-hans": "zh-Hans"}


def locale_for(
    wanted: str | None,
    *,
    residence: str,
    available: Collection[str],
    defaults: Mapping[str, str],
) -> tuple[str, bool]:
    """Return the locale to write in (BCP 47), and whether it had to be assumed.

    A wanted locale matches by its language (`en-GB` -> `en`, `zh-CN` -> `zh-Hans`). Without a match
    the default of the residence holds, then `*`.
    """
    if wanted:
        tag = wanted.replace("_", "-").lower()
        for candidate in (tag, tag.rsplit("-", 1)[0], tag.split("-", 1)[0]):
            named = _SCRIPTS.get(candidate, candidate)
            for locale in available:
                if locale.lower() == named.lower():
                    return locale, False
    country = residence.split("-", 1)[0]
    return defaults.get(country, defaults.get("*", "en")), not wanted
