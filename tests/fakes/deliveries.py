"""A delivery over a few people, as a pure stream whose commits a test looks at."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.notifiers.sent import Sent
from tocsin.rendering.splicing import pieces
from tocsin.schemas.artefact import Approval, Binding
from tocsin.schemas.audience import Addressee, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Outcomes
from tocsin.schemas.event import BatchDue
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.outcome import (
    Accepted,
    Reason,
    Result,
    SendOutcome,
)
from tocsin.schemas.person import Contacts, Reach
from tocsin.schemas.policy import Policy
from tocsin.schemas.suppression import (
    EVERY_CHANNEL,
    Suppression,
    SuppressionReason,
    Suppressions,
)
from tocsin.services.delivery import deliver
from tocsin.services.naming import text_name, texts_hash

from fakes.ledgers import NOW, batch, event
from fakes.resolutions import suppressed

ROUND = "INC-1/r1"
KEY = bytes(range(32))
NEVER = Suppression(EVERY_CHANNEL, SuppressionReason.COURT_ORDER, "court")
PORTS = (
    *("batches", "letters", "contact_book", "suppression_lists", "mailers", "round_keys", "pools"),
)
TEXT = "To: <\x00recipient\x00>\r\nMessage-ID: \x00message_id\x00\r\n\r\n\x00reference\x00\r\n"

TEXTS = {Channel.EMAIL: TEXT, Channel.SMS: "Your data leaked: \x00reference\x00"}


def addressee(seq: int, **fields: Any) -> Addressee:
    key = f"customer-{seq}"
    address = keyed_digest(KEY, f"{key}@mail.example")
    plain = Addressee("other", seq, seq, "self", 0, keyed_digest(KEY, key), key, address)
    return plain._replace(**fields)


@dataclass
class World:
    """The ports of a delivery; outcomes are applied to it as its commits come."""

    people: list[Addressee]
    contacts_held: dict[str, Contacts | None] = field(default_factory=dict)
    answers: dict[int, SendOutcome] = field(default_factory=dict)
    approved: str = ""
    """The text that was approved, where it is another than the one that stands."""
    stops_after: int | None = None
    handed_over: list[Message] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)
    outcomes: dict[int, tuple[Result, Reason]] = field(default_factory=dict)
    doubtful: set[tuple[str, int]] = field(default_factory=set)
    channel: Channel = Channel.EMAIL
    now: datetime = NOW
    hears_back: bool = False
    suppressions: Suppressions = field(default_factory=suppressed)
    agreed_alone: dict[str, list[Channel]] = field(default_factory=dict)
    replaced: tuple[int, ...] = ()
    """Cohorts whose notices the announcement stands in place of."""

    async def pending(self, due: BatchDue) -> list[Addressee]:
        return [a for a in self.people if a.seq not in self.outcomes]

    async def unsettled(self, due: BatchDue) -> list[tuple[int, Result, Reason]]:
        found = sorted(self.outcomes.items())
        return [(seq, *outcome) for seq, outcome in found if not outcome[0].settles]

    async def texts(self, round_id: str) -> dict[str, str]:
        return {text_name(ROUND, 0, self.channel): TEXTS[self.channel]}

    async def plan(self, round_id: str) -> dict[str, Any]:
        decision = {"replaced": self.replaced}
        return {"due_at": None, "decision": decision, "agreed_alone": self.agreed_alone}

    async def approval(self, incident_id: str, artefact: str) -> Approval:
        assert artefact == "notice-r1"
        approved = {text_name(ROUND, 0, self.channel): self.approved or TEXTS[self.channel]}
        binding = Binding(text_hash=texts_hash(approved))
        until = NOW + timedelta(days=7)
        return Approval(
            artefact=artefact, principal="ada", binding=binding, at=NOW, valid_until=until
        )

    async def contacts(self, keys: Sequence[str]) -> dict[str, Contacts]:
        self.asked_for = list(keys)
        plain = {k: at(f"{k}@mail.example", f"guardian-of-{k}@mail.example") for k in keys}
        if self.channel is Channel.SMS:
            plain = {k: Contacts(Reach(phone="+4915112345678")) for k in keys}
        found: dict[str, Contacts | None] = {**plain, **self.contacts_held}
        return {key: held for key in keys if (held := found[key]) is not None}

    def of(self, round_id: str) -> bytes:
        return KEY

    async def domain(self, incident_id: str) -> str:
        return "example.com"

    def pieces(self, segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        return pieces(segments, values)

    async def read(self) -> Suppressions:
        return self.suppressions

    async def in_doubt(self, due: BatchDue) -> tuple[int, ...]:
        return ()

    async def deliver(
        self,
        incident_id: str,
        channel: Channel,
        messages: Sequence[Message],
        lease: Lease,
        *,
        doubtful: Collection[tuple[str, int]],
    ) -> AsyncIterator[tuple[Sent, ...]]:
        self.doubtful = set(doubtful)
        for message in messages:
            if self.stops_after is not None and len(self.handed_over) >= self.stops_after:
                return
            self.handed_over.append(message)
            outcome = self.answers.get(message.seq, Accepted(f"queued-{message.seq}"))
            yield (Sent(message.lane, message.seq, outcome, "relay-a"),)

    def commits(self) -> list[Any]:
        async def main() -> list[Any]:
            lease = Lease(deadline=boottime() + 30, length_s=30)
            payload = batch(ROUND, len(self.people), channel=self.channel)
            due = event("batch", round_id=ROUND, payload=payload)
            ports: dict[str, Any] = dict.fromkeys(PORTS, self)
            applied = []
            ports |= {"policy": Policy(), "now": self.now, "hears_back": self.hears_back}
            async for commit in deliver(due, None, **ports, lease=lease):
                for write in commit.writes:
                    assert isinstance(write, Outcomes)
                    for row in write.rows:
                        assert row.seq not in self.outcomes, "an obligation got two outcomes"
                        self.outcomes[row.seq] = (Result(row.result), Reason(row.reason))
                applied.append(commit)
            return applied

        return asyncio.run(main())


def at(email: str | None, guardian: str | None) -> Contacts:
    return Contacts(Reach(email=email), {RecipientKind.GUARDIAN: Reach(email=guardian)})


def world(number: int, **fields: Any) -> World:
    return World([addressee(seq) for seq in range(number)], **fields)
