"""Residence, recipients, addresses and lanes."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rules.addresses import is_plausible_email, normalised
from tocsin.rules.lanes import LANES, MAILBOX_PROVIDERS, OTHER_LANE, lane_of
from tocsin.rules.recipients import age_on, recipients
from tocsin.rules.residence import regimes_of
from tocsin.schemas.audience import SHARED_LANE, UNADDRESSABLE_LANE, RecipientKind
from tocsin.schemas.regime import Regime

from fakes.regimes import FOUR

SELF, MINOR, GUARDIAN = RecipientKind.SELF, RecipientKind.MINOR, RecipientKind.GUARDIAN
ALL = tuple(FOUR.values())
PIPL, GDPR, *_ = ALL
RESIDENCE_ALONE = (PIPL, GDPR, ALL[2])
ON = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("residence", "ids"),
    [
        ("CN", ("CN-PIPL",)),
        ("DE", ("EU-GDPR",)),
        ("NO", ("EU-GDPR",)),
        ("cn", ("CN-PIPL",)),
        ("CN-31", ("CN-PIPL",)),
        ("HK", ()),
        ("US-CA", ("US-CA",)),
        ("US", ()),
        ("US-NY", ()),
        ("CNX", ()),
        (None, ("EU-GDPR",)),
        ("", ("EU-GDPR",)),
    ],
)
def test_residence_decides_the_regime(residence: str | None, ids: tuple[str, ...]) -> None:
    assert regimes_of(residence, RESIDENCE_ALONE, default="DE") == ids


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        (date(2008, 11, 24), ON, 18),
        (date(2008, 11, 25), ON, 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (ON, ON, 0),
    ],
)
def test_age_counts_full_years_and_leap_days_fall_on_1_march(
    birth: date, on: date, age: int
) -> None:
    assert age_on(birth, on) == age


@pytest.mark.parametrize(
    ("birth", "regimes", "told"),
    [
        (date(2008, 11, 25), (PIPL,), (MINOR, GUARDIAN)),
        (date(2008, 11, 24), (PIPL,), (SELF,)),
        (date(2020, 1, 1), (PIPL,), (MINOR, GUARDIAN)),
        (date(2012, 11, 25), (GDPR,), (GUARDIAN,)),
        (date(2012, 11, 24), (GDPR,), (SELF,)),
        (date(2012, 11, 25), (), (GUARDIAN,)),
        (date(2010, 1, 1), (PIPL, GDPR), (MINOR, GUARDIAN)),
        (date(1990, 1, 1), (PIPL, GDPR), (SELF,)),
        (None, (PIPL,), (SELF,)),
        (date(2027, 1, 1), (PIPL,), (SELF,)),
    ],
)
def test_who_is_told_for_a_child_is_the_regimes_rule_then_the_operators(
    birth: date | None, regimes: tuple[Regime, ...], told: tuple[RecipientKind, ...]
) -> None:
    found = recipients(birth, residence_regimes=regimes, on=ON, default_guardian_below=14)

    assert found == told


def test_a_regime_that_speaks_is_not_silent() -> None:
    rule = PIPL.guardians
    assert rule is not None
    low = PIPL.model_copy(update={"guardians": rule.model_copy(update={"below": 10})})

    assert recipients(
        date(2014, 1, 1), residence_regimes=(low,), on=ON, default_guardian_below=14
    ) == (SELF,)


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example",
        "first.last+shop@mail.example.org",
        "o'brien@mail.example",
        "UPPER@MAIL.EXAMPLE",
        "x@xn--fiqs8s.xn--fiqs8s",
        f"{'a' * 64}@mail.example",
    ],
)
def test_plausible_addresses_are_taken(text: str) -> None:
    assert is_plausible_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@",
        "@b.example",
        "a@b",
        "a@@b.example",
        "a b@c.example",
        " a@b.example",
        "a@b.example ",
        "a@b.example\n",
        "a@b.example\r\nBcc: c@d.example",
        "a\r@b.example",
        "a\x00@b.example",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a@.example",
        "a@b..example",
        "a@-b.example",
        "a@b-.example",
        "a@b.123",
        "a@b.e",
        "a@b_c.example",
        "a@[127.0.0.1]",
        '"a b"@c.example',
        "a@b.example,c@d.example",
        "<a@b.example>",
        "王@b.example",
        "a@王.example",
        f"{'a' * 65}@mail.example",
        f"a@{'b' * 64}.example",
        f"a@{'b.' * 130}example",
        "a@b.example.",
    ],
)
def test_addresses_that_no_relay_could_take_are_refused(text: str) -> None:
    assert not is_plausible_email(text)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40) | st.from_regex(r"[a-z.\r\n @<>,]+@[a-z.\r\n ]+", fullmatch=True))
def test_no_plausible_address_can_add_a_line_or_a_second_recipient(text: str) -> None:
    if is_plausible_email(text):
        assert text.isascii()
        assert text.isprintable()
        assert text.count("@") == 1
        assert not set(text) & set(' <>,;:"()[]\\')


def test_addresses_that_differ_in_case_are_the_same() -> None:
    assert normalised("First.Last@MAIL.example") == "first.last@mail.example"
    assert normalised("first.last@mail.example") != normalised("firstlast@mail.example")


@pytest.mark.parametrize(
    ("email", "lane"),
    [
        ("a@gmail.com", "gmail"),
        ("a@GoogleMail.com", "gmail"),
        ("a@vip.163.com", "netease"),
        ("a@126.com", "netease"),
        ("a@yeah.net", "netease"),
        ("a@foxmail.com", "qq"),
        ("a@gmx.at", "gmx"),
        ("a@web.de", "web.de"),
        ("a@wanadoo.fr", "orange"),
        ("a@pm.me", "proton"),
        ("a@me.com", "icloud"),
        ("a@gmail.com.example", OTHER_LANE),
        ("a@notgmail.com", OTHER_LANE),
        ("a@shop.example", OTHER_LANE),
    ],
)
def test_the_domain_decides_the_lane(email: str, lane: str) -> None:
    assert lane_of(email) == lane


def test_another_table_of_providers_can_stand_in() -> None:
    assert lane_of("a@qq.example", {"qq.example": "qq"}) == "qq"


def test_lanes_are_a_closed_set_apart_from_those_to_which_nothing_is_sent() -> None:
    assert set(MAILBOX_PROVIDERS.values()) | {OTHER_LANE} == LANES
    assert LANES.isdisjoint({UNADDRESSABLE_LANE, SHARED_LANE})
    assert all(domain == domain.lower() for domain in MAILBOX_PROVIDERS)
