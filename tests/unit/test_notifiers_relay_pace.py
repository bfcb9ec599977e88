"""A relay that has a limit gets its messages no faster, and holds no other up."""

import asyncio
import math
import time
from collections import Counter

import pytest
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_pace import RelayPace
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.outcome import Accepted

from fakes.relays import SENDER, collect, lease_of, messages, run, settings


def turns(pace: RelayPace, *, until: float) -> list[float]:
    """Return when messages leave, of which there are always some."""
    now, found = 1_000.0, list[float]()
    while (now := max(now, pace.opens_at())) < 1_000.0 + until:
        pace.takes(now)
        found.append(now - 1_000.0)
    return found


@pytest.mark.parametrize(("per_s", "until"), [(50.0, 10.0), (1.0, 10.0), (0.5, 60.0), (1.5, 20.0)])
def test_in_no_stretch_of_time_a_relay_gets_more_than_its_rate_and_one_second_more(
    per_s: float, until: float
) -> None:
    found = turns(RelayPace(lambda: per_s), until=until)
    for place, start in enumerate(found):
        for number, end in enumerate(found[place:], 1):
            assert number <= (end - start) * per_s + max(1.0, per_s) + 1e-6
    assert len(found) >= int(until * per_s), "and it gets all of its rate"


def test_a_pause_saves_up_no_more_than_one_second() -> None:
    pace = RelayPace(lambda: 10.0)
    pace.takes(1_000.0)
    now, at_once = 2_000.0, 0
    while pace.opens_at() <= now:
        pace.takes(now)
        at_once += 1
    assert at_once == 10


def test_a_relay_is_given_messages_at_its_rate_over_several_connections_and_sendings() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=4, per_s=lambda: 40.0)], flush=50) as mailer,
        ):
            started = time.monotonic()
            sent = await asyncio.gather(
                *(
                    collect(mailer.send(messages(40, start=40 * n), lease_of(), sender=SENDER))
                    for n in range(3)
                )
            )
            took = time.monotonic() - started
            assert sum(len(each) for each in sent) == 120
            assert (120 - 40) / 40 - 0.1 <= took < 3.5
            assert mailer.credits.available == mailer.credits.total

    run(main())


def test_what_waits_for_a_slow_relay_is_taken_over_by_one_that_has_a_turn() -> None:
    async def main() -> None:
        async with (
            RelayServer() as slow,
            RelayServer() as quick,
            SmtpMailer(
                [settings(slow, "slow", per_s=lambda: 5.0), settings(quick, "quick")], flush=50
            ) as mailer,
        ):
            started = time.monotonic()
            sent = await collect(mailer.send(messages(200), lease_of(), sender=SENDER))
            assert time.monotonic() - started < 2
            assert all(isinstance(s.outcome, Accepted) for s in sent.values())
            by = Counter(s.relay for s in sent.values())
            assert 1 <= by["slow"] <= 15
            assert slow.total == by["slow"]

    run(main())


def test_messages_bound_to_a_slow_relay_wait_for_its_turns_while_another_goes_on() -> None:
    async def main() -> None:
        async with (
            RelayServer() as slow,
            RelayServer() as quick,
            SmtpMailer(
                [settings(slow, "slow", per_s=lambda: 10.0), settings(quick, "quick")], flush=50
            ) as mailer,
        ):
            started = time.monotonic()
            bound = asyncio.ensure_future(
                collect(mailer.send(messages(20), lease_of(), sender=SENDER, relay="slow"))
            )
            await collect(mailer.send(messages(200, start=20), lease_of(), sender=SENDER))
            assert time.monotonic() - started < 1
            sent = await bound
            assert time.monotonic() - started >= 0.9
            assert Counter(s.relay for s in sent.values()) == {"slow": 20}

    run(main())


def test_a_rate_that_rises_with_the_day_holds_from_then_on() -> None:
    async def main() -> None:
        rate = 0.01
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, per_s=lambda: rate)], flush=50) as mailer,
        ):
            going = asyncio.ensure_future(
                collect(mailer.send(messages(2), lease_of(), sender=SENDER))
            )
            await asyncio.sleep(0.4)
            assert relay.total == 1
            rate = math.inf
            assert len(await asyncio.wait_for(going, 1)) == 2

    run(main())
