"""Twilio's callbacks: genuine ones are on record once, all others change nothing."""

import random
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tocsin.demo.twilio_callbacks import Answered, TwilioCallbacks, post
from tocsin.demo.twilio_server import TwilioServer
from tocsin.notifiers.twilio_calls import TwilioCalls
from tocsin.notifiers.twilio_sms import TwilioSms
from tocsin.returns.twilio_callbacks import call_routes, text_routes
from tocsin.returns.twilio_requests import LARGEST
from tocsin.schemas.errors import Unavailable
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import ReturnCode
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Reason

from fakes.desk import RecordingDesk
from fakes.phone_calls import (
    CALLER,
    ROUND_KEY,
    call_content,
    call_settings,
    code_of,
    phone_calls,
    reference_of,
)
from fakes.relays import collect, lease_of, run
from fakes.text_messages import SMS_SENDER, text_messages, twilio_settings

OK = Answered(204, "")
GONE = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'


@dataclass
class Scripts:
    """Renders the content of a call anew; `closed`: it cannot now, `gone`: its round is closed."""

    closed: bool = False
    gone: bool = False

    async def script(self, code: ReturnCode) -> bytes | None:
        if self.closed:
            message = "the ledger cannot be reached"
            raise Unavailable(message)
        return None if self.gone else call_content(code.seq)


@dataclass
class Place:
    """A listener, the fake Twilio, and one text and one call that were sent."""

    server: TwilioServer
    desk: RecordingDesk
    scripts: Scripts
    twilio: TwilioCallbacks
    text: str
    call: str
    url: str


def named_texts(count: int) -> list[Message]:
    return [each._replace(code=str(code_of(each.seq))) for each in text_messages(count)]


@asynccontextmanager
async def _place() -> AsyncIterator[Place]:
    desk, scripts = RecordingDesk(ROUND_KEY), Scripts()
    app = web.Application()
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with TwilioServer() as server:
        settings = call_settings(server, public_url=url)
        texts = twilio_settings(server, public_url=url)
        async with TwilioCalls(settings) as calls, TwilioSms(texts) as sms:
            app.add_routes(text_routes(texts, desk))
            app.add_routes(call_routes(settings, desk, scripts, calls))
            await runner.setup()
            await web.SockSite(runner, listening).start()
            flushes = sms.send(named_texts(1), lease_of(), sender=SMS_SENDER)
            await collect(flushes)
            await collect(calls.send(phone_calls(1), lease_of(), sender=CALLER))
            yield Place(
                server,
                desk,
                scripts,
                TwilioCallbacks(server),
                server.messages[0]["sid"],
                server.calls[0]["sid"],
                url,
            )
        await runner.cleanup()


def _with_place(test: Callable[[Place], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with _place() as place:
            await test(place)

    run(main())


def _receipt(heard: Heard, reason: Reason = Reason.NONE) -> Receipt:
    return Receipt(code_of(0), heard, reason, "twilio")


def test_a_delivered_text_is_on_record() -> None:
    async def main(place: Place) -> None:
        assert await place.twilio.text(place.text, "sent") == OK
        assert place.desk.on_record == []
        assert await place.twilio.text(place.text, "delivered") == OK
        assert place.desk.on_record == [_receipt(Heard.DELIVERED)]

    _with_place(main)


def test_statuses_out_of_order_and_twice_are_on_record_once() -> None:
    async def main(place: Place) -> None:
        for status in ("delivered", "queued", "delivered", "sent"):
            assert await place.twilio.text(place.text, status) == OK
        assert place.desk.handed_in == 2
        assert place.desk.on_record == [_receipt(Heard.DELIVERED)]

    _with_place(main)


def test_a_failed_text_is_on_record_with_its_reason() -> None:
    async def main(place: Place) -> None:
        assert await place.twilio.text(place.text, "undelivered", error_code=30005) == OK
        assert place.desk.on_record == [_receipt(Heard.FAILED, Reason.NO_SUCH_MAILBOX)]

    _with_place(main)


def test_forged_callbacks_are_refused_and_change_nothing() -> None:
    async def main(place: Place) -> None:
        forger = TwilioCallbacks(place.server, forged=True)
        answers = [
            await forger.text(place.text, "delivered"),
            await forger.call(place.call, "completed", answered_by="human"),
            await forger.picked_up(place.call, "machine_end_beep"),
            await forger.pressed(place.call, "2"),
        ]
        assert [answer.status for answer in answers] == [403] * 4
        assert place.desk.handed_in == 0
        assert place.server.changes == []

    _with_place(main)


def test_a_signature_counts_for_its_own_notice_only() -> None:
    async def main(place: Place) -> None:
        fields = {"MessageStatus": "delivered"}
        signed = f"{place.url}/twilio/sms/{code_of(0)}"
        assert (await post(signed, fields)).status == 204
        for other in (
            f"{place.url}/twilio/sms/{code_of(1)}",
            f"{place.url}/twilio/call/{code_of(0)}",
            f"{signed}?a=b",
        ):
            assert (await post(signed, fields, to=other)).status == 403
        assert len(place.desk.on_record) == 1

    _with_place(main)


def test_a_code_that_nobody_knows_changes_nothing() -> None:
    async def main(place: Place) -> None:
        stranger = ReturnCode.of(b"x" * 32, "INC-7K2QX/r1", "example", 0, rung=1)
        for code in (str(stranger), "n-1", "x" * 200):
            url = f"{place.url}/twilio/sms/{code}"
            assert (await post(url, {"MessageStatus": "delivered"})).status == 404
            url = f"{place.url}/twilio/call/{code}/keys"
            assert (await post(url, {"Digits": "2"})).status == 404
        assert place.desk.handed_in == 0

    _with_place(main)


def test_twilio_is_to_come_again_while_nothing_can_be_put_on_record() -> None:
    async def main(place: Place) -> None:
        place.desk.closed_for = 99
        answers = [
            await place.twilio.text(place.text, "delivered"),
            await place.twilio.call(place.call, "no-answer"),
            await place.twilio.pressed(place.call, "2"),
        ]
        assert [answer.status for answer in answers] == [503] * 3
        assert place.desk.closed_for == 99 - 3 * (1 + 5)
        assert place.desk.on_record == []

    _with_place(main)


def test_what_could_not_be_put_on_record_at_first_is_once_it_can() -> None:
    async def main(place: Place) -> None:
        place.desk.closed_for = 3
        assert await place.twilio.text(place.text, "delivered") == OK
        assert place.desk.closed_for == 0
        assert place.desk.on_record == [_receipt(Heard.DELIVERED)]

    _with_place(main)


def test_amid_errors_doubles_delays_and_forgeries_each_text_is_on_record_once() -> None:
    """Statuses of a hundred texts in any order, twice over, one in twenty forged or unheard."""

    async def main(place: Place) -> None:
        forger, chance = TwilioCallbacks(place.server, forged=True), random.Random(11)  # noqa: S311
        texts = twilio_settings(place.server, public_url=place.url)
        async with TwilioSms(texts) as sms:
            flushes = sms.send(named_texts(100), lease_of(), sender=SMS_SENDER)
            await collect(flushes)
        sids = [text["sid"] for text in place.server.messages[1:]]
        delivered, failed = sids[:80], sids[80:]
        told = [(sid, "delivered") for sid in delivered] + [(sid, "undelivered") for sid in failed]
        told = (told + [(sid, "sent") for sid in sids]) * 2
        chance.shuffle(told)
        for n, (sid, status) in enumerate(told):
            if n % 20 == 0:
                lie = "delivered" if sid in failed else "undelivered"
                assert (await forger.text(sid, lie)).status == 403
            if n % 20 == 1:
                place.desk.closed_for = 2
            assert await place.twilio.text(sid, status) == OK
        heard = {receipt.code: receipt.heard for receipt in place.desk.on_record}
        assert len(place.desk.on_record) == len(heard) == 100
        assert heard == {
            code_of(seq): Heard.DELIVERED if seq < 80 else Heard.FAILED for seq in range(100)
        }

    _with_place(main)


@pytest.mark.parametrize(
    ("status", "answered_by", "on_record"),
    [
        ("ringing", None, []),
        ("completed", "human", [_receipt(Heard.DELIVERED)]),
        ("completed", "machine_end_beep", []),
        ("completed", None, []),
        ("busy", None, [_receipt(Heard.FAILED, Reason.NO_ANSWER)]),
        ("no-answer", None, [_receipt(Heard.FAILED, Reason.NO_ANSWER)]),
    ],
)
def test_what_came_of_a_call_is_on_record(
    status: str, answered_by: str | None, on_record: list[Receipt]
) -> None:
    async def main(place: Place) -> None:
        assert await place.twilio.call(place.call, status, answered_by=answered_by) == OK
        assert place.desk.on_record == on_record

    _with_place(main)


def test_a_human_who_presses_two_confirmed() -> None:
    async def main(place: Place) -> None:
        assert await place.twilio.picked_up(place.call, "human") == OK
        answer = await place.twilio.pressed(place.call, "2")
        assert answer == Answered(200, GONE)
        assert await place.twilio.call(place.call, "completed", answered_by="human") == OK
        heard = [receipt.heard for receipt in place.desk.on_record]
        assert heard == [Heard.DELIVERED, Heard.CONFIRMED]
        assert place.server.changes == []

    _with_place(main)


@pytest.mark.parametrize("key", ["1", "7", "*", ""])
def test_any_other_key_says_it_again(key: str) -> None:
    async def main(place: Place) -> None:
        answer = await place.twilio.pressed(place.call, key)
        assert answer.status == 200
        assert answer.text.count("<Gather") == 1
        assert "This is a recorded message" in answer.text
        assert answer.text.count(reference_of(0).split("-")[0]) == 2
        assert place.desk.on_record == []

    _with_place(main)


def test_a_script_that_is_gone_ends_the_call() -> None:
    async def main(place: Place) -> None:
        place.scripts.gone = True
        assert await place.twilio.pressed(place.call, "1") == Answered(200, GONE)
        place.scripts.closed = True
        assert (await place.twilio.pressed(place.call, "1")).status == 503

    _with_place(main)


def test_a_machine_is_left_the_neutral_words_and_is_no_evidence() -> None:
    async def main(place: Place) -> None:
        assert await place.twilio.picked_up(place.call, "machine_end_silence") == OK
        ((sid, twiml),) = place.server.changes
        assert sid == place.call
        assert "has an important notice" in twiml
        assert reference_of(0).split("-")[0] not in twiml
        assert place.desk.handed_in == 0

    _with_place(main)


def test_bodies_are_bounded_before_anything_is_looked_at() -> None:
    async def main(place: Place) -> None:
        url = f"{place.url}/twilio/sms/{code_of(0)}"
        assert (await post(url, {"Body": "x" * LARGEST})).status == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"x" * 1024

        async with aiohttp.ClientSession() as session:
            async with session.post(url, data=endless()) as answer:
                assert answer.status == 413
            async with session.post(url, data=b"\xff=\xff") as answer:
                assert answer.status == 403
            async with session.post(url, data=b"&".join([b"a=b"] * 300)) as answer:
                assert answer.status == 403
            async with session.get(url) as answer:
                assert answer.status == 405
        assert place.desk.handed_in == 0

    _with_place(main)


def test_twilio_reaches_the_listener_under_the_public_address_behind_a_proxy() -> None:
    async def main(place: Place) -> None:
        desk = RecordingDesk(ROUND_KEY)
        public = twilio_settings(place.server, public_url="https://organisation.test/back")
        app = web.Application()
        app.add_routes(text_routes(public, desk))
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        here = f"http://127.0.0.1:{runner.addresses[0][1]}/twilio/sms/{code_of(0)}"
        given = f"https://organisation.test/back/twilio/sms/{code_of(0)}#rc=5&rp=5xx,ct,rt"
        answer = await post(given, {"MessageStatus": "delivered"}, to=here)
        assert answer == OK
        assert desk.on_record == [_receipt(Heard.DELIVERED)]
        await runner.cleanup()

    _with_place(main)
