"""What the settings of every notifier over HTTP are checked for."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from tocsin.notifiers.relay_settings import is_loopback
from tocsin.schemas.errors import InvalidInput

Check = tuple[bool, str, str, str]
"""Whether it holds, the field, what is wrong otherwise, and what to write instead."""


def refuse_unless(section: str, checks: Iterable[Check]) -> None:
    """Refuse what cannot work.

    Raises:
        InvalidInput: the first check that does not hold, with the dotted field and the fix.
    """
    for holds, name, message, fix in checks:
        if not holds:
            raise InvalidInput(message, field=f"{section}.{name}", fix=fix)


def is_safe_url(url: str) -> bool:
    """Whether what is said to `url` is encrypted, or does not leave this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or not url.isascii() or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def pace_checks(
    *, connections: int, rate_per_s: float, flush: int, timeout_s: float
) -> tuple[Check, ...]:
    """Return the checks of how many at once, how fast, how many without a record, how long."""
    return (
        (connections > 0, "connections", "no connection, no notice", "write 1 or more"),
        (rate_per_s > 0, "rate_per_s", "a rate needs to be one", "write messages per second"),
        (flush > 0, "flush", "flush is a number of messages", "write 1 or more"),
        (timeout_s > 0, "timeout_s", "a wait needs a length", "write seconds above 0"),
    )
