"""Earlier notices as a pure stream: what they settle, what they leave alone, what stands of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import pytest
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, Outcomes
from tocsin.schemas.earlier import EARLIER_RUNG
from tocsin.schemas.event import EarlierTold
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.views import RoundView
from tocsin.services.earlier import COUNTED, earlier_name, take_earlier

from fakes.ledgers import NOW, event

ROUND = "INC-1/r1"
DAY = date(2026, 11, 20)


class Row(NamedTuple):
    """An obligation as the ledger tells it."""

    person: int
    recipient: str = "self"
    obstacle: str = ""
    settled: Result | None = None
    lane: str = "other"

    @property
    def seq(self) -> int:
        return self.person


@dataclass
class World:
    """A round with what its people are owed."""

    owed: list[Row]
    state: str = "sending"
    commits: list[Commit] = field(default_factory=list)

    async def round(self, round_id: str) -> RoundView:
        return RoundView(round_id, "INC-1", 1, "initial", self.state, NOW, 5, "", None)

    async def owed_to(self, round_id: str, persons: Sequence[int]) -> list[Row]:
        return [row for row in self.owed if row.person in persons]

    def told(self, *persons: int) -> tuple[list[Any], dict[str, int]]:
        """Take in that some people were told; return the outcomes, and the counts but for zeros."""
        said = tuple((n, Channel.LETTER, DAY, "register 7") for n in persons)
        due = event("earlier", payload=EarlierTold(round=ROUND, file="f" * 64, told=said))

        async def main() -> list[Commit]:
            return [commit async for commit in take_earlier(due, None, earlier=self)]

        (commit,) = asyncio.run(main())
        assert commit.done
        rows = [row for w in commit.writes if isinstance(w, Outcomes) for row in w.rows]
        (fact,) = (w for w in commit.writes if isinstance(w, Fact))
        assert (fact.kind, fact.name) == (FactKind.DECISION, earlier_name(due.id))
        assert fact.round == ROUND
        return rows, {name: fact.body[name] for name in COUNTED if fact.body[name]}


def test_what_is_open_is_settled_with_the_channel_the_day_and_what_shows_it() -> None:
    rows, counts = World([Row(0), Row(1)]).told(0)
    assert counts == {"covered": 1}
    (row,) = rows
    assert (row.lane, row.seq, row.rung, row.person) == ("other", 0, EARLIER_RUNG, 0)
    assert (row.channel, row.result, row.reason) == ("letter", "covered", "told_earlier")
    assert row.ref == "2026-11-20 register 7"


@pytest.mark.parametrize(
    ("row", "counted"),
    [
        (Row(0, settled=Result.ACCEPTED), "told"),
        (Row(0, settled=Result.COVERED), "told"),
        (Row(0, settled=Result.UNREACHABLE), "settled"),
        (Row(0, settled=Result.ANNOUNCED), "settled"),
        (Row(0, recipient="guardian"), "relatives"),
        (Row(0, recipient="representative"), "relatives"),
        (Row(0, obstacle=Reason.NONE_OF_THEIR_DATA), "not_owed"),
    ],
)
def test_what_is_not_open_or_owed_to_somebody_else_is_counted_and_left_alone(
    row: Row, counted: str
) -> None:
    assert World([row]).told(0) == ([], {counted: 1})


@pytest.mark.parametrize("row", [Row(0, recipient="minor"), Row(0, obstacle=Reason.NO_CONTACT)])
def test_minors_and_people_without_a_contact_were_told_too(row: Row) -> None:
    rows, counts = World([row]).told(0)
    assert len(rows) == 1
    assert counts == {"covered": 1}


@pytest.mark.parametrize("state", ["closed", "stopped"])
def test_a_round_that_is_over_is_left_as_it_is(state: str) -> None:
    assert World([Row(0)], state=state).told(0) == ([], {"too_late": 1})


def test_nobody_owed_anything_leaves_a_fact_of_it() -> None:
    assert World([]).told(3) == ([], {})
