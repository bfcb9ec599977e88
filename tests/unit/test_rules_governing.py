"""When a lane is held, what people cost, and what a first share came to."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tocsin.rules.costs import cost, expected, money, passes, worst
from tocsin.rules.governor import Strain, overstrained, strain_of
from tocsin.rules.staging import figures, share_of, starts_staged
from tocsin.schemas.channels import Channel
from tocsin.schemas.policy import Policy

EMAIL, SMS, LETTER = Channel.EMAIL, Channel.SMS, Channel.LETTER
PRICES = {SMS: Decimal("7.5"), LETTER: Decimal(95)}
LADDER = (EMAIL, SMS, LETTER)


def judged(handed_over: int, hard: int, released: Strain | None = None) -> bool:
    return overstrained(Strain(handed_over, hard), released=released, percent=5, fewest=200)


@pytest.mark.parametrize(
    ("handed_over", "hard", "held"),
    [
        (199, 199, False),
        (200, 10, False),
        (200, 11, True),
        (100_000, 5_000, False),
        (100_000, 5_001, True),
        (0, 0, False),
    ],
)
def test_a_lane_is_held_above_its_share_and_never_for_a_handful(
    handed_over: int, hard: int, held: bool
) -> None:
    assert judged(handed_over, hard) is held


@pytest.mark.parametrize(
    ("handed_over", "hard", "held"),
    [
        (500, 100, False),  # nothing came since
        (699, 299, False),  # too few came since
        (700, 150, False),  # a quarter since: as a fifth and 5 % more
        (700, 151, True),
        (10_000, 1_500, False),
    ],
)
def test_a_released_lane_is_held_again_only_when_it_became_worse(
    handed_over: int, hard: int, held: bool
) -> None:
    assert judged(handed_over, hard, released=Strain(500, 100)) is held


def test_a_lane_that_was_released_though_all_of_it_is_refused_is_not_held_again() -> None:
    assert not judged(10_000, 10_000, released=Strain(300, 300))


def test_only_what_a_provider_holds_against_a_sender_strains_a_lane() -> None:
    counts = {
        ("accepted", ""): 90,
        ("accepted", "address_changed"): 5,
        ("refused", "no_such_mailbox"): 3,
        ("refused", "refused_by_policy"): 2,
        ("refused", "malformed_address"): 50,
        ("refused", "no_contact"): 50,
        ("deferred", "mailbox_full"): 70,
        ("unreachable", "no_such_mailbox"): 3,
        ("failed", "mailbox_barred"): 4,
        ("failed", "no_receipt"): 60,
        ("failed", "mailbox_full"): 9,
    }
    assert strain_of(counts) == Strain(handed_over=100, hard=9)


def test_the_first_rung_costs_what_its_lanes_cost() -> None:
    assert expected({"gmail": 1000, "sms-49": 3, "sms-86": 1, "post-de": 2}, PRICES) == 220
    assert expected({"sms-49": 1}, PRICES) == 8, "half a cent is rounded up"


def test_at_worst_everybody_is_followed_to_the_last_channel() -> None:
    assert worst({"gmail": 10, "sms-49": 2}, LADDER, PRICES) == 90 + 12 * 95
    assert worst({"gmail": 10}, (EMAIL,), PRICES) == 0


@settings(deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from(["gmail", "sms-49", "post-de"]), st.integers(0, 10**6)))
def test_the_worst_case_is_never_less_than_the_first_rung(lanes: dict[str, int]) -> None:
    assert worst(lanes, LADDER, PRICES) >= expected(lanes, PRICES) >= 0


@pytest.mark.parametrize(
    ("limit", "passed"), [(None, False), (99, True), (100, False), (101, False)]
)
def test_a_limit_is_passed_by_what_goes_beyond_it(limit: int | None, passed: bool) -> None:
    assert passes(limit, spent=60, more=40) is passed


def test_money_is_written_with_its_currency() -> None:
    assert money(123_450, "EUR") == "EUR 1,234.50"
    assert cost({}, PRICES) == 0


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 10**6), st.integers(1, 99))
def test_a_first_share_is_never_nobody_and_never_more_than_a_lane(total: int, percent: int) -> None:
    share = share_of(total, percent)
    assert 1 <= share <= total
    assert share * 100 >= total * percent > (share - 1) * 100


@pytest.mark.parametrize(
    ("people", "percent", "staged"),
    [(1001, 1, True), (1000, 1, False), (10**6, 0, False), (10**6, 100, False)],
)
def test_only_large_rounds_start_with_a_share(people: int, percent: int, staged: bool) -> None:
    assert starts_staged(people, percent=percent, above=1000) is staged


def test_a_share_is_told_in_figures() -> None:
    counts = {"accepted": 412, "refused": 2, "failed": 1, "deferred": 7}
    assert figures(counts, 1) == "stage of 1 %: 412 told, 3 refused (0.7 %)"
    assert figures({}, 1) == "stage of 1 %: 0 told, 0 refused (0.0 %)"


@pytest.mark.parametrize(
    "choice",
    [
        {"home_zone": "Europe/Nowhere"},
        {"home_zone": "../etc/passwd"},
        {"unit_costs": {"sms": "-1"}},
        {"unit_costs": {"sms": "NaN"}},
        {"unit_costs": {"carrier_pigeon": 1}},
        {"wait_hours": {"sms": -1}},
        {"wait_hours": {"sms": 5000}},
        {"cost_limit_cents": -1},
        {"currency": "Euro"},
        {"quiet_from": "evening"},
        {"staged_percent": 101},
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(choice: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate(choice)


def test_prices_and_hours_are_read_as_a_configuration_writes_them() -> None:
    policy = Policy.model_validate(
        {"unit_costs": {"sms": 7.5, "letter": 95}, "quiet_from": "22:30", "wait_hours": {"sms": 0}}
    )
    assert policy.unit_costs == PRICES
    assert (policy.quiet_from.hour, policy.quiet_from.minute) == (22, 30)
    assert policy.wait_hours == {SMS: 0}
