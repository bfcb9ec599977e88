"""How many messages may be out without a record: F + C per process, whatever their latency."""

from typing import Protocol


class Holder(Protocol):
    """Who holds credits until a flush of theirs is applied."""

    @property
    def ready(self) -> int:
        """How many outcomes wait for their flush."""
        ...

    def flush_now(self) -> None:
        """Flush what waits, however little it is."""
        ...


class Credits:
    """A count shared by everything that one mailer sends.

    One is taken before a message is handed to a connection and given back when the flush that holds
    its outcome was applied. Whatever the ledger's latency, a killed process leaves at most `total`
    messages that went out and are not recorded.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.available = total
        self._holders: set[Holder] = set()
        self._few = total // 10
        self._asked = False
        self.applying = 0
        """Flushes that are being applied: their credits come back in any case."""

    def join(self, holder: Holder) -> None:
        """Name one who will hold some."""
        self._holders.add(holder)

    def leave(self, holder: Holder) -> None:
        """Take leave of one who holds none any more."""
        self._holders.discard(holder)

    @property
    def runs_short(self) -> bool:
        """Whether few are left and nobody was asked yet to give some back."""
        return self.available <= self._few and not self._asked

    def relieve(self) -> None:
        """Let the one with the most outcomes flush: large flushes cost least."""
        if self.applying:
            return
        fullest = max(self._holders, key=lambda holder: holder.ready, default=None)
        if fullest is not None and fullest.ready:
            self._asked = True
            fullest.flush_now()

    def take(self) -> None:
        """Take one; the taker has seen that one is available."""
        if self.available <= 0:
            message = "a credit was taken where none was available"
            raise RuntimeError(message)
        self.available -= 1

    def give(self, number: int) -> None:
        """Give `number` back."""
        if self.available + number > self.total:
            message = "more credits came back than were taken"
            raise RuntimeError(message)
        self.available += number
        self._asked = False
