"""Who stands in the envelope: one sender for all, or one of its own for each notice."""

import pytest
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.returns.bounce_receiver import BounceReceiver
from tocsin.returns.verp import Verp
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

from fakes.bounce_clients import DOMAIN, bounce_address, receiver_settings, wire_to
from fakes.bounces import postfix
from fakes.listening_relay import ListeningRelay
from fakes.recording_desk import RecordingDesk, code_of
from fakes.relays import SENDER, collect, lease_of, message, messages, run, settings


def _own(message: Message) -> str:
    return bounce_address(code_of(message.seq, lane=message.lane))


def test_each_notice_goes_out_with_the_sender_to_which_its_bounce_comes_back() -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with (
            ListeningRelay() as relay,
            SmtpMailer([settings(relay, connections=3)], flush=10) as mailer,
            BounceReceiver(receiver_settings(), desk) as receiver,
            wire_to(receiver) as wire,
        ):
            sent = await collect(mailer.send(messages(20), lease_of(), sender=_own))
            assert all(isinstance(each.outcome, Accepted) for each in sent.values())
            assert sorted(relay.senders) == sorted(_own(each) for each in messages(20))
            await wire.greet()
            await wire.bring(postfix(), [relay.senders[7]])
            (receipt,) = desk.records
            assert Verp(DOMAIN).address(receipt.code) == relay.senders[7]

    run(main())


def test_one_sender_stands_for_all() -> None:
    async def main() -> None:
        async with ListeningRelay() as relay, SmtpMailer([settings(relay)], flush=10) as mailer:
            await collect(mailer.send(messages(5), lease_of(), sender=SENDER))
            assert relay.senders == [SENDER] * 5

    run(main())


def test_two_lanes_with_the_same_number_keep_their_senders_apart() -> None:
    async def main() -> None:
        async with ListeningRelay() as relay, SmtpMailer([settings(relay)], flush=10) as mailer:
            notices = [message(3, lane="gmail"), message(3, lane="other")]
            async for _ in mailer.send(notices, lease_of(), sender=_own):
                pass
            assert set(relay.senders) == {_own(each) for each in notices}

    run(main())


@pytest.mark.parametrize("wrong", ["", "a b@example.test", "a@example.test>", "组织@example.test"])
@pytest.mark.parametrize("own", [False, True])
def test_a_sender_that_cannot_stand_there_is_refused_before_anything_is_sent(
    wrong: str, own: bool
) -> None:
    def of_each(message: Message) -> str:
        return wrong if message.seq == 4 else SENDER

    async def main() -> None:
        async with ListeningRelay() as relay, SmtpMailer([settings(relay)], flush=10) as mailer:
            sender = of_each if own else wrong
            with pytest.raises(InvalidInput) as refused:
                await collect(mailer.send(messages(5), lease_of(), sender=sender))
            assert refused.value.field == "sender"
            assert not wrong or wrong not in str(refused.value)
            assert relay.senders == []
            assert mailer.credits.available == mailer.credits.total

    run(main())
