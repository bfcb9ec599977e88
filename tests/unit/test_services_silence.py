"""Who took a notice and stays silent goes on, if another channel leads to them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.canonical import instant
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit
from tocsin.schemas.event import BatchDue, Event, EvidenceHeard, SilenceDue
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason
from tocsin.schemas.person import Contacts, Reach
from tocsin.schemas.policy import Policy
from tocsin.services.silence import Silent, look, silence_of

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
LADDER = ["email", "sms", "letter"]
ABOUT = SilenceDue(round=ROUND, rung=1, lane="gmail", channel=Channel.SMS, only=(0, 1, 2))
ADDRESS = "Ada Example\n1 Example Street\n10115 Berlin\nDE"


def silent(seq: int, **fields: Any) -> Silent:
    plain = Silent(seq, "self", 0, "", ref=f"SM{seq}", key=f"k{seq}")
    return plain._replace(**fields)


@dataclass
class World:
    """People who took a text message; `heard` is what a look makes of them."""

    people: list[Silent]
    reach: dict[str, Reach | None] = field(default_factory=dict)
    known: dict[str, tuple[Heard, Reason] | None] = field(default_factory=dict)
    ladder: list[str] = field(default_factory=lambda: list(LADDER))
    asked: list[list[str]] = field(default_factory=list)

    async def silent(self, about: SilenceDue) -> list[Silent]:
        return self.people

    async def plan(self, round_id: str) -> dict[str, Any]:
        return {"ladder": self.ladder, "ladders": {"0": self.ladder, "1": ["email", "sms"]}}

    async def contacts(self, keys: Sequence[str]) -> dict[str, Contacts]:
        held = {key: self.reach.get(key, Reach(postal=ADDRESS)) for key in keys}
        return {key: Contacts(reach) for key, reach in held.items() if reach is not None}

    async def poll(
        self, channel: Channel, refs: Sequence[str]
    ) -> Mapping[str, tuple[Heard, Reason] | None]:
        assert channel is Channel.SMS
        self.asked.append(list(refs))
        return {ref: self.known[ref] for ref in refs if ref in self.known}

    def looked(self, *, asks: bool = True, checkpoint: str | None = None) -> list[Commit]:
        due = event("silence", round_id=ROUND, payload=ABOUT)
        ports: dict[str, Any] = {"silences": self, "contact_book": self}
        ports |= {"receipts": self} if asks else {}

        async def main() -> list[Commit]:
            return [commit async for commit in look(due, checkpoint, **ports)]

        return asyncio.run(main())


def heard(commits: Sequence[Commit]) -> dict[int, tuple[Heard, Reason]]:
    found = {}
    for commit in commits:
        for e in commit.events:
            assert isinstance(e.payload, EvidenceHeard)
            for lane, seq, rung, what, why, _ in e.payload.heard:
                assert (lane, rung) == ("gmail", 1)
                assert seq not in found, "somebody was heard of twice"
                found[seq] = what, why
    return found


SILENT = (Heard.FAILED, Reason.NO_RECEIPT)


def test_who_stays_silent_goes_on_and_whom_the_provider_knows_of_does_not() -> None:
    told, bounced = (Heard.DELIVERED, Reason.NONE), (Heard.FAILED, Reason.MAILBOX_BARRED)
    w = World([silent(n) for n in range(4)], known={"SM1": told, "SM2": bounced, "SM3": None})
    assert heard(w.looked()) == {0: SILENT, 1: told, 2: bounced, 3: SILENT}
    assert w.asked == [["SM0", "SM1", "SM2", "SM3"]]


def test_where_no_provider_can_be_asked_silence_alone_decides() -> None:
    assert heard(World([silent(0), silent(1, ref="")]).looked(asks=False)) == {0: SILENT, 1: SILENT}


@pytest.mark.parametrize(
    "nowhere",
    [
        {"reach": {"k0": Reach(email="a@mail.example", phone="+4915112345678")}},
        {"reach": {"k0": Reach(postal="Berlin")}},
        {"reach": {"k0": None}},
        {"ladder": ["email", "sms"]},
        {"people": [silent(0, cohort=1)]},
        {"people": [silent(0, barred="letter")]},
    ],
    ids=["no address", "an address of no use", "gone", "last rung", "not permitted", "barred"],
)
def test_who_could_not_be_told_elsewhere_stays_told(nowhere: dict[str, Any]) -> None:
    w = World(**({"people": [silent(0)]} | nowhere))
    assert heard(w.looked()) == {}


def test_a_guardians_silence_asks_where_the_guardian_is_reached() -> None:
    w = World([silent(0, recipient="guardian")])
    assert heard(w.looked()) == {}, "the address is the child's own"


def test_what_the_provider_says_is_kept_though_nothing_leads_on() -> None:
    told = (Heard.DELIVERED, Reason.NONE)
    w = World([silent(0)], reach={"k0": None}, known={"SM0": told})
    assert heard(w.looked()) == {0: told}


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 450), st.integers(0, 5))
def test_a_crash_between_two_parts_asks_nobody_twice_and_leaves_nobody_out(
    number: int, done_before: int
) -> None:
    people = [silent(n) for n in range(number)]
    whole = World(people).looked()
    assert [commit.done for commit in whole].count(True) == 1
    assert whole[-1].done
    assert all(len(commit.events) <= 1 for commit in whole)
    applied = whole[:-1][:done_before]
    checkpoint = applied[-1].checkpoint if applied else None
    rest = World(people).looked(checkpoint=checkpoint)
    assert set(heard([*applied, *rest])) == set(range(number))
    ids = [e.id for commit in (*applied, *rest) for e in commit.events]
    assert len(ids) == len(set(ids))


BATCH = BatchDue(round=ROUND, rung=1, lane="gmail", channel=Channel.SMS, only=(4, 7), attempt=2)


def timer(hours_left: float | None, *, batch: BatchDue = BATCH, **policy: Any) -> Event | None:
    law: datetime | None = None if hours_left is None else NOW + timedelta(hours=hours_left)
    plan = {"due_at": None if law is None else instant(law)}
    done = event("batch", round_id=ROUND, payload=batch, weight=2)
    return silence_of(done, batch, plan=plan, policy=Policy(**policy), now=NOW)


@pytest.mark.parametrize(
    ("hours_left", "waits"), [(None, 24), (100, 24), (20, 18), (3.5, 1.5), (2, 1), (-50, 1)]
)
def test_it_is_waited_as_long_as_the_law_allows_and_never_less_than_an_hour(
    hours_left: float | None, waits: float
) -> None:
    found = timer(hours_left)
    assert found is not None
    assert found.due == NOW + timedelta(hours=waits)
    assert isinstance(found.payload, SilenceDue)
    assert (found.payload.only, found.payload.attempt, found.weight) == ((4, 7), 2, 2)


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.LETTER, Channel.WEB_PUSH])
def test_on_channels_that_do_not_tell_of_deliveries_silence_moves_nobody(channel: Channel) -> None:
    assert timer(None, batch=BATCH.model_copy(update={"channel": channel})) is None


def test_a_wait_of_no_hours_is_none() -> None:
    assert timer(None, wait_hours={Channel.SMS: 0}) is None
