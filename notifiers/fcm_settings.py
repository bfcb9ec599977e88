"""How Firebase Cloud Messaging is asked: for which project, with what right, how fast."""

import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr
from tocsin.notifiers.http_settings import is_safe_url, pace_checks, refuse_unless
from tocsin.schemas.errors import InvalidInput

_LONGEST_TTL_S = 2_419_200
_FIX = "give the JSON that the console makes under Project settings, Service accounts"


@dataclass(frozen=True, slots=True)
class FcmSettings:
    """One Firebase project, whose app people have.

    `service_account` is the JSON of a key of a service account that may send. `ttl_s` is how long a
    message is kept for a telephone that is off, in seconds, four weeks at most. `connections` are
    the requests at once, `rate_per_s` how many messages start in a second (Firebase's own quota is
    600,000 a minute), `flush` how many outcomes may wait to be on record, `timeout_s` the longest
    wait for one answer in seconds. `base_url` is Firebase's own, or that of a server on this
    machine.
    """

    service_account: SecretStr = field(repr=False)
    base_url: str = "https://fcm.googleapis.com"
    ttl_s: int = 604_800
    connections: int = 50
    rate_per_s: float = 2_000.0
    flush: int = 500
    timeout_s: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, the key is none, or a token would go out
                unencrypted.
        """
        refuse_unless(
            "fcm",
            (
                (
                    is_safe_url(self.base_url),
                    "base_url",
                    "the token would cross the network unencrypted",
                    "leave it out",
                ),
                (
                    0 <= self.ttl_s <= _LONGEST_TTL_S,
                    "ttl_s",
                    "Firebase keeps nothing for that long",
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
        read_service_account(self.service_account)


@dataclass(frozen=True, slots=True, repr=False)
class ServiceAccount:
    """Who asks Google for access: the parts of a service account's key that are needed."""

    project: str
    email: str
    key_id: str
    key: rsa.RSAPrivateKey
    token_url: str

    def __repr__(self) -> str:
        return "ServiceAccount(***)"


def read_service_account(secret: SecretStr) -> ServiceAccount:
    """Return what a setting holds. Raises InvalidInput for what is no key of a service account."""
    try:
        said = json.loads(secret.get_secret_value())
        names = ("project_id", "client_email", "private_key_id", "private_key", "token_uri")
        project, email, key_id, pem, token_url = (str(said[name]) for name in names)
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, KeyError):
        key = None
    if not isinstance(key, rsa.RSAPrivateKey):
        message = "not the key of a service account"
        raise InvalidInput(message, field="fcm.service_account", fix=_FIX)
    if not is_safe_url(token_url):
        message = "its token_uri is not https"
        raise InvalidInput(message, field="fcm.service_account", fix=_FIX)
    if not project.replace("-", "").replace(":", "").replace(".", "").isalnum():
        message = "its project_id is none"
        raise InvalidInput(message, field="fcm.service_account", fix=_FIX)
    return ServiceAccount(project, email, key_id, key, token_url)
