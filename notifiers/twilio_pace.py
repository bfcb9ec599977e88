"""How fast an account asks Twilio: never above its rate, and never before the time it was told."""

import asyncio

from tocsin.schemas.outcome import Deferred, Reason, SendOutcome


class Pace:
    """Shared by everything that one notifier sends or asks, however many sendings there are."""

    def __init__(self, rate_per_s: float) -> None:
        self._gap_s = 1 / rate_per_s
        self._next = 0.0
        self._named_until = 0.0

    async def turn(self) -> None:
        """Wait for the next turn; a turn that nobody takes is gone."""
        now = asyncio.get_running_loop().time()
        mine = max(now, self._next)
        self._next = mine + self._gap_s
        if mine > now:
            await asyncio.sleep(mine - now)

    def heed(self, outcome: SendOutcome) -> None:
        """Remember the time that Twilio named: to ask sooner would make the wait longer."""
        if isinstance(outcome, Deferred) and outcome.retry_after is not None:
            until = asyncio.get_running_loop().time() + outcome.retry_after
            self._named_until = max(until, self._named_until)

    @property
    def closed(self) -> Deferred | None:
        """What everything gets until the named time has come; None when Twilio may be asked."""
        left_s = self._named_until - asyncio.get_running_loop().time()
        return Deferred(Reason.NOT_ASKED, retry_after=round(left_s, 3)) if left_s > 0 else None
