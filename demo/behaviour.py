"""How the demo relay behaves: what it answers to whom, and what it does to everybody."""

import json
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, Field, SecretStr, ValidationError
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.record import Record


class Do(StrEnum):
    """What the relay does when a message is for an address."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    """550 5.1.1 to RCPT: no such mailbox."""
    POLICY = "policy"
    """554 5.7.1 after the content: refused by policy."""
    FULL = "full"
    """452 4.2.2 to RCPT: mailbox full."""
    DEFER = "defer"
    """451 4.7.1 to RCPT: come back later."""
    CLOSE_421 = "close_421"
    """421 to RCPT, and the connection is closed."""
    HANG = "hang"
    """No answer to RCPT, ever."""
    HANG_AFTER_DOT = "hang_after_dot"
    DROP = "drop"
    """The connection is cut at RCPT."""
    DROP_AFTER_DOT = "drop_after_dot"
    """The message is taken, and the connection is cut instead of the answer."""
    GARBAGE = "garbage"
    """Something that is no SMTP, to RCPT."""
    GARBAGE_AFTER_DOT = "garbage_after_dot"
    SLOW = "slow"
    """Accepted, `delay_ms` after the content."""


AFTER_DOT = frozenset(
    {Do.ACCEPT, Do.POLICY, Do.HANG_AFTER_DOT, Do.DROP_AFTER_DOT, Do.GARBAGE_AFTER_DOT, Do.SLOW}
)
"""What shows only once the content was received."""


class Behaviour(Record):
    """What happens at one address: the first `times` times, or always; then it is accepted."""

    do: Do
    times: int | None = Field(default=None, ge=1)
    delay_ms: int = Field(default=500, ge=0)


class RelayPlan(Record):
    """The whole plan. An address without a behaviour is accepted."""

    addresses: dict[str, Behaviour] = Field(default_factory=dict)
    delay_ms: int = Field(default=0, ge=0)
    """Before the answer to every content."""
    hang: bool = False
    """Connections are taken and nothing is ever said."""
    down_until: AwareDatetime | None = None
    """Connections are refused until then."""
    refuse_sender: bool = False
    """550 5.7.1 to every MAIL."""
    pipelining: bool = True
    """Offer PIPELINING (RFC 2920)."""
    max_connections: int = Field(default=1000, ge=1)
    """421 to whoever comes after."""
    username: str | None = None
    password: SecretStr | None = None
    """With both, AUTH PLAIN is asked for."""

    @classmethod
    def read(cls, path: Path) -> "RelayPlan":
        """Read a plan from a JSON file.

        Raises:
            InvalidInput: the file is not there, is no JSON, or has an unknown field or value.
        """
        try:
            return cls.model_validate(json.loads(path.read_text("utf-8")))
        except OSError:
            message = "the plan cannot be read"
            raise InvalidInput(message, field="plan", fix="name a readable JSON file") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"] if "@" not in str(part))
            raise InvalidInput(
                first["msg"], field=f"plan.{where}", fix="see demo/behaviour.py"
            ) from None
        except ValueError:
            message = "the plan is not JSON"
            raise InvalidInput(message, field="plan", fix="write a JSON object") from None


class Received(Record):
    """One message that the relay received in full: a line of its log."""

    address: str
    message_id: str
    sha256: str
    """Of the content as it was meant: dots undoubled, without the final dot."""
    accepted: bool
    """Whether it was answered 250."""
    behaviour: Do
    at: float
    """Seconds on the monotonic clock."""
