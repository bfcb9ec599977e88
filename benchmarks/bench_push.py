"""Push: how many messages a second reach a server in another process on this machine.

    python benchmarks/bench_push.py --messages 20000 --channel web_push

Prints one JSON line per channel: messages per second of the notifier, of a bare aiohttp client that
posts ready-made requests of the same kind over as many connections, the ratio of the two, and the
CPU seconds of this process per 1,000 messages. The server decrypts, and checks every signature once
per token. Unless every message is accepted and stands at the server, the run fails.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from pydantic import SecretStr
from pywebpush import WebPusher
from tocsin.demo.fcm_server import PROJECT, FcmServer, service_account
from tocsin.notifiers.fcm import FcmPush
from tocsin.notifiers.fcm_settings import FcmSettings, read_service_account
from tocsin.notifiers.fcm_tokens import GRANT, assertion
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.web_push import WebPush, topic_of
from tocsin.notifiers.web_push_vapid import VapidTokens
from tocsin.schemas.lease import Lease, boottime
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

from fakes.push_messages import browser, payload, push_service, web_push_settings

CONNECTIONS = 50
BROWSERS = 500
PACE: dict[str, Any] = {
    "connections": CONNECTIONS,
    "rate_per_s": 1e6,
    "flush": 500,
    "timeout_s": 30.0,
}


class Request(NamedTuple):
    """A ready-made request."""

    url: str
    body: bytes
    headers: dict[str, str]


async def serve(channel: str) -> None:
    """Serve until the parent closes the pipe; say where, and in the end what was received."""
    loop = asyncio.get_running_loop()
    if channel == "web_push":
        async with push_service() as service:
            print(json.dumps({"url": service.url}), flush=True)
            while await loop.run_in_executor(None, sys.stdin.readline):
                print(json.dumps({"received": len(service.asked)}), flush=True)
        return
    async with FcmServer() as server:
        said = {"url": server.url, "service_account": service_account(server.url)}
        print(json.dumps(said), flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps({"received": len(server.messages)}), flush=True)


class Server:
    """The fake server in a process of its own."""

    def __init__(self, channel: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", channel],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said = self._read()

    def received(self) -> int:
        """Return how many messages it has."""
        assert self._process.stdin is not None  # noqa: S101  # narrows a pipe
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._read()["received"])

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None  # noqa: S101  # narrows a pipe
        self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # narrows a pipe
        said: dict[str, Any] = json.loads(self._process.stdout.readline())
        return said


def message(seq: int, to: str) -> Message:
    """Return one of many messages."""
    return Message("example", seq, to, (payload(seq),), f"R{seq:08}")


async def sent_per_s(send: Callable[[], AsyncGenerator[tuple[Sent, ...], None]]) -> float:
    """Send, and return the rate."""
    started, accepted = time.monotonic(), 0
    async for flush in send():
        accepted += sum(isinstance(each.outcome, Accepted) for each in flush)
    return accepted / (time.monotonic() - started)


async def bare_per_s(requests: Sequence[Request], number: int) -> float:
    """Post ready-made requests side by side, and return the rate."""
    left = iter(range(number))

    async def work(session: aiohttp.ClientSession) -> None:
        for n in left:
            url, body, headers = requests[n % len(requests)]
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                answer.raise_for_status()

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:
        started = time.monotonic()
        await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))
        return number / (time.monotonic() - started)


async def web_push(server: Server, number: int) -> tuple[float, float, float]:
    """Return the rates of the notifier and the bare client, and the CPU seconds of the former."""
    url, settings = server.said["url"], web_push_settings(**PACE)
    subscriptions = [browser(n).subscription(url) for n in range(BROWSERS)]
    messages = [message(seq, subscriptions[seq % BROWSERS]) for seq in range(number)]
    tokens = VapidTokens(settings, time.time)
    requests = [
        Request(
            json.loads(each.recipient)["endpoint"],
            WebPusher(json.loads(each.recipient)).encode(each.content, "aes128gcm")["body"],
            {
                "Authorization": tokens.authorization(url),
                "Content-Encoding": "aes128gcm",
                "TTL": "60",
                "Topic": topic_of(each.reference),
                "Urgency": "high",
            },
        )
        for each in messages[:BROWSERS]
    ]
    bare = await bare_per_s(requests, number)
    async with WebPush(settings) as push:
        cpu = time.process_time()
        rate = await sent_per_s(lambda: push.send(messages, lease(), sender=""))
        return rate, bare, time.process_time() - cpu


async def fcm(server: Server, number: int) -> tuple[float, float, float]:
    """Return the rates of the notifier and the bare client, and the CPU seconds of the former."""
    url, account = server.said["url"], SecretStr(server.said["service_account"])
    settings = FcmSettings(service_account=account, base_url=url, **PACE)
    async with aiohttp.ClientSession() as session:
        form = {
            "grant_type": GRANT,
            "assertion": assertion(read_service_account(account), time.time()),
        }
        async with session.post(f"{url}/token", data=form) as answer:
            token = (await answer.json())["access_token"]
    body = {
        "message": {
            "token": "t" * 150,
            "notification": {"title": "words", "body": "words " * 20},
            "data": {"code": "c" * 50},
            "android": {"collapse_key": "k" * 32},
            "apns": {"headers": {"apns-collapse-id": "k" * 32}},
        }
    }
    asked = f"{url}/v1/projects/{PROJECT}/messages:send"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(asked, json.dumps(body).encode(), headers)
    bare = await bare_per_s([request], number)
    messages = [message(seq, f"token-{seq:0150}") for seq in range(number)]
    async with FcmPush(settings) as push:
        cpu = time.process_time()
        rate = await sent_per_s(lambda: push.send(messages, lease(), sender=""))
        return rate, bare, time.process_time() - cpu


def lease() -> Lease:
    """Return a lease that outlasts the run."""
    return Lease(deadline=boottime() + 3_600, length_s=3_600)


async def main(channel: str, number: int) -> None:
    """Run the benchmark of one channel."""
    server = Server(channel)
    try:
        measure = web_push if channel == "web_push" else fcm
        rate, bare, cpu_s = await measure(server, number)
        if server.received() != 2 * number:
            sys.exit(f"{channel}: {server.received()} of {2 * number} messages were received")
    finally:
        server.close()
    figures = {
        "channel": channel,
        "messages": number,
        "messages_per_s": round(rate),
        "bare_client_per_s": round(bare),
        "ratio": round(rate / bare, 2),
        "cpu_s_per_1000": round(cpu_s / number * 1000, 3),
    }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--channel", choices=("web_push", "fcm", "both"), default="both")
    parser.add_argument("--serve", choices=("web_push", "fcm"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        uvloop.run(serve(chosen.serve))
    else:
        for each in ("web_push", "fcm") if chosen.channel == "both" else (chosen.channel,):
            uvloop.run(main(each, chosen.messages))
