"""What can be wrong with what a person or a machine asks of Tocsin.

    TocsinError
    +-- InvalidInput   a value is wrong; `field` names it, `fix` says what to write instead
    +-- NotAllowed     the principal may not do this
    +-- NotFound       there is no such thing
    +-- Conflict       the thing is not in a state in which this can be done
    +-- Unavailable    a directory, relay or ledger cannot be reached now

Failures of sending are not errors but outcomes (`outcome.py`).
"""


class TocsinError(Exception):
    """A refusal that a reader can act on: what is wrong, where, and what to do about it."""

    exit_code = 1

    def __init__(self, message: str, *, field: str | None = None, fix: str | None = None) -> None:
        """Say what is wrong; `field` is the dotted path of the value, `fix` the next step."""
        super().__init__(message)
        self.message = message
        self.field = field
        self.fix = fix

    def __str__(self) -> str:
        """Return one line: field, message, fix."""
        where = f"{self.field}: " if self.field else ""
        fix = f" - {self.fix}" if self.fix else ""
        return f"{where}{self.message}{fix}"


class InvalidInput(TocsinError, ValueError):
    """A value given by a person, a file or a machine is wrong."""

    exit_code = 2


class NotAllowed(TocsinError, PermissionError):
    """The principal is unknown or may not do this."""

    exit_code = 3


class NotFound(TocsinError, LookupError):
    """There is no such incident, artefact, event or principal."""

    exit_code = 4


class Conflict(TocsinError):
    """The thing is not in a state in which this can be done."""

    exit_code = 5


class Unavailable(TocsinError, ConnectionError):
    """A directory, relay or ledger cannot be reached now; trying again may help."""

    exit_code = 6
