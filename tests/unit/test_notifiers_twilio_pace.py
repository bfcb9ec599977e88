"""An account's pace: its rate holds for all sendings together, and so does a time Twilio names."""

import asyncio
import time

import pytest
from tocsin.demo.twilio_server import Answer, Do, Plan, TwilioServer
from tocsin.notifiers.twilio_calls import TwilioCalls
from tocsin.notifiers.twilio_receipts import Finding
from tocsin.notifiers.twilio_sms import TwilioSms
from tocsin.schemas.evidence import Heard
from tocsin.schemas.lease import Order, boottime
from tocsin.schemas.outcome import Accepted, Deferred, Reason

from fakes.phone_calls import CALLER, PUBLIC, call_settings, phone_calls
from fakes.relays import collect, lease_of, run
from fakes.text_messages import SMS_SENDER, number, text_message, text_messages, twilio_settings

SENDINGS = 4


def test_several_sendings_together_keep_the_rate_of_the_account() -> None:
    async def main() -> None:
        async with (
            TwilioServer() as server,
            TwilioSms(twilio_settings(server, rate_per_s=50)) as sms,
        ):
            started = time.monotonic()
            await asyncio.gather(
                *(
                    collect(
                        sms.send(
                            [text_message(n * 10 + m) for m in range(8)],
                            lease_of(),
                            sender=SMS_SENDER,
                        )
                    )
                    for n in range(SENDINGS)
                )
            )
            took = time.monotonic() - started
            assert len(server.messages) == SENDINGS * 8
            assert took > (SENDINGS * 8 - 1) / 50

    run(main())


def test_a_time_that_twilio_named_holds_for_every_sending() -> None:
    async def main() -> None:
        plan: Plan = {number(0): [Answer(Do.REFUSE, status=429, code=20429, retry_after=30)]}
        async with TwilioServer(plan) as server, TwilioSms(twilio_settings(server)) as sms:
            await collect(sms.send(text_messages(1), lease_of(), sender=SMS_SENDER))
            for seq in (1, 2):
                sent = await collect(sms.send([text_message(seq)], lease_of(), sender=SMS_SENDER))
                outcome = sent[seq].outcome
                assert isinstance(outcome, Deferred)
                assert outcome.reason is Reason.NOT_ASKED
                assert 29 < (outcome.retry_after or 0) <= 30
            assert server.posts == [number(0)]

    run(main())


def test_whoever_waits_for_a_turn_sends_nothing_once_a_pause_is_ordered() -> None:
    async def main() -> None:
        async with (
            TwilioServer() as server,
            TwilioCalls(call_settings(server, rate_per_s=2)) as calls,
        ):
            lease = lease_of()
            asyncio.get_running_loop().call_later(0.2, lease.renew, boottime() + 30, Order.PAUSE)
            sent = await collect(calls.send(phone_calls(5), lease, sender=CALLER))
            assert list(sent) == [0]
            assert server.posts == [number(0)]

    run(main())


def test_waiting_for_a_turn_has_its_heartbeats() -> None:
    async def main() -> None:
        beats: list[int] = []
        async with (
            TwilioServer() as server,
            TwilioCalls(call_settings(server, rate_per_s=1)) as calls,
        ):
            lease = lease_of(1.2)

            def applied(flush: tuple[object, ...]) -> None:
                beats.append(len(flush))
                lease.renew(boottime() + 1.2, Order.GO)

            sent = await collect(calls.send(phone_calls(2), lease, sender=CALLER), applied)
            assert len(sent) == 2
            assert beats.count(0) >= 1

    run(main())


def test_silent_texts_are_asked_after() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioSms(twilio_settings(server)) as sms:
            sent = await collect(sms.send(text_messages(3), lease_of(), sender=SMS_SENDER))
            server.messages[1] |= {"status": "delivered"}
            server.messages[2] |= {"status": "undelivered", "error_code": 30005}
            sids = [o.provider_ref for s in sent.values() if isinstance(o := s.outcome, Accepted)]
            assert [found async for _sid, found in sms.poll(["", "../x", *sids])] == [
                None,
                Finding(Heard.DELIVERED),
                Finding(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
            ]
            assert server.fetches == 3

    run(main())


def test_silent_calls_are_asked_after() -> None:
    async def main() -> None:
        async with TwilioServer() as server, TwilioCalls(call_settings(server)) as calls:
            await collect(calls.send(phone_calls(3), lease_of(), sender=CALLER))
            server.calls[0] |= {"status": "completed", "answered_by": "human"}
            server.calls[1] |= {"status": "completed", "answered_by": "machine_end_beep"}
            server.calls[2] |= {"status": "no-answer"}
            sids = [call["sid"] for call in server.calls]
            assert [found async for _sid, found in calls.poll(sids)] == [
                Finding(Heard.DELIVERED),
                None,
                Finding(Heard.FAILED, Reason.NO_ANSWER),
            ]

    run(main())


def test_asking_keeps_the_rate_and_stops_when_told_to_wait() -> None:
    async def main() -> None:
        async with (
            TwilioServer() as server,
            TwilioSms(twilio_settings(server, rate_per_s=50)) as sms,
        ):
            sids = [f"SM{n:032x}" for n in range(10)]
            started = time.monotonic()
            assert len([sid async for sid, _ in sms.poll(sids)]) == 10
            assert time.monotonic() - started > 9 / 50
            server.fetches_fail = True
            assert [sid async for sid, _ in sms.poll(sids)] == []
            assert server.fetches == 11
            assert [sid async for sid, _ in sms.poll(sids)] == []
            assert server.fetches == 11  # it said how long to wait, and nobody asks before

    run(main())


@pytest.mark.parametrize(("public_url", "called_back"), [(PUBLIC, True), ("", False)])
def test_a_text_says_where_to_call_back_where_there_is_a_listener(
    public_url: str, called_back: bool
) -> None:
    async def main() -> None:
        async with (
            TwilioServer() as server,
            TwilioSms(twilio_settings(server, public_url=public_url)) as sms,
        ):
            named = [each._replace(code=f"code-{each.seq}") for each in text_messages(1)]
            flushes = sms.send(named, lease_of(), sender=SMS_SENDER)
            await collect(flushes)
            form = server.forms[server.messages[0]["sid"]]
            where = f"{PUBLIC}/twilio/sms/code-0#rc=5&rp=5xx,ct,rt" if called_back else None
            assert form.get("StatusCallback") == where

    run(main())
