"""Relays that are down, hang, want credentials or encryption, and several at once."""

import asyncio
import datetime as dt
import ssl
import time
from collections import Counter
from collections.abc import Mapping
from typing import TypedDict

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.outcome import Accepted, Deferred, Reason

from fakes.relays import SENDER, collect, lease_of, messages, plan, reason_of, run, settings


class Credentials(TypedDict):
    """What a relay asks for."""

    username: str
    password: SecretStr


CREDENTIALS: Credentials = {"username": "tocsin", "password": SecretStr("right")}


def _accepted(sent: Mapping[int, Sent]) -> bool:
    return all(isinstance(s.outcome, Accepted) for s in sent.values())


def test_a_relay_that_is_down_defers_everybody_at_once_and_serves_when_it_is_back() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=4)], flush=50) as mailer,
        ):
            assert _accepted(await collect(mailer.send(messages(9), lease_of(), sender=SENDER)))
            await relay.go_down()
            started = time.monotonic()
            sent = await collect(mailer.send(messages(300, start=9), lease_of(), sender=SENDER))
            assert time.monotonic() - started < 1
            assert len(sent) == 300
            waits: list[float] = []
            for one in sent.values():
                assert isinstance(one.outcome, Deferred)
                assert one.outcome.reason in {Reason.RELAY_UNAVAILABLE, Reason.CONNECTION_LOST}
                waits += [one.outcome.retry_after] if one.outcome.retry_after else []
            assert waits
            assert max(waits) <= 1.0
            await relay.come_up()
            await asyncio.sleep(max(waits))
            again = await collect(mailer.send(messages(9, start=400), lease_of(), sender=SENDER))
            assert _accepted(again)

    run(main())


def test_a_hanging_relay_is_found_out_once_and_then_short_circuited() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(hang=True)) as relay,
            SmtpMailer([settings(relay, timeout_s=0.4)], flush=50) as mailer,
        ):
            started = time.monotonic()
            sent = await collect(mailer.send(messages(100), lease_of(), sender=SENDER))
            assert time.monotonic() - started < 1.5
            assert {reason_of(s) for s in sent.values()} == {Reason.RELAY_UNAVAILABLE}
            assert len(sent) == 100
            assert relay.connections == 1

    run(main())


def test_a_relay_that_hangs_in_the_middle_of_the_work_is_short_circuited_too() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, timeout_s=0.4)], flush=50) as mailer,
        ):
            await collect(mailer.send(messages(10), lease_of(), sender=SENDER))
            relay.plan = plan(hang=True)
            started = time.monotonic()
            sent = await collect(mailer.send(messages(100, start=10), lease_of(), sender=SENDER))
            assert time.monotonic() - started < 1.5
            reasons = Counter(reason_of(s) for s in sent.values())
            assert set(reasons) == {Reason.TIMED_OUT, Reason.RELAY_UNAVAILABLE}
            assert reasons[Reason.TIMED_OUT] <= 2

    run(main())


@pytest.mark.parametrize("bound", [True, False])
def test_a_hanging_relay_does_not_hold_up_the_other(bound: bool) -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(hang=True)) as hanging,
            RelayServer() as quick,
            SmtpMailer(
                [settings(hanging, "hanging", timeout_s=5.0), settings(quick, "quick")], flush=40
            ) as mailer,
        ):
            stuck = mailer.send(messages(60), lease_of(0.6), sender=SENDER, relay="hanging")
            assert await anext(stuck) == ()
            started = time.monotonic()
            sent = await collect(
                mailer.send(
                    messages(60, start=100),
                    lease_of(),
                    sender=SENDER,
                    relay="quick" if bound else None,
                )
            )
            assert time.monotonic() - started < 2.5
            assert Counter(s.relay for s in sent.values()) == {"quick": 60}
            assert _accepted(sent)
            await stuck.aclose()
            assert mailer.credits.available == mailer.credits.total

    run(main())


def test_messages_meant_for_a_relay_that_fails_are_taken_over() -> None:
    async def main() -> None:
        async with (
            RelayServer() as gone,
            RelayServer() as quick,
            SmtpMailer([settings(gone, "gone"), settings(quick, "quick")], flush=40) as mailer,
        ):
            await gone.go_down()
            sent = await collect(mailer.send(messages(60), lease_of(), sender=SENDER))
            assert _accepted(sent)
            assert Counter(s.relay for s in sent.values()) == {"quick": 60}

    run(main())


def test_sound_relays_share_by_weight() -> None:
    async def main() -> None:
        async with (
            RelayServer() as one,
            RelayServer() as two,
            SmtpMailer(
                [settings(one, "one", weight=3), settings(two, "two", weight=1)], flush=40
            ) as mailer,
        ):
            sent = await collect(mailer.send(messages(80), lease_of(), sender=SENDER))
            assert Counter(s.relay for s in sent.values()) == {"one": 60, "two": 20}

    run(main())


def test_a_relay_that_takes_fewer_connections_still_gets_everything() -> None:
    async def main() -> None:
        async with (
            RelayServer(plan(max_connections=2)) as relay,
            SmtpMailer([settings(relay, connections=6)], flush=40) as mailer,
        ):
            sent = await collect(mailer.send(messages(200), lease_of(), sender=SENDER))
            assert len(sent) == 200
            assert _accepted(sent)

    run(main())


def test_right_credentials_open_the_relay_and_wrong_ones_are_no_fault_of_the_person() -> None:
    async def main() -> None:
        async with RelayServer(plan(**CREDENTIALS)) as relay:
            async with SmtpMailer([settings(relay, **CREDENTIALS)], flush=10) as mailer:
                assert _accepted(await collect(mailer.send(messages(3), lease_of(), sender=SENDER)))
            wrong: Credentials = {**CREDENTIALS, "password": SecretStr("wrong")}
            async with SmtpMailer([settings(relay, **wrong)], flush=10) as mailer:
                sent = await collect(mailer.send(messages(3), lease_of(), sender=SENDER))
                assert {reason_of(s) for s in sent.values()} == {Reason.RELAY_REFUSED_US}

    run(main())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.test")])
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
    path = tmp_path_factory.mktemp("tls") / "relay.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_messages_go_over_an_encrypted_connection(certificate: ssl.SSLContext, tls: Tls) -> None:
    async def main() -> None:
        async with (
            RelayServer(tls=certificate, starttls=tls is Tls.STARTTLS) as relay,
            SmtpMailer([settings(relay, tls=tls, verify_certificate=False)], flush=10) as mailer,
        ):
            sent = await collect(mailer.send(messages(20), lease_of(), sender=SENDER))
            assert _accepted(sent)
            assert len(relay.received) == 20

    run(main())


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    certificate: ssl.SSLContext, tls: Tls
) -> None:
    async def main() -> None:
        async with (
            RelayServer(tls=certificate, starttls=tls is Tls.STARTTLS) as relay,
            SmtpMailer([settings(relay, tls=tls)], flush=10) as mailer,
        ):
            sent = await collect(mailer.send(messages(3), lease_of(), sender=SENDER))
            assert {reason_of(s) for s in sent.values()} == {Reason.RELAY_UNAVAILABLE}
            assert not relay.received

    run(main())


def test_a_relay_without_starttls_is_not_used_in_the_clear() -> None:
    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, tls=Tls.STARTTLS)], flush=10) as mailer,
        ):
            sent = await collect(mailer.send(messages(3), lease_of(), sender=SENDER))
            assert {reason_of(s) for s in sent.values()} == {Reason.RELAY_UNAVAILABLE}
            assert not relay.received

    run(main())


def test_settings_hide_credentials_and_keep_passwords_off_open_networks() -> None:
    shown = repr(RelaySettings("a", "relay.test", 587, Tls.STARTTLS, "me", SecretStr("hidden")))
    assert "hidden" not in shown
    assert "'me'" not in shown
    with pytest.raises(InvalidInput, match="tls"):
        RelaySettings("a", "relay.test", 25, Tls.NONE, "me", SecretStr("hidden"))
    with pytest.raises(InvalidInput, match="connections"):
        RelaySettings("a", "relay.test", 25, connections=0)
    with pytest.raises(InvalidInput, match="relays"):
        SmtpMailer([], flush=10)
