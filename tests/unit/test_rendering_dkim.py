"""DKIM signatures as a verifier of others reads them, and as our own splicing makes them."""

from collections.abc import Mapping

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.dkim import Dkim, read_key
from tocsin.rendering.splicing import splice
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Segments

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIGNER = Dkim(domain="example.com", selector="tocsin", key=KEY)
HEAD = (
    "From: =?utf-8?b?54Gv?=\r\n <notices@example.com>\r\nTo: <\0recipient\0>\r\n"
    "Subject: Security   notice\r\nDate: Thu, 26 Nov 2026 08:00:00 +0000\r\n"
    "Message-ID: \0message_id\0\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative;\r\n boundary="=_1"\r\n\r\n'
)
VALUES = {
    "recipient": "anna@mail.example",
    "message_id": "<0123@example.com>",
    "reference": "AAAAA-BBBBB",
}
lines = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=70)


def _signed(content: Segments, values: Mapping[str, str]) -> bytes:
    return b"".join(SIGNER.pieces(content, values))


def holds(message: bytes) -> bool:
    """Whether dkimpy finds one good signature, with the record as the DNS would give it."""
    asked: list[bytes] = []

    def txt(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return SIGNER.record.encode()

    try:
        verified = bool(dkim.DKIM(message).verify(dnsfunc=txt))
    except dkim.ValidationError:  # its way of saying that the body is another
        return False
    assert asked == [b"tocsin._domainkey.example.com."]
    return verified


@settings(deadline=None, max_examples=60)
@given(st.lists(lines, min_size=1, max_size=8), st.lists(lines, min_size=1, max_size=8))
def test_every_spliced_signature_is_verified_by_others(before: list[str], after: list[str]) -> None:
    body = "\r\n".join([*before, "\0reference\0", *after, ""])
    content = Segments.from_text(HEAD + body)
    signed = _signed(content, VALUES)
    assert holds(signed)
    assert signed.endswith(splice(content, VALUES))
    assert signed == _signed(content, VALUES)
    assert all(len(line) <= 998 for line in signed.split(b"\r\n"))


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"AAAAA-BBBBB", b"AAAAA-BBBBC"),
        (b"Security", b"Insecurity"),
        (b"<anna@", b"<hanna@"),
        (b"<0123@", b"<0124@"),
        (b"last line", b"lost line"),
    ],
)
def test_what_was_changed_on_the_way_is_found(was: bytes, now: bytes) -> None:
    content = Segments.from_text(HEAD + "first line\r\n\0reference\0\r\nlast line\r\n")
    signed = _signed(content, VALUES)
    assert holds(signed)
    assert not holds(signed.replace(was, now))


def test_a_body_without_anything_of_ones_own_is_signed_too() -> None:
    assert holds(_signed(Segments.from_text(HEAD + "the same for all\r\n"), VALUES))


def test_a_value_that_does_not_fit_is_refused_before_anything_is_signed() -> None:
    content = Segments.from_text(HEAD + "\0reference\0\r\n")
    with pytest.raises(InvalidInput, match="recipient"):
        _signed(content, VALUES | {"recipient": "anna@mail.example\r\nBcc: x@y.example"})


def _pem(key: object) -> str:
    assert hasattr(key, "private_bytes")
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return pem.decode()


def test_a_key_is_read_from_pem_and_any_other_is_refused_with_what_to_do() -> None:
    assert read_key(_pem(KEY)).private_bytes_raw() == bytes(range(32))
    for other in ("", "no key", _pem(generate_private_key(SECP256R1()))):
        with pytest.raises(InvalidInput, match="openssl genpkey"):
            read_key(other)


@pytest.mark.parametrize("name", ["", "a b", "example..com", "ex\r\nample", "-a"])
def test_what_is_no_name_of_the_dns_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="domain"):
        Dkim(domain=name, selector="tocsin", key=KEY)
    with pytest.raises(InvalidInput, match="selector"):
        Dkim(domain="example.com", selector=name, key=KEY)
