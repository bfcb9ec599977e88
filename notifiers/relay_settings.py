"""How one relay is reached: where, how encrypted, with what right, over how many connections."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import SecretStr
from tocsin.schemas.errors import InvalidInput

_MAX_PORT = 65535


class Tls(StrEnum):
    """How the way to a relay is encrypted."""

    NONE = "none"
    STARTTLS = "starttls"
    """RFC 3207; a relay that does not offer it is not used: there is no silent step down."""
    IMPLICIT = "implicit"
    """TLS from the first byte (RFC 8314)."""


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine, so that nothing said to it crosses a wire."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """One relay that takes messages by SMTP (RFC 5321).

    `connections` is how many are kept open at most; `timeout_s` the longest wait for one reply, or
    for a whole connection to stand, in seconds; `weight` the relay's share of the messages that are
    not bound to a relay (0: only messages bound to it); `hello` the name given in EHLO, None for
    this machine's own. `per_s` says how many messages a second it may be given at this moment, None
    as many as it takes. User name and password never show in a repr.
    """

    name: str
    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    username: str | None = field(default=None, repr=False)
    password: SecretStr | None = field(default=None, repr=False)
    connections: int = 10
    timeout_s: float = 30.0
    weight: int = 1
    verify_certificate: bool = True
    hello: str | None = None
    per_s: Callable[[], float] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or a password would go out unencrypted.
        """
        checks = (
            (bool(self.name), "name", "a relay needs a name", "give it a short one"),
            (bool(self.host), "host", "a relay needs a host", "write its name or address"),
            (0 < self.port <= _MAX_PORT, "port", "no such port", "write a number from 1 to 65535"),
            (self.connections > 0, "connections", "no connection, no notice", "write 1 or more"),
            (self.timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
            (self.weight >= 0, "weight", "a share cannot be negative", "write 0 or more"),
            (
                (self.username is None) == (self.password is None),
                "password",
                "user name and password go together",
                "give both or neither",
            ),
            (
                self.password is None or Tls(self.tls) is not Tls.NONE or is_loopback(self.host),
                "tls",
                "a password would cross the network unencrypted",
                "write starttls or implicit",
            ),
        )
        for holds, name, message, fix in checks:
            if not holds:
                raise InvalidInput(message, field=f"relay.{name}", fix=fix)
        object.__setattr__(self, "tls", Tls(self.tls))
