"""Where in-app notices are kept, and how the organisation's site asks for them."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr
from tocsin.notifiers.http_settings import is_safe_url, refuse_unless

_SHORTEST_SECRET = 32
_MAX_PORT = 65_535


@dataclass(frozen=True, slots=True)
class InAppSettings:
    """The store of in-app notices and the door through which a site asks for them.

    `database` is a SQLite file of its own. `secret` is shared with the organisation's backend, 32
    characters or more: with it the backend makes tokens, see `in_app_tokens`. `flush` is how many
    notices may be stored without being on record, `longest_token_s` how long a token may be good,
    in seconds. The door listens at `host` and `port` (0: any free one), behind the organisation's
    own TLS. `origins` are the sites whose pages may ask by themselves, as `https://www.example`.
    """

    database: Path
    secret: SecretStr = field(repr=False)
    flush: int = 200
    longest_token_s: int = 3_600
    host: str = "127.0.0.1"
    port: int = 0
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot work, with the field and what to write instead.

        Raises:
            InvalidInput: a value is out of its range.
        """
        secret = self.secret.get_secret_value()
        refuse_unless(
            "in_app",
            (
                (
                    len(secret) >= _SHORTEST_SECRET,
                    "secret",
                    "a secret that can be guessed lets anybody read",
                    f"write {_SHORTEST_SECRET} random characters or more",
                ),
                (self.flush > 0, "flush", "flush is a number of messages", "write 1 or more"),
                (
                    self.longest_token_s > 0,
                    "longest_token_s",
                    "a token needs a time",
                    "write seconds above 0",
                ),
                (bool(self.host), "host", "a door needs an address", "write 127.0.0.1"),
                (
                    0 <= self.port <= _MAX_PORT,
                    "port",
                    "no such port",
                    f"write a number from 0 to {_MAX_PORT}",
                ),
                (
                    all(_is_origin(each) for each in self.origins),
                    "origins",
                    "not the origin of a site",
                    "write https and the host, nothing behind it",
                ),
            ),
        )


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return is_safe_url(text) and text == f"{parts.scheme}://{parts.netloc}"
