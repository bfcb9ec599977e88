"""Where bounces are received: address, protocol, domain and bounds."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from tocsin.returns.verp import Verp
from tocsin.schemas.errors import InvalidInput

_MAX_PORT = 65535
_SMTP_PORT = 25


class MailProtocol(StrEnum):
    """What is spoken with whoever brings bounces."""

    LMTP = "lmtp"
    """RFC 2033, with the organisation's own mail server in front: the usual way."""
    SMTP = "smtp"
    """RFC 5321, when the domain's MX record leads here."""


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """One address on which bounces are received.

    `hostname` is the name given in the greeting. `size_limit` is the longest message in bytes,
    `timeout_s` the longest wait for the next command or for a whole message, in seconds,
    `sessions` the connections open at once, `recipients` the codes of one message at most. `tls` is
    offered as STARTTLS (RFC 3207), over SMTP alone. `port` 0 takes a free one.
    """

    domain: str
    hostname: str
    port: int
    host: str = "127.0.0.1"
    protocol: MailProtocol = MailProtocol.LMTP
    size_limit: int = 1 << 20
    timeout_s: float = 60.0
    sessions: int = 50
    recipients: int = 100
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range.
        """
        object.__setattr__(self, "domain", Verp(self.domain).domain)
        object.__setattr__(self, "protocol", MailProtocol(self.protocol))
        lmtp = self.protocol is MailProtocol.LMTP
        named = (
            self.hostname.isascii() and self.hostname.replace(".", "").replace("-", "").isalnum()
        )
        checks = (
            (named, "hostname", "no name of a host", "write this machine's name in ASCII"),
            (bool(self.host), "host", "an address is missing", "write that of an interface"),
            (0 <= self.port <= _MAX_PORT, "port", "no such port", "write a number up to 65535"),
            (
                not (lmtp and self.port == _SMTP_PORT),
                "port",
                "LMTP must not be spoken on port 25 (RFC 2033 section 5)",
                "choose another port, or the protocol smtp",
            ),
            (self.size_limit >= 1024, "size_limit", "no bounce is so short", "write 1024 or more"),  # noqa: PLR2004
            (self.timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
            (self.sessions > 0, "sessions", "no session, no bounce", "write 1 or more"),
            (self.recipients > 0, "recipients", "no code, no bounce", "write 1 or more"),
            (
                self.tls is None or not lmtp,
                "tls",
                "LMTP is spoken on this machine or its own network",
                "leave it out, or choose the protocol smtp",
            ),
        )
        for holds, name, message, fix in checks:
            if not holds:
                raise InvalidInput(message, field=f"bounces.{name}", fix=fix)
