"""How push services are asked: with which key, in whose name, how fast, for how long."""

import base64
import binascii
import re
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from tocsin.notifiers.http_settings import pace_checks, refuse_unless
from tocsin.schemas.errors import InvalidInput

_RAW_KEY_BYTES = 32
_SUBJECT = re.compile(r"mailto:[^@\s]+@[\w-]+(\.[\w-]+)+|https://[\w-]+(\.[\w-]+)+")
_LONGEST_TTL_S = 2_419_200


@dataclass(frozen=True, slots=True)
class WebPushSettings:
    """The application server that browsers were subscribed by (RFC 8292).

    `vapid_key` is its private P-256 key: PEM, or the 32 bytes in base64url. `subject` is where a
    push service can complain, `mailto:` or `https:`. `ttl_s` is how long a service keeps a message
    for a browser that is not there, in seconds, four weeks at most. `connections` are the requests
    at once, `rate_per_s` how many messages start in a second, `flush` how many outcomes may wait to
    be on record, `timeout_s` the longest wait for one answer in seconds. `loopback` allows push
    services on this machine: for tests and demos, as whoever subscribes names the endpoint.
    """

    vapid_key: SecretStr = field(repr=False)
    subject: str
    ttl_s: int = 604_800
    connections: int = 50
    rate_per_s: float = 2_000.0
    flush: int = 500
    timeout_s: float = 15.0
    loopback: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or no key or contact.
        """
        refuse_unless(
            "web_push",
            (
                (
                    bool(_SUBJECT.fullmatch(self.subject)),
                    "subject",
                    "push services want somebody to turn to",
                    "write mailto:someone@your.domain, or https://your.domain",
                ),
                (
                    0 <= self.ttl_s <= _LONGEST_TTL_S,
                    "ttl_s",
                    "push services keep nothing for that long",
                    f"write seconds from 0 to {_LONGEST_TTL_S}",
                ),
                *pace_checks(
                    connections=self.connections,
                    rate_per_s=self.rate_per_s,
                    flush=self.flush,
                    timeout_s=self.timeout_s,
                ),
            ),
        )
        private_key(self.vapid_key)

    @property
    def application_server_key(self) -> str:
        """The public key in base64url, with which the site's pages subscribe browsers."""
        point = private_key(self.vapid_key).public_key()
        raw = point.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def private_key(secret: SecretStr) -> ec.EllipticCurvePrivateKey:
    """Return the key in a setting. Raises InvalidInput for what is no private P-256 key."""
    text = secret.get_secret_value().strip()
    key: object = None
    try:
        if text.startswith("-----BEGIN"):
            key = serialization.load_pem_private_key(text.encode(), password=None)
        else:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if len(raw) == _RAW_KEY_BYTES:
                key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except (ValueError, TypeError, binascii.Error):
        key = None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    message = "not a private key on the curve P-256"
    fix = "openssl ecparam -name prime256v1 -genkey -noout"
    raise InvalidInput(message, field="web_push.vapid_key", fix=fix)
