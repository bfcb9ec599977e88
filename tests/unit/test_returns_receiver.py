"""Bounces brought over LMTP and SMTP: who is let in, and when the answer is yes."""

import asyncio
import logging
import random
from contextlib import AsyncExitStack, suppress
from email.message import EmailMessage

import aiosmtplib
import pytest
from tocsin.returns.bounce_receiver import BounceReceiver
from tocsin.returns.dsn import Kind
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.outcome import Reason

from fakes import bounces
from fakes.bounce_clients import (
    bounce_address,
    lmtp,
    receiver_settings,
    smtp_settings,
    wire_to,
)
from fakes.bounces import postfix
from fakes.recording_desk import RecordingDesk, code_of, forged
from fakes.relays import run

FIRST = bounce_address(code_of(0))
SECOND = bounce_address(code_of(1))


def failed(seq: int, reason: Reason = Reason.NO_SUCH_MAILBOX) -> Receipt:
    return Receipt(code_of(seq), Heard.FAILED, reason, "dsn")


def test_a_bounce_over_lmtp_is_on_record_for_each_of_its_codes() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk) as (receiver, wire):
            taken, answers = await wire.bring(postfix(), [FIRST, SECOND])
            assert [answer[:3] for answer in taken] == ["250", "250"]
            assert [answer[:3] for answer in answers] == ["250", "250"]
            assert desk.records == {failed(0): 1, failed(1): 1}
            assert receiver.counts == {Kind.REPORT: 1}
            assert await wire.say("QUIT") == "221 Bye"

    run(main())


def test_a_bounce_over_smtp_is_taken_from_a_real_client() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with (
            BounceReceiver(smtp_settings(), desk) as receiver,
            aiosmtplib.SMTP(hostname="127.0.0.1", port=receiver.port, start_tls=False) as client,
        ):
            refused, said = await client.sendmail("", [FIRST, FIRST.upper()], postfix())
            assert refused == {}
            assert said.startswith("2.0.0 ")
            assert client.supports_extension("pipelining") and client.supports_extension("size")
            assert not client.supports_extension("auth")
        assert desk.records == {failed(0): 1}

    run(main())


@pytest.mark.parametrize(
    "address",
    [
        bounce_address(forged(0)),
        bounce_address(code_of(0, round_id="INC-7K2QX/r2")),
        FIRST.replace("bounces.", ""),
        "postmaster@bounces.organisation.test",
        "person0@example.test",
        "nobody",
    ],
    ids=["forged", "unknown round", "other domain", "postmaster", "relaying", "no domain"],
)
def test_whoever_is_no_genuine_code_is_refused_alike_and_nothing_changes(address: str) -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk) as (receiver, wire):
            taken, answers = await wire.bring(postfix(), [address])
            assert taken == ["550 5.1.1 no such mailbox"]
            assert answers[0].startswith("503 ")
            assert desk.records == {} and receiver.counts == {}
            assert (await wire.say("RSET")).startswith("250 ")
            _, answers = await wire.bring(postfix(), [address, FIRST])
            assert len(answers) == 1 and answers[0].startswith("250 ")
            assert desk.records == {failed(0): 1}

    run(main())


def test_a_bounce_is_answered_yes_only_when_it_is_on_record() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        desk.open.clear()
        async with lmtp(desk) as (_, wire):
            bringing = asyncio.create_task(wire.bring(postfix(), [FIRST]))
            await asyncio.sleep(0.2)
            assert not bringing.done() and desk.records == {}
            desk.open.set()
            _, answers = await bringing
            assert answers == ["250 2.0.0 taken"] and desk.records == {failed(0): 1}

    run(main())


def test_while_nothing_can_be_put_on_record_the_bounce_stays_with_its_bringer() -> None:
    async def main() -> None:
        desk = RecordingDesk(away=True)
        async with lmtp(desk) as (receiver, wire):
            _, answers = await wire.bring(postfix(), [FIRST, SECOND])
            assert answers == ["451 4.3.0 not now, come again"] * 2
            assert receiver.counts == {}
            desk.away = False
            _, answers = await wire.bring(postfix(), [FIRST, SECOND])
            assert [answer[:3] for answer in answers] == ["250", "250"]
            assert desk.records == {failed(0): 1, failed(1): 1}
            desk.knows_nothing = True
            taken, _ = await wire.bring(postfix(), [FIRST])
            assert taken == ["451 4.3.0 not now, come again"]

    run(main())


def test_late_doubled_and_out_of_order_each_is_handed_in_as_it_comes() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        delivered = Receipt(code_of(0), Heard.DELIVERED, Reason.NONE, "dsn")
        async with lmtp(desk) as (receiver, wire):
            for content in (
                postfix(),
                postfix("delayed", "4.4.1", ""),
                postfix(),
                postfix("delivered", "2.0.0", ""),
            ):
                _, answers = await wire.bring(content, [FIRST])
                assert answers == ["250 2.0.0 taken"]
            assert desk.records == {failed(0): 2, delivered: 1}
            assert receiver.counts == {Kind.REPORT: 4}

    run(main())


def test_what_says_nothing_is_taken_and_counted() -> None:
    async def main() -> None:
        desk = RecordingDesk(away=True)
        async with lmtp(desk) as (receiver, wire):
            for content in (bounces.vacation(), bounces.human_reply(), b"", b"\xff\x00"):
                _, answers = await wire.bring(content, [FIRST])
                assert answers == ["250 2.0.0 taken"]
            assert desk.records == {}
            assert receiver.counts == {Kind.AUTOMATIC: 1, Kind.OTHER: 3}

    run(main())


def test_sessions_that_end_together_share_one_write() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        desk.open.clear()

        async def bring(receiver: BounceReceiver, seq: int) -> None:
            async with wire_to(receiver) as wire:
                await wire.greet()
                _, answers = await wire.bring(postfix(), [bounce_address(code_of(seq))])
                assert answers == ["250 2.0.0 taken"]

        async with (
            BounceReceiver(receiver_settings(), desk) as receiver,
            asyncio.TaskGroup() as group,
        ):
            for seq in range(20):
                group.create_task(bring(receiver, seq))
            await asyncio.sleep(0.5)
            desk.open.set()
        assert desk.records == {failed(seq): 1 for seq in range(20)}
        assert len(desk.writes) <= 2 and sum(desk.writes) == 20

    run(main())


def test_a_session_that_is_cut_off_takes_nothing_from_the_others() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        desk.open.clear()
        async with lmtp(desk) as (receiver, first), wire_to(receiver) as second:
            await second.greet()
            cut_off = asyncio.create_task(first.bring(postfix(), [FIRST]))
            staying = asyncio.create_task(second.bring(postfix(), [SECOND]))
            await asyncio.sleep(0.2)
            first.writer.transport.abort()
            await asyncio.sleep(0.1)
            desk.open.set()
            _, answers = await staying
            assert answers == ["250 2.0.0 taken"]
            assert desk.records == {failed(0): 1, failed(1): 1}
            await asyncio.gather(cut_off, return_exceptions=True)

    run(main())


def test_a_receiver_that_stops_says_so_to_whoever_waits() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        desk.open.clear()
        async with AsyncExitStack() as later:
            async with BounceReceiver(receiver_settings(), desk) as receiver:
                wire = await later.enter_async_context(wire_to(receiver))
                await wire.greet()
                bringing = asyncio.create_task(wire.bring(postfix(), [FIRST, SECOND]))
                await asyncio.sleep(0.2)
            _, answers = await bringing
            assert answers == ["451 4.3.0 not now, come again"] * 2
            assert await wire.reader.read() == b""
        assert desk.records == {}

    run(main())


def test_a_message_that_is_too_long_is_refused_for_each_recipient() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        long = postfix() + b"x" * 70 + b"\r\n" * 1000
        async with lmtp(desk, size_limit=2048) as (_, wire):
            _, answers = await wire.bring(long, [FIRST, SECOND])
            assert [answer[:3] for answer in answers] == ["552", "552"]
            assert desk.records == {}
            announced = await wire.say("MAIL FROM:<> SIZE=4096")
            assert announced.startswith("552 ")
            _, answers = await wire.bring(postfix(), [FIRST])
            assert answers == ["250 2.0.0 taken"]

    run(main())


@pytest.mark.parametrize("line", [b"x" * 80 + b"\r\n", b"x" * 82], ids=["lines", "one line"])
def test_a_message_without_an_end_is_cut_off(line: bytes) -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk, size_limit=4096) as (_, wire):
            await wire.say("MAIL FROM:<>")
            await wire.say(f"RCPT TO:<{FIRST}>")
            await wire.say("DATA")
            with pytest.raises(ConnectionError):
                await wire.pour(line * 10)
            assert desk.records == {}

    run(main())


def test_no_session_is_held_open_in_silence_and_no_more_than_agreed() -> None:
    async def main() -> None:
        async with lmtp(RecordingDesk(), timeout_s=0.5, sessions=2) as (receiver, wire):
            async with wire_to(receiver) as second, wire_to(receiver) as third:
                await second.greet()
                assert (await third.answer()).startswith("421 4.3.2 ")
                assert await third.reader.read() == b""
                await wire.say("MAIL FROM:<>")
                await wire.say(f"RCPT TO:<{FIRST}>")
                await wire.say("DATA")
                assert await wire.reader.read() == b""
                assert await second.reader.read() == b""
            async with wire_to(receiver) as fourth:
                await fourth.greet()

    run(main())


def test_no_command_tells_who_is_known() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk, recipients=2) as (_, wire):
            asked = [FIRST, bounce_address(forged(0)), "person0@example.test", ""]
            assert len({await wire.say(f"VRFY {address}") for address in asked}) == 1
            assert (await wire.say(f"EXPN {FIRST}")).startswith("502 ")
            assert (await wire.say("AUTH PLAIN AHgAeA==")).startswith("502 ")
            assert (await wire.say("EHLO relay.test")).startswith("500 ")
            assert (await wire.say("HELO relay.test")).startswith("500 ")
            taken, _ = await wire.bring(postfix(), [FIRST, SECOND, FIRST])
            assert [answer[:3] for answer in taken] == ["250", "250", "452"]

    run(main())


def test_commands_that_come_at_once_are_answered_in_turn() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk) as (_, wire):
            wire.writer.write(f"MAIL FROM:<>\r\nRCPT TO:<{FIRST}>\r\nDATA\r\n".encode())
            assert [(await wire.answer())[:3] for _ in range(3)] == ["250", "250", "354"]
            wire.writer.write(postfix() + b"\r\n.\r\nQUIT\r\n")
            assert [(await wire.answer())[:3] for _ in range(2)] == ["250", "221"]
            assert desk.records == {failed(0): 1}

    run(main())


def test_a_bounce_with_long_lines_and_bare_line_feeds_is_taken() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with lmtp(desk) as (_, wire):
            for content in (
                postfix().replace(b" said: ", b" said: " + b"x" * 5000),
                postfix("failed", "5.1.1", "smtp; 550 " + "x" * 20_000),
                postfix().replace(b"\r\n", b"\n"),
            ):
                _, answers = await wire.bring(content, [FIRST])
                assert answers == ["250 2.0.0 taken"]
            assert desk.records == {failed(0): 3}

    run(main())


def test_noise_on_the_wire_changes_nothing_and_the_next_session_is_served() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        noise = random.Random(7)  # noqa: S311  # the same noise every time
        async with BounceReceiver(receiver_settings(), desk) as receiver:
            for _ in range(30):
                async with wire_to(receiver) as wire:
                    await wire.greet()
                    for _ in range(20):
                        start = noise.choice((b"MAIL FROM:", b"RCPT TO:<", b"DATA", b"LHLO ", b""))
                        wire.writer.write(start + noise.randbytes(noise.randrange(700)) + b"\r\n")
                    wire.writer.write(b"\r\n.\r\nQUIT\r\n")
                    with suppress(ConnectionError):
                        await wire.reader.read()
            async with wire_to(receiver) as wire:
                await wire.greet()
                _, answers = await wire.bring(postfix(), [FIRST])
                assert answers == ["250 2.0.0 taken"]
        assert desk.records == {failed(0): 1}

    run(main())


def test_an_unforeseen_error_leaves_the_bounce_with_its_bringer_and_is_not_repeated() -> None:
    class Broken(RecordingDesk):
        async def knows(self, code: object) -> bool:
            message = f"cannot read {code}"
            raise ValueError(message)

    async def main() -> None:
        async with lmtp(Broken()) as (_, wire):
            taken, _ = await wire.bring(postfix(), [FIRST])
            assert taken == ["451 4.3.0 not now, come again"]

    run(main())


def test_no_address_and_no_code_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with lmtp(RecordingDesk()) as (_, wire):
            await wire.bring(postfix(), [FIRST, "person0@example.test"])

    with caplog.at_level(logging.DEBUG):
        run(main())
    assert "example.test" not in caplog.text and str(code_of(0)) not in caplog.text


def test_a_real_client_that_made_no_bounce_is_taken_too() -> None:
    async def main() -> None:
        note = EmailMessage()
        note["From"], note["Subject"] = "person0@example.test", "Re: your data"
        note.set_content("Thank you.\n.\nA dot stood alone.")
        async with BounceReceiver(smtp_settings(), RecordingDesk()) as receiver:
            await aiosmtplib.send(
                note,
                sender="person0@example.test",
                recipients=[FIRST],
                hostname="127.0.0.1",
                port=receiver.port,
                start_tls=False,
            )
            assert receiver.counts == {Kind.OTHER: 1}

    run(main())
