"""A notice on its way: rendered text, segments with slots, and the message spliced from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation


class EarlierRound(NamedTuple):
    """A round of the same incident whose public files stand already."""

    round_id: str
    public_code: str
    dated: datetime
    announced: bool
    """It had an announcement, and so a CAP message; else only the page about its notices."""


@dataclass(frozen=True, slots=True)
class Publication:
    """Where a round's public files stand, and what they follow."""

    address: str = ""
    """URL of the incident's folder, with a slash at its end; empty where none is configured."""
    senders: Mapping[Channel, str] = field(default_factory=dict)
    """What a channel shows as its sender: an address, a name, a number."""
    follows: tuple[EarlierRound, ...] = ()
    """Earlier rounds, oldest first: this one is an update of what they announced."""
    retracted: bool = False
    """What was announced before is taken back; only where something was."""

    @property
    def announced_before(self) -> tuple[EarlierRound, ...]:
        """The earlier rounds that had an announcement."""
        return tuple(earlier for earlier in self.follows if earlier.announced)


class OpenText(NamedTuple):
    """What anybody may read of a round's messages, in one language: `{reference}` is a slot."""

    channel: Channel
    locale: str
    text: str
    """A text message, a push, a call; of an e-mail its subject."""


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
    publication: Publication = Publication()

    @property
    def incident_id(self) -> str:
        """The name of the incident, which the folder of its public files bears too."""
        return self.round_id.partition("/")[0]


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
    """`recipient`, `reference`, `message_id`, `code` (a `ReturnCode`), `enrolment` (of a pool)."""


@dataclass(frozen=True, slots=True)
class Segments:
    """A serialised message cut at its slots: bytes, slot name, bytes, ... in UTF-8.

    An e-mail is ASCII alone (RFC 5322, CRLF).
    """

    parts: tuple[bytes, ...]
    slots: tuple[str, ...]

    def to_text(self) -> str:
        """Return one text from which `from_text` makes the same segments (stored in the ledger)."""
        pieces = [self.parts[0].decode()]
        for slot, part in zip(self.slots, self.parts[1:], strict=True):
            pieces += [f"\x00{slot}\x00", part.decode()]
        return "".join(pieces)

    @classmethod
    def from_text(cls, text: str) -> "Segments":
        """Read what `to_text` wrote."""
        pieces = text.split("\x00")
        return cls(parts=tuple(p.encode() for p in pieces[0::2]), slots=tuple(pieces[1::2]))


@dataclass(frozen=True, slots=True)
class ChannelText:
    """What one channel tells one cohort."""

    channel: Channel
    cohort: Cohort
    text: str
    """For people to read before they approve; `{reference}` stands where each has their own."""
    content: Segments
    """What the channel's notifier is handed: a text message as UTF-8, all else as JSON."""


class JudgedText(NamedTuple):
    """A channel's text with what those who approve it must know of it."""

    text: ChannelText
    size: str
    """Its length as the channel counts it: `142 characters, 1 part (gsm-7)`."""
    findings: tuple[str, ...]
    """What speaks against sending it, as sentences; empty when nothing does."""


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
