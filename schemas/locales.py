"""Language tags (BCP 47) and the lookup that finds the best of those there are (RFC 4647)."""

from collections.abc import Sequence

_CHINESE_SCRIPT = {"": "Hans", "CN": "Hans", "SG": "Hans", "MY": "Hans"}


def _with_script(tag: str) -> str:
    parts = tag.split("-")
    if parts[0].lower() != "zh" or any(len(part) == len("Hans") for part in parts[1:]):
        return tag
    region = parts[1].upper() if len(parts) > 1 else ""
    return "-".join(["zh", _CHINESE_SCRIPT.get(region, "Hant"), *parts[1:]])


def best_locale(wanted: str | None, available: Sequence[str], default: str) -> str:
    """Return the locale that a reader gets who wants `wanted` (RFC 4647 lookup).

    The tag is shortened from the right until it fits; then a tag that only names a language takes
    the first regional form of it. Chinese without a script is written in that of its region:
    `zh-CN` and `zh` get `zh-Hans`, `zh-TW` does not.
    """
    if not wanted:
        return default
    tag = _with_script(wanted.replace("_", "-"))
    by_name = {_with_script(name).lower(): name for name in reversed(available)}
    parts = tag.lower().split("-")
    for length in range(len(parts), 0, -1):
        shorter = "-".join(parts[:length])
        if shorter in by_name:
            return by_name[shorter]
    wider = (name for name in available if _with_script(name).lower().startswith(f"{tag.lower()}-"))
    return next(wider, default)
