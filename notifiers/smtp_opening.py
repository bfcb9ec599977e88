"""Opening a session with a relay: connect, EHLO, STARTTLS, AUTH, by aiosmtplib."""

import asyncio

import aiosmtplib
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.smtp_connection import ConnectionFailed, SmtpConnection, adopt
from tocsin.notifiers.smtp_replies import Reply, Stage, outcome_of
from tocsin.schemas.outcome import Deferred, Reason


def _why(error: aiosmtplib.SMTPResponseException) -> Reason:
    outcome = outcome_of(Reply(error.code, b""), Stage.SESSION)
    if isinstance(outcome, Deferred) and outcome.reason is Reason.RELAY_REFUSED_US:
        return Reason.RELAY_REFUSED_US
    return Reason.RELAY_UNAVAILABLE


async def open_connection(settings: RelaySettings) -> SmtpConnection:
    """Return a session that stands, encrypted and authenticated as the settings ask.

    Raises:
        ConnectionFailed: RELAY_REFUSED_US when the relay says no for good (5yz to greeting, EHLO or
            AUTH), else RELAY_UNAVAILABLE; never with the relay's words.
    """
    client = aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password else None,
        local_hostname=settings.hello,
        timeout=settings.timeout_s,
        use_tls=settings.tls is Tls.IMPLICIT,
        start_tls=settings.tls is Tls.STARTTLS,
        validate_certs=settings.verify_certificate,
    )
    try:
        async with asyncio.timeout(settings.timeout_s):
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        raise ConnectionFailed(_why(error)) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()
        raise ConnectionFailed(Reason.RELAY_UNAVAILABLE) from None
    transport = client.transport
    if transport is None:
        raise ConnectionFailed(Reason.RELAY_UNAVAILABLE)
    return adopt(
        transport,
        extensions=frozenset(client.esmtp_extensions),
        timeout_s=settings.timeout_s,
    )
