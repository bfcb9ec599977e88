"""A sender that is killed: what left without being on record stays within its bound."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.fcm_server import FcmServer, service_account
from tocsin.demo.http_plans import HttpServer

from fakes.push_messages import push_service
from fakes.webhook_receiver import WebhookReceiver

FLUSH, CONNECTIONS = 20, 4
_TESTS = Path(__file__).resolve().parents[1]

_SENDING = """
import asyncio, json, sys, time
from pydantic import SecretStr
from tocsin.notifiers.fcm import FcmPush
from tocsin.notifiers.fcm_settings import FcmSettings
from tocsin.notifiers.web_push import WebPush
from tocsin.notifiers.webhook import Webhook
from fakes.push_messages import browser, noticed, web_push_settings, webhook_settings
from fakes.relays import SENDER, lease_of
from fakes.webhook_receiver import WebhookReceiver

told = json.loads(sys.argv[1])
pace = {"flush": told["flush"], "connections": told["connections"], "timeout_s": 10.0}
channels = {
    "web_push": (
        lambda: WebPush(web_push_settings(**pace)),
        lambda seq: browser(seq).subscription(told["url"]),
    ),
    "fcm": (
        lambda: FcmPush(FcmSettings(SecretStr(told["account"]), base_url=told["url"], **pace)),
        lambda seq: f"token-{seq}",
    ),
    "webhook": (
        lambda: Webhook(webhook_settings(WebhookReceiver(url=told["url"]), **pace)),
        lambda seq: f"account-{seq}",
    ),
}

async def main():
    make, recipient = channels[told["channel"]]
    async with make() as notifier:
        messages = [noticed(seq, recipient(seq)) for seq in range(1_000)]
        async for flush in notifier.send(messages, lease_of(60), sender=SENDER):
            time.sleep(0.01)  # the ledger commits
            print(len(flush), flush=True)

asyncio.run(main())
"""


async def _kill_after(server: HttpServer, channel: str, received: int) -> tuple[int, int]:
    """Kill a sender once so many arrived; return how many did, and how many it had on record."""
    told: dict[str, Any] = {
        "channel": channel,
        "url": server.url,
        "account": service_account(server.url),
        "flush": FLUSH,
        "connections": CONNECTIONS,
    }
    sender = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _SENDING, json.dumps(told)),
        cwd=_TESTS,
        stdout=asyncio.subprocess.PIPE,
    )
    applied = 0

    async def read() -> None:
        nonlocal applied
        assert sender.stdout is not None
        async for line in sender.stdout:
            applied += int(line)

    reading = asyncio.create_task(read())
    while len(server.asked) < received and sender.returncode is None:
        await asyncio.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):
        sender.kill()
    await sender.wait()
    await reading
    await asyncio.sleep(0.1)  # what had left by then arrives
    return len(server.asked), applied


_SERVERS: dict[str, Callable[[], HttpServer]] = {
    "web_push": push_service,
    "fcm": FcmServer,
    "webhook": WebhookReceiver,
}


@pytest.mark.parametrize("channel", _SERVERS)
def test_a_killed_sender_leaves_no_more_than_its_credits_in_doubt(channel: str) -> None:
    async def main() -> None:
        for received in (1, 160):
            async with _SERVERS[channel]() as server:
                arrived, applied = await _kill_after(server, channel, received)
                assert arrived >= received
                assert 0 <= arrived - applied <= FLUSH + CONNECTIONS
                assert len(set(server.asked)) == arrived

    async def bounded() -> None:
        async with asyncio.timeout(120):
            await main()

    asyncio.run(bounded())
