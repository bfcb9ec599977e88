"""A clock that can be put forward: the demo does not wait for days."""

from datetime import UTC, datetime, timedelta


class LaterClock:
    """The machine's time, and so much later as it was put forward."""

    def __init__(self) -> None:
        """Start with the machine's time."""
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC) + self._ahead

    def put_forward(self, by: timedelta) -> None:
        """Let so much time pass at once."""
        self._ahead += by
