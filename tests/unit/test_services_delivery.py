"""Delivery as a pure stream: what is handed over, to whom, and what stands on record for it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from tocsin.notifiers.sent import Sent
from tocsin.rendering.mime import splice
from tocsin.schemas.artefact import Approval, Binding
from tocsin.schemas.audience import Addressee, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Outcomes
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import BatchDue, EscalationDue, SilenceDue
from tocsin.schemas.identifiers import is_reference_code, keyed_digest
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.outcome import (
    Accepted,
    Deferred,
    InDoubt,
    Reason,
    Refused,
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
TEXT = "To: <\x00recipient\x00>\r\nMessage-ID: \x00message_id\x00\r\n\r\n\x00reference\x00\r\n"
PORTS = (
    *("batches", "letters", "contact_book", "suppression_lists", "mailers", "round_keys", "pools"),
)
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

    async def pending(self, due: BatchDue) -> list[Addressee]:
        return [a for a in self.people if a.seq not in self.outcomes]

    async def results(self, due: BatchDue) -> list[tuple[int, Result, Reason]]:
        return [(seq, *outcome) for seq, outcome in sorted(self.outcomes.items())]

    async def texts(self, round_id: str) -> dict[str, str]:
        return {text_name(ROUND, 0, self.channel): TEXTS[self.channel]}

    async def plan(self, round_id: str) -> dict[str, Any]:
        return {"due_at": None}

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

    def splice(self, segments: Segments, values: Mapping[str, str]) -> bytes:
        named = ("recipient", "reference", "message_id")
        return splice(segments, **{name: values[name] for name in named})

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


def test_everyone_pending_is_handed_over_once_and_on_record() -> None:
    w = world(3)
    *flushes, last = w.commits()
    assert [m.recipient for m in w.handed_over] == [f"customer-{n}@mail.example" for n in range(3)]
    rows = [row for commit in flushes for write in commit.writes for row in write.rows]
    assert [(r.seq, r.person, r.result, r.level, r.ref) for r in rows] == [
        (n, n, "accepted", "accepted", f"queued-{n}") for n in range(3)
    ]
    assert last == Commit(events=[], done=True)
    assert not any(commit.done for commit in flushes)


def test_a_repeat_is_the_same_bytes_and_two_people_get_different_ones() -> None:
    first, again = world(2), world(2)
    first.commits()
    again.commits()
    assert [m.content for m in first.handed_over] == [m.content for m in again.handed_over]
    one, other = first.handed_over
    assert one.reference != other.reference
    assert is_reference_code(one.reference)
    assert one.reference.encode() in one.content
    assert len({m.content.split(b"Message-ID: ")[1].split()[0] for m in (one, other)}) == 2


def test_the_first_of_a_batch_may_be_out_already_and_is_looked_up_where_that_can_be() -> None:
    w = world(3, outcomes={0: (Result.ACCEPTED, Reason.NONE)})
    w.commits()
    assert w.doubtful == {("other", 1)}


def test_an_address_that_is_no_use_any_more_is_refused_and_stops_nobody_else() -> None:
    w = world(2, contacts_held={"customer-0": at("no address", None)})
    w.commits()
    assert w.outcomes == {
        0: (Result.REFUSED, Reason.MALFORMED_ADDRESS),
        1: (Result.ACCEPTED, Reason.NONE),
    }


def test_a_channel_that_is_barred_for_somebody_is_not_used_for_them() -> None:
    w = world(2)
    w.people[1] = w.people[1]._replace(barred="sms email")
    w.commits()
    assert [m.seq for m in w.handed_over] == [0]
    assert w.outcomes[1] == (Result.REFUSED, Reason.MAILBOX_BARRED)


def test_who_is_put_on_a_list_after_the_freeze_is_refused_and_stops_nobody_else() -> None:
    lists = suppressed({"customer-0": NEVER}, emails={"customer-1@mail.example": NEVER})
    w = world(3, suppressions=lists)
    *_, last = w.commits()
    assert [m.seq for m in w.handed_over] == [2]
    assert w.outcomes == {
        0: (Result.REFUSED, Reason.SUPPRESSED),
        1: (Result.REFUSED, Reason.SUPPRESSED),
        2: (Result.ACCEPTED, Reason.NONE),
    }
    (escalation,) = last.events
    assert [seq for seq, _, _ in escalation.payload.left] == [0, 1]


def test_a_guardian_is_looked_up_on_the_lists_by_their_own_key() -> None:
    reach = {RecipientKind.GUARDIAN: Reach(email="g@mail.example")}
    held = {
        key: Contacts(Reach(), reach, {RecipientKind.GUARDIAN: guardian})
        for key, guardian in (("customer-0", "g0"), ("customer-1", "g1"))
    }
    people = [addressee(seq, recipient="guardian") for seq in range(2)]
    lists = suppressed({"g0": NEVER, "customer-1": NEVER})
    w = World(people, contacts_held={**held}, suppressions=lists)
    w.commits()
    assert [m.seq for m in w.handed_over] == [1]


def test_who_has_an_outcome_is_not_told_again() -> None:
    w = world(3, outcomes={1: (Result.ACCEPTED, Reason.NONE)})
    w.commits()
    assert [m.seq for m in w.handed_over] == [0, 2]


def test_a_batch_with_nobody_pending_asks_nobody_for_contacts_and_is_done() -> None:
    w = world(1, outcomes={0: (Result.ACCEPTED, Reason.NONE)})
    assert w.commits() == [Commit(events=[], done=True)]
    assert w.asked_for == []


def test_the_address_is_the_one_that_the_directory_holds_now() -> None:
    w = world(2, contacts_held={"customer-1": at("moved@mail.example", None)})
    w.commits()
    assert w.handed_over[1].recipient == "moved@mail.example"


def test_a_notice_for_a_guardian_goes_to_the_guardians_address() -> None:
    w = World([addressee(0, recipient="minor"), addressee(1, recipient="guardian")])
    w.commits()
    assert [m.recipient for m in w.handed_over] == [
        "customer-0@mail.example",
        "guardian-of-customer-1@mail.example",
    ]


def test_who_has_another_address_by_now_is_told_there_and_that_is_put_down() -> None:
    w = world(2, contacts_held={"customer-1": at("new@mail.example", None)})
    *_, last = w.commits()
    assert last.done
    assert [m.recipient for m in w.handed_over] == ["customer-0@mail.example", "new@mail.example"]
    assert w.outcomes == {
        0: (Result.ACCEPTED, Reason.NONE),
        1: (Result.ACCEPTED, Reason.ADDRESS_CHANGED),
    }


def test_who_is_gone_from_the_directory_is_excluded_and_who_lost_the_address_goes_on() -> None:
    held: dict[str, Contacts | None] = {
        "customer-0": None,
        "customer-1": at(None, "g@mail.example"),
    }
    w = world(3, contacts_held=held)
    *_, last = w.commits()
    assert w.outcomes == {
        0: (Result.EXCLUDED, Reason.NO_LONGER_HELD),
        1: (Result.REFUSED, Reason.NO_CONTACT),
        2: (Result.ACCEPTED, Reason.NONE),
    }
    (escalation,) = last.events
    assert escalation.payload.left == ((1, Result.REFUSED, Reason.NO_CONTACT),)


def test_what_was_not_accepted_is_handed_on_with_its_reason() -> None:
    w = world(
        4,
        answers={
            1: Deferred(Reason.MAILBOX_FULL, retry_after=30),
            2: Refused(Reason.NO_SUCH_MAILBOX),
            3: InDoubt(Reason.CONNECTION_LOST),
        },
    )
    *_, last = w.commits()
    (escalation,) = last.events
    assert isinstance(escalation.payload, EscalationDue)
    assert escalation.payload.left == (
        (1, Result.DEFERRED, Reason.MAILBOX_FULL),
        (2, Result.REFUSED, Reason.NO_SUCH_MAILBOX),
        (3, Result.IN_DOUBT, Reason.CONNECTION_LOST),
    )
    assert last.done
    assert w.commits()[-1].events == last.events, "the child's name depends on the batch alone"


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_batch_that_was_cut_short_is_not_done_and_its_rest_is_told_by_the_next(sent: int) -> None:
    w = world(3, stops_after=sent)
    assert not any(commit.done for commit in w.commits())
    w.stops_after = None
    assert w.commits()[-1].done
    assert sorted(m.seq for m in w.handed_over) == [0, 1, 2]


def test_a_key_that_is_not_the_frozen_persons_stops_the_whole_batch() -> None:
    w = world(3)
    w.people[2] = w.people[2]._replace(key="customer-9")
    with pytest.raises(Conflict) as refusal:
        w.commits()
    assert w.handed_over == []
    assert w.outcomes == {}
    assert refusal.value.field == "roster"
    assert "customer" not in str(refusal.value)


def test_a_text_that_is_not_the_approved_one_stops_the_whole_batch() -> None:
    w = world(1, approved=TEXT.replace("To:", "to:"))
    with pytest.raises(Conflict, match="not the ones that were approved"):
        w.commits()
    assert w.handed_over == []


def test_reprs_and_errors_of_the_way_hold_no_address() -> None:
    w = world(1)
    w.commits()
    assert "mail.example" not in repr(w.handed_over)
    assert "mail.example" not in repr(at("x@mail.example", None))


NIGHT = NOW.replace(hour=22, minute=0)


def test_a_text_message_that_comes_up_at_night_is_put_off_until_the_morning() -> None:
    w = world(2, channel=Channel.SMS, now=NIGHT)
    (commit,) = w.commits()
    assert w.handed_over == []
    assert commit.done
    (later,) = commit.events
    assert later.due == NIGHT + timedelta(hours=9)
    assert later.payload == batch(ROUND, 2, channel=Channel.SMS)
    assert later.id != event("batch", round_id=ROUND).id
    assert world(2, channel=Channel.SMS, now=NIGHT).commits() == [commit]


def test_by_day_a_text_message_and_at_any_hour_an_e_mail_leave_at_once() -> None:
    for w in (world(2, channel=Channel.SMS), world(2, now=NIGHT)):
        w.commits()
        assert len(w.handed_over) == 2


def test_where_something_is_heard_at_all_it_is_looked_later_who_of_a_batch_stayed_silent() -> None:
    w = world(3, channel=Channel.SMS, hears_back=True)
    w.answers[1] = Refused(Reason.MAILBOX_BARRED)
    *_, last = w.commits()
    silence, escalation = last.events
    assert isinstance(silence.payload, SilenceDue)
    assert (silence.payload.first, silence.payload.count, silence.payload.rung) == (0, 3, 0)
    assert silence.due == NOW + timedelta(hours=24)
    assert isinstance(escalation.payload, EscalationDue)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": Channel.SMS},
        {"hears_back": True},
        {
            "channel": Channel.SMS,
            "hears_back": True,
            "answers": dict.fromkeys(range(2), Refused(Reason.MAILBOX_BARRED)),
        },
    ],
    ids=["nothing is heard", "an e-mail", "nobody took it"],
)
def test_elsewhere_silence_says_nothing(fields: dict[str, Any]) -> None:
    *_, last = world(2, **fields).commits()
    assert not any(isinstance(e.payload, SilenceDue) for e in last.events)
