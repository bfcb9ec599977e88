"""Push subscriptions: what is none, and that nobody is let into a network by way of us."""

import base64
import json
import socket
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.web_push import WebPush
from tocsin.notifiers.web_push_subscription import PublicResolver
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Deferred, Reason, Refused

from fakes.push_messages import browser, noticed, web_push_settings
from fakes.relays import SENDER, collect, lease_of, run


async def _send(messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with WebPush(web_push_settings(**fields)) as push:
        return await collect(push.send(messages, lease_of(), sender=SENDER))


def _subscription(**fields: Any) -> str:
    said = json.loads(browser(0).subscription("https://push.example.test"))
    keys = {**said["keys"], **fields.pop("keys", {})}
    return json.dumps({**said, "keys": keys, **fields})


_OFF_THE_CURVE = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()


@pytest.mark.parametrize(
    "subscription",
    [
        "",
        "person0@example.test",
        "[]",
        '{"endpoint": "https://push.example.test/x"}',
        _subscription(keys={"auth": "AAAA"}),
        _subscription(keys={"p256dh": "BAAA"}),
        _subscription(keys={"p256dh": "é" * 87}),
        _subscription(keys={"p256dh": _OFF_THE_CURVE}),
        _subscription(endpoint="http://push.example.test/x"),
        _subscription(endpoint="ftp://push.example.test/x"),
        _subscription(endpoint="file:///etc/hostname"),
        _subscription(endpoint="https://user@push.example.test/x"),
        _subscription(endpoint="https://push.example.test/x y"),
        _subscription(endpoint="https://push.example.test/x\r\nHost: other"),
        _subscription(endpoint="https://push.example.test:99999/x"),
        _subscription(endpoint="https://10.0.0.1/x"),
        _subscription(endpoint="https://169.254.169.254/latest"),
        _subscription(endpoint="https://[fd00::1]/x"),
        _subscription(endpoint="https://2130706433/x"),
        _subscription(endpoint="https://localhost/x"),
        _subscription(endpoint="http://127.0.0.1:1/x"),
    ],
)
def test_a_subscription_that_is_none_or_leads_inside_is_refused_unasked(subscription: str) -> None:
    async def main() -> None:
        sent = await _send([noticed(0, subscription)], loopback=False)
        assert sent[0].outcome == Refused(Reason.MALFORMED_ADDRESS)

    run(main())


class _Names(AbstractResolver):
    """Finds the same addresses for every name."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in self.addresses
        ]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "inside",
    [
        *("10.1.2.3", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("::1", "fd00::1", "fe80::1", "::ffff:10.1.2.3", "2002:0a01:0203::1", "no address"),
    ],
)
def test_a_name_that_leads_inside_is_refused_unasked(inside: str) -> None:
    async def main() -> None:
        to = browser(0).subscription("https://push.example.test")
        settings = web_push_settings(loopback=False)
        async with WebPush(settings, resolver=_Names(inside)) as push:
            sent = await collect(push.send([noticed(0, to)], lease_of(), sender=SENDER))
            assert sent[0].outcome == Refused(Reason.MALFORMED_ADDRESS)

    run(main())


class _NoNames(_Names):
    """Finds nothing, as a resolver says it."""

    def __init__(self, errno: int) -> None:
        super().__init__()
        self.errno = errno

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise socket.gaierror(self.errno, "made up")


@pytest.mark.parametrize(
    ("errno", "reason"),
    [
        (socket.EAI_NONAME, Reason.TEMPORARY_FAILURE),
        (socket.EAI_AGAIN, Reason.RELAY_UNAVAILABLE),
    ],
)
def test_a_name_that_is_gone_does_not_count_as_a_relay_of_ours_that_is_down(
    errno: int, reason: Reason
) -> None:
    async def main() -> None:
        to = browser(0).subscription("https://push.example.test")
        settings = web_push_settings(loopback=False)
        async with WebPush(settings, resolver=_NoNames(errno)) as push:
            sent = await collect(push.send([noticed(0, to)], lease_of(), sender=SENDER))
            assert sent[0].outcome == Deferred(reason)

    run(main())


def test_only_the_public_addresses_of_a_name_are_asked() -> None:
    async def main() -> None:
        names = _Names("10.1.2.3", "93.184.215.14", "2606:4700::1111")
        found = await PublicResolver(names).resolve("push.example.test", 443)
        assert [each["host"] for each in found] == ["93.184.215.14", "2606:4700::1111"]

    run(main())
