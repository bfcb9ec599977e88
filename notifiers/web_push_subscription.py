"""A push subscription as browsers give it, and which endpoints are asked at all.

Whoever subscribes names the endpoint. So it is https, names a host, and neither the host nor what
it resolves to is an address inside a network: nobody is let in by way of us (SSRF).
"""

import base64
import binascii
import ipaddress
import json
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from tocsin.notifiers.http_post import NoSuchPlace
from tocsin.notifiers.relay_settings import is_loopback
from tocsin.schemas.outcome import Deferred, Reason, Refused

_URL = re.compile(r"[!#-;=?-\[\]_a-z~]{1,2000}")  # RFC 3986: printable, no blank, quote or bracket
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{0,62}")
_POINT_BYTES = 65
_UNCOMPRESSED = 4
_SECRET_BYTES = 16
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class Subscription(NamedTuple):
    """Where a browser's messages go and its keys. An endpoint is a capability: never shown."""

    endpoint: str
    origin: str
    p256dh: str
    auth: str

    def __repr__(self) -> str:
        return "Subscription(***)"


def read_subscription(text: str, *, loopback: bool = False) -> Subscription | None:
    """Read what `JSON.stringify(subscription)` gave (W3C Push API); None for anything else.

    `loopback` allows http to this machine.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    keys = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(keys, dict):
        return None
    endpoint, p256dh, auth = said.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not (isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str)):
        return None
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != _POINT_BYTES or point[0] != _UNCOMPRESSED or len(secret) != _SECRET_BYTES:
        return None
    origin = _origin(endpoint, loopback=loopback)
    return Subscription(endpoint, origin, p256dh.rstrip("="), auth.rstrip("=")) if origin else None


def _decoded(text: str) -> bytes:
    plain = text.rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _origin(endpoint: str, *, loopback: bool) -> str:
    """Return the origin of an endpoint that may be asked, or nothing."""
    if not _URL.fullmatch(endpoint):
        return ""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if "@" in parts.netloc or "#" in endpoint:
        return ""
    here = loopback and is_loopback(host) and ":" not in host
    if not here and (parts.scheme != "https" or not _HOST.fullmatch(host)):
        return ""
    if parts.scheme not in {"http", "https"}:
        return ""
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if port in {None, usual} else f":{port}")


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only; `resolver` finds them, None for this machine's.

    Asked at connecting, so that a name cannot lead elsewhere between a check and its use.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of `host`.

        Raises NoSuchPlace where it has others only. A name that there is no more is a temporary
        failure: it lies with the one subscription, and not with a relay of ours that is down.
        """
        try:
            found = await self._resolver.resolve(host, port, family)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_NAME:
                raise NoSuchPlace(Deferred(Reason.TEMPORARY_FAILURE)) from None
            raise
        public = [each for each in found if is_public(each["host"])]
        if not public:
            raise NoSuchPlace(Refused(Reason.MALFORMED_ADDRESS))
        return public

    async def close(self) -> None:
        """Let the resolver go."""
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Whether an IP address is one that everybody can reach (IANA special-purpose registries)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return found.is_global and inner.is_global and not found.is_multicast
