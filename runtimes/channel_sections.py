"""The sections of channels in the configuration file; a channel without its section is not used."""

from pathlib import Path

from pydantic import Field
from tocsin.rendering.dkim import Dkim, read_key
from tocsin.runtimes.secret import WithSecret
from tocsin.schemas.record import Record

_TWILIO = "https://api.twilio.com"


class DkimSection(WithSecret):
    """Signatures on e-mails (RFC 6376, RFC 8463); the secret is an Ed25519 key in PEM.

    Without it the relays sign, or nobody does.
    """

    domain: str
    """That of the senders' addresses, or one above it."""
    selector: str = "tocsin"

    def signer(self) -> Dkim:
        """Return what signs; InvalidInput where the key is none."""
        key = read_key(self.secret("dkim").get_secret_value())
        return Dkim(domain=self.domain, selector=self.selector, key=key)


class SmsSection(WithSecret):
    """Text messages by Twilio; the secret is the account's token."""

    account_sid: str
    sender: str
    """The name or number that shows on the phone."""
    registered_in: frozenset[str] = frozenset()
    """ISO 3166 codes of the countries where the sender is registered, or needs not be."""
    templates_in: frozenset[str] = frozenset()
    signature: str = ""
    """The registered name with which texts start in China."""
    public_url: str = ""
    """Where Twilio reaches `tocsin returns listen`; empty: it is asked instead."""
    rate_per_s: float = Field(default=100, gt=0)
    base_url: str = _TWILIO
    look_up_after_s: tuple[float, ...] = (1.0, 3.0, 6.0)
    """Waits before each look for what was handed over and never answered."""


class CallsSection(WithSecret):
    """Calls by Twilio; the secret is the account's token."""

    account_sid: str
    number: str
    """A published number of the organisation (E.164)."""
    public_url: str
    rate_per_s: float = Field(default=1, gt=0)
    base_url: str = _TWILIO
    look_up_after_s: tuple[float, ...] = (1.0, 3.0, 6.0)
    """Waits before each look for what was handed over and never answered."""


class WebPushSection(WithSecret):
    """Pushes to browsers; the secret is the private VAPID key."""

    subject: str
    """`mailto:` or `https:` address where a push service can complain."""
    rate_per_s: float = Field(default=2000, gt=0)
    connections: int = Field(default=50, ge=1, le=500)
    loopback: bool = False
    """Allow push services on this machine, for trying out."""


class AppPushSection(WithSecret):
    """Pushes to apps by Firebase; the secret is the JSON of a service account."""

    rate_per_s: float = Field(default=2000, gt=0)
    connections: int = Field(default=50, ge=1, le=500)
    base_url: str = "https://fcm.googleapis.com"


class InAppSection(WithSecret):
    """Notices that the organisation's own site or app shows; the secret is shared with it."""

    database: Path = Path("tocsin-data/in-app.db")
    origins: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8462, ge=0, le=65535)


class WebhookSection(WithSecret):
    """A system of the organisation that tells people; the secret signs what it is sent."""

    url: str
    rate_per_s: float = Field(default=100, gt=0)


class CallListSection(Record):
    """Lists for a call centre."""

    folder: Path = Path("tocsin-data/call-lists")
    people_per_list: int = Field(default=1000, ge=1, le=100_000)


class BouncesSection(Record):
    """Where bounces are received, and the domain that their addresses end in."""

    domain: str
    host: str = "127.0.0.1"
    port: int = Field(default=8464, ge=0, le=65535)
    protocol: str = "lmtp"


class CallbacksSection(Record):
    """Where providers call back, behind the organisation's own TLS."""

    host: str = "127.0.0.1"
    port: int = Field(default=8463, ge=0, le=65535)


class PriceRow(Record):
    """What a letter costs, postage and print, in the smallest unit of the currency."""

    country: str = Field(default="*", pattern=r"^([A-Z]{2}|\*)$")
    """ISO 3166, or `*` for every other."""
    up_to_g: int = Field(ge=1)
    cost: int = Field(ge=0)


class LettersSection(Record):
    """Letters for a print house that takes folders."""

    folder: Path = Path("tocsin-data/letters")
    origin: str = Field(pattern=r"^[A-Z]{2}$")
    """The country where they are posted (ISO 3166)."""
    language: str
    """In which names of other countries stand on them (BCP 47)."""
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    prices: tuple[PriceRow, ...] = Field(min_length=1)
    per_folder: int = Field(default=5000, ge=1, le=50_000)
    processes: int = Field(default=2, ge=1, le=64)
