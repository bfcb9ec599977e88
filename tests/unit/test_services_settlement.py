"""What is settled without sending, and what follows a batch that left people open."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.ledger.audience import OwedRow
from tocsin.schemas.commit import Commit, OutcomeRow
from tocsin.schemas.event import BatchDue, EscalationDue, SettlementDue, SharingDue
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.services.escalation import END_OF_LADDER, escalate
from tocsin.services.settlement import settle, share

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
POLICY = Policy(retry_base_s=60, retry_cap_s=3600, max_attempts=3)


class Round:
    """A round of which some obligations are open and some settled."""

    def __init__(
        self,
        rows: list[OwedRow],
        *,
        announce: bool = False,
        **settled: tuple[Result, Reason] | None,
    ) -> None:
        self.rows = rows
        self.settled = {name.replace("_", "/"): outcome for name, outcome in settled.items()}
        self.announce = announce

    async def open_in(self, round_id: str, lane: str, *, first: int, count: int) -> list[OwedRow]:
        return [row for row in self.rows if first <= row.seq < first + count]

    async def settlement(self, round_id: str, lane: str, seq: int) -> tuple[Result, Reason] | None:
        return self.settled.get(f"{lane}/{seq}")

    async def plan(self, round_id: str) -> dict[str, Any]:
        return {"decision": {"announce": self.announce}}

    async def persons_of(self, round_id: str, lane: str, seqs: Sequence[int]) -> dict[int, int]:
        return {seq: seq + 100 for seq in seqs}


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


def shared(look: int = 0, **settled: tuple[Result, Reason]) -> list[Any]:
    standing: dict[str, Any] = {**settled}
    owed = Round([OwedRow(0, 5, "", "other/3"), OwedRow(1, 6, "", "gmail/4")], **standing)
    due = SharingDue(round=ROUND, first=0, count=2, look=look)
    return commits(share(event("share", round_id=ROUND, payload=due), None, owed=owed, now=NOW))


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


# after a batch ----------------------------------------------------------------------------------


def escalated(
    *left: tuple[int, Result, Reason], attempt: int = 0, outages: int = 0, announce: bool = False
) -> Any:
    due = EscalationDue(
        round=ROUND,
        rung=0,
        lane="other",
        attempt=attempt,
        outages=outages,
        channel="email",
        left=left,
    )
    given_event = event("escalation", round_id=ROUND, payload=due)
    standing = Round([], announce=announce)
    stream = escalate(given_event, None, standing=standing, policy=POLICY, now=NOW)
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
