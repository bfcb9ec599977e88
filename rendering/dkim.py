"""DKIM signatures (RFC 6376) with Ed25519 (RFC 8463), spliced as messages are.

Of a cohort's text nearly all is the same for everybody. Its headers are canonicalised once, with
slots where a person's values go, and so much of its body as comes before the first of them is
hashed once; a person costs one copy of that state, a hash of the rest, and one signature.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, zip_longest
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.rendering.splicing import pieces, splice
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Segments

_FOLDS = re.compile(r"\r\n(?=[ \t])")
_BLANKS = re.compile(r"[ \t]+")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*", re.ASCII)


class _Prepared(NamedTuple):
    """What is the same for everybody of a cohort."""

    headers: Segments
    """The canonical headers (`relaxed`, section 3.4.2), with slots for what is a person's own."""
    begins: "hashlib._Hash"
    """SHA-256 over the body up to its first slot; the body is as it stands (`simple`, 3.4.3)."""
    rest: tuple[bytes | str, ...]
    """What follows in the body: bytes, and names of slots."""
    tags: str
    """The signature's tags up to `bh=`, unfolded."""


class Dkim:
    """Signs e-mails for a domain, whose DNS holds the public key under `selector`."""

    def __init__(self, *, domain: str, selector: str, key: Ed25519PrivateKey) -> None:
        """Take the domain (`d=`), the selector (`s=`) and the private key.

        Raises:
            InvalidInput: domain or selector is no name of the DNS.
        """
        for field, name in (("dkim.domain", domain), ("dkim.selector", selector)):
            if not _NAME.fullmatch(name):
                message = "no name of the DNS"
                raise InvalidInput(message, field=field, fix="write it in ASCII: letters, digits")
        self._domain, self._selector, self._key = domain, selector, key
        self._prepared = lru_cache(maxsize=256)(self._prepare)

    @property
    def record(self) -> str:
        """The TXT record to publish at `<selector>._domainkey.<domain>` (RFC 8463 section 4)."""
        raw = self._key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"

    def pieces(self, content: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one person's e-mail with its signature in front; the same bytes each time.

        Raises:
            InvalidInput: a value is not what its slot holds.
        """
        message = pieces(content, values)
        known = self._prepared(content)
        body = known.begins.copy()
        for piece in known.rest:
            body.update(piece if isinstance(piece, bytes) else values[piece].encode())
        tags = f"{known.tags}{base64.b64encode(body.digest()).decode()}; b="
        signed = splice(known.headers, values) + b"dkim-signature:" + tags.encode()
        made = base64.b64encode(self._key.sign(hashlib.sha256(signed).digest())).decode()
        folded = tags.replace("; ", ";\r\n ")
        return (f"DKIM-Signature: {folded}{made}\r\n".encode(), *message)

    def _prepare(self, content: Segments) -> _Prepared:
        head, _, body = content.to_text().partition("\r\n\r\n")
        fields = [line.partition(":") for line in _FOLDS.sub("", head).split("\r\n")]
        names = [name.strip().lower() for name, _, _ in fields]
        canonical = "".join(
            f"{name}:{_BLANKS.sub(' ', value).strip()}\r\n"
            for name, (_, _, value) in zip(names, fields, strict=True)
        )
        cut = Segments.from_text(body)
        rest = chain.from_iterable(zip_longest(cut.slots, cut.parts[1:]))
        tags = (
            "v=1; a=ed25519-sha256; c=relaxed/simple; "
            f"d={self._domain}; s={self._selector}; h={':'.join(names)}; bh="
        )
        begins = hashlib.sha256(cut.parts[0])
        return _Prepared(Segments.from_text(canonical), begins, tuple(rest), tags)


def read_key(pem: str) -> Ed25519PrivateKey:
    """Return the private key in a PEM text (PKCS #8).

    Raises:
        InvalidInput: it is no Ed25519 key, or it is encrypted.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        message = "no private key of Ed25519 in PEM"
        fix = "make one: openssl genpkey -algorithm ed25519"
        raise InvalidInput(message, field="dkim.secret", fix=fix)
    return key
