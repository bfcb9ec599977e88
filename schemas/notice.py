"""A notice on its way: rendered text, segments with slots, and the message spliced from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tocsin.schemas.audience import Cohort
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """Everything a text may say: the same for all cohorts of a round."""

    incident: IncidentFile
    organisation: Organisation
    round_id: str
    public_code: str
    dated: datetime
    """The round's date: on the page and in the Date header, so that a repeat is byte-identical."""
    drill: bool
    required_content: dict[str, tuple[str, ...]]
    """Regime id -> content codes that its notice must hold (NATURE, HARM, CONTACT ...)."""


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """The e-mail text of one cohort, with `{reference}` still a slot."""

    cohort: Cohort
    subject: str
    plain: str
    html: str


class Slot(NamedTuple):
    """A place in the segments where a person's value goes."""

    name: str
    """`recipient`, `reference` or `message_id`."""


@dataclass(frozen=True, slots=True)
class Segments:
    """A serialised message cut at its slots: bytes, slot name, bytes, ... (RFC 5322, CRLF)."""

    parts: tuple[bytes, ...]
    slots: tuple[str, ...]

    def to_text(self) -> str:
        """Return one text from which `from_text` makes the same segments (stored in the ledger)."""
        pieces = [self.parts[0].decode("ascii")]
        for slot, part in zip(self.slots, self.parts[1:], strict=True):
            pieces += [f"\x00{slot}\x00", part.decode("ascii")]
        return "".join(pieces)

    @classmethod
    def from_text(cls, text: str) -> "Segments":
        """Read what `to_text` wrote."""
        pieces = text.split("\x00")
        return cls(parts=tuple(p.encode("ascii") for p in pieces[0::2]), slots=tuple(pieces[1::2]))


class Message(NamedTuple):
    """One message ready to be handed over. Its repr is never logged."""

    lane: str
    seq: int
    recipient: str
    """The envelope recipient: a bare address."""
    content: bytes
    reference: str
    """The personal reference, which the outbox writes in place of the recipient."""
    code: str = ""
    """The return code, as text, by which whatever comes back names this notice."""

    def __repr__(self) -> str:
        return f"Message({self.lane}/{self.seq})"
