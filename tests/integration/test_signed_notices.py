"""Notices that leave signed (RFC 6376, RFC 8463), as the receiving side verifies them."""

from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.demo.behaviour import RelayPlan

from fakes.deployment import person
from fakes.keeping_relay import keeping
from fakes.promises import run


def test_every_notice_that_arrives_is_signed_for_the_senders_domain(tmp_path: Path) -> None:
    key = tmp_path / "dkim.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    key.chmod(0o600)
    section = {"domain": "example.com", "selector": "t1", "secret_file": key}

    async def main() -> None:
        people = [person(n) for n in range(12)]
        async with keeping(tmp_path, people, RelayPlan(), dkim=section) as (d, relay):
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            record = d.runtime.settings.dkim
            assert record is not None
            published = record.signer().record.encode()

        def txt(asked: bytes, timeout: int = 5) -> bytes:
            assert asked == b"t1._domainkey.example.com."
            return published

        assert len(relay.kept) == 12
        for content in relay.kept:
            assert dkim.DKIM(content).verify(dnsfunc=txt)
            forged = content.replace(b"Subject: ", b"Subject: Re ")
            assert not dkim.DKIM(forged).verify(dnsfunc=txt)

    run(main())
