"""Whether a relay is worth a message now: a short circuit, so that its outage is paid for once.

unproven --one connection stands--> up --no connection can be made, or all hang--> down
down --after 1, 2, 4 ... 30 s--> unproven (one probe at a time)
"""

import structlog
from tocsin.notifiers.duration import Duration
from tocsin.schemas.outcome import Deferred, Reason

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_STALLED_AFTER_S = 1.0
_CRAWLS_FOR_S = 30.0

_log = structlog.get_logger(__name__)


class RelayHealth:
    """What the connections of one relay lately saw of it. Times: the event loop's, in seconds."""

    def __init__(self, name: str, *, timeout_s: float) -> None:
        self.name = name
        self._timeout_s = timeout_s
        self._proven = False
        self._probing = False
        self._failures = 0
        self._down_until = 0.0
        self._reason = Reason.RELAY_UNAVAILABLE
        self._duration = Duration()
        self._crawls_until = 0.0
        self._last_sign = 0.0

    def outage(self, now: float) -> Deferred | None:
        """Return what becomes of a message bound to this relay while it is down, else None."""
        left = self._down_until - now
        return Deferred(self._reason, retry_after=round(left, 3)) if left > 0 else None

    def is_sound(self, now: float) -> bool:
        """Whether it is not down, answers when it has something to answer, and does not crawl."""
        if max(self._down_until, self._crawls_until) > now:
            return False
        return self._duration.out == 0 or now - self._last_sign < _STALLED_AFTER_S

    def admits(self, now: float) -> bool:
        """Whether one more connection may take a message: not while a probe is out."""
        return self._proven or self._down_until > now or not self._probing

    def begins(self, now: float) -> None:
        """Note that a message is on its way to the relay."""
        if self._duration.out == 0:
            self._last_sign = now
        self._duration.begins(now)
        self._probing = self._probing or not self._proven

    def ends(self, now: float) -> None:
        """Note that the message came to an end, whatever the end.

        A relay at which messages take longer than a second crawls, and is tried again after 30 s.
        """
        self._duration.ends(now)
        if self._duration.out == 0:
            self._probing = False
        if self._duration.mean_s > _STALLED_AFTER_S and self._crawls_until <= now:
            self._crawls_until = now + _CRAWLS_FOR_S

    def stands(self, now: float) -> None:
        """Note that a connection was made: greeted, encrypted and authenticated."""
        self._proven = True
        self._probing = False
        self._last_sign = now

    def answers(self, now: float) -> None:
        """Note that the relay answered a command."""
        self._last_sign = now
        self._failures = 0

    def hangs(self, now: float) -> None:
        """Note that a reply did not come in time; all hang when none came for that long."""
        if now - self._last_sign >= self._timeout_s * 0.9:
            self.fails(Reason.RELAY_UNAVAILABLE, now)

    def fails(self, reason: Reason, now: float) -> None:
        """Open the circuit: nothing is tried until the pause is over, twice as long each time."""
        if self._down_until > now:
            return
        self._failures += 1
        pause = min(_FIRST_PAUSE_S * 2 ** min(self._failures - 1, 10), _LONGEST_PAUSE_S)
        self._down_until = now + pause
        self._reason = reason
        self._proven = False
        self._probing = False
        _log.warning("relay_down", relay=self.name, reason=reason.value, pause_s=pause)
