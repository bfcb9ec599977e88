"""Which rounds owe the first notice, and in which roles their people are sought."""

from typing import Any

import pytest
from tocsin.rules.rounds import first_notices, rounds_that_owe, sought_roles
from tocsin.schemas.rounds import FOLLOWING, RoundKind
from tocsin.schemas.sought import EarlierPerson
from tocsin.schemas.views import RoundView

from fakes.ledgers import NOW


def round_(number: int, kind: RoundKind, state: str = "closed", **fields: Any) -> RoundView:
    name = f"INC-1/r{number}"
    return RoundView(name, "INC-1", number, kind.value, state, NOW, 5, "", None, **fields)


def names(rounds: tuple[RoundView, ...]) -> list[str]:
    return [view.id.rpartition("/")[2] for view in rounds]


def test_a_replacement_leaves_nothing_of_those_before_it() -> None:
    rounds = [
        round_(1, RoundKind.INITIAL, "stopped"),
        round_(2, RoundKind.REPLACEMENT),
        round_(3, RoundKind.UPDATE),
        round_(4, RoundKind.DELTA),
    ]
    assert names(first_notices(rounds)) == names(rounds_that_owe(rounds)) == ["r2", "r4"]


def test_a_round_that_was_stopped_owes_until_a_delta_takes_it_over() -> None:
    stopped = round_(1, RoundKind.INITIAL, "stopped")
    beside = round_(2, RoundKind.DELTA, follows=(stopped.id,))
    assert names(rounds_that_owe([stopped, beside])) == ["r1", "r2"]
    over = round_(3, RoundKind.DELTA, follows=(stopped.id,), takes_over=(stopped.id,))
    assert names(rounds_that_owe([stopped, beside, over])) == ["r2", "r3"]
    assert names(first_notices([stopped, beside, over])) == ["r1", "r2", "r3"]


FAMILY = EarlierPerson(0, "f" * 64, told="guardian", open="minor")


@pytest.mark.parametrize("kind", [kind for kind in FOLLOWING if kind is not RoundKind.DELTA])
def test_who_was_told_is_sought_in_that_role_alone(kind: RoundKind) -> None:
    for takes_over in (True, False):
        assert sought_roles(kind, FAMILY, takes_over=takes_over) == "guardian"
        untold = FAMILY._replace(told="")
        assert sought_roles(kind, untold, takes_over=takes_over) is None


def test_a_delta_leaves_everybody_alone_but_who_is_open_where_it_takes_over() -> None:
    assert sought_roles(RoundKind.DELTA, FAMILY, takes_over=False) == ""
    assert sought_roles(RoundKind.DELTA, FAMILY, takes_over=True) == "minor"
