"""Withdrawing: nobody keeps a notice of what turned out to be no incident."""

from collections.abc import Sequence
from typing import Protocol

from tocsin.schemas.errors import Conflict
from tocsin.schemas.rounds import RoundKind
from tocsin.schemas.views import IncidentView, RoundView


class Told(Protocol):
    """Who was told of an incident."""

    async def incident(self, incident_id: str) -> IncidentView:
        """Return an incident."""
        ...

    async def rounds(self, incident_id: str) -> Sequence[RoundView]:
        """Return an incident's rounds, oldest first."""
        ...

    async def has_left(self, round_id: str) -> bool:
        """Whether a round was ever sent on its way."""
        ...


async def check_withdrawable(told: Told, incident_id: str) -> None:
    """Raise Conflict while people were told of an incident, and not that they were told in error.

    A drill tells nobody.
    """
    if (await told.incident(incident_id)).drill:
        return
    left = [r for r in await told.rounds(incident_id) if await told.has_left(r.id)]
    taken_back = {n for r in left if RoundKind(r.kind) is RoundKind.RETRACTION for n in r.follows}
    stands = [r for r in left if RoundKind(r.kind).is_first_notice and r.id not in taken_back]
    if stands:
        message = f"people were told of {incident_id} already ({stands[0].id})"
        fix = (
            f"tell them that it was none: `tocsin incident follow {incident_id} FILE "
            "--kind retraction`; `tocsin stop` ends what is still being sent"
        )
        raise Conflict(message, field="incident", fix=fix)
