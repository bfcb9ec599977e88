"""Notices wait for a lawful hold or for a report that comes first, and nobody in silence."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.schemas.audience import AudienceCounts
from tocsin.schemas.commit import Commit, Fact
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.event import BatchDue, WaitDue
from tocsin.schemas.policy import Policy
from tocsin.schemas.views import RoundView
from tocsin.services.waiting import look

from fakes.ledgers import NOW, event

POLICE = Duty(
    id="US-CA:individuals",
    regime="US-CA",
    addressee=Addressee.INDIVIDUALS,
    required=True,
    reason="",
    cite="Cal. Civ. Code 1798.82(c)",
    held_until=NOW + timedelta(days=10),
    held_by="the FBI asked on 2026-11-20 that it wait (Cal. Civ. Code 1798.82(c))",
)
MARYLAND = Duty(
    id="US-MD:individuals",
    regime="US-MD",
    addressee=Addressee.INDIVIDUALS,
    required=True,
    reason="",
    cite="Md. Code, Com. Law 14-3504(h)",
    after=("US-MD:authority:full",),
)
ATTORNEY_GENERAL = Duty(
    id="US-MD:authority:full",
    regime="US-MD",
    addressee=Addressee.AUTHORITY,
    phase=Phase.FULL,
    required=True,
    reason="",
    cite="Md. Code, Com. Law 14-3504(h)",
    to="the Maryland Attorney General",
)
LANES = {"other": 9, "other~us-ca": 3, "gmail~us-md": 2}


@dataclass
class Book:
    known: Sequence[Duty] = (POLICE, MARYLAND, ATTORNEY_GENERAL)
    filed: Mapping[str, Any] = field(default_factory=dict)
    state: str = "sending"

    async def round(self, round_id: str) -> RoundView:
        counts = AudienceCounts(14, 14, LANES, {}, {}, {}, 0, 0)
        return RoundView("INC-1/r1", "INC-1", 1, "initial", self.state, NOW, 14, "root", counts)

    async def duties(self, incident_id: str) -> Sequence[Duty]:
        return self.known

    async def filings(self, incident_id: str) -> Mapping[str, Any]:
        return self.filed


def looked(book: Book, *, at: datetime = NOW, nth: int = 0) -> Commit:
    due = WaitDue(round="INC-1/r1", lanes=("gmail~us-md", "other~us-ca"), look=nth)

    async def main() -> list[Commit]:
        found = look(event("wait", payload=due), None, first=book, policy=Policy(), now=at)
        return [commit async for commit in found]

    (commit,) = asyncio.run(main())
    return commit


def lanes(commit: Commit) -> list[str]:
    return [e.payload.lane for e in commit.events if isinstance(e.payload, BatchDue)]


def test_while_both_wait_nothing_is_queued_and_it_is_said_for_what() -> None:
    commit = looked(Book())

    (alarm,) = [w for w in commit.writes if isinstance(w, Fact)]
    assert lanes(commit) == []
    assert alarm.body["text"].startswith("5 notices of INC-1/r1 wait. US-CA: until 2026-")
    assert "US-MD:authority:full is filed with the Maryland Attorney General" in alarm.body["text"]


def test_once_the_report_is_filed_its_residents_are_told_and_the_others_wait_on() -> None:
    filed = {"report-US-MD-full": {"duty": "US-MD:authority:full"}}

    commit = looked(Book(filed=filed))

    (again,) = [e for e in commit.events if isinstance(e.payload, WaitDue)]
    assert lanes(commit) == ["gmail~us-md"]
    assert isinstance(again.payload, WaitDue)
    assert again.payload.lanes == ("other~us-ca",)


def test_once_the_hold_is_over_its_people_are_told() -> None:
    assert lanes(looked(Book(), at=NOW + timedelta(days=10, seconds=1))) == ["other~us-ca"]


def test_a_report_that_is_not_owed_after_all_holds_nobody_back() -> None:
    none = ATTORNEY_GENERAL.model_copy(update={"required": False})

    assert lanes(looked(Book(known=(POLICE, MARYLAND, none)))) == ["gmail~us-md"]


def test_what_was_said_once_is_the_same_alarm_the_next_time() -> None:
    first, second = looked(Book()), looked(Book(), nth=1)

    assert first.writes == second.writes


def test_the_next_look_is_no_later_than_the_end_of_a_hold() -> None:
    soon = POLICE.model_copy(update={"held_until": NOW + timedelta(seconds=90)})

    commit = looked(Book(known=(soon, MARYLAND, ATTORNEY_GENERAL)))

    (again,) = [e for e in commit.events if isinstance(e.payload, WaitDue)]
    assert again.due == NOW + timedelta(seconds=90)


def test_of_a_round_that_is_over_nobody_is_told() -> None:
    commit = looked(Book(state="stopped"), at=NOW + timedelta(days=20))

    assert commit.done
    assert commit.events == ()
