"""Dispatch as a pure stream: nothing leaves but what was approved, and everyone is in one batch."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.artefact import Approval, Artefact, ArtefactKind, ArtefactState, Binding
from tocsin.schemas.audience import (
    SHARED_LANE,
    UNADDRESSABLE_LANE,
    AudienceCounts,
    Cohort,
    RecipientKind,
)
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition
from tocsin.schemas.duty import Addressee, Duty
from tocsin.schemas.event import BatchDue, DispatchDue, PublicationDue, StageDue, WaitDue
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.announcing import publish
from tocsin.services.batching import batch_events, settle_everyone
from tocsin.services.dispatch import dispatch
from tocsin.services.naming import plan_hash, texts_hash

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
TEXTS = {f"{ROUND}#0": "Dear reader", f"{ROUND}#1": "您好"}
PAGES = {"en/index.html": "<p>What happened</p>"}
POLICY = Policy(rate_per_s=100, batch_people=400)
AFTERWARDS = ["announcement.watch", "announcement.end"]
"""What every publication leaves to be done later."""


def view(**by_lane: int) -> RoundView:
    counts = AudienceCounts(sum(by_lane.values()), sum(by_lane.values()), by_lane, {}, {}, {}, 0, 0)
    return RoundView(ROUND, "INC-1", 1, "initial", "frozen", NOW, counts.persons, "root", counts)


@dataclass
class Case:
    """What stands in the ledger when a round is about to leave; a test changes one thing."""

    texts_here: Mapping[str, str] = field(default_factory=lambda: dict(TEXTS))
    pages_here: Mapping[str, str] = field(default_factory=lambda: dict(PAGES))
    root: str = "root"
    announce: bool = False
    replaces: bool = False
    state: ArtefactState = ArtefactState.APPROVED
    is_published: bool = False
    has_approval: bool = True
    lanes: dict[str, int] = field(default_factory=lambda: {"other": 3})
    kind: ArtefactKind = ArtefactKind.NOTICE
    planned: dict[str, Any] = field(default_factory=dict)
    duties_here: tuple[Duty, ...] = ()
    published_files: dict[str, bytes] = field(default_factory=dict)
    round_state: str = "frozen"
    policy: Policy = POLICY
    ladder: tuple[str, ...] = ("email",)

    def _plan(self) -> dict[str, Any]:
        decision = {"announce": self.announce, "replaces_notices": self.replaces, "grounds": []}
        return {"round": ROUND, "decision": decision}

    def _binding(self) -> Binding:
        texts = TEXTS if self.kind is ArtefactKind.NOTICE else PAGES
        return Binding(
            text_hash=texts_hash(texts), plan_hash=plan_hash(self._plan()), audience_root="root"
        )

    async def round(self, round_id: str) -> RoundView:
        found = view(**self.lanes)
        assert found.counts is not None
        counts = replace(found.counts, ladder=self.ladder)
        return replace(found, state=self.round_state, counts=counts)

    async def duties(self, incident_id: str) -> list[Duty]:
        return list(self.duties_here)

    async def filings(self, incident_id: str) -> dict[str, Any]:
        return {}

    async def cohorts(self, round_id: str) -> list[Cohort]:
        return [Cohort(0, ("US-CA",), "en", (), RecipientKind.SELF)]

    async def committed(self, round_id: str) -> dict[Channel, int]:
        return {}

    async def texts(self, round_id: str) -> Mapping[str, str]:
        return self.texts_here

    async def pages(self, incident_id: str, artefact: str) -> Mapping[str, str]:
        return self.pages_here

    async def plan(self, round_id: str) -> dict[str, Any]:
        return self._plan() | self.planned

    async def audience_root(self, round_id: str) -> str:
        return self.root

    async def published(self, incident_id: str, artefact: str) -> bool:
        assert artefact == "announcement-r1"
        return self.is_published

    async def artefacts(self, incident_id: str) -> list[Artefact]:
        return [
            Artefact(
                name=f"{self.kind}-r1",
                incident=incident_id,
                kind=self.kind,
                round=ROUND,
                summary="",
                binding=self._binding(),
                hands=("rosa",),
                state=self.state,
            )
        ]

    async def approval(self, incident_id: str, artefact: str) -> Approval | None:
        if not self.has_approval:
            return None
        until = NOW + timedelta(days=7)
        return Approval(
            artefact=artefact, principal="ada", binding=self._binding(), at=NOW, valid_until=until
        )

    async def publish(
        self, incident_id: str, name: str, files: Mapping[str, bytes]
    ) -> list[tuple[str, str]]:
        self.published_files = dict(files)
        return [(f"{name}/{path}", "0" * 64) for path in files]


def dispatched(case: Case, *, days: float = 0, again: bool = False, at: datetime = NOW) -> Commit:
    due = event("dispatch", round_id=ROUND, payload=DispatchDue(round=ROUND, again=again))
    ports: dict[str, Any] = dict.fromkeys(
        ("approvals", "standing", "drafts", "purse", "first", "cases"), case
    )
    ports |= {"regimes": (), "policy": case.policy, "now": at + timedelta(days=days)}

    async def main() -> list[Commit]:
        return [commit async for commit in dispatch(due, None, **ports)]

    (commit,) = asyncio.run(main())
    assert commit.done
    return commit


def announced(case: Case, *, days: float = 0) -> Any:
    case.kind = ArtefactKind.ANNOUNCEMENT
    payload = PublicationDue(round=ROUND, artefact="announcement-r1")
    due = event("publication", round_id=ROUND, payload=payload)
    ports: dict[str, Any] = {"approvals": case, "standing": case, "drafts": case, "publisher": case}
    now = NOW + timedelta(days=days)

    async def main() -> list[Commit]:
        stream = publish(due, None, **ports, policy=POLICY, now=now)
        return [commit async for commit in stream]

    (commit,) = asyncio.run(main())
    assert commit.done
    return commit


def state_of(commit: Commit, machine: str) -> str | None:
    moves = [w for w in commit.writes if isinstance(w, Transition) and w.machine == machine]
    return moves[0].state if moves else None


def alarm_of(commit: Commit) -> str:
    facts = [w for w in commit.writes if isinstance(w, Fact) and w.kind is FactKind.ALARM]
    return facts[0].body["text"] if facts else ""


CHANGES = [
    ({"texts_here": TEXTS | {f"{ROUND}#1": "您好。"}}, 0, "a text"),
    ({"texts_here": {f"{ROUND}#0": "Dear reader"}}, 0, "a text"),
    ({"texts_here": TEXTS | {f"{ROUND}#2": "one more"}}, 0, "a text"),
    ({"planned": {"batch_people": 5000}}, 0, "the plan"),
    ({"root": "another"}, 0, "the audience"),
    ({}, 7.01, "has run out"),
]


def test_what_was_approved_leaves() -> None:
    commit = dispatched(Case())
    assert state_of(commit, "round") == "sending"
    assert [e.payload.type for e in commit.events] == ["batch.due"]
    assert alarm_of(commit) == ""


@pytest.mark.parametrize(("changed", "days", "named"), CHANGES)
def test_a_change_after_the_approval_voids_it_with_an_alarm_and_nothing_leaves(
    changed: dict[str, Any], days: float, named: str
) -> None:
    commit = dispatched(Case(**changed), days=days)
    assert list(commit.events) == []
    assert state_of(commit, "artefact") == "void"
    assert state_of(commit, "round") is None
    assert named in alarm_of(commit)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": ArtefactState.SUBMITTED},
        {"state": ArtefactState.RETURNED},
        {"state": ArtefactState.VOID},
        {"has_approval": False},
        {"announce": True},
    ],
)
def test_without_an_approval_or_before_the_page_stands_nothing_leaves(
    fields: dict[str, Any],
) -> None:
    assert dispatched(Case(**fields)) == Commit(done=True)


def test_once_the_page_stands_the_notices_leave() -> None:
    commit = dispatched(Case(announce=True, is_published=True))
    assert [e.payload.type for e in commit.events] == ["batch.due"]


def test_an_announcement_beside_notices_is_published_and_sends_them_on_their_way() -> None:
    case = Case(announce=True)
    commit = announced(case)
    assert case.published_files == {"en/index.html": b"<p>What happened</p>"}
    expected = [*AFTERWARDS, "dispatch.due", "replanning.due"]
    assert [e.payload.type for e in commit.events] == expected


def test_an_announcement_in_place_of_notices_settles_everyone_and_sends_nothing() -> None:
    commit = announced(Case(announce=True, replaces=True, lanes={"other": 900, SHARED_LANE: 2}))
    assert [e.payload.type for e in commit.events[:2]] == AFTERWARDS
    assert {e.payload.type for e in commit.events[2:]} == {"settlement.due"}
    assert sum(e.payload.count for e in commit.events[2:]) == 902
    assert state_of(commit, "round") == "sending"


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ({"pages_here": {"en/index.html": "<p>Nothing happened</p>"}}, 0),
        ({"pages_here": PAGES | {"fr/index.html": ""}}, 0),
        ({"planned": {"batch_people": 5000}}, 0),
        ({"root": "another"}, 0),
        ({}, 7.01),
    ],
)
def test_a_changed_announcement_is_not_published(changed: dict[str, Any], days: float) -> None:
    case = Case(announce=True, **changed)
    commit = announced(case, days=days)
    assert case.published_files == {}
    assert list(commit.events) == []
    assert state_of(commit, "artefact") == "void"
    assert alarm_of(commit)


NIGHT = NOW.replace(hour=22, minute=0)
BY_PHONE: dict[str, Any] = {"lanes": {"other": 3, "sms-49": 2, "sms-86": 2}}
BY_PHONE["ladder"] = ("email", "sms")
PRICES = {Channel.SMS: Decimal(10)}


def test_at_night_text_messages_wait_for_the_morning_of_their_country_and_e_mails_leave() -> None:
    commit = dispatched(Case(**BY_PHONE), at=NIGHT)
    due: dict[str, datetime | None] = {e.payload.lane: e.due for e in commit.events}  # type: ignore[union-attr]
    morning = {"sms-49": NIGHT + timedelta(hours=9), "sms-86": NIGHT + timedelta(hours=4)}
    assert due == {"other": None, **morning}


def test_a_round_that_costs_more_than_the_limit_is_paused_before_anything_leaves() -> None:
    case = Case(**BY_PHONE, policy=Policy(unit_costs=PRICES, cost_limit_cents=39))
    commit = dispatched(case)
    moves = [(w.was, w.state, w.by) for w in commit.writes if isinstance(w, Transition)]
    assert moves == [("frozen", "sending", "ada"), ("sending", "paused", "")]
    assert "EUR 0.40, and the limit is EUR 0.39" in alarm_of(commit)
    (again,) = commit.events
    assert again.payload == DispatchDue(round=ROUND, again=True)
    assert again.round == ROUND, "the pause holds it"


@pytest.mark.parametrize("days", [0, 30])
def test_once_the_limit_is_raised_and_the_round_resumed_everybody_is_told(days: float) -> None:
    raised = Policy(unit_costs=PRICES, cost_limit_cents=40)
    case = Case(**BY_PHONE, policy=raised, round_state="sending")
    commit = dispatched(case, again=True, days=days)
    assert not commit.writes
    assert sum(e.weight for e in commit.events) == 7


def test_a_round_that_is_resumed_under_the_same_limit_is_paused_again() -> None:
    low = Policy(unit_costs=PRICES, cost_limit_cents=39)
    commit = dispatched(Case(**BY_PHONE, policy=low, round_state="sending"), again=True)
    assert [w.state for w in commit.writes if isinstance(w, Transition)] == ["paused"]
    assert [e.payload for e in commit.events] == [DispatchDue(round=ROUND, again=True)]


def test_a_round_on_its_way_is_not_dispatched_by_a_second_approval_of_its_page() -> None:
    assert dispatched(Case(round_state="sending")) == Commit(done=True)
    assert dispatched(Case(), again=True) == Commit(done=True)


def test_what_changed_while_it_was_put_off_voids_the_approval_all_the_same() -> None:
    commit = dispatched(Case(root="another", round_state="sending"), again=True)
    assert state_of(commit, "artefact") == "void"
    assert list(commit.events) == []


def test_a_large_round_starts_with_a_share_of_every_lane_and_a_look_at_it() -> None:
    staged = Policy(staged_percent=1, staged_above=100)
    lanes = {"other": 900, "gmail": 30, SHARED_LANE: 5, UNADDRESSABLE_LANE: 5}
    commit = dispatched(Case(lanes=lanes, policy=staged))
    *share, look = commit.events
    assert {(e.payload.lane, e.weight) for e in share} == {("other", 9), ("gmail", 1)}  # type: ignore[union-attr]
    assert isinstance(look.payload, StageDue)
    assert look.payload.batches == tuple(e.id for e in share)


lanes = st.dictionaries(
    st.sampled_from(["other", "gmail", "qq", SHARED_LANE, UNADDRESSABLE_LANE]),
    st.integers(1, 3000),
    min_size=1,
)


@settings(deadline=None, max_examples=50)
@given(lanes)
def test_everyone_is_in_exactly_one_batch_and_the_batches_have_the_same_names_again(
    by_lane: dict[str, int],
) -> None:
    for cut in (batch_events, settle_everyone):
        origin = event("dispatch", round_id=ROUND, payload=DispatchDue(round=ROUND))
        events: Any = cut(origin, view(**by_lane), POLICY)
        covered: Counter[tuple[str, int]] = Counter()
        for e in events:
            lane = getattr(e.payload, "lane", SHARED_LANE)
            covered.update(
                (lane, seq) for seq in range(e.payload.first, e.payload.first + e.weight)
            )
            assert e.weight == e.payload.count <= POLICY.batch_people
            assert e.round == ROUND
        assert covered == Counter(
            (lane, s) for lane, total in by_lane.items() for s in range(total)
        )
        assert len({e.id for e in events}) == len(events)
        assert cut(origin, view(**by_lane), POLICY) == events


HELD = Duty(
    id="US-CA:individuals",
    regime="US-CA",
    addressee=Addressee.INDIVIDUALS,
    required=True,
    reason="",
    cite="Cal. Civ. Code 1798.82(c)",
    held_until=NOW + timedelta(days=30),
    held_by="the FBI",
)


def test_those_who_may_have_to_wait_are_not_queued_with_the_others() -> None:
    commit = dispatched(Case(lanes={"other": 4, "other~us-ca": 3}))

    batches = [e.payload.lane for e in commit.events if isinstance(e.payload, BatchDue)]
    (look,) = [e.payload for e in commit.events if isinstance(e.payload, WaitDue)]
    assert batches == ["other"]
    assert look.lanes == ("other~us-ca",)


def test_a_hold_that_came_after_the_audience_was_frozen_voids_the_approval() -> None:
    commit = dispatched(Case(lanes={"other": 7}, duties_here=(HELD,)))

    assert commit.events == ()
    (alarm,) = [w for w in commit.writes if isinstance(w, Fact)]
    assert "US-CA wait" in alarm.body["text"]


def test_a_hold_that_is_over_voids_nothing() -> None:
    over = HELD.model_copy(update={"held_until": NOW - timedelta(days=1)})

    commit = dispatched(Case(lanes={"other": 7}, duties_here=(over,)))

    assert [e.payload.lane for e in commit.events if isinstance(e.payload, BatchDue)] == ["other"]
