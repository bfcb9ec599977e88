"""What is settled without sending, and what follows a batch that left people open."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.ledger.audience import CohortRow, OwedRow
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, OutcomeRow
from tocsin.schemas.event import BatchDue, EscalationDue, SettlementDue, SharingDue
from tocsin.schemas.evidence import HandedOver, Heard
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import LaneView, RoundView
from tocsin.services.escalation import END_OF_LADDER, escalate
from tocsin.services.settlement import settle, share

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
POLICY = Policy(retry_base_s=60, retry_cap_s=3600, max_attempts=3, gather_minutes={})


class Round:
    """A round of which some obligations are open and some settled."""

    def __init__(
        self,
        rows: list[OwedRow],
        *,
        announce: bool = False,
        ladder: Sequence[str] = ("email",),
        **settled: tuple[Result, Reason] | None,
    ) -> None:
        self.rows = rows
        self.settled = {name.replace("_", "/"): outcome for name, outcome in settled.items()}
        self.announce = announce
        self.channels = list(ladder)
        self.rung = 0
        self.reached: set[int] = set()
        self.on_paper: set[int] = set()
        self.no_sms: set[int] = set()
        self.bounced: set[str] = set()

    async def open_in(self, round_id: str, lane: str, *, first: int, count: int) -> list[OwedRow]:
        return [row for row in self.rows if first <= row.seq < first + count]

    async def settlement(
        self, round_id: str, lane: str, seq: int
    ) -> tuple[Result, Reason, int] | None:
        settled = self.settled.get(f"{lane}/{seq}")
        return None if settled is None else (*settled, self.rung)

    async def plan(self, round_id: str) -> dict[str, Any]:
        ladders = {"0": self.channels, "1": ["email", "letter"]}
        return {
            "decision": {"announce": self.announce},
            "ladder": self.channels,
            "ladders": ladders,
        }

    async def open_among(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[int, CohortRow]:
        barred = {seq: "sms" if seq in self.no_sms else "" for seq in seqs}
        return {
            seq: CohortRow(seq + 100, int(seq in self.on_paper), barred[seq], "DE")
            for seq in seqs
            if seq not in self.reached
        }

    async def lane(self, round_id: str, lane: str, rung: int) -> LaneView:
        return LaneView(round_id, lane, rung, self.channels[rung], {})

    async def committed(self, round_id: str) -> dict[Channel, int]:
        raise AssertionError(round_id)

    async def first_reasons(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[int, Reason]:
        return dict.fromkeys(seqs, Reason.MAILBOX_FULL)

    async def ladder(self, round_id: str) -> list[Channel]:
        return [Channel(name) for name in self.channels]

    async def round(self, round_id: str) -> RoundView:
        raise AssertionError(round_id)

    async def covered(
        self, round_id: str, covering: Sequence[str]
    ) -> list[tuple[str, int, int, str]]:
        return [("shared", 0, 0, by) for by in covering if by in self.bounced]

    async def handed_over(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[tuple[int, int], HandedOver]:
        heard = {
            seq: frozenset({Heard.FAILED} if f"{lane}/{seq}" in self.bounced else ())
            for seq in seqs
        }
        return {(seq, 0): HandedOver(seq, True, 1, False, heard[seq]) for seq in seqs}


def commits(stream: AsyncIterator[Commit]) -> list[Any]:
    async def main() -> list[Any]:
        return [commit async for commit in stream]

    return asyncio.run(main())


def rows(found: list[Any]) -> list[OutcomeRow]:
    return [row for commit in found for write in commit.writes for row in write.rows]


# by obstacle, or by announcement ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("obstacle", "announce", "wanted", "expected"),
    [
        (Reason.NO_CONTACT, False, None, (Result.UNREACHABLE, Reason.NO_CONTACT)),
        (Reason.NO_CONTACT, True, None, (Result.ANNOUNCED, Reason.NO_CONTACT)),
        (Reason.NO_GUARDIAN, False, None, (Result.UNREACHABLE, Reason.NO_GUARDIAN)),
        (Reason.NONE_OF_THEIR_DATA, True, None, (Result.EXCLUDED, Reason.NONE_OF_THEIR_DATA)),
        (
            Reason.NONE_OF_THEIR_DATA,
            True,
            Result.ANNOUNCED,
            (Result.EXCLUDED, Reason.NONE_OF_THEIR_DATA),
        ),
        (
            Reason.NO_CONTACT,
            True,
            Result.ANNOUNCED,
            (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD),
        ),
        (Reason.NONE, True, Result.ANNOUNCED, (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD)),
    ],
)
def test_who_cannot_be_told_is_settled_with_the_reason(
    obstacle: Reason, announce: bool, wanted: Result, expected: tuple[Result, Reason]
) -> None:
    owed = Round([OwedRow(0, 7, obstacle, "")], announce=announce)
    due = SettlementDue(round=ROUND, lane="unaddressable", first=0, count=5, result=wanted)
    (row,) = rows(commits(settle(event("s", round_id=ROUND, payload=due), None, owed=owed)))
    assert (Result(row.result), Reason(row.reason)) == expected
    assert (row.person, row.rung, row.channel) == (7, END_OF_LADDER, "none")


def test_settling_goes_by_five_hundred_and_ends() -> None:
    owed = Round([OwedRow(n, n, Reason.NO_CONTACT, "") for n in range(1201)])
    due = SettlementDue(round=ROUND, lane="unaddressable", first=0, count=1201)
    found = commits(settle(event("s", round_id=ROUND, payload=due), None, owed=owed))
    assert [sum(len(w.rows) for w in c.writes) for c in found] == [500, 500, 201, 0]
    assert [c.done for c in found] == [False, False, False, True]


# by another account's notice --------------------------------------------------------------------


def shared(
    look: int = 0, *, rung: int = 0, bounced: set[str] | None = None, **settled: Any
) -> list[Any]:
    rows = [OwedRow(0, 5, "", "other/3"), OwedRow(1, 6, "", "gmail/4")]
    owed = Round(rows, ladder=("email", "sms"), **settled)
    owed.rung, owed.bounced = rung, bounced or set()
    due = SharingDue(round=ROUND, first=0, count=2, look=look)
    given = event("share", round_id=ROUND, payload=due)
    return commits(share(given, None, owed=owed, returned=owed, now=NOW))


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ((Result.ACCEPTED, Reason.NONE), (Result.COVERED, Reason.SAME_ADDRESS)),
        (
            (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD),
            (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD),
        ),
    ],
)
def test_who_shares_an_address_fares_like_the_one_whose_notice_it_is(
    first: tuple[Result, Reason], expected: tuple[Result, Reason]
) -> None:
    found = shared(other_3=first, gmail_4=(Result.ACCEPTED, Reason.NONE))
    one, other = rows(found)
    assert (Result(one.result), Reason(one.reason)) == expected
    assert (one.person, one.ref) == (5, "other/3")
    assert (other.person, other.ref, other.result) == (6, "gmail/4", "covered")
    assert list(found[-1].events) == []


def test_while_the_first_is_open_the_others_wait_and_are_looked_at_again_later() -> None:
    accepted = (Result.ACCEPTED, Reason.NONE)
    waits, ids = [], set()
    for look in range(12):
        found = shared(look, other_3=accepted)
        assert [row.seq for row in rows(found)] == [0]
        (again,) = found[-1].events
        assert again.payload.look == look + 1
        waits.append((again.due - NOW).total_seconds())
        ids.add(again.id)
    assert waits == sorted(waits)
    assert 0 < waits[0] <= 1
    assert waits[-1] <= 60
    assert len(ids) == 12, "a second look of the same name would never be inserted"


@pytest.mark.parametrize(
    "gone",
    [
        (Result.EXCLUDED, Reason.NO_LONGER_HELD),
        (Result.UNREACHABLE, Reason.NO_CONTACT),
        (Result.ANNOUNCED, Reason.NO_CONTACT),
        (Result.UNREACHABLE, Reason.NO_SUCH_MAILBOX),
        (Result.ANNOUNCED, Reason.MAILBOX_FULL),
        (Result.ACCEPTED, Reason.ADDRESS_CHANGED),
    ],
)
def test_who_shares_an_address_to_which_no_notice_came_is_told_by_a_notice_of_their_own(
    gone: tuple[Result, Reason],
) -> None:
    found = shared(other_3=gone, gmail_4=(Result.ACCEPTED, Reason.NONE))
    assert [row.seq for row in rows(found)] == [1]
    own, again = found[-1].events
    assert (own.payload.lane, own.payload.only, own.payload.attempt) == ("shared", (0,), 0)
    assert again.payload.look == 1
    later = shared(3, other_3=gone, gmail_4=(Result.ACCEPTED, Reason.NONE))
    assert later[-1].events[0].id == own.id, "another name would tell them twice"


def test_a_notice_that_went_out_on_another_channel_covers_nobody_at_the_address() -> None:
    found = shared(rung=1, other_3=(Result.ACCEPTED, Reason.NONE))
    assert rows(found) == []
    own, _ = found[-1].events
    assert (own.payload.only, own.payload.rung, own.payload.channel) == ((0,), 0, "email")


def test_who_is_covered_by_a_notice_that_bounced_meanwhile_goes_on_to_their_own_next_rung() -> None:
    told = (Result.ACCEPTED, Reason.NONE)
    found = shared(bounced={"other/3"}, other_3=told, gmail_4=told)
    assert [row.result for row in rows(found[:1])] == ["covered", "covered"]
    row: Any
    (row,) = rows(found[1:])
    assert (row.lane, row.seq, row.rung, row.heard) == ("shared", 0, 0, "failed")
    (onward,) = found[1].events
    assert (onward.payload.lane, onward.payload.rung) == ("shared", 0)
    assert [seq for seq, _, _ in onward.payload.left] == [0]


# after a batch ----------------------------------------------------------------------------------


def escalated(
    *left: tuple[int, Result, Reason],
    attempt: int = 0,
    outages: int = 0,
    announce: bool = False,
    rung: int = 0,
    standing: Round | None = None,
) -> Any:
    due = EscalationDue(
        round=ROUND,
        rung=rung,
        lane="other",
        attempt=attempt,
        outages=outages,
        channel="email",
        left=left,
    )
    given_event = event("escalation", round_id=ROUND, payload=due)
    standing = standing or Round([], announce=announce)
    ports: Any = dict.fromkeys(("standing", "purse", "lanes"), standing)
    stream = escalate(given_event, None, **ports, policy=POLICY, now=NOW)
    (commit,) = commits(stream)
    assert commit.done
    return commit


@pytest.mark.parametrize("reason", [Reason.RELAY_UNAVAILABLE, Reason.RELAY_REFUSED_US])
def test_however_long_our_own_relay_is_down_nobody_is_unreachable_for_it(reason: Reason) -> None:
    attempt = POLICY.max_attempts + 100
    commit = escalated((0, Result.DEFERRED, reason), attempt=attempt, outages=attempt)
    assert not commit.writes
    (again,) = commit.events
    assert (again.payload.attempt, again.payload.outages) == (attempt + 1, attempt + 1)
    assert again.due - NOW <= timedelta(seconds=POLICY.retry_cap_s)
    once_up = (0, Result.DEFERRED, Reason.MAILBOX_FULL)
    assert escalated(once_up, attempt=attempt, outages=attempt).events
    assert not escalated(once_up, attempt=attempt, outages=attempt - POLICY.max_attempts).events


def test_the_deferred_and_the_doubtful_are_tried_again_and_the_refused_settled() -> None:
    commit = escalated(
        (0, Result.DEFERRED, Reason.MAILBOX_FULL),
        (1, Result.REFUSED, Reason.NO_SUCH_MAILBOX),
        (2, Result.IN_DOUBT, Reason.CONNECTION_LOST),
        (3, Result.DEFERRED, Reason.RATE_LIMITED),
    )
    again = {e.payload.only: e.due - NOW for e in commit.events}
    assert again == {(2,): timedelta(seconds=6), (0, 3): timedelta(seconds=60)}
    assert {e.payload.attempt for e in commit.events} == {1}
    assert sorted(e.weight for e in commit.events) == [1, 2]
    assert all(isinstance(e.payload, BatchDue) and e.round == ROUND for e in commit.events)
    (row,) = rows([commit])
    assert (row.seq, row.person, row.result) == (1, 101, "unreachable")
    assert row.reason == "no_such_mailbox"


@pytest.mark.parametrize("result", [Result.DEFERRED, Result.IN_DOUBT])
def test_after_the_last_attempt_nobody_is_tried_again(result: Result) -> None:
    commit = escalated((0, result, Reason.TIMED_OUT), attempt=POLICY.max_attempts - 1)
    assert list(commit.events) == []
    (row,) = rows([commit])
    assert (row.result, row.reason) == ("unreachable", "retries_exhausted")


def test_where_an_announcement_stands_it_stands_in_for_who_cannot_be_told() -> None:
    commit = escalated((0, Result.REFUSED, Reason.NO_SUCH_MAILBOX), announce=True)
    assert [row.result for row in rows([commit])] == ["announced"]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Result.DEFERRED, Result.IN_DOUBT, Result.REFUSED]),
            st.sampled_from(Reason),
        ),
        max_size=12,
    ),
    st.integers(0, 3),
)
def test_everyone_left_is_either_tried_again_or_settled_and_the_names_are_the_same(
    left: list[tuple[Result, Reason]], attempt: int
) -> None:
    numbered = [(seq, result, reason) for seq, (result, reason) in enumerate(left)]
    commit = escalated(*numbered, attempt=attempt)
    again = [seq for e in commit.events for seq in e.payload.only]
    settled = [row.seq for row in rows([commit])]
    assert sorted(again + settled) == list(range(len(left)))
    assert len({e.id for e in commit.events}) == len(commit.events)
    assert escalated(*numbered, attempt=attempt) == commit


# from rung to rung ------------------------------------------------------------------------------

REFUSED = [(seq, Result.REFUSED, Reason.NO_SUCH_MAILBOX) for seq in range(4)]
LADDER = ("email", "sms", "letter")


def test_who_is_refused_goes_on_to_the_next_channel_that_is_permitted_and_not_barred() -> None:
    standing = Round([], ladder=LADDER)
    standing.on_paper, standing.no_sms, standing.reached = {1}, {2}, {3}
    commit = escalated(*REFUSED, standing=standing)
    assert not commit.writes
    onward = {(e.payload.channel, e.payload.rung): e.payload.only for e in commit.events}
    assert onward == {("sms", 1): (0,), ("letter", 2): (1, 2)}
    assert {e.payload.attempt for e in commit.events} == {0}
    assert {e.payload.lane for e in commit.events} == {"other"}
    again = escalated(*REFUSED, standing=standing)
    assert [e.id for e in again.events] == [e.id for e in commit.events]


def test_at_the_end_of_the_ladder_stands_why_its_first_rung_failed() -> None:
    commit = escalated(REFUSED[0], rung=2, standing=Round([], ladder=LADDER))
    (row,) = rows([commit])
    assert (row.result, row.reason, row.rung) == ("unreachable", "mailbox_full", END_OF_LADDER)


@pytest.mark.parametrize("reason", [Reason.NO_GUARDIAN, Reason.NO_LONGER_HELD])
def test_where_the_reason_lies_with_the_person_no_other_channel_is_tried(reason: Reason) -> None:
    commit = escalated((0, Result.REFUSED, reason), standing=Round([], ladder=LADDER))
    assert not commit.events
    assert [row.reason for row in rows([commit])] == [reason.value]
