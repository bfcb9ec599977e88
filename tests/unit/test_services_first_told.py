"""Clocks that start with the notices start when the first one left, and not before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tocsin.schemas.commit import Commit, Fact, FactKind
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import AssessmentDue, ToldDue
from tocsin.schemas.regime import Regime
from tocsin.schemas.views import RoundView
from tocsin.services.first_told import look, look_soon, waits_for_notices

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"


def regime(name: str, *, after: str = "individuals_told") -> Regime:
    rule: dict[str, Any] = {"id": "r", "when": {"all": []}, "reason": "owed", "cite": "law"}
    days = {"value": 15, "unit": "calendar_days", "wording": "15 days"}
    return Regime.model_validate(
        {
            "id": name,
            "name": name,
            "residences": ["US-CA"],
            "valid_from": date(2020, 1, 1),
            "confidence": "high",
            "sources": ["law"],
            "authority": "the Attorney General",
            "reports": [
                rule | {"phase": Phase.FULL, "to": "the AG", "deadline": days | {"after": after}}
            ],
            "individuals": rule | {"deadline": days},
            "public": rule | {"mode": "and"},
        }
    )


@dataclass
class Book:
    state: str = "sending"
    known: Mapping[str, datetime] = field(default_factory=dict)
    taken: Mapping[str, datetime] = field(default_factory=dict)
    owed: Sequence[str] = ("US-CA", "A", "B", "C", "D")
    asked: list[Sequence[str]] = field(default_factory=list)

    async def round(self, round_id: str) -> RoundView:
        return RoundView(round_id, "INC-1", 2, "initial", self.state, NOW, 3, "", None)

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        return [
            Duty(
                id=f"{name}:authority:full",
                regime=name,
                addressee=Addressee.AUTHORITY,
                required=True,
                reason="",
                cite="law",
            )
            for name in self.owed
        ]

    async def first_told(self, incident_id: str) -> Mapping[str, datetime]:
        return self.known

    async def first_outcomes(self, round_id: str, regimes: Sequence[str]) -> Mapping[str, datetime]:
        self.asked.append(regimes)
        return {name: at for name, at in self.taken.items() if name in regimes}


def looked(book: Book, *regimes: Regime, nth: int = 0) -> Commit:
    due = event(f"look {nth}", payload=ToldDue(round=ROUND, look=nth))

    async def main() -> list[Commit]:
        stream = look(due, None, first=book, regimes=regimes, now=NOW)
        return [commit async for commit in stream]

    (commit,) = asyncio.run(main())
    assert commit.done
    return commit


def test_the_first_hand_over_is_put_on_record_and_its_clocks_are_judged_anew() -> None:
    left = NOW - timedelta(minutes=3)
    commit = looked(Book(taken={"US-CA": left}), regime("US-CA"))
    (fact,) = commit.writes
    assert isinstance(fact, Fact)
    assert (fact.kind, fact.name, fact.body["at"]) == (FactKind.TOLD, "US-CA", left.isoformat())
    (again,) = commit.events
    assert again.payload == AssessmentDue(revision=2, round=ROUND, clocks_only=True)


def test_as_long_as_nobody_was_told_it_is_looked_again_and_less_and_less_often() -> None:
    waits = []
    for nth in range(14):
        (again,) = looked(Book(), regime("US-CA"), nth=nth).events
        assert isinstance(again.payload, ToldDue)
        assert again.due is not None
        waits.append(again.due - NOW)
    assert waits[0] == timedelta(seconds=5)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_regimes_are_waited_for_one_by_one_and_asked_for_once() -> None:
    book = Book(known={"A": NOW}, taken={"B": NOW})
    commit = looked(book, regime("A"), regime("B"), regime("C"), regime("D", after="aware"))
    assert book.asked == [["B", "C"]]
    assert [e.payload.type for e in commit.events] == ["assessment.due", "told.due"]


def test_however_often_it_is_looked_the_judgement_that_follows_is_one_event() -> None:
    book = Book(taken={"US-CA": NOW})
    (at_once,), (later,) = (looked(book, regime("US-CA"), nth=n).events for n in (0, 3))
    assert at_once.id == later.id


@pytest.mark.parametrize("state", ["closed", "stopped"])
def test_a_round_that_is_over_is_not_waited_for(state: str) -> None:
    assert looked(Book(state=state), regime("US-CA")) == Commit(events=[], writes=[], done=True)


def test_a_regime_of_which_nobody_is_touched_is_not_waited_for() -> None:
    book = Book(owed=())
    assert looked(book, regime("US-CA")).events == []
    assert book.asked == []


def test_where_no_clock_waits_for_notices_nobody_looks() -> None:
    parent = event("dispatch")
    assert look_soon(parent, ROUND, [regime("X", after="aware")]) == []
    assert len(look_soon(parent, ROUND, [regime("X"), regime("Y")])) == 1
    assert waits_for_notices(regime("X"))


def test_a_term_that_the_notices_end_sooner_waits_for_them_although_it_has_a_due_time() -> None:
    """9 V.S.A. 2435(b)(3): 14 business days, or when consumers are told, whichever is sooner."""
    end = {"after": "individuals_told", "wording": "with the notice", "cite": "law"}
    timed = regime("US-CA", after="aware").model_dump(mode="json", exclude_unset=True)
    timed["reports"][0]["deadline"]["sooner"] = [end]
    vermont = Regime.model_validate(timed)
    due = Duty(
        id="US-CA:authority:full",
        regime="US-CA",
        addressee=Addressee.AUTHORITY,
        required=True,
        reason="",
        cite="law",
        due_at=NOW + timedelta(days=14),
    )

    class Timed(Book):
        async def duties(self, incident_id: str) -> Sequence[Duty]:
            return [due]

    commit = looked(Timed(taken={"US-CA": NOW}), vermont, vermont)

    assert [e.payload.type for e in commit.events] == ["assessment.due"]
