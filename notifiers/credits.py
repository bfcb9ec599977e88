"""How many messages may be out without a record: F + C x W per process (design section 5)."""


class Credits:
    """A count shared by everything that one mailer sends.

    One is taken before a message is handed to a connection and given back when the flush that holds
    its outcome was applied. Whatever the ledger's latency, a killed process leaves at most `total`
    messages that went out and are not recorded.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.available = total

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
