"""Who asks a push service: a signed token per origin, kept for half a day (RFC 8292)."""

from collections.abc import Callable

from py_vapid import Vapid02
from tocsin.notifiers.web_push_settings import WebPushSettings, private_key

_VALID_S = 43_200
"""Half of what RFC 8292 section 2 allows."""
_RENEWED_BEFORE_S = 3_600
_MOST_ORIGINS = 1_000


class VapidTokens:
    """Authorization headers per origin. `clock` gives seconds since 1970."""

    def __init__(self, settings: WebPushSettings, clock: Callable[[], float]) -> None:
        self._signer = Vapid02(private_key(settings.vapid_key))
        self._subject = settings.subject
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}

    def authorization(self, origin: str) -> str:
        """Return the header for an origin: scheme, host and port, as RFC 6454 writes it."""
        now = self._clock()
        header, expires = self._kept.get(origin, ("", 0.0))
        if expires - now > _RENEWED_BEFORE_S:
            return header
        if len(self._kept) >= _MOST_ORIGINS:
            self._kept.clear()  # whoever subscribes names an origin: they are not ours to count
        claims = {"aud": origin, "exp": int(now) + _VALID_S, "sub": self._subject}
        signed: dict[str, str] = self._signer.sign(claims)
        self._kept[origin] = (signed["Authorization"], float(int(now) + _VALID_S))
        return signed["Authorization"]
