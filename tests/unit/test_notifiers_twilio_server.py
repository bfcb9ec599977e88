"""The fake Twilio against Twilio's own client and its own check of signatures."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from tocsin.demo.twilio_callbacks import Answered, TwilioCallbacks, sign
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import Answer, Do, TwilioServer
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from fakes.relays import run

NUMBER, OTHER, FROM = "+12025550101", "+12025550102", "Organisation"
# The client passes aiohttp's old `auth` argument.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class _Elsewhere(AsyncTwilioHttpClient):  # type: ignore[misc]  # it ships no types
    """Twilio's client, with its host replaced."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    async def request(self, method: str, url: str, *rest: Any, **named: Any) -> Any:
        there = url.replace("https://api.twilio.com", self._base)
        return await super().request(method, there, *rest, **named)


def test_twilios_own_client_creates_fetches_and_lists() -> None:
    async def main() -> None:
        async with TwilioServer() as server, _Elsewhere(server.url) as http:
            messages = Client(ACCOUNT, TOKEN, http_client=http).messages
            made = await messages.create_async(to=NUMBER, from_=FROM, body="made up")
            await messages.create_async(to=OTHER, from_=FROM, body="made up")
            assert (made.status, made.to, made.from_) == ("queued", NUMBER, FROM)
            assert (await messages(str(made.sid)).fetch_async()).sid == made.sid
            assert [m.sid for m in await messages.list_async(to=NUMBER)] == [made.sid]
            today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            assert await messages.list_async(date_sent_after=today) == []

    run(main())


@pytest.mark.parametrize(("status", "code"), [(400, 21211), (429, 20429), (404, 20404)])
def test_twilios_own_client_understands_the_refusals(status: int, code: int) -> None:
    async def main() -> None:
        plan = {NUMBER: [Answer(Do.REFUSE, status=status, code=code)]}
        async with TwilioServer(plan) as server, _Elsewhere(server.url) as http:
            client = Client(ACCOUNT, TOKEN, http_client=http)
            with pytest.raises(TwilioRestException) as refused:
                await client.messages.create_async(to=NUMBER, from_=FROM, body="made up")
            assert (refused.value.status, refused.value.code) == (status, code)
            assert server.messages == []

    run(main())


def test_a_wrong_token_is_refused() -> None:
    async def main() -> None:
        async with TwilioServer() as server, _Elsewhere(server.url) as http:
            client = Client(ACCOUNT, "another", http_client=http)
            with pytest.raises(TwilioRestException) as refused:
                await client.messages.create_async(to=NUMBER, from_=FROM, body="made up")
            assert (refused.value.status, refused.value.code) == (401, 20003)

    run(main())


def test_twilios_own_check_accepts_the_signed_status() -> None:
    async def main() -> None:
        heard: asyncio.Queue[tuple[str, dict[str, Any], str]] = asyncio.Queue()

        async def hear(request: web.Request) -> web.Response:
            signature = request.headers["X-Twilio-Signature"]
            await heard.put((str(request.url), dict(await request.post()), signature))
            return web.Response(status=204)

        app = web.Application()
        app.router.add_post("/status", hear)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        callback = f"http://127.0.0.1:{runner.addresses[0][1]}/status"
        async with TwilioServer() as server, _Elsewhere(server.url) as http:
            made = await Client(ACCOUNT, TOKEN, http_client=http).messages.create_async(
                to=NUMBER, from_=FROM, body="made up", status_callback=callback
            )
            told = await TwilioCallbacks(server).text(
                str(made.sid), "undelivered", error_code=30005
            )
            assert told == Answered(204, "")
        await runner.cleanup()
        url, fields, signature = heard.get_nowait()
        assert (fields["MessageStatus"], fields["ErrorCode"]) == ("undelivered", "30005")
        assert RequestValidator(TOKEN).validate(url, fields, signature)
        assert not RequestValidator("another").validate(url, fields, signature)
        assert not RequestValidator(TOKEN).validate(url, {**fields, "To": OTHER}, signature)

    run(main())


def test_the_signature_is_the_documented_one() -> None:
    fields = {"B": "2", "A": "1"}
    there = "https://organisation.test/status"
    assert sign(there, fields) == RequestValidator(TOKEN).compute_signature(there, fields)
