"""Silence: who took a notice and is not heard of in time is told on the next channel.

Only where a channel tells of deliveries at all, and only those whom another one leads to: to be
told by one that stays silent is still to be told.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from tocsin.rules.contacts import obstacle
from tocsin.rules.ladder import rungs_left
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit
from tocsin.schemas.event import BatchDue, Event, EvidenceHeard, SilenceDue
from tocsin.schemas.evidence import Heard
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import Contacts
from tocsin.schemas.policy import Policy
from tocsin.services.envelope import detail_of
from tocsin.services.starting import law_of

_LEAST_WAIT = timedelta(hours=1)
"""However near the law's time is, a handset that is off gets so long."""
_ASKED_AT_ONCE = 100
SOURCE = "silence"


class Silent(NamedTuple):
    """An obligation that was handed over and not heard of since."""

    seq: int
    recipient: str
    cohort: int
    barred: str
    ref: str
    """The provider's own name for the message; empty without one."""
    key: str


class Silences(Protocol):
    """What is on record of a batch that is done."""

    async def silent(self, about: SilenceDue) -> Sequence[Silent]:
        """Return those who took its notice and were not heard of since, by seq."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


class ContactBook(Protocol):
    """The directory, as delivery reads it."""

    async def contacts(self, keys: Sequence[str]) -> Mapping[str, Contacts]:
        """Return the contact details of those whom the directory still holds."""
        ...


class Receipts(Protocol):
    """Providers that can be asked what became of a message."""

    async def poll(
        self, channel: Channel, refs: Sequence[str]
    ) -> Mapping[str, tuple[Heard, Reason] | None]:
        """Return what is known of each message by its reference; None: nothing yet."""
        ...


def silence_of(
    event: Event, batch: BatchDue, *, plan: Mapping[str, Any], policy: Policy, now: datetime
) -> Event | None:
    """Return the timer that looks who of a finished batch stayed silent; None: it moves nobody.

    It ends when the channel's wait is over, earlier where the law's time is near, and never in
    less than an hour.
    """
    hours = policy.wait_hours.get(batch.channel, 0)
    if not hours:
        return None
    at, law = now + timedelta(hours=hours), law_of(plan)
    if law is not None:
        at = max(min(at, law - policy.quiet_reserve), now + _LEAST_WAIT)
    return Event(
        id=child_id(event.id, "silence.due", 0),
        incident=event.incident,
        round=batch.round,
        payload=SilenceDue(
            round=batch.round,
            rung=batch.rung,
            lane=batch.lane,
            channel=batch.channel,
            first=batch.first,
            count=batch.count,
            only=batch.only,
            attempt=batch.attempt,
        ),
        due=at,
        weight=event.weight,
    )


async def look(
    event: Event,
    checkpoint: str | None,
    *,
    silences: Silences,
    contact_book: ContactBook,
    receipts: Receipts | None = None,
) -> AsyncIterator[Commit]:
    """Ask the provider of those who stayed silent; who still is goes on, if somewhere leads on.

    What is found is heard like everything else that comes back; what was heard meanwhile counts
    more than silence.
    """
    about = event.payload
    assert isinstance(about, SilenceDue)  # noqa: S101  # narrows the payload
    plan = await silences.plan(about.round)
    after = -1 if checkpoint is None else int(checkpoint)
    silent = [row for row in await silences.silent(about) if row.seq > after]
    for start in range(0, len(silent), _ASKED_AT_ONCE):
        part = silent[start : start + _ASKED_AT_ONCE]
        refs = [row.ref for row in part if row.ref]
        said = await receipts.poll(about.channel, refs) if receipts and refs else {}
        contacts = await contact_book.contacts([row.key for row in part])
        heard = []
        for row in part:
            known = said.get(row.ref)
            if known is not None:
                heard.append((about.lane, row.seq, about.rung, *known, about.channel.value))
            elif _leads_on(about, row, plan, contacts.get(row.key)):
                silence = (Heard.FAILED, Reason.NO_RECEIPT, SOURCE)
                heard.append((about.lane, row.seq, about.rung, *silence))
        last = part[-1].seq
        found = [_evidence(event, about.round, last, heard)] if heard else []
        yield Commit(events=found, checkpoint=str(last))
    yield Commit(done=True)


def _leads_on(
    about: SilenceDue, row: Silent, plan: Mapping[str, Any], held: Contacts | None
) -> bool:
    """Whether a channel after this one leads to somebody."""
    if held is None:
        return False
    ladder = [Channel(name) for name in plan["ladder"]]
    rungs = rungs_left(
        ladder,
        about.rung,
        allowed=[Channel(name) for name in plan["ladders"][str(row.cohort)]],
        barred=[Channel(name) for name in row.barred.split()],
        reason=Reason.NO_RECEIPT,
    )
    return any(
        not obstacle(ladder[rung], detail_of(held, row.recipient, ladder[rung])) for rung in rungs
    )


def _evidence(event: Event, round_id: str, last: int, heard: list[Any]) -> Event:
    return Event(
        id=child_id(event.id, "evidence.heard", last),
        incident=event.incident,
        round=round_id,
        payload=EvidenceHeard(round=round_id, heard=tuple(heard)),
        weight=len(heard),
    )
