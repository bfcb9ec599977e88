"""Promise P5: a duty that comes near or is missed alarms somebody, once, and a met one nobody."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.schemas.commit import Commit
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import ClockDue, ClosingDue, RoundEmptied
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import IncidentView, RoundView
from tocsin.services.assessment import clocks_of
from tocsin.services.clocks import watch
from tocsin.services.closing import close_round

from fakes.ledgers import NOW, event

DUE = NOW + timedelta(hours=6)
POLICY = Policy(alarm_before_hours=6, duty_officers=("olga",))


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
    """An incident with one duty, and what its officers hear."""

    duty_now: Duty = field(default_factory=duty)
    state: str = "open"
    drill: bool = False
    filed: Mapping[str, Any] = field(default_factory=dict)
    everyone_told: bool = False
    heard: list[str] = field(default_factory=list)

    async def incident(self, incident_id: str) -> IncidentView:
        return IncidentView(incident_id, "Leak", "example", self.drill, self.state, "rosa", 1, NOW)

    async def duty(self, incident_id: str, duty: str) -> Duty:
        return self.duty_now

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        return self.filed

    async def told(self, incident_id: str) -> bool:
        return self.everyone_told

    async def ring(self, officers: Sequence[str], text: str) -> None:
        assert tuple(officers) == ("olga",)
        self.heard.append(text)

    def watched(self, stage: Literal["soon", "late"], *, hours: float) -> list[Commit]:
        due = ClockDue(duty="EU-GDPR:authority:early", stage=stage, due_at=DUE.isoformat())
        now = NOW + timedelta(hours=hours)

        async def main() -> list[Commit]:
            found = []
            stream = watch(
                event("clock", payload=due), None, duties=self, bells=self, policy=POLICY, now=now
            )
            async for commit in stream:
                found.append(commit)
                if commit.writes:
                    assert self.heard == [], "it rang before the alarm stood in the ledger"
            return found

        return asyncio.run(main())


@pytest.mark.parametrize(("stage", "hours", "said"), [("soon", 0, "is due"), ("late", 6, "late")])
def test_an_unmet_duty_alarms_before_its_time_and_when_it_is_missed(
    stage: Literal["soon", "late"], hours: float, said: str
) -> None:
    case = Case()
    first, last = case.watched(stage, hours=hours)
    (alarm,) = first.writes
    assert getattr(alarm, "name", "") == f"clock:EU-GDPR:authority:early:{stage}"
    (text,) = case.heard
    assert said in text
    assert "GDPR Art. 33(1)" in text
    assert last == Commit(done=True)


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
@pytest.mark.parametrize(("stage", "hours"), [("soon", 0), ("late", 6)])
def test_what_is_met_moved_or_not_owed_is_silent_and_what_is_undecided_is_not(
    stage: Literal["soon", "late"], hours: float, *, fields: dict[str, Any], silent: bool
) -> None:
    case = Case(**fields)
    commits = case.watched(stage, hours=hours)
    assert (case.heard == []) is silent
    assert commits[-1].done
    assert (commits == [Commit(done=True)]) is silent


def test_a_warning_that_comes_after_the_time_leaves_the_word_to_the_late_one() -> None:
    case = Case()
    assert case.watched("soon", hours=6) == [Commit(done=True)]
    assert case.heard == []


def test_the_alarm_of_a_drill_says_so() -> None:
    case = Case(drill=True)
    case.watched("late", hours=6)
    assert case.heard[0].startswith("[EXERCISE]")


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 2000), st.integers(0, 100), st.sampled_from([True, None]))
def test_every_owed_or_undecided_duty_with_a_time_has_two_timers_of_the_same_names(
    hours: int, before: int, required: bool | None
) -> None:
    due = NOW + timedelta(hours=hours)
    policy = Policy(alarm_before_hours=before)
    owed = duty(due_at=due, required=required)
    soon, late = clocks_of("INC-1", owed, policy)
    assert (soon.due, late.due) == (due - timedelta(hours=before), due)
    assert soon.id != late.id
    assert clocks_of("INC-1", owed, policy) == (soon, late)
    moved = clocks_of("INC-1", owed.model_copy(update={"due_at": due + timedelta(hours=1)}), policy)
    assert not {soon.id, late.id} & {timer.id for timer in moved}
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
        return ()

    async def artefacts(self, incident_id: str) -> Sequence[Any]:
        return ()


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
