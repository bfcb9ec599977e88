"""What of somebody's reach stays behind, because they agreed to none of its channels."""

from functools import lru_cache

from tocsin.schemas.channels import Channel
from tocsin.schemas.person import DETAIL


@lru_cache(maxsize=1024)
def withheld(refused: frozenset[Channel]) -> frozenset[str]:
    """Return the fields of `Reach` of which every channel is among the refused ones.

    A telephone number stays as long as one may call it; `Reach.on` keeps text messages away.
    """
    left = {field for channel, field in DETAIL.items() if channel not in refused}
    return frozenset(DETAIL.values()) - left
