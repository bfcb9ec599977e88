"""Earlier notices: whoever was told by other means is not told again, and what shows it stands."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Protocol

from tocsin.schemas.audience import RecipientKind, obstacle_settles_as_excluded
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, OutcomeRow, Outcomes
from tocsin.schemas.earlier import EARLIER_RUNG
from tocsin.schemas.event import EarlierTold, Event
from tocsin.schemas.outcome import Level, Reason, Result
from tocsin.schemas.person import RELATIVES
from tocsin.schemas.views import RoundView

COUNTED = ("covered", "told", "settled", "relatives", "not_owed", "too_late")
"""What became of obligations: covered now; told before by us; settled otherwise; owed to somebody
else, a guardian for one; not owed at all; of a round that was over."""


class OwedRow(Protocol):
    """An obligation of a person."""

    @property
    def lane(self) -> str:
        """Its lane."""
        ...

    @property
    def seq(self) -> int:
        """Its number within the lane."""
        ...

    @property
    def person(self) -> int:
        """Its person."""
        ...

    @property
    def recipient(self) -> str:
        """In which role somebody is told."""
        ...

    @property
    def obstacle(self) -> str:
        """Why nothing can be sent; empty when something can."""
        ...

    @property
    def settled(self) -> Result | None:
        """What settles it; None while it is open."""
        ...


class Earlier(Protocol):
    """What earlier notices are weighed against."""

    async def round(self, round_id: str) -> RoundView:
        """Return a round."""
        ...

    async def owed_to(self, round_id: str, persons: Sequence[int]) -> Sequence[OwedRow]:
        """Return every obligation of some persons."""
        ...


def earlier_name(event_id: str) -> str:
    """Return the name of the fact that says what became of an event's earlier notices."""
    return f"earlier:{event_id}"


async def take_earlier(
    event: Event, checkpoint: str | None, *, earlier: Earlier
) -> AsyncIterator[Commit]:
    """Settle what is open of people who were told by other means, in one Commit with its counts.

    Only what is owed to the person: that a child was told tells no guardian. Whoever is on the way
    to being told this moment may be told once more, and then both stand on record.
    """
    del checkpoint
    due = event.payload
    assert isinstance(due, EarlierTold)  # noqa: S101  # narrows the payload
    told = {person: (channel, day, shown) for person, channel, day, shown in due.told}
    over = (await earlier.round(due.round)).state in {"closed", "stopped"}
    counts = Counter(dict.fromkeys(COUNTED, 0))
    rows: list[OutcomeRow] = []
    for owed in await earlier.owed_to(due.round, sorted(told)):
        what = "too_late" if over else _what_of(owed)
        counts[what] += 1
        if what == "covered":
            rows.append(_covered(owed, *told[owed.person]))
    body = {
        "decision": "tell nobody again who was told by other means",
        "file": due.file,
        "people": len(told),
        **counts,
    }
    fact = Fact(FactKind.DECISION, earlier_name(event.id), body, due.round)
    yield Commit(writes=[*([Outcomes(due.round, rows)] if rows else []), fact], done=True)


def _what_of(owed: OwedRow) -> str:
    if RecipientKind(owed.recipient) in RELATIVES:
        return "relatives"
    if owed.obstacle and obstacle_settles_as_excluded(Reason(owed.obstacle)):
        return "not_owed"
    if owed.settled is None:
        return "covered"
    return "told" if owed.settled in {Result.ACCEPTED, Result.COVERED} else "settled"


def _covered(owed: OwedRow, channel: Channel, day: date, shown: str) -> OutcomeRow:
    return OutcomeRow(
        lane=owed.lane,
        seq=owed.seq,
        rung=EARLIER_RUNG,
        attempt=0,
        channel=channel.value,
        result=Result.COVERED.value,
        level=Level.ACCEPTED.value,
        reason=Reason.TOLD_EARLIER.value,
        ref=f"{day.isoformat()} {shown}",
        person=owed.person,
    )
