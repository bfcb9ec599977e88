"""The settings of limits: what they come to, and what is refused with its field and its fix."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tocsin.rules.limits import Limits
from tocsin.runtimes.settings import read_settings
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput

DOCUMENT = """
[[organisations]]
id = "example"
legal_name = "Example Trading GmbH"
brand = "Example"
site = "example.com"
postal_address = "1 Example Street, 10115 Berlin"
country = "DE"
contact_email = "privacy@example.com"
sender_email = "notices@example.com"

[directory]
url = "sqlite:///people.db"
table = "people"
key = "id"
email = "email"
"""
FIRST_DAY = datetime(2026, 11, 26, tzinfo=UTC)


def limits(folder: Path, *relays: str, rates: str = "") -> Limits:
    sections = [
        f'[[relays]]\nname = "relay-{n}"\nhost = "127.0.0.1"\ntls = "none"\n{lines}\n'
        for n, lines in enumerate(relays)
    ]
    policy = f"[policy.lane_rates_per_s]\n{rates}\n" if rates else ""
    (folder / "tocsin.toml").write_text(DOCUMENT + "\n".join(sections) + policy)
    return read_settings(folder / "tocsin.toml").limits


def rate(found: Limits, channel: Channel, *, day: int = 0) -> float | None:
    limit = found.channels.get(channel)
    return None if limit is None else limit.rate_at(FIRST_DAY + timedelta(days=day))


def test_without_a_limit_nothing_is_held_to(tmp_path: Path) -> None:
    assert limits(tmp_path, "").names == {}


def test_e_mail_is_held_to_the_sum_of_its_relays(tmp_path: Path) -> None:
    plan = "warm_up = { from = 2026-11-26, per_day = [86400, 172800] }"
    found = limits(tmp_path, "max_per_s = 20", f"max_per_s = 10\n{plan}")
    assert [rate(found, Channel.EMAIL, day=n) for n in range(3)] == [21, 22, 30]


def test_one_relay_without_a_limit_takes_what_the_others_may_not(tmp_path: Path) -> None:
    assert limits(tmp_path, "max_per_s = 20", "").names == {}


def test_a_relay_that_gets_only_what_is_bound_to_it_adds_nothing(tmp_path: Path) -> None:
    assert rate(limits(tmp_path, "max_per_s = 20", "weight = 0"), Channel.EMAIL) == 20


def test_lanes_and_channels_are_held_to_their_rates(tmp_path: Path) -> None:
    found = limits(
        tmp_path, "max_per_s = 20", rates="gmail = 5\nsms-49 = 2\nemail = 15\nletter = 1"
    )
    assert (rate(found, Channel.EMAIL), rate(found, Channel.LETTER)) == (15, 1)
    assert sorted(found.lanes) == ["gmail", "sms-49"]


@pytest.mark.parametrize(
    ("line", "field", "fix"),
    [
        ("max_per_s = 0", "relays[0].max_per_s", "write more than 0"),
        ("max_per_s = -1", "relays[0].max_per_s", "write more than 0"),
        ("max_per_s = 2000000", "relays[0].max_per_s", "write 1000000"),
        ("max_per_s = nan", "relays[0].max_per_s", "or less"),
        (
            'warm_up = { from = "soon", per_day = [500] }',
            "relays[0].warm_up.from",
            "write it like 2026-11-20",
        ),
        ("warm_up = { per_day = [500] }", "relays[0].warm_up.from", "add from"),
        (
            "warm_up = { from = 2026-11-26, per_day = [] }",
            "relays[0].warm_up.per_day",
            "give at least 1",
        ),
        (
            "warm_up = { from = 2026-11-26, per_day = [500, 0] }",
            "relays[0].warm_up.per_day[1]",
            "write 1 or more",
        ),
        (
            "warm_up = { from = 2026-11-26, per_day = [500], per_hour = [1] }",
            "relays[0].warm_up.per_hour",
            "known fields: from, per_day",
        ),
    ],
)
def test_a_wrong_limit_of_a_relay_is_refused_with_what_to_write(
    tmp_path: Path, line: str, field: str, fix: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        limits(tmp_path, line)
    assert refusal.value.field == field
    assert fix in (refusal.value.fix or "")


@pytest.mark.parametrize("lane", ["gmial", "sms-4917", "post-DE", "none", "shared"])
def test_a_rate_for_what_is_no_lane_is_refused_where_it_would_hold_nothing_back(
    tmp_path: Path, lane: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        limits(tmp_path, "", rates=f"{lane} = 1")
    assert refusal.value.field == f"policy.lane_rates_per_s.{lane}"
    assert "name a channel" in (refusal.value.fix or "")
    if lane == "gmial":
        assert "did you mean" in (refusal.value.fix or "")
        assert "gmail" in (refusal.value.fix or "")
