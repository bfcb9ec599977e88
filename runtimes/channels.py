"""Which channels the configuration opens, and how each is asked to send.

Every notifier is imported where it is used: a deployment that sends letters needs no Twilio.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from tocsin.notifiers.relay_settings import RelaySettings
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.returns.verp import Verp
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.relay_section import RelaySection
from tocsin.runtimes.settings import Settings
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.organisation import Organisation

Flushes = AsyncGenerator[tuple[Sent, ...], None]
Send = Callable[
    [Organisation, Sequence[Message], Lease, Collection[tuple[str, int]]],
    Flushes,
]
"""Hands messages over: in whose name, which, under which lease, and which may be out already."""


class Notifier(Protocol):
    """A notifier as every channel has one; see `SmtpMailer.send`."""

    def send(self, messages: Sequence[Message], lease: Lease, *, sender: str) -> Flushes:
        """Yield flushes of outcomes; resuming means that the flush before was applied."""
        ...


class LooksUp(Protocol):
    """A notifier that asks its provider what became of a message that may be out already."""

    def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: str,
        doubtful: Collection[tuple[str, int]],
    ) -> Flushes:
        """Yield flushes of outcomes, as `Notifier.send`; what is doubtful is looked up first."""
        ...


_SECTIONS = {
    Channel.SMS: "sms",
    Channel.CALL: "calls",
    Channel.WEB_PUSH: "web_push",
    Channel.APP_PUSH: "app_push",
    Channel.LETTER: "letters",
    Channel.IN_APP: "in_app",
    Channel.WEBHOOK: "webhook",
    Channel.CALL_LIST: "call_list",
}


def ladder(settings: Settings) -> tuple[Channel, ...]:
    """Return the channels of this deployment, in the order of its policy."""
    return tuple(c for c in settings.policy.ladder if is_open(settings, c))


def is_open(settings: Settings, channel: Channel) -> bool:
    """Whether the configuration has a way out on a channel."""
    if channel is Channel.EMAIL:
        return bool(settings.relays)
    return channel in _SECTIONS and getattr(settings, _SECTIONS[channel]) is not None


def hears_back(settings: Settings) -> bool:
    """Whether anything can come back about what was sent."""
    return settings.bounces is not None or any(c is not Channel.EMAIL for c in ladder(settings))


@dataclass(frozen=True, slots=True)
class Way:
    """How a channel is asked to send, and its notifier, which some can be asked of later."""

    send: Send
    notifier: object


Opening = Callable[[Settings, AsyncExitStack], Awaitable[Way]]


async def open_channels(
    settings: Settings, stack: AsyncExitStack, *, clock: Clock
) -> Mapping[Channel, Way]:
    """Open every channel that is configured; `stack` closes them."""
    opening: dict[Channel, Opening] = {**_OPEN, Channel.EMAIL: partial(_email, clock=clock)}
    found: dict[Channel, Way] = {}
    for channel in ladder(settings):
        try:
            found[channel] = await opening[channel](settings, stack)
        except ImportError as error:
            section = "relays" if channel is Channel.EMAIL else _SECTIONS[channel]
            message = f"what {channel.label} needs is not installed ({error.name})"
            fix = f"pip install 'tocsin[{_EXTRAS.get(channel, 'push')}]'"
            raise InvalidInput(message, field=section, fix=fix) from None
    return found


_EXTRAS = {Channel.SMS: "sms", Channel.CALL: "sms", Channel.LETTER: "letters"}


def _paced(section: RelaySection, position: int, clock: Clock) -> RelaySettings:
    """Return a relay with what it may be given at any time, as far as it has a limit."""
    relay, limit = section.relay(position), section.limit
    if limit is None:
        return relay
    return replace(relay, per_s=lambda: limit.rate_at(clock.now()))


async def _email(settings: Settings, stack: AsyncExitStack, *, clock: Clock) -> Way:
    relays = [_paced(section, n, clock) for n, section in enumerate(settings.relays)]
    mailer = await stack.enter_async_context(SmtpMailer(relays, flush=settings.delivery.flush))
    verp = None if settings.bounces is None else Verp(settings.bounces.domain)

    def send(
        by: Organisation,
        messages: Sequence[Message],
        lease: Lease,
        _doubtful: Collection[tuple[str, int]],
    ) -> Flushes:
        def bounces_to(message: Message) -> str:
            address = verp.address(message.code) if verp is not None and message.code else None
            return address or by.sender_email

        sender = by.sender_email if verp is None else bounces_to
        return mailer.send(messages, lease, sender=sender)

    return Way(send, mailer)


async def _sms(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.twilio_sms import TwilioSms  # noqa: PLC0415  # an optional channel
    from tocsin.runtimes.channel_settings import of_texts  # noqa: PLC0415

    section = settings.sms
    assert section is not None  # noqa: S101  # it is open
    sms = await stack.enter_async_context(TwilioSms(of_texts(section)))
    return _looking_up(sms, section.sender)


async def _calls(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.twilio_calls import TwilioCalls  # noqa: PLC0415  # an optional channel
    from tocsin.runtimes.channel_settings import of_calls  # noqa: PLC0415

    section = settings.calls
    assert section is not None  # noqa: S101  # it is open
    calls = await stack.enter_async_context(TwilioCalls(of_calls(section)))
    return _looking_up(calls, section.number)


async def _web_push(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.web_push import WebPush  # noqa: PLC0415  # an optional channel
    from tocsin.notifiers.web_push_settings import WebPushSettings  # noqa: PLC0415

    section = settings.web_push
    assert section is not None  # noqa: S101  # it is open
    push = WebPush(
        WebPushSettings(
            vapid_key=section.secret("web_push"),
            subject=section.subject,
            rate_per_s=section.rate_per_s,
            connections=section.connections,
            flush=settings.delivery.flush,
            loopback=section.loopback,
        )
    )
    return _simply(await stack.enter_async_context(push))


async def _app_push(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.fcm import FcmPush  # noqa: PLC0415  # an optional channel
    from tocsin.notifiers.fcm_settings import FcmSettings  # noqa: PLC0415

    section = settings.app_push
    assert section is not None  # noqa: S101  # it is open
    push = FcmPush(
        FcmSettings(
            service_account=section.secret("app_push"),
            base_url=section.base_url,
            rate_per_s=section.rate_per_s,
            connections=section.connections,
            flush=settings.delivery.flush,
        )
    )
    return _simply(await stack.enter_async_context(push))


async def _in_app(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.in_app import InApp  # noqa: PLC0415  # an optional channel
    from tocsin.runtimes.channel_settings import of_in_app  # noqa: PLC0415

    section = settings.in_app
    assert section is not None  # noqa: S101  # it is open
    return _simply(await stack.enter_async_context(InApp(of_in_app(section))))


async def _webhook(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.webhook import Webhook  # noqa: PLC0415  # an optional channel
    from tocsin.notifiers.webhook_settings import WebhookSettings  # noqa: PLC0415

    section = settings.webhook
    assert section is not None  # noqa: S101  # it is open
    hook = Webhook(
        WebhookSettings(
            url=section.url, secret=section.secret("webhook"), rate_per_s=section.rate_per_s
        )
    )
    return _simply(await stack.enter_async_context(hook))


async def _call_list(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.call_list import CallList  # noqa: PLC0415  # an optional channel
    from tocsin.notifiers.call_list_settings import CallListSettings  # noqa: PLC0415

    section = settings.call_list
    assert section is not None  # noqa: S101  # it is open
    lists = CallList(
        CallListSettings(
            section.folder,
            people_per_list=section.people_per_list,
            flush=settings.delivery.flush,
        )
    )
    return _simply(await stack.enter_async_context(lists))


async def _letters(settings: Settings, stack: AsyncExitStack) -> Way:
    from tocsin.notifiers.letter_settings import LetterSettings, Price  # noqa: PLC0415  # optional
    from tocsin.notifiers.letters import Letters  # noqa: PLC0415  # an optional channel

    section = settings.letters
    assert section is not None  # noqa: S101  # it is open
    letters = Letters(
        LetterSettings(
            folder=section.folder,
            origin=section.origin,
            language=section.language,
            currency=section.currency,
            prices=tuple(Price(p.country, p.up_to_g, p.cost) for p in section.prices),
            per_folder=section.per_folder,
            processes=section.processes,
            flush=settings.delivery.flush,
        )
    )
    return _simply(await stack.enter_async_context(letters))


def _looking_up(notifier: LooksUp, sender: str) -> Way:
    """Return how a notifier is asked that sends from one number and looks up what is doubtful."""

    def send(
        _by: Organisation,
        messages: Sequence[Message],
        lease: Lease,
        doubtful: Collection[tuple[str, int]],
    ) -> Flushes:
        return notifier.send(messages, lease, sender=sender, doubtful=doubtful)

    return Way(send, notifier)


def _simply(notifier: Notifier) -> Way:
    """Return how a notifier is asked that needs no sender and looks nothing up."""

    def send(
        _by: Organisation,
        messages: Sequence[Message],
        lease: Lease,
        _doubtful: Collection[tuple[str, int]],
    ) -> Flushes:
        return notifier.send(messages, lease, sender="")

    return Way(send, notifier)


_OPEN: Mapping[Channel, Opening] = {
    Channel.SMS: _sms,
    Channel.CALL: _calls,
    Channel.WEB_PUSH: _web_push,
    Channel.APP_PUSH: _app_push,
    Channel.LETTER: _letters,
    Channel.IN_APP: _in_app,
    Channel.WEBHOOK: _webhook,
    Channel.CALL_LIST: _call_list,
}
