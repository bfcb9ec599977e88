"""Servers that named a time: nothing is asked of them before, sooner would make the wait longer."""

from tocsin.schemas.outcome import Deferred, Reason, SendOutcome


class Pauses:
    """Until when each server wants to be left alone. Times: the event loop's, in seconds."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def left(self, server: str, now: float) -> Deferred | None:
        """Return what becomes of a message for this server now; None when it may be asked."""
        left_s = self._until.get(server, 0.0) - now
        return Deferred(Reason.NOT_ASKED, retry_after=round(left_s, 3)) if left_s > 0 else None

    def heed(self, server: str, outcome: SendOutcome, now: float) -> None:
        """Take over the time that an answer named, if it named one."""
        if not isinstance(outcome, Deferred) or outcome.retry_after is None:
            return
        self._until = {name: until for name, until in self._until.items() if until > now}
        self._until[server] = max(now + outcome.retry_after, self._until.get(server, 0.0))
