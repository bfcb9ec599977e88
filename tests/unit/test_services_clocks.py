"""Promise P5: a duty that comes near or is missed alarms somebody, once, and a met one nobody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.commit import Commit, Fact
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import ClockDue, ClosingDue, ReportDue, RoundEmptied
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.clocks import clocks_of, spoken, watch
from tocsin.services.closing import close_round

from fakes.ledgers import NOW, event

DUE = NOW + timedelta(hours=6)
POLICY = Policy(alarm_before_hours=(24, 6, 1))


def duty(**fields: Any) -> Duty:
    given_fields: dict[str, Any] = {
        "id": "EU-GDPR:authority:early",
        "regime": "EU-GDPR",
        "addressee": Addressee.AUTHORITY,
        "phase": Phase.EARLY,
        "required": True,
        "reason": "",
        "cite": "GDPR Art. 33(1)",
        "due_at": DUE,
    }
    return Duty.model_validate(given_fields | fields)


@dataclass
class Case:
    """An incident with one duty."""

    duty_now: Duty = field(default_factory=duty)
    state: str = "open"
    drill: bool = False
    filed: Mapping[str, Any] = field(default_factory=dict)
    everyone_told: bool = False

    async def incident(self, incident_id: str) -> IncidentView:
        return IncidentView(incident_id, "Leak", "example", self.drill, self.state, "rosa", 1, NOW)

    async def duty(self, incident_id: str, duty: str) -> Duty:
        return self.duty_now

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        return self.filed

    async def told(self, incident_id: str) -> bool:
        return self.everyone_told

    def watched(
        self, stage: Literal["soon", "late"], *, at: float, hours: int = 0
    ) -> tuple[Fact | None, Commit]:
        """Return the alarm, if there is one, and the one Commit of a look `at` hours from now."""
        due = ClockDue(
            duty="EU-GDPR:authority:early", stage=stage, hours=hours, due_at=DUE.isoformat()
        )
        now = NOW + timedelta(hours=at)

        async def main() -> list[Commit]:
            stream = watch(event("clock", payload=due), None, duties=self, policy=POLICY, now=now)
            return [commit async for commit in stream]

        (commit,) = asyncio.run(main())
        assert commit.done
        facts = [write for write in commit.writes if isinstance(write, Fact)]
        return (facts[0] if facts else None), commit


@pytest.mark.parametrize(
    ("stage", "hours", "at", "name", "said"),
    [
        ("soon", 6, 0, "soon:6h", "is due in 6 h, 2026-11-24 15:30 UTC"),
        ("soon", 1, 5, "soon:1h", "is due in 1 h, 2026-11-24 15:30 UTC"),
        ("late", 0, 6, "late", "is late: it was due 2026-11-24 15:30 UTC"),
        ("late", 24, 30, "late:24h", "is late by 1 day: it was due 2026-11-24 15:30 UTC"),
    ],
)
def test_an_unmet_duty_alarms_before_its_time_when_it_is_missed_and_every_day_after(
    stage: Literal["soon", "late"], hours: int, at: float, *, name: str, said: str
) -> None:
    alarm, _ = Case().watched(stage, hours=hours, at=at)
    assert alarm is not None
    assert alarm.name == f"clock:EU-GDPR:authority:early:{name}"
    assert said in alarm.body["text"]
    assert "GDPR Art. 33(1)" in alarm.body["text"]


@pytest.mark.parametrize(("at", "hours"), [(6, 24), (29.9, 24), (30, 48), (180, 192)])
def test_a_late_duty_is_looked_at_again_at_the_next_full_day(at: float, hours: int) -> None:
    _, commit = Case().watched("late", at=at)
    (again,) = commit.events
    assert again.due == DUE + timedelta(hours=hours)
    assert isinstance(again.payload, ClockDue)
    assert (again.payload.stage, again.payload.hours) == ("late", hours)
    assert Case().watched("late", at=at)[1].events == commit.events


def test_of_warnings_that_come_due_together_only_the_last_one_has_the_word() -> None:
    assert Case().watched("soon", hours=24, at=0)[0] is None
    assert Case().watched("soon", hours=6, at=0)[0] is not None
    assert Case().watched("soon", hours=6, at=5)[0] is None


def test_an_alarm_says_what_is_not_decided_and_whose_time_it_is() -> None:
    undecided = Case(duty(required=None, missing=("facts.persons",), due_nature="policy"))
    alarm, _ = undecided.watched("late", at=6)
    assert alarm is not None
    assert "undecided until known: facts.persons" in alarm.body["text"]
    assert "own target" in alarm.body["text"]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=5, minutes=10), "5 h 10 min"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=2, hours=3, minutes=30), "2 days 3 h"),
    ],
)
def test_a_length_of_time_is_said_as_people_say_it(length: timedelta, said: str) -> None:
    assert spoken(length) == said


FILED = {"report-EU-GDPR-early": {"duty": "EU-GDPR:authority:early"}}
FILED_ANOTHER = {"report-EU-GDPR-full": {"duty": "EU-GDPR:authority:full"}}


@pytest.mark.parametrize(
    ("fields", "silent"),
    [
        ({"filed": FILED}, True),
        ({"filed": FILED_ANOTHER}, False),
        ({"everyone_told": True}, False),
        ({"duty_now": duty(addressee=Addressee.INDIVIDUALS), "everyone_told": True}, True),
        ({"duty_now": duty(addressee=Addressee.INDIVIDUALS), "filed": FILED}, False),
        ({"duty_now": duty(required=False)}, True),
        ({"duty_now": duty(required=None)}, False),
        ({"duty_now": duty(due_at=DUE + timedelta(hours=1))}, True),
        ({"duty_now": duty(due_at=None)}, True),
        ({"state": "withdrawn"}, True),
    ],
)
@pytest.mark.parametrize(("stage", "hours", "at"), [("soon", 6, 0), ("late", 0, 6)])
def test_what_is_met_moved_or_not_owed_is_silent_and_what_is_undecided_is_not(
    stage: Literal["soon", "late"],
    hours: int,
    at: float,
    *,
    fields: dict[str, Any],
    silent: bool,
) -> None:
    alarm, commit = Case(**fields).watched(stage, hours=hours, at=at)
    assert (alarm is None) is silent
    assert (commit == Commit(done=True)) is silent


@pytest.mark.parametrize(
    ("state", "phase", "silent"),
    [
        ("closed", Phase.EARLY, True),
        ("closed", Phase.ANNUAL, False),
        ("withdrawn", Phase.ANNUAL, True),
    ],
)
def test_the_log_of_a_year_is_owed_for_a_closed_incident_too(
    state: str, phase: Phase, *, silent: bool
) -> None:
    alarm, _ = Case(duty(phase=phase), state=state).watched("late", at=6)
    assert (alarm is None) is silent


def test_a_warning_that_comes_after_the_time_leaves_the_word_to_the_late_one() -> None:
    assert Case().watched("soon", hours=1, at=6)[1] == Commit(done=True)


def test_the_alarm_of_a_drill_says_so() -> None:
    alarm, _ = Case(drill=True).watched("late", at=6)
    assert alarm is not None
    assert alarm.body["text"].startswith("[EXERCISE]")


@settings(deadline=None, max_examples=50)
@given(
    st.integers(1, 2000),
    st.lists(st.integers(1, 100), max_size=4),
    st.sampled_from([True, None]),
    st.integers(1, 3000) | st.none(),
)
def test_every_owed_or_undecided_duty_with_a_time_has_timers_of_the_same_names_within_its_term(
    hours: int, before: list[int], required: bool | None, term: int | None
) -> None:
    due = NOW + timedelta(hours=hours)
    policy = Policy(alarm_before_hours=tuple(before))
    starts = None if term is None else due - timedelta(hours=term)
    owed = duty(due_at=due, required=required, starts_at=starts)
    timers = clocks_of("INC-1", owed, policy)
    leads = [lead for lead in sorted(set(before), reverse=True) if term is None or lead < term]
    assert [timer.due for timer in timers] == [
        *(due - timedelta(hours=lead) for lead in leads),
        due,
    ]
    assert len({timer.id for timer in timers}) == len(timers)
    assert clocks_of("INC-1", owed, policy) == timers
    moved = clocks_of("INC-1", owed.model_copy(update={"due_at": due + timedelta(hours=1)}), policy)
    assert not {timer.id for timer in timers} & {timer.id for timer in moved}
    for nothing in ({"required": False}, {"due_at": None}):
        assert clocks_of("INC-1", owed.model_copy(update=nothing), policy) == ()


@dataclass
class Rounds:
    """A round that seems empty."""

    coverage: Coverage
    state: str = "sending"
    later: bool = False
    listening: datetime | None = None
    forgotten: bool = False
    owed: tuple[Duty, ...] = ()

    async def forget(self, round_id: str) -> None:
        self.forgotten = True

    async def round(self, round_id: str) -> RoundView:
        return RoundView(round_id, "INC-1", 1, "initial", self.state, NOW, 3, "", None)

    async def equation(self, round_id: str) -> Coverage:
        return self.coverage

    async def waits_longer(self, round_id: str, event_id: str) -> bool:
        return self.later

    async def listens_until(self, round_id: str) -> datetime | None:
        return self.listening

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        return self.owed


def closed(rounds: Rounds, payload: Any, *, hears_back: bool = False) -> Commit:
    """Return the one Commit of closing."""
    given = event("emptied", round_id="INC-1/r1", payload=payload)

    async def main() -> list[Commit]:
        stream = close_round(
            given,
            None,
            closings=rounds,
            judgement=rounds,
            leftovers=rounds,
            policy=Policy(evidence_hours=72),
            hears_back=hears_back,
            now=NOW,
        )
        return [commit async for commit in stream]

    commit, *rest = asyncio.run(main())
    assert [c.done for c in (commit, *rest)][-1]
    assert rounds.forgotten is bool(rest or rounds.state == "closed")
    return commit


TOLD = Coverage(3, reached=3)


def test_where_something_can_come_back_a_round_stays_open_for_it() -> None:
    waiting = closed(Rounds(TOLD), RoundEmptied(round="INC-1/r1"), hears_back=True)
    assert not waiting.writes
    (later,) = waiting.events
    assert later.due == NOW + timedelta(hours=72)
    assert later.payload == ClosingDue(round="INC-1/r1")
    assert closed(Rounds(TOLD), later.payload, hears_back=True).writes


def test_reports_that_tell_how_it_ended_are_asked_for_when_a_round_closes() -> None:
    owed = tuple(duty(id=f"EU-GDPR:authority:{phase}", phase=phase) for phase in Phase)
    none = duty(id="US-CA:authority:full", phase=Phase.FULL, required=False)
    told = duty(id="EU-GDPR:individuals", phase=None)
    commit = closed(Rounds(TOLD, owed=(*owed, none, told)), RoundEmptied(round="INC-1/r1"))
    asked = [e.payload for e in commit.events if isinstance(e.payload, ReportDue)]
    assert [due.duty.rpartition(":")[2] for due in asked] == ["full", "final", "annual"]
    assert {due.round for due in asked} == {"INC-1/r1"}


def test_a_round_in_which_somebody_was_told_since_waits_for_what_comes_back_of_that() -> None:
    due = ClosingDue(round="INC-1/r1")
    assert not closed(Rounds(TOLD, later=True), due, hears_back=True).writes
    assert not closed(Rounds(Coverage(3, reached=2, open=1)), due, hears_back=True).writes


@pytest.mark.parametrize("hours", [-5, 30])
@pytest.mark.parametrize("payload", [RoundEmptied, ClosingDue])
def test_while_it_is_still_looked_who_stays_silent_a_round_is_not_closed(
    payload: type[RoundEmptied | ClosingDue], hours: int
) -> None:
    listening = NOW + timedelta(hours=hours)
    waiting = closed(Rounds(TOLD, listening=listening), payload(round="INC-1/r1"))
    assert not waiting.writes
    (later,) = waiting.events
    assert later.due == max(NOW, listening) + timedelta(hours=1)
    assert closed(Rounds(TOLD), later.payload).writes


def test_a_round_that_waits_for_its_approval_is_not_closed_and_looked_at_again() -> None:
    frozen = closed(Rounds(TOLD, "frozen"), RoundEmptied(round="INC-1/r1"))
    assert not frozen.writes
    (later,) = frozen.events
    assert later.due == NOW + timedelta(hours=1)
    (again,) = closed(Rounds(TOLD, "frozen"), later.payload).events
    assert again.payload == later.payload
    assert closed(Rounds(TOLD, "sending"), later.payload).writes


@pytest.mark.parametrize(
    ("coverage", "state", "closes"),
    [
        (Coverage(3, reached=2, unreachable=1), "sending", True),
        (Coverage(3, reached=2, unreachable=1), "paused", True),
        (Coverage(3, reached=2, open=1), "sending", False),
        (Coverage(4, reached=3), "sending", False),
        (Coverage(3, reached=3), "closed", False),
    ],
)
def test_a_round_closes_when_nobody_is_open_and_the_equation_holds(
    coverage: Coverage, state: str, *, closes: bool
) -> None:
    commit = closed(Rounds(coverage, state), RoundEmptied(round="INC-1/r1"))
    assert bool(commit.writes) is closes
