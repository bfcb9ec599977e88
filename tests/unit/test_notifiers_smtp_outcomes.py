"""What the relay does to a message, and what the mailer says became of it."""

import asyncio

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.relays import SENDER, address, collect, lease_of, message, messages, plan, run, settings

MISBEHAVIOUR = pytest.mark.parametrize(
    ("do", "outcome"),
    [
        (Do.REFUSE, Refused(Reason.NO_SUCH_MAILBOX)),
        (Do.POLICY, Refused(Reason.REFUSED_BY_POLICY)),
        (Do.FULL, Deferred(Reason.MAILBOX_FULL)),
        (Do.DEFER, Deferred(Reason.RATE_LIMITED)),
        (Do.CLOSE_421, Deferred(Reason.RELAY_UNAVAILABLE)),
        (Do.DROP, Deferred(Reason.CONNECTION_LOST)),
        (Do.GARBAGE, Deferred(Reason.PROTOCOL_ERROR)),
        (Do.HANG, Deferred(Reason.TIMED_OUT)),
        (Do.DROP_AFTER_DOT, InDoubt(Reason.CONNECTION_LOST)),
        (Do.GARBAGE_AFTER_DOT, InDoubt(Reason.PROTOCOL_ERROR)),
        (Do.HANG_AFTER_DOT, InDoubt(Reason.TIMED_OUT)),
    ],
)
PIPELINING = pytest.mark.parametrize("pipelining", [True, False])


@MISBEHAVIOUR
@PIPELINING
def test_one_misbehaving_mailbox_touches_nobody_else(
    do: Do, outcome: Deferred | Refused | InDoubt, pipelining: bool
) -> None:
    async def main() -> None:
        async with (
            RelayServer(plan({4: do}, pipelining=pipelining)) as relay,
            SmtpMailer([settings(relay, timeout_s=0.4, connections=3)], flush=10) as mailer,
        ):
            before = await collect(mailer.send(messages(4), lease_of(), sender=SENDER))
            mine = await collect(mailer.send([message(4)], lease_of(), sender=SENDER))
            assert mine[4].outcome == outcome
            await asyncio.sleep(1.05 if outcome.reason is Reason.TIMED_OUT else 0)
            after = await collect(mailer.send(messages(4, start=5), lease_of(), sender=SENDER))
            others = [*before.values(), *after.values()]
            assert len(others) == 8
            assert all(isinstance(sent.outcome, Accepted) for sent in others)
            assert mailer.credits.available == mailer.credits.total

    run(main())


@MISBEHAVIOUR
@PIPELINING
def test_one_misbehaving_mailbox_amid_others_touches_none_of_them(
    do: Do, outcome: Deferred | Refused | InDoubt, pipelining: bool
) -> None:
    async def main() -> None:
        # refused, deferred and dropped among people whose commands share a write with theirs
        planned = dict.fromkeys((4, 11, 12), do)
        async with (
            RelayServer(plan(planned, pipelining=pipelining)) as relay,
            SmtpMailer([settings(relay, timeout_s=0.4, connections=2)], flush=40) as mailer,
        ):
            sent = await collect(mailer.send(messages(30), lease_of(), sender=SENDER))
            hung = outcome.reason is Reason.TIMED_OUT  # its relay is left alone for a while then
            for seq, one in sent.items():
                if seq in planned:
                    assert one.outcome == outcome or hung
                else:
                    assert isinstance(one.outcome, Accepted) or hung
            assert len(sent) == 30
            told = [each.address for each in relay.received if each.accepted]
            assert len(told) == len(set(told))
            accepted = {s.seq for s in sent.values() if isinstance(s.outcome, Accepted)}
            assert {address(seq) for seq in accepted} == set(told)
            assert mailer.credits.available == mailer.credits.total

    run(main())


def test_a_slow_mailbox_is_accepted_with_the_relays_queue_id() -> None:
    async def main() -> None:
        slow = RelayPlan(addresses={address(0): Behaviour(do=Do.SLOW, delay_ms=50)})
        async with (
            RelayServer(slow) as relay,
            SmtpMailer([settings(relay)], flush=10) as mailer,
        ):
            sent = await collect(mailer.send(messages(1), lease_of(), sender=SENDER))
            assert sent[0].outcome == Accepted("0000000001")

    run(main())


def test_a_message_in_doubt_is_sent_again_byte_for_byte() -> None:
    async def main() -> None:
        dropped = RelayPlan(addresses={address(0): Behaviour(do=Do.DROP_AFTER_DOT, times=1)})
        body = b".a dot first\r\n..two\r\nplain\r\n.\r\nend"
        async with (
            RelayServer(dropped) as relay,
            SmtpMailer([settings(relay)], flush=10) as mailer,
        ):
            notice = message(0, body=body)
            first = await collect(mailer.send([notice], lease_of(), sender=SENDER))
            second = await collect(mailer.send([notice], lease_of(), sender=SENDER))
            assert first[0].outcome == InDoubt(Reason.CONNECTION_LOST)
            assert isinstance(second[0].outcome, Accepted)
            one, two = relay.received
            assert (one.sha256, one.message_id) == (two.sha256, two.message_id)
            assert (one.accepted, two.accepted) == (False, True)

    run(main())


def test_a_relay_that_refuses_our_sender_is_no_fault_of_the_person() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(refuse_sender=True)) as relay,
            SmtpMailer([settings(relay)], flush=10) as mailer,
        ):
            sent = await collect(mailer.send(messages(3), lease_of(), sender=SENDER))
            assert {s.outcome for s in sent.values()} == {Deferred(Reason.RELAY_REFUSED_US)}

    run(main())


def test_addresses_that_would_break_the_envelope_never_reach_the_relay() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay)], flush=10) as mailer,
        ):
            bad = ("", "no-at-sign", "a@b.test>\r\nDATA", "a b@c.test", "ü@c.test")
            notices = [message(i)._replace(recipient=text) for i, text in enumerate(bad)]
            sent = await collect(mailer.send(notices, lease_of(), sender=SENDER))
            assert {s.outcome for s in sent.values()} == {Refused(Reason.MALFORMED_ADDRESS)}
            assert len(sent) == len(bad)
            assert not relay.offered

    run(main())


def test_a_sender_that_would_break_the_envelope_is_a_wrong_setting() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay)], flush=10) as mailer,
        ):
            await collect(mailer.send(messages(1), lease_of(), sender="a@b.test>\r\nRSET"))

    with pytest.raises(InvalidInput, match="sender"):
        run(main())
