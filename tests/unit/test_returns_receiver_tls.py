"""Bounces that come over the open network are encrypted where the other side can (RFC 3207)."""

import asyncio
import datetime as dt
import ssl

import aiosmtplib
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tocsin.returns.bounce_receiver import BounceReceiver
from tocsin.returns.receiver_settings import MailProtocol
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.outcome import Reason

from fakes.bounce_clients import bounce_address, receiver_settings, smtp_settings
from fakes.bounces import postfix
from fakes.recording_desk import RecordingDesk, code_of


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.organisation.test")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "mx.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_bounce_comes_over_an_encrypted_connection(
    certificate: ssl.SSLContext, loop: object
) -> None:
    async def main() -> None:
        desk = RecordingDesk()
        async with BounceReceiver(smtp_settings(tls=certificate), desk) as receiver:
            client = aiosmtplib.SMTP(
                hostname="127.0.0.1",
                port=receiver.port,
                start_tls=True,
                validate_certs=False,
                timeout=5,
            )
            async with client:
                assert client.get_transport_info("sslcontext") is not None
                assert not client.supports_extension("auth")
                await client.sendmail("", [bounce_address(code_of(0))], postfix())
        failed = Receipt(code_of(0), Heard.FAILED, Reason.NO_SUCH_MAILBOX, "dsn")
        assert desk.records == {failed: 1}

    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        runner.run(main())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "no domain"),
        ("hostname", ""),
        ("hostname", "a\r\nb"),
        ("host", ""),
        ("port", 65536),
        ("port", 25),
        ("size_limit", 10),
        ("timeout_s", 0),
        ("sessions", 0),
        ("recipients", 0),
        ("tls", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        receiver_settings(**{field: value})
    assert refused.value.field == f"bounces.{field}"


def test_smtp_may_be_spoken_on_its_own_port() -> None:
    assert smtp_settings(port=25).protocol is MailProtocol.SMTP
