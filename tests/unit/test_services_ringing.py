"""Promise P5: an alarm reaches a named person, or the next one; a bell that fails stops nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.rules.alarms import MOST_ATTEMPTS, gravity_of, lead_times, pause_after
from tocsin.schemas.alarm import Call, Gravity, Means, Officer, Rung
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.event import AlarmDue, Event
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import AlarmView
from tocsin.services.ringing import ring

from fakes.ledgers import NOW, event

ALL = frozenset(Gravity)
OLGA = Officer("olga", (Means.WEBHOOK, Means.EMAIL), ALL)
IVO = Officer("ivo", (Means.SMS,), ALL)
DOWN = Rung(Result.DEFERRED, Reason.RELAY_UNAVAILABLE)


@dataclass
class Night:
    """One alarm, the bells, and who is deaf tonight."""

    deaf: set[tuple[str, Means]] = field(default_factory=set)
    drill: bool = False
    alarm_name: str = "clock:EU-GDPR:authority:early:late"
    officers: Sequence[Officer] = (OLGA, IVO)
    policy: Policy = field(default_factory=Policy)
    rung_before: bool = False
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    rung: list[tuple[str, Means, bool]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    async def alarm(self, incident_id: str, name: str, link: int) -> AlarmView:
        assert (name, link) == (self.alarm_name, 3)
        return AlarmView(incident_id, name, "the duty is late", NOW)

    async def was_rung(self, incident_id: str, group: str, since: datetime) -> bool:
        self.asked.append((group, since))
        return self.rung_before

    async def is_drill(self, incident_id: str) -> bool:
        return self.drill

    def say(self, call: Call) -> None:
        self.said.append(call.text)

    async def ring(self, officer: str, means: Means, call: Call, *, again: bool) -> Rung:
        self.rung.append((officer, means, again))
        self.calls.append(call)
        return DOWN if (officer, means) in self.deaf else Rung(Result.ACCEPTED)

    def event(self, **fields: object) -> Event:
        payload = AlarmDue.model_validate({"alarm": self.alarm_name, "link": 3} | fields)
        return event("alarm", payload=payload)

    def at(
        self, of: Event, checkpoint: str | None = None, *, kill_after: int | None = None
    ) -> list[Commit]:
        """Carry out one event of ringing; `kill_after` so many applied Commits."""

        async def main() -> list[Commit]:
            stream = ring(
                of,
                checkpoint,
                alarms=self,
                officers=self.officers,
                bells=self,
                policy=self.policy,
                now=NOW,
            )
            found: list[Commit] = []
            async for commit in stream:
                found.append(commit)
                if len(found) == kill_after:
                    break
            return found

        return asyncio.run(main())

    def whole(self) -> list[Event]:
        """Carry out the alarm and whatever follows from it; return all events, in order."""
        waiting, done = [self.event()], []
        while waiting:
            current = waiting.pop(0)
            done.append(current)
            waiting += self.at(current)[-1].events
        return done


def facts(commits: Sequence[Commit]) -> list[Fact]:
    return [w for c in commits for w in c.writes if isinstance(w, Fact)]


def test_the_first_officer_is_rung_by_every_means_and_each_ring_is_a_fact() -> None:
    night = Night()
    commits = night.at(night.event())
    assert night.rung == [("olga", Means.WEBHOOK, False), ("olga", Means.EMAIL, False)]
    assert [
        (f.kind, f.body["officer"], f.body["means"], f.body["result"]) for f in facts(commits)
    ] == [
        (FactKind.RING, "olga", "webhook", "accepted"),
        (FactKind.RING, "olga", "email", "accepted"),
    ]
    assert commits[-1] == Commit(done=True)
    assert night.said == ["INC-1: the duty is late"]


def test_who_is_reached_by_one_means_is_reached() -> None:
    night = Night(deaf={("olga", Means.WEBHOOK)})
    assert len(night.whole()) == 1


def test_who_cannot_be_reached_is_tried_again_and_the_next_one_rung_at_once() -> None:
    night = Night(deaf={("olga", Means.WEBHOOK), ("olga", Means.EMAIL)})
    (last,) = [c for c in night.at(night.event()) if c.done]
    again, other = last.events
    assert isinstance(again.payload, AlarmDue)
    assert isinstance(other.payload, AlarmDue)
    assert (again.payload.officer, again.payload.attempt) == ("olga", 1)
    assert again.due == NOW + timedelta(minutes=1)
    assert (other.payload.officer, other.payload.attempt, other.due) == ("ivo", 0, None)
    night.deaf.clear()
    night.rung.clear()
    assert night.at(again)[-1] == Commit(done=True)
    assert night.rung == [("olga", Means.WEBHOOK, True), ("olga", Means.EMAIL, True)]


def test_when_nobody_can_be_reached_everybody_is_tried_for_hours_and_then_it_ends() -> None:
    everyone = {(o.name, m) for o in (OLGA, IVO) for m in Means}
    night = Night(deaf=everyone)
    events = night.whole()
    assert len(events) == 2 * MOST_ATTEMPTS
    assert len({e.id for e in events}) == len(events)
    assert [e.id for e in Night(deaf=everyone).whole()] == [e.id for e in events]
    waits = sum((pause_after(n) for n in range(MOST_ATTEMPTS - 1)), timedelta())
    assert timedelta(hours=5) < waits < timedelta(hours=9)


@pytest.mark.parametrize("killed_after", [1, 2, 3])
def test_a_kill_at_any_commit_repeats_at_most_the_means_that_was_under_way(
    killed_after: int,
) -> None:
    night = Night()
    applied = night.at(night.event(), kill_after=killed_after)
    before = [(who, how) for who, how, _ in night.rung]
    checkpoint = next((c.checkpoint for c in reversed(applied) if c.checkpoint), None)
    night.rung.clear()
    night.at(night.event(), checkpoint)
    after = [(who, how) for who, how, _ in night.rung]
    assert set(before) | set(after) == {("olga", Means.WEBHOOK), ("olga", Means.EMAIL)}
    assert len(set(before) & set(after)) == 0  # killed before the ring that its Commit announced
    assert all(again for _, _, again in night.rung[:1]) is (killed_after % 2 == 1)


def test_a_ring_that_was_not_put_on_record_is_rung_again_as_perhaps_rung() -> None:
    night = Night()
    (announced,) = night.at(night.event(), kill_after=1)
    night.rung.append(("olga", Means.WEBHOOK, False))  # it rang, and the worker died
    night.at(night.event(), announced.checkpoint)
    assert night.rung[1] == ("olga", Means.WEBHOOK, True)
    assert night.rung[2] == ("olga", Means.EMAIL, False)


def test_whoever_was_reached_before_a_kill_counts_after_it() -> None:
    night = Night(deaf={("olga", Means.EMAIL)})
    applied = night.at(night.event(), kill_after=2)
    resumed = night.at(night.event(), applied[-1].checkpoint)
    assert resumed[-1] == Commit(done=True)


def test_only_those_who_are_named_for_a_gravity_are_rung() -> None:
    only_urgent = Officer("olga", (Means.EMAIL,), frozenset({Gravity.URGENT}))
    night = Night(alarm_name="cost:INC-1/r1", officers=(only_urgent, IVO))
    night.whole()
    assert night.rung == [("ivo", Means.SMS, False)]


def test_without_anybody_named_the_log_says_it_and_that_stands_on_record() -> None:
    night = Night(officers=())
    (commit,) = night.at(night.event())
    (fact,) = facts([commit])
    assert (fact.body["officer"], fact.body["means"]) == ("", "log")
    assert night.said


def test_events_that_gave_up_by_the_thousand_ring_once_in_a_quarter_of_an_hour() -> None:
    night = Night(alarm_name="dead:0f5b", rung_before=True)
    (commit,) = night.at(night.event())
    assert [(f.body["means"], f.body["result"]) for f in facts([commit])] == [
        ("with another", "covered")
    ]
    assert night.rung == []
    assert night.said, "each of them stands in the log"
    assert night.asked == [("dead:", NOW - timedelta(minutes=15))]
    first = Night(alarm_name="dead:0f5b")
    first.whole()
    assert first.rung


def test_clocks_and_lanes_are_never_rung_together() -> None:
    for name in ("clock:EU-GDPR:authority:early:late", "lane:INC-1/r1:gmail:0"):
        night = Night(alarm_name=name, rung_before=True)
        night.whole()
        assert night.rung
        assert night.asked == []


def test_an_officer_who_is_no_longer_named_is_not_rung_again() -> None:
    night = Night()
    assert night.at(night.event(officer="gone", attempt=1)) == [Commit(done=True)]


def test_a_drill_rings_as_an_exercise_or_only_in_the_log() -> None:
    night = Night(drill=True)
    night.whole()
    assert {call.text for call in night.calls} == {"[EXERCISE] INC-1: the duty is late"}
    quiet = Night(drill=True, policy=Policy(alarm_drills=False))
    quiet.whole()
    assert quiet.rung == []
    assert quiet.said == ["[EXERCISE] INC-1: the duty is late"]


@pytest.mark.parametrize(
    ("name", "gravity"),
    [
        ("clock:EU-GDPR:authority:early:late", Gravity.URGENT),
        ("clock:EU-GDPR:authority:early:late:24h", Gravity.URGENT),
        ("clock:EU-GDPR:authority:early:soon:24h", Gravity.WARNING),
        ("clock:EU-GDPR:individuals:soon:6h", Gravity.URGENT),
        ("dead:0f5b", Gravity.URGENT),
        ("void:notice-r1", Gravity.URGENT),
        ("lane:INC-1/r1:gmail:0", Gravity.WARNING),
        ("stage:INC-1/r1", Gravity.WARNING),
        ("cost:INC-1/r1", Gravity.WARNING),
        ("lists:INC-1/r1", Gravity.NOTE),
        ("something new", Gravity.WARNING),
    ],
)
def test_what_cannot_wait_for_the_morning_is_urgent(name: str, gravity: Gravity) -> None:
    assert gravity_of(name) is gravity


@given(st.lists(st.integers(1, 200), max_size=5), st.integers(1, 200) | st.none())
def test_a_clock_alarms_only_at_lead_times_shorter_than_its_term(
    given_hours: list[int], term: int | None
) -> None:
    found = lead_times(given_hours, None if term is None else timedelta(hours=term))
    assert set(found) == {h for h in given_hours if term is None or h < term}
    assert list(found) == sorted(set(found), reverse=True)
