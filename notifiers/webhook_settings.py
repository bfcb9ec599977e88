"""How the organisation's own system is told: where, and with which secret."""

import base64
import binascii
from dataclasses import dataclass, field

from pydantic import SecretStr
from tocsin.notifiers.http_settings import is_safe_url, pace_checks, refuse_unless

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One address that takes notices for people it knows, and tells them.

    `secret` is `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks). `connections` are the
    requests at once, `rate_per_s` how many start in a second, `flush` how many outcomes may wait to
    be on record, `timeout_s` the longest wait for one answer in seconds.
    """

    url: str = field(repr=False)
    secret: SecretStr = field(repr=False)
    connections: int = 10
    rate_per_s: float = 100.0
    flush: int = 100
    timeout_s: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or notices would go out unencrypted.
        """
        refuse_unless(
            "webhook",
            (
                (
                    is_safe_url(self.url),
                    "url",
                    "notices would cross the network unencrypted, or the address is none",
                    "write an https URL without a user name",
                ),
                (
                    _SHORTEST <= len(secret_bytes(self.secret)) <= _LONGEST,
                    "secret",
                    "no secret that signs",
                    f"write {_PREFIX} and the base64 of {_SHORTEST} to {_LONGEST} random bytes",
                ),
                *pace_checks(
                    connections=self.connections,
                    rate_per_s=self.rate_per_s,
                    flush=self.flush,
                    timeout_s=self.timeout_s,
                ),
            ),
        )


def secret_bytes(secret: SecretStr) -> bytes:
    """Return the key in a secret, nothing where it is none."""
    text = secret.get_secret_value()
    if not text.startswith(_PREFIX):
        return b""
    try:
        return base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""
