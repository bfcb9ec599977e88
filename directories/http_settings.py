"""How an organisation's own directory service is reached, and with what right."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr
from tocsin.schemas.errors import InvalidInput

LARGEST_PAGE = 5_000


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """One service that answers the protocol of docs/directories.md.

    `timeout_s` is the longest wait for one whole answer, in seconds. A question is asked at most
    `tries` times, and `wait_s` is the wait before the second try, doubled before each further one.
    `page` is the most people asked for at once. `own_mailbox_domains` are domains whose mailboxes
    the organisation furnishes.
    """

    base_url: str
    token: SecretStr = field(repr=False)
    timeout_s: float = 30.0
    tries: int = 4
    wait_s: float = 0.5
    page: int = 1_000
    own_mailbox_domains: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range, or the token would go out unencrypted.

        """
        url = urlsplit(self.base_url)
        host, token = url.hostname or "", self.token.get_secret_value()
        plain = url.username is None and not url.query and not url.fragment
        checks = (
            (
                url.scheme in {"http", "https"} and bool(host) and plain,
                "url",
                "this is not the address of a service",
                "write https://people.example.com/tocsin; the token has a setting of its own",
            ),
            (
                url.scheme == "https" or _is_loopback(host),
                "url",
                "the token and the people would cross the network unencrypted",
                "write https",
            ),
            (
                token.isascii() and token.isprintable() and token.strip() == token != "",
                "token",
                "there is no token, or one that no header can carry",
                "set token_env or token_file",
            ),
            (self.timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
            (self.wait_s >= 0, "wait_s", "a wait cannot be negative", "write seconds, 0 or more"),
            (self.tries >= 1, "tries", "a question is asked at least once", "write 1 or more"),
            (
                1 <= self.page <= LARGEST_PAGE,
                "page",
                "a page of this size is not asked for",
                f"write 1 to {LARGEST_PAGE}",
            ),
        )
        for holds, name, message, fix in checks:
            if not holds:
                raise InvalidInput(message, field=f"directory.{name}", fix=fix)
