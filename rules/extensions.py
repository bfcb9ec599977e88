"""More time for a duty: only what was granted, or duly asked for, counts."""

from collections.abc import Sequence
from datetime import datetime

from tocsin.schemas.incident import GrantedTime


def granted(extensions: Sequence[GrantedTime], regime: str) -> dict[str, datetime]:
    """Return when more time was first granted under a regime, by what it is for."""
    found: dict[str, datetime] = {}
    for each in extensions:
        if each.regime == regime:
            found[each.of] = min(each.at, found.get(each.of, each.at))
    return found
