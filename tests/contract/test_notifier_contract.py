"""What every notifier owes its caller, asked of each against what really receives the messages."""

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, closing
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
from tocsin.demo.fcm_server import FcmServer
from tocsin.demo.relay import RelayServer
from tocsin.demo.twilio_server import TwilioServer
from tocsin.notifiers.call_list import CallList
from tocsin.notifiers.fcm import FcmPush
from tocsin.notifiers.in_app import InApp
from tocsin.notifiers.letters import Letters
from tocsin.notifiers.outbox import Outbox
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.notifiers.twilio_calls import TwilioCalls
from tocsin.notifiers.twilio_sms import TwilioSms
from tocsin.notifiers.web_push import WebPush
from tocsin.notifiers.webhook import Webhook
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease, Order, boottime
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

from fakes.letters import letter, letter_settings, marked
from fakes.phone_calls import CALLER, call_settings, phone_call
from fakes.push_messages import (
    browser,
    call_list_settings,
    fcm_settings,
    in_app_settings,
    noticed,
    push_service,
    telephone,
    web_push_settings,
    webhook_settings,
)
from fakes.relays import SENDER, collect, lease_of, message, messages, plan, run, settings
from fakes.text_messages import SMS_SENDER, text_message, twilio_settings
from fakes.webhook_receiver import WebhookReceiver

FLUSH = 20
CONNECTIONS = 2
PER_FOLDER = 60


class Send(Protocol):
    """How every notifier is asked to send."""

    def __call__(
        self, messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]: ...


class Notifier(NamedTuple):
    """A notifier, and how many messages its receiving end holds."""

    send: Send
    delivered: Callable[[], int]
    bound: int


@asynccontextmanager
async def _smtp(_folder: Path) -> AsyncIterator[Notifier]:
    async with (
        RelayServer(plan()) as relay,
        SmtpMailer([settings(relay, connections=CONNECTIONS)], flush=FLUSH) as mailer,
    ):
        yield Notifier(mailer.send, lambda: len(relay.received), FLUSH + CONNECTIONS)


@asynccontextmanager
async def _outbox(folder: Path) -> AsyncIterator[Notifier]:
    async with Outbox(folder, flush=FLUSH) as outbox:
        yield Notifier(outbox.send, lambda: len(list(folder.rglob("*.eml"))), FLUSH)


@asynccontextmanager
async def _twilio(_folder: Path) -> AsyncIterator[Notifier]:
    async with TwilioServer() as server, TwilioSms(twilio_settings(server)) as sms:

        def send(
            messages: Sequence[Message], lease: Lease, *, sender: str
        ) -> AsyncGenerator[tuple[Sent, ...], None]:
            assert sender == SENDER
            texts = [text_message(each.seq) for each in messages]
            return sms.send(texts, lease, sender=SMS_SENDER)

        yield Notifier(send, lambda: len(server.messages), 1)


@asynccontextmanager
async def _letters(folder: Path) -> AsyncIterator[Notifier]:
    settings = letter_settings(folder, per_folder=PER_FOLDER, flush=FLUSH)
    async with Letters(settings) as notifier:

        def send(
            messages: Sequence[Message], lease: Lease, *, sender: str
        ) -> AsyncGenerator[tuple[Sent, ...], None]:
            return notifier.send([letter(each.seq) for each in messages], lease, sender=sender)

        def printed() -> int:
            counts = (json.loads((p / "manifest.json").read_text()) for p in marked(folder))
            return sum(each["letters"] for each in counts)

        yield Notifier(send, printed, PER_FOLDER)


@asynccontextmanager
async def _calls(_folder: Path) -> AsyncIterator[Notifier]:
    async with TwilioServer() as server, TwilioCalls(call_settings(server)) as calls:

        def send(
            messages: Sequence[Message], lease: Lease, *, sender: str
        ) -> AsyncGenerator[tuple[Sent, ...], None]:
            assert sender == SENDER
            return calls.send([phone_call(each.seq) for each in messages], lease, sender=CALLER)

        yield Notifier(send, lambda: len(server.calls), 1)


def _as(send: Send, recipient: Callable[[int], str]) -> Send:
    """Return `send` for the same people on a channel that takes JSON."""

    def sending(
        messages: Sequence[Message], lease: Lease, *, sender: str
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        found = [noticed(each.seq, recipient(each.seq)) for each in messages]
        return send(found, lease, sender=sender)

    return sending


@asynccontextmanager
async def _web_push(_folder: Path) -> AsyncIterator[Notifier]:
    async with push_service() as service, WebPush(web_push_settings()) as push:
        send = _as(push.send, lambda seq: browser(seq).subscription(service.url))
        yield Notifier(send, lambda: len(service.waiting), FLUSH + CONNECTIONS)


@asynccontextmanager
async def _fcm(_folder: Path) -> AsyncIterator[Notifier]:
    async with FcmServer() as server, FcmPush(fcm_settings(server)) as push:
        send = _as(push.send, lambda seq: f"token-{seq}")
        yield Notifier(send, lambda: len(server.messages), FLUSH + CONNECTIONS)


@asynccontextmanager
async def _webhook(_folder: Path) -> AsyncIterator[Notifier]:
    async with WebhookReceiver() as receiver, Webhook(webhook_settings(receiver)) as webhook:
        send = _as(webhook.send, lambda seq: f"account-{seq}")
        yield Notifier(send, lambda: len(receiver.told), FLUSH + CONNECTIONS)


@asynccontextmanager
async def _in_app(folder: Path) -> AsyncIterator[Notifier]:
    settings = in_app_settings(folder)

    def delivered() -> int:
        with closing(sqlite3.connect(settings.database)) as db:
            count: int = db.execute("SELECT count(*) FROM notices").fetchone()[0]
        return count

    async with InApp(settings) as in_app:
        yield Notifier(_as(in_app.send, lambda seq: f"account-{seq}"), delivered, FLUSH)


@asynccontextmanager
async def _call_list(folder: Path) -> AsyncIterator[Notifier]:
    def delivered() -> int:
        lists = [path.read_text("utf-8-sig").splitlines()[1:] for path in folder.glob("INC-*.csv")]
        return sum(len(lines) for lines in lists)

    async with CallList(call_list_settings(folder)) as calls:
        yield Notifier(_as(calls.send, telephone), delivered, FLUSH)


Maker = Callable[[Path], AbstractAsyncContextManager[Notifier]]
_MAKERS: dict[str, Maker] = {
    "smtp": _smtp,
    "outbox": _outbox,
    "twilio": _twilio,
    "twilio calls": _calls,
    "letters": _letters,
    "web_push": _web_push,
    "fcm": _fcm,
    "webhook": _webhook,
    "in_app": _in_app,
    "call_list": _call_list,
}


@pytest.fixture(params=list(_MAKERS.values()), ids=list(_MAKERS))
def maker(request: pytest.FixtureRequest) -> Maker:
    chosen: Maker = request.param
    return chosen


def test_every_message_gets_exactly_one_outcome(maker: Maker, tmp_path: Path) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            sent = await collect(notifier.send(messages(57), lease_of(), sender=SENDER))
            assert sorted(sent) == list(range(57))
            assert all(isinstance(s.outcome, Accepted) for s in sent.values())
            assert notifier.delivered() == 57

    run(main())


def test_nothing_to_send_ends_at_once(maker: Maker, tmp_path: Path) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            assert await collect(notifier.send((), lease_of(), sender=SENDER)) == {}

    run(main())


def test_a_flush_holds_at_most_what_its_credits_allow(maker: Maker, tmp_path: Path) -> None:
    async def main() -> None:
        sizes: list[int] = []
        async with maker(tmp_path) as notifier:
            flushes = notifier.send(messages(100), lease_of(), sender=SENDER)
            await collect(flushes, lambda flush: sizes.append(len(flush)))
            assert max(sizes) <= notifier.bound

    run(main())


def test_what_left_without_an_applied_flush_stays_within_the_bound(
    maker: Maker, tmp_path: Path
) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            applied = 0
            async with aclosing(notifier.send(messages(120), lease_of(), sender=SENDER)) as flushes:
                async for flush in flushes:
                    await asyncio.sleep(0.05)  # a slow ledger: everything that may leave leaves
                    assert notifier.delivered() - applied <= notifier.bound
                    applied += len(flush)
            assert applied == 120

    run(main())


@pytest.mark.parametrize("order", [Order.PAUSE, Order.STOP])
def test_an_order_ends_the_sending_within_one_flush(
    maker: Maker, tmp_path: Path, order: Order
) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            lease = lease_of()
            sent = await collect(
                notifier.send(messages(200), lease, sender=SENDER),
                lambda _flush: lease.renew(boottime() + 30, order),
            )
            assert 0 < len(sent) <= 2 * notifier.bound
            assert notifier.delivered() == len(sent)

    run(main())


def test_a_lost_lease_sends_nothing(maker: Maker, tmp_path: Path) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            lease = lease_of()
            lease.fenced = True
            assert await collect(notifier.send(messages(5), lease, sender=SENDER)) == {}
            assert notifier.delivered() == 0

    run(main())


def test_closing_early_leaves_the_notifier_ready_for_the_next_lease(
    maker: Maker, tmp_path: Path
) -> None:
    async def main() -> None:
        async with maker(tmp_path) as notifier:
            async with aclosing(notifier.send(messages(80), lease_of(), sender=SENDER)) as flushes:
                async for _flush in flushes:
                    break
            assert notifier.delivered() <= notifier.bound
            again = await collect(notifier.send(messages(40, start=80), lease_of(), sender=SENDER))
            assert sorted(again) == list(range(80, 120))

    run(main())


def test_an_outbox_holds_no_address(tmp_path: Path) -> None:
    async def main() -> None:
        shouting = message(3)._replace(
            recipient="Person3@Example.test",
            pieces=(b"To: person3@example.test\r\nX: y\r\n\r\nFor PERSON3@example.test\r\n",),
        )
        async with Outbox(tmp_path) as outbox:
            await collect(outbox.send([*messages(3), shouting], lease_of(), sender=SENDER))

    run(main())
    texts = [p.read_text() for p in tmp_path.rglob("*.*")]
    assert len(texts) == 5
    assert not any("example.test" in text.lower() for text in texts)
    assert "To: REF03-AAAAA\n" in (tmp_path / "example" / "REF03-AAAAA.eml").read_text()


def test_the_index_of_an_outbox_names_every_file_by_its_hash(tmp_path: Path) -> None:
    async def main() -> None:
        async with Outbox(tmp_path, flush=4) as outbox:
            await collect(outbox.send(messages(9), lease_of(), sender=SENDER))

    run(main())
    lines = [json.loads(x) for x in (tmp_path / "index.jsonl").read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(9))
    for line in lines:
        content = (tmp_path / line["lane"] / f"{line['reference']}.eml").read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"]


def test_an_outbox_refuses_a_lane_that_leads_out_of_its_folder(tmp_path: Path) -> None:
    async def main() -> None:
        async with Outbox(tmp_path / "outbox") as outbox:
            astray = message(1)._replace(lane="../elsewhere")
            await collect(outbox.send([astray], lease_of(), sender=SENDER))

    with pytest.raises(InvalidInput, match="lane"):
        run(main())
    assert not (tmp_path / "elsewhere").exists()
