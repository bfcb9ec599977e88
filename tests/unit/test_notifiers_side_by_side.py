"""Handing over side by side, by the example of web push: rate, credits, leases, failures."""

import asyncio
from typing import Any

import pytest
from tocsin.demo.http_plans import Answer, Do, Plan
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.web_push import WebPush
from tocsin.schemas.notice import Message

from fakes.push_messages import browser, noticed, push_service, web_push_settings
from fakes.push_service import PushService
from fakes.relays import SENDER, collect, lease_of, run


def _to(service: PushService, seq: int, **fields: Any) -> Message:
    return noticed(seq, browser(seq).subscription(service.url), **fields)


async def _send(messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with WebPush(web_push_settings(**fields)) as push:
        return await collect(push.send(messages, lease_of(), sender=SENDER))


def test_the_rate_is_kept() -> None:
    async def main() -> None:
        async with push_service() as service:
            started = asyncio.get_running_loop().time()
            await _send([_to(service, seq) for seq in range(21)], rate_per_s=50.0)
            assert asyncio.get_running_loop().time() - started >= 0.4

    run(main())


def test_a_lost_lease_cuts_off_what_is_in_flight_without_an_outcome() -> None:
    async def main() -> None:
        plan: Plan = {browser(seq).name: [Answer(Do.HANG)] for seq in range(2)}
        async with push_service(plan=plan) as service:
            beats: list[int] = []
            started = asyncio.get_running_loop().time()
            async with WebPush(web_push_settings(timeout_s=10)) as push:
                messages = [_to(service, seq) for seq in range(4)]
                flushes = push.send(messages, lease_of(1.2), sender=SENDER)
                assert await collect(flushes, lambda flush: beats.append(len(flush))) == {}
            assert asyncio.get_running_loop().time() - started < 2.5
            assert len(beats) >= 2 and set(beats) == {0}
            assert len(service.asked) == 2

    run(main())


def test_two_sends_share_the_credits_of_one_notifier() -> None:
    async def main() -> None:
        async with push_service() as service, WebPush(web_push_settings(flush=4)) as push:
            applied = 0

            async def one(first: int) -> int:
                nonlocal applied
                messages = [_to(service, seq) for seq in range(first, first + 30)]
                found = 0
                async for flush in push.send(messages, lease_of(), sender=SENDER):
                    assert len(service.waiting) - applied <= 4 + 2
                    await asyncio.sleep(0.01)
                    applied += len(flush)
                    found += len(flush)
                return found

            assert sum(await asyncio.gather(one(0), one(30))) == 60

    run(main())


def test_an_error_in_the_handing_over_ends_the_sending() -> None:
    async def main() -> None:
        def no_clock() -> float:
            message = "made-up failure"
            raise ArithmeticError(message)

        async with (
            push_service() as service,
            WebPush(web_push_settings(), clock=no_clock) as push,
        ):
            messages = [_to(service, seq) for seq in range(5)]
            with pytest.raises(ArithmeticError, match="made-up failure"):
                await collect(push.send(messages, lease_of(), sender=SENDER))

    run(main())
