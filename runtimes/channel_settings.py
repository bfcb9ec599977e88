"""Settings of the channels that also listen, as their notifiers and their listeners take them."""

from tocsin.notifiers.in_app_settings import InAppSettings
from tocsin.notifiers.sms_readiness import SmsSender
from tocsin.notifiers.twilio_settings import TwilioCallSettings, TwilioSettings
from tocsin.returns.receiver_settings import MailProtocol, ReceiverSettings
from tocsin.runtimes.channel_sections import BouncesSection, CallsSection, InAppSection, SmsSection


def of_texts(section: SmsSection) -> TwilioSettings:
    """Return the account that sends text messages."""
    sender = SmsSender(
        section.sender,
        registered_in=section.registered_in,
        templates_in=section.templates_in,
        signature=section.signature,
    )
    return TwilioSettings(
        account_sid=section.account_sid,
        auth_token=section.secret("sms"),
        senders=(sender,),
        base_url=section.base_url,
        public_url=section.public_url,
        rate_per_s=section.rate_per_s,
        look_up_after_s=section.look_up_after_s,
    )


def of_calls(section: CallsSection) -> TwilioCallSettings:
    """Return the account that makes calls."""
    return TwilioCallSettings(
        account_sid=section.account_sid,
        auth_token=section.secret("calls"),
        numbers=(section.number,),
        base_url=section.base_url,
        public_url=section.public_url,
        rate_per_s=section.rate_per_s,
        look_up_after_s=section.look_up_after_s,
    )


def of_in_app(section: InAppSection) -> InAppSettings:
    """Return the store of in-app notices and the door to it."""
    return InAppSettings(
        database=section.database,
        secret=section.secret("in_app"),
        host=section.host,
        port=section.port,
        origins=section.origins,
    )


def of_bounces(section: BouncesSection) -> ReceiverSettings:
    """Return where bounces are received."""
    return ReceiverSettings(
        domain=section.domain,
        hostname=section.domain,
        host=section.host,
        port=section.port,
        protocol=MailProtocol(section.protocol),
    )
