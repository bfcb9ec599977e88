"""A push that was shown is a receipt of delivery; nobody can claim one for another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from tocsin.returns.push_receipts import receipt_routes
from tocsin.schemas.evidence import Heard, Receipt

from fakes.recording_desk import RecordingDesk, code_of, forged


@asynccontextmanager
async def listening(desk: RecordingDesk) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(receipt_routes(desk))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def posted(desk: RecordingDesk, code: str) -> int:
    async def main() -> int:
        async with (
            listening(desk) as url,
            aiohttp.ClientSession() as session,
            session.post(f"{url}/receipts/{code}") as answer,
        ):
            return answer.status

    return asyncio.run(main())


def test_a_push_that_was_shown_is_delivered() -> None:
    desk = RecordingDesk()
    assert posted(desk, str(code_of(7))) == 204
    assert list(desk.records) == [Receipt(code_of(7), Heard.DELIVERED, source="push")]


def test_a_forged_code_and_one_that_is_none_change_nothing() -> None:
    desk = RecordingDesk()
    assert posted(desk, str(forged(7))) == 404
    assert posted(desk, "postmaster") == 404
    assert not desk.records


def test_while_nothing_can_be_put_on_record_it_is_to_be_said_again() -> None:
    assert posted(RecordingDesk(away=True), str(code_of(7))) == 503


def test_while_not_even_codes_can_be_checked_it_is_to_be_said_again() -> None:
    assert posted(RecordingDesk(knows_nothing=True), str(code_of(7))) == 503
