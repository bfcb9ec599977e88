"""Delivery: one batch from the directory to its channel, every hand-over on record.

A claimed batch is the intent. People of its range without an outcome for its attempt are sent, or
sent again byte for byte after a crash; a flush of outcomes is one Commit.
"""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol

from tocsin.rules.quiet_hours import LOUD
from tocsin.schemas.artefact import Approval, ArtefactKind
from tocsin.schemas.audience import Addressee
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, OutcomeRow, Outcomes
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.event import BatchDue, EscalationDue, Event
from tocsin.schemas.identifiers import child_id
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.person import Contacts
from tocsin.schemas.policy import Policy
from tocsin.schemas.suppression import Suppressions
from tocsin.services.enrolment import Pools, codes_of, pause_for_codes
from tocsin.services.envelope import Envelope, Splicer
from tocsin.services.last_look import look
from tocsin.services.naming import artefact_name, texts_hash
from tocsin.services.outcome_rows import Sent, outcome_rows
from tocsin.services.silence import silence_of
from tocsin.services.starting import start_of


class Batches(Protocol):
    """The obligations of a batch."""

    async def pending(self, batch: BatchDue) -> Sequence[Addressee]:
        """Return those without an outcome for the batch's attempt, with their raw keys."""
        ...

    async def unsettled(self, batch: BatchDue) -> Sequence[tuple[int, Result, Reason]]:
        """Return what those came to whom the batch's attempt did not settle."""
        ...

    async def in_doubt(self, batch: BatchDue) -> Sequence[int]:
        """Return the seqs of which an attempt before was left in doubt."""
        ...


class Letters(Protocol):
    """The approved texts."""

    async def texts(self, round_id: str) -> Mapping[str, str]:
        """Return a round's texts by name."""
        ...

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        """Return the newest approval of an artefact."""
        ...

    async def plan(self, round_id: str) -> Mapping[str, Any]:
        """Return a round's plan."""
        ...


class ContactBook(Protocol):
    """The directory, as delivery reads it."""

    async def contacts(self, keys: Sequence[str]) -> Mapping[str, Contacts]:
        """Return the contact details of those whom the directory still holds."""
        ...


class Lists(Protocol):
    """The suppression lists, as delivery reads them: people are put on them meanwhile."""

    async def read(self) -> Suppressions:
        """Return what the lists say now; InvalidInput where one cannot be read."""
        ...


class Mailers(Splicer, Protocol):
    """Hands messages over; a drill's go to the outbox, whatever the caller wants."""

    async def deliver(
        self,
        incident_id: str,
        channel: Channel,
        messages: Iterator[Message],
        lease: Lease,
        *,
        doubtful: Collection[tuple[str, int]],
    ) -> AsyncIterator[Sequence[Sent]]:
        """Yield flushes of outcomes; resuming means that the flush before was applied.

        `doubtful` are (lane, seq) of messages that may be out already: a provider that can be asked
        is asked before they are sent again.
        """
        ...

    async def domain(self, incident_id: str) -> str:
        """Return the domain of Message-IDs: the sender's."""
        ...


class RoundKeys(Protocol):
    """Keys that live outside the ledger."""

    def of(self, round_id: str) -> bytes:
        """Return a round's key."""
        ...


async def approved_texts(letters: Letters, event: Event, round_id: str) -> Mapping[str, str]:
    """Return a round's texts; Conflict when they are not the ones that were approved."""
    texts = await letters.texts(round_id)
    approval = await letters.approval(event.incident, artefact_name(ArtefactKind.NOTICE, round_id))
    if approval is None or approval.binding.text_hash != texts_hash(texts):
        message = f"the texts of {round_id} are not the ones that were approved"
        raise Conflict(message, field="texts")
    return texts


async def _put_off(
    event: Event, batch: BatchDue, *, letters: Letters, policy: Policy, now: datetime
) -> Event | None:
    """Return the batch as one for later, when it came up in the quiet hours of those in it.

    A pause, a hold or a backlog may have kept it until then.
    """
    if batch.channel not in LOUD:
        return None
    at = start_of(batch, plan=await letters.plan(batch.round), policy=policy, now=now)
    if at <= now:
        return None
    name = child_id(event.id, "batch.due", f"quiet/{at.isoformat()}")
    return event.model_copy(update={"id": name, "due": at})


async def deliver(
    event: Event,
    checkpoint: str | None,
    *,
    batches: Batches,
    letters: Letters,
    contact_book: ContactBook,
    suppression_lists: Lists,
    mailers: Mailers,
    round_keys: RoundKeys,
    pools: Pools,
    lease: Lease,
    policy: Policy,
    now: datetime,
    hears_back: bool,
) -> AsyncIterator[Commit]:
    """Send what is pending of a batch, then hand on what was deferred or refused.

    Where anything can be heard of notices at all, it is looked later who stayed silent.
    """
    del checkpoint
    batch = event.payload
    assert isinstance(batch, BatchDue)  # noqa: S101  # narrows the payload
    later = await _put_off(event, batch, letters=letters, policy=policy, now=now)
    if later is not None:
        yield Commit(events=[later], done=True)
        return
    pending = await batches.pending(batch)
    plan = await letters.plan(batch.round)

    async def conclusion(rows: Sequence[OutcomeRow] = ()) -> Commit:
        left = sorted([*await batches.unsettled(batch), *_unsettled_in(rows)])
        events = [_escalation(event, batch, left)] if left else []
        if hears_back and policy.wait_hours.get(batch.channel) and len(left) < batch.people:
            silence = silence_of(event, batch, plan=plan, policy=policy, now=now)
            events = [silence, *events] if silence else events
        writes = [Outcomes(batch.round, rows)] if rows else ()
        return Commit(writes=writes, events=events, done=True)

    if pending:
        try:
            codes = await codes_of(pending, plan, pools)
        except (Conflict, InvalidInput) as changed:
            yield Commit(writes=pause_for_codes(batch.round, changed))
            raise
        envelope = Envelope(
            batch,
            key=round_keys.of(batch.round),
            domain=await mailers.domain(event.incident),
            texts=await approved_texts(letters, event, batch.round),
            codes=codes,
        )
        people = [envelope.checked(a) for a in pending]
        replaced = frozenset(plan["decision"]["replaced"])
        contacts = await contact_book.contacts([a.key for a in people if a.cohort not in replaced])
        sendable, not_sent = look(batch, people, contacts, await suppression_lists.read(), plan)
        if not_sent:
            yield Commit(writes=[Outcomes(batch.round, not_sent)])
        person_of = {a.seq: a.person for a, _ in sendable}
        moved = envelope.moved(sendable)
        # One at a time: whoever held this batch before may have died with the first on its way.
        doubtful = {*await batches.in_doubt(batch), *(a.seq for a, _ in sendable[:1])}
        stream: Any = mailers.deliver(
            event.incident,
            batch.channel,
            envelope.messages(sendable, mailers),
            lease,
            doubtful={(batch.lane, seq) for seq in doubtful},
        )
        told = 0
        async with aclosing(stream) as flushes:
            async for flush in flushes:
                rows = outcome_rows(batch, flush, person_of, moved)
                told += len(rows)
                if told == len(sendable):  # the last of them, and what follows, in one Commit
                    yield await conclusion(rows)
                    return
                yield Commit(writes=[Outcomes(batch.round, rows)] if rows else [])
        if sendable:
            return  # paused, stopped, or the lease ran out: the batch waits with what is left
    yield await conclusion()


def _unsettled_in(rows: Sequence[OutcomeRow]) -> Iterator[tuple[int, Result, Reason]]:
    """Yield what those came to whom these outcomes do not settle."""
    for row in rows:
        result = Result(row.result)
        if not result.settles:
            yield row.seq, result, Reason(row.reason)


def _escalation(event: Event, batch: BatchDue, left: Sequence[tuple[int, Result, Reason]]) -> Event:
    """Return the event that decides on what a batch left open."""
    return Event(
        id=child_id(event.id, "escalation.due", 0),
        incident=event.incident,
        round=batch.round,
        payload=EscalationDue(
            round=batch.round,
            rung=batch.rung,
            lane=batch.lane,
            attempt=batch.attempt,
            outages=batch.outages,
            channel=batch.channel,
            left=tuple(left),
            residence=batch.residence,
        ),
    )
