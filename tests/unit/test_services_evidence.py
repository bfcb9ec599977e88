"""What comes back is kept once, never before its hand-over, and moves on who was not reached."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Evidence, EvidenceRow, Fact, HoldLane
from tocsin.schemas.event import EscalationDue, EvidenceHeard
from tocsin.schemas.evidence import HandedOver, Heard
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import LaneView, RoundView
from tocsin.services.evidence import take_in

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
FAILED, DELIVERED, CONFIRMED = Heard.FAILED, Heard.DELIVERED, Heard.CONFIRMED
GONE = Reason.NO_SUCH_MAILBOX


def said(seq: int, what: Heard, *, rung: int = 0, lane: str = "other") -> tuple[Any, ...]:
    return (lane, seq, rung, what, GONE if what is FAILED else Reason.NONE, "dsn")


@dataclass
class World:
    """A round in which everybody below `told` was told by e-mail; commits are applied to it."""

    told: int = 5
    state: str = "sending"
    covers: dict[str, tuple[str, int]] = field(default_factory=dict)
    rows: list[EvidenceRow] = field(default_factory=list)
    moved_on: set[int] = field(default_factory=set)
    handed: int = 0
    texted: set[tuple[str, int]] = field(default_factory=set)
    """Who took a text message after the e-mail."""

    async def round(self, round_id: str) -> RoundView:
        return RoundView(round_id, "INC-1", 1, "initial", self.state, NOW, 5, "", None)

    async def ladder(self, round_id: str) -> tuple[Channel, ...]:
        return (Channel.EMAIL, Channel.SMS)

    async def handed_over(
        self, round_id: str, lane: str, seqs: Sequence[int]
    ) -> dict[tuple[int, int], HandedOver]:
        found = {}

        def heard_of(seq: int, rung: int) -> frozenset[Heard]:
            here = (lane, seq, rung)
            return frozenset(Heard(r.heard) for r in self.rows if (r.lane, r.seq, r.rung) == here)

        for seq in seqs:
            if (lane, seq) in self.texted:
                heard = heard_of(seq, 1)
                found[seq, 1] = HandedOver(seq + 100, True, 1, False, heard, Reason.NONE)
            accepted, over = seq < self.told, seq in self.moved_on
            if accepted or over:
                why = next((Reason(r.reason) for r in self.rows if r.seq == seq), Reason.NONE)
                told = HandedOver(seq + 100, accepted, 1, over, heard_of(seq, 0), why)
                found[seq, 0] = told
        return found

    async def lane(self, round_id: str, lane: str, rung: int) -> LaneView:
        came_back = sum((r.lane, r.heard) == (lane, FAILED.value) for r in self.rows)
        counts = {("accepted", ""): self.handed, ("failed", GONE.value): came_back}
        return LaneView(round_id, lane, rung, "email", counts)

    async def covered(
        self, round_id: str, covering: Sequence[str]
    ) -> list[tuple[str, int, int, str]]:
        return [(*self.covers[by], 0, by) for by in covering if by in self.covers]

    def take(self, *heard: tuple[Any, ...], look: int = 0) -> list[Commit]:
        due = EvidenceHeard(round=ROUND, heard=heard, look=look)
        given_event = event(f"heard-{look}", round_id=ROUND, payload=due)

        async def main() -> list[Commit]:
            commits = []
            ports: Any = {"returned": self, "lanes": self, "policy": Policy()}
            async for commit in take_in(given_event, None, **ports, now=NOW):
                for write in commit.writes:
                    if isinstance(write, Evidence):
                        self.rows.extend(write.rows)
                commits.append(commit)
            return commits

        return asyncio.run(main())

    @property
    def kept(self) -> list[tuple[str, int, str]]:
        return [(row.lane, row.seq, row.heard) for row in self.rows]


def onward(commits: Sequence[Commit]) -> list[tuple[str, int, int]]:
    """Return (lane, rung, seq) of everybody who is sent on."""
    found = []
    for commit in commits:
        for e in commit.events:
            if isinstance(e.payload, EscalationDue):
                found += [(e.payload.lane, e.payload.rung, seq) for seq, _, _ in e.payload.left]
    return found


def test_a_bounce_is_kept_with_its_reason_and_sends_its_person_on() -> None:
    w = World()
    commits = w.take(said(1, FAILED), said(2, DELIVERED))
    assert w.kept == [("other", 1, "failed"), ("other", 2, "delivered")]
    assert [row.person for row in w.rows] == [101, 102]
    assert onward(commits) == [("other", 0, 1)]
    (escalation,) = commits[0].events
    assert isinstance(escalation.payload, EscalationDue)
    assert escalation.payload.left == ((1, Result.REFUSED, GONE),)
    assert escalation.payload.channel is Channel.EMAIL
    assert commits[0].writes, "who is sent on and why stand in one commit"


def test_what_was_heard_before_changes_nothing_however_often_it_comes() -> None:
    w = World()
    w.take(said(1, FAILED), said(1, FAILED))
    again = w.take(said(1, FAILED), look=1)
    assert w.kept == [("other", 1, "failed")]
    assert onward(again) == []


def test_a_bounce_that_is_faster_than_the_flush_waits_for_it() -> None:
    w = World(told=1)
    (*_, last) = w.take(said(3, FAILED))
    assert w.kept == []
    (again,) = last.events
    assert isinstance(again.payload, EvidenceHeard)
    assert (again.payload.heard, again.payload.look) == ((said(3, FAILED),), 1)
    w.told = 5
    assert onward(w.take(*again.payload.heard, look=1)) == [("other", 0, 3)]


def test_what_is_about_no_hand_over_is_given_up_after_about_a_day() -> None:
    w, heard, look, waited = World(told=0), (said(9, FAILED),), 0, 0.0
    while True:
        (*_, last) = w.take(*heard, look=look)
        if not last.events:
            break
        (again,) = last.events
        assert again.due is not None
        waited += (again.due - NOW).total_seconds()
        look += 1
    assert 2 * 3600 < waited < 30 * 3600
    assert w.kept == []


def test_what_comes_of_a_rung_that_took_nothing_and_is_over_changes_nothing() -> None:
    w = World(told=0, moved_on={1})
    commits = w.take(said(1, FAILED), said(1, DELIVERED))
    assert w.kept == []
    assert not any(commit.events for commit in commits)


def test_who_shares_a_mailbox_shares_what_happens_to_its_notice() -> None:
    w = World(covers={"other/1": ("shared", 0), "other/2": ("shared", 1)})
    commits = w.take(said(1, FAILED), said(2, CONFIRMED))
    assert set(w.kept) == {
        ("other", 1, "failed"),
        ("other", 2, "confirmed"),
        ("shared", 0, "failed"),
        ("shared", 1, "delivered"),
    }
    assert onward(commits) == [("other", 0, 1), ("shared", 0, 0)]


def test_whoever_shares_a_mailbox_fails_for_the_same_reason() -> None:
    w = World(covers={"other/1": ("shared", 0)})
    full = ("other", 1, 0, FAILED, Reason.MAILBOX_FULL, "dsn")
    w.take(full)
    assert [(row.lane, row.reason) for row in w.rows] == [
        ("other", "mailbox_full"),
        ("shared", "mailbox_full"),
    ]


def test_silence_is_broken_by_whatever_was_heard_meanwhile() -> None:
    w = World()
    w.take(said(1, DELIVERED))
    silence = (FAILED, Reason.NO_RECEIPT, "silence")
    commits = w.take(("other", 1, 0, *silence), ("other", 2, 0, *silence), look=1)
    assert w.kept == [("other", 1, "delivered"), ("other", 2, "failed")]
    assert onward(commits) == [("other", 0, 2)]


@pytest.mark.parametrize(("handed", "back", "held"), [(220, 11, False), (220, 12, True)])
def test_a_lane_of_which_too_much_comes_back_is_held_with_the_evidence(
    handed: int, back: int, held: bool
) -> None:
    w = World(told=handed, handed=handed)
    commits = w.take(*(said(seq, FAILED) for seq in range(back)))
    holds = [x for c in commits for x in c.writes if isinstance(x, HoldLane)]
    assert [(h.lane, h.rung) for h in holds] == ([("other", 0)] if held else [])
    assert len(onward(commits)) == back


def test_who_shared_a_mailbox_shares_nothing_of_the_channels_on_which_each_is_told_alone() -> None:
    w = World(covers={"other/1": ("shared", 0)}, texted={("other", 1), ("shared", 0)})
    w.take(said(1, FAILED))
    w.take(said(1, DELIVERED, rung=1), look=1)
    assert ("other", 1, "delivered") in w.kept
    assert ("shared", 0, "delivered") not in w.kept


def test_after_its_round_was_closed_a_bounce_is_an_alarm_and_a_receipt_is_kept() -> None:
    w = World(state="closed")
    commits = w.take(said(1, FAILED), said(2, DELIVERED))
    assert w.kept == [("other", 2, "delivered")]
    (alarm,) = [x for c in commits for x in c.writes if isinstance(x, Fact)]
    assert "1 notices came back" in alarm.body["text"]
    assert onward(commits) == []


things = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(list(Heard))), max_size=12)


@settings(deadline=None, max_examples=100)
@given(st.lists(things, max_size=5), st.sampled_from([0, 3, 7]))
def test_everything_heard_is_kept_once_or_waits_and_nobody_is_sent_on_twice(
    batches: list[list[tuple[int, Heard]]], told: int
) -> None:
    w = World(told=told, covers={"other/0": ("shared", 0)})
    sent_on: list[tuple[str, int, int]] = []
    for number, batch in enumerate(batches):
        commits = w.take(*(said(seq, what) for seq, what in batch), look=number)
        sent_on += onward(commits)
        assert [commit.done for commit in commits].count(True) == 1
        assert commits[-1].done
    assert len(w.kept) == len(set(w.kept))
    assert len(sent_on) == len(set(sent_on))
    expected = {(seq, what) for batch in batches for seq, what in batch if seq < told}
    assert {(seq, Heard(what)) for lane, seq, what in w.kept if lane == "other"} == expected
    failed = {seq for seq, what in expected if what is FAILED}
    assert {seq for lane, _, seq in sent_on if lane == "other"} == failed


@pytest.mark.parametrize("done_before", [1, 2])
def test_a_crash_between_two_commits_sends_everybody_on_once(done_before: int) -> None:
    w = World(covers={"other/1": ("shared", 0)})
    heard = (said(1, FAILED),)
    whole = World(covers=dict(w.covers)).take(*heard)
    for commit in whole[:done_before]:
        for write in commit.writes:
            assert isinstance(write, Evidence)
            w.rows.extend(write.rows)
    rest = w.take(*heard)
    assert onward([*whole[:done_before], *rest]) == [("other", 0, 1), ("shared", 0, 0)]
    ids = [e.id for commit in (*whole[:done_before], *rest) for e in commit.events]
    assert len(ids) == len(set(ids))
