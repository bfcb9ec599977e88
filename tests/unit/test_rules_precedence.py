"""What comes before what: an order over the regimes, or the circle by name."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tocsin.regimes.load import load_regimes
from tocsin.rules.precedence import INDIVIDUALS, Schedule, schedule, with_precedence
from tocsin.schemas.duty import Addressee, Duty, Phase
from tocsin.schemas.regime import Precedence, Regime

FIRST, LAST = "authority:full", "individuals"
NEWEST = {regime.id: regime for regime in load_regimes()}


def regime(name: str, *order: tuple[str, str, bool]) -> Regime:
    asked = tuple(
        Precedence(first=first, then=then, strict=strict, cite=f"{name} s. {n}")
        for n, (first, then, strict) in enumerate(order, start=1)
    )
    base = NEWEST["US-MD"]
    return base.model_copy(update={"id": name, "order": asked})


def duty(name: str, **fields: Any) -> Duty:
    regime_id, addressee, *rest = name.split(":")
    given_fields: dict[str, Any] = {
        "id": name,
        "regime": regime_id,
        "addressee": Addressee(addressee),
        "phase": Phase(rest[0]) if rest else None,
        "required": True,
        "reason": "",
        "cite": "law",
    }
    return Duty.model_validate(given_fields | fields)


def duties(*regimes: str, **fields: Any) -> list[Duty]:
    names = [f"{name}:{what}" for name in regimes for what in (FIRST, LAST)]
    return [duty(name, **fields) for name in names]


def test_three_regimes_whose_orders_pull_both_ways_get_an_order() -> None:
    """Maryland: Attorney General first. Singapore: people not before. California: people first."""
    asked = [
        NEWEST["US-MD"],
        NEWEST["SG-PDPA"],
        regime("US-CA", (LAST, FIRST, True)),
    ]

    found = schedule(duties("US-MD", "SG-PDPA", "US-CA"), asked)

    assert found.cycle == ()
    places = {name: n for n, name in enumerate(found.order)}
    assert places["US-MD:authority:full"] < places[INDIVIDUALS]
    assert places["SG-PDPA:authority:full"] < places[INDIVIDUALS]
    assert places[INDIVIDUALS] < places["US-CA:authority:full"]


def test_three_regimes_that_wait_for_each_other_are_named_as_a_circle() -> None:
    asked = [
        regime("AA", ("BB:authority:full", FIRST, True)),
        regime("BB", ("CC:authority:full", FIRST, True)),
        regime("CC", ("AA:authority:full", FIRST, True)),
    ]

    found = schedule(duties("AA", "BB", "CC"), asked)

    assert found.order == ()
    assert set(found.cycle) == {f"{name}:authority:full" for name in ("AA", "BB", "CC")}
    assert set(found.cites) == {"AA: AA s. 1", "BB: BB s. 1", "CC: CC s. 1"}


def test_a_circle_over_one_round_is_none_where_each_regime_tells_its_own_people() -> None:
    asked = [
        regime("AA", (FIRST, LAST, True)),
        regime("BB", (LAST, "AA:authority:full", True)),
    ]
    owed = duties("AA", "BB")

    assert schedule(owed, asked).cycle
    apart = schedule(owed, asked, one_round=False)
    assert apart.cycle == ()
    assert apart.order.index("BB:individuals") < apart.order.index("AA:authority:full")


def test_what_is_not_owed_holds_nothing_back() -> None:
    not_owed = [duty("US-MD:authority:full", required=False), duty("US-MD:individuals")]

    (_, people) = with_precedence(not_owed, NEWEST["US-MD"])

    assert people.after == ()
    assert schedule(not_owed, [NEWEST["US-MD"]]) == Schedule(order=(INDIVIDUALS,))


def test_maryland_tells_its_attorney_general_before_its_people() -> None:
    (_, people) = with_precedence(duties("US-MD"), NEWEST["US-MD"])

    assert people.after == ("US-MD:authority:full",)


def test_new_york_may_tell_its_agencies_at_the_same_moment() -> None:
    (_, people) = with_precedence(duties("US-NY"), NEWEST["US-NY"])

    assert (people.after, people.not_before) == ((), ("US-NY:authority:full",))


def test_of_what_may_come_in_any_order_the_more_urgent_stands_first() -> None:
    soon = datetime(2026, 11, 3, tzinfo=UTC)
    found = schedule([duty("BB:authority:full"), duty("AA:authority:full", due_at=soon)], [])

    assert found.order == ("AA:authority:full", "BB:authority:full")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), max_size=9))
def test_an_order_keeps_every_wish_or_a_circle_is_made_of_wishes(
    wishes: list[tuple[int, int, bool]],
) -> None:
    asked = [(f"R{a}:authority:full", f"R{b}:authority:full") for a, b, _ in wishes if a != b]
    regimes = [regime(f"Z{n}", (a, b, True)) for n, (a, b) in enumerate(asked)]

    found = schedule([duty(f"R{n}:authority:full") for n in range(6)], regimes)

    if found.cycle:
        steps = set(zip(found.cycle, found.cycle[1:], strict=False))
        assert steps <= set(asked)
        assert found.cycle[0] == found.cycle[-1]
    else:
        assert len(found.order) == 6
        assert all(found.order.index(a) < found.order.index(b) for a, b in asked)


def test_the_pack_itself_asks_for_no_circle() -> None:
    everything = [
        duty(name)
        for each in NEWEST.values()
        for name in dict.fromkeys(
            [*(f"{each.id}:authority:{r.phase}" for r in each.reports), f"{each.id}:individuals"]
        )
    ]

    assert schedule(everything, list(NEWEST.values())).cycle == ()
