"""Lease, credits and heartbeats, counted at the relay."""

import asyncio
import time
from contextlib import aclosing
from itertools import pairwise

import pytest
from tocsin.demo.behaviour import Do
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.lease import Order, boottime
from tocsin.schemas.outcome import Accepted

from fakes.relays import SENDER, collect, lease_of, messages, plan, run, settings


def test_a_relay_slower_than_the_lease_is_served_by_heartbeats() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(delay_ms=700)) as relay,
            SmtpMailer([settings(relay, connections=1)], flush=10) as mailer,
        ):
            lease = lease_of(0.3)
            gaps = [time.monotonic()]
            sizes: list[int] = []

            def renew(flush: tuple[Sent, ...]) -> None:
                lease.renew(boottime() + 0.3, Order.GO)
                gaps.append(time.monotonic())
                sizes.append(len(flush))

            sent = await collect(mailer.send(messages(2), lease, sender=SENDER), renew)
            assert len(sent) == 2
            assert sizes.count(0) >= 6
            assert max(b - a for a, b in pairwise(gaps)) < 0.25

    run(main())


def test_a_lease_lost_in_the_middle_drops_the_connection_before_the_next_write() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(delay_ms=100)) as relay,
            SmtpMailer([settings(relay, connections=2)], flush=100) as mailer,
        ):
            lease = lease_of()
            flushes = mailer.send(messages(50), lease, sender=SENDER)
            async with aclosing(flushes) as open_flushes:
                async for _flush in open_flushes:
                    lease.fenced = True
                    before = len(relay.received)
                    break
                async for _flush in open_flushes:
                    pass
            await asyncio.sleep(0.25)
            assert len(relay.received) - before <= 2

    run(main())


@pytest.mark.parametrize("last", [b"MAIL", b"RCPT", b"DATA"])
def test_a_lease_lost_between_the_commands_stops_before_the_next_one(last: bytes) -> None:
    async def main() -> None:
        lease = lease_of()
        heard: list[bytes] = []

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 relay.test\r\n")
            while line := await reader.readline():
                heard.append(line[:4])
                lease.fenced = line[:4] == last  # lost while the relay thinks about its answer
                writer.write(b"354 go on\r\n" if line[:4] == b"DATA" else b"250 ok\r\n")
            writer.close()

        async with await asyncio.start_server(relay, "127.0.0.1", 0) as server:
            here = RelaySettings(
                "relay-a",
                "127.0.0.1",
                server.sockets[0].getsockname()[1],
                Tls.NONE,
                connections=1,
                hello="localhost",
            )
            async with SmtpMailer([here], flush=10) as mailer:
                assert await collect(mailer.send(messages(3), lease, sender=SENDER)) == {}
                assert mailer.credits.available == mailer.credits.total
            await asyncio.sleep(0.05)
        commands = [b"EHLO", b"MAIL", b"RCPT", b"DATA"]
        assert heard == commands[: commands.index(last) + 1]

    run(main())


def test_closing_early_cuts_what_is_out_and_returns_its_credits() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan({1: Do.HANG_AFTER_DOT, 2: Do.HANG})) as relay,
            SmtpMailer([settings(relay, timeout_s=10)], flush=10) as mailer,
        ):
            flushes = mailer.send(messages(2, start=1), lease_of(0.3), sender=SENDER)
            assert await anext(flushes) == ()
            assert mailer.credits.available == mailer.credits.total - 2
            await flushes.aclose()
            assert mailer.credits.available == mailer.credits.total
            await asyncio.sleep(0.1)
            assert not relay.sessions
            sent = await collect(mailer.send(messages(5, start=10), lease_of(), sender=SENDER))
            assert len(sent) == 5

    run(main())


def test_all_sends_of_a_mailer_share_one_bound() -> None:
    async def main() -> None:
        flush, connections = 10, 4
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=connections)], flush=flush) as mailer,
        ):
            applied = 0

            async def batch(start: int) -> None:
                nonlocal applied
                sent = mailer.send(messages(60, start=start), lease_of(), sender=SENDER)
                async with aclosing(sent) as flushes:
                    async for one in flushes:
                        await asyncio.sleep(0.02)
                        assert len(relay.received) - applied <= flush + connections
                        applied += len(one)

            async with asyncio.TaskGroup() as group:
                for start in (0, 100, 200):
                    group.create_task(batch(start))
            assert applied == 180
            assert mailer.credits.available == mailer.credits.total

    run(main())


def test_a_paused_send_finishes_what_is_out_and_starts_nothing() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(delay_ms=150)) as relay,
            SmtpMailer([settings(relay, connections=3)], flush=50) as mailer,
        ):
            lease = lease_of()
            asyncio.get_running_loop().call_later(0.05, setattr, lease, "order", Order.PAUSE)
            sent = await collect(mailer.send(messages(30), lease, sender=SENDER))
            assert 1 <= len(sent) <= 3
            assert len(relay.received) == len(sent)
            assert all(isinstance(s.outcome, Accepted) for s in sent.values())

    run(main())


def test_an_idle_connection_that_the_relay_closed_is_replaced_unnoticed() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=2)], flush=10) as mailer,
        ):
            await collect(mailer.send(messages(10), lease_of(), sender=SENDER))
            for session in tuple(relay.sessions):
                assert session.transport is not None
                session.transport.abort()
            sent = await collect(mailer.send(messages(10, start=10), lease_of(), sender=SENDER))
            assert all(isinstance(s.outcome, Accepted) for s in sent.values())
            assert relay.connections == 4

    run(main())


def test_an_error_of_the_caller_leaves_the_mailer_as_it_is() -> None:
    async def main() -> None:
        async with RelayServer() as relay, SmtpMailer([settings(relay)], flush=10) as mailer:
            async for _flush in mailer.send(messages(3), lease_of(), sender=SENDER):
                raise LookupError

    try:
        run(main())
    except LookupError:
        return
    raise AssertionError
