"""A notice on its way: rendered text, segments with slots, and the message spliced from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.finding import Finding
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import NoticeRule, PublicRule
from tocsin.schemas.rounds import RoundKind


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


class Followed(NamedTuple):
    """A round that a text follows, as those who were told by it know it."""

    code: str
    """The public code on its notices."""
    dated: datetime


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
    rules: Mapping[str, NoticeRule] = field(default_factory=dict)
    """Regime id -> all that it asks of notices: content, what is forbidden, form."""
    public_rules: Mapping[str, PublicRule] = field(default_factory=dict)
    """Regime id -> what it asks of an announcement."""
    authorities: Mapping[str, str] = field(default_factory=dict)
    """Regime id -> its authority, as the pack names it; the organisation's own words come first."""
    late: frozenset[str] = frozenset()
    """Regimes whose term for telling people had passed when the texts were made."""
    kind: RoundKind = RoundKind.INITIAL
    follows: tuple[Followed, ...] = ()
    """What its readers were told before, oldest first; empty for whoever is told first."""

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
    holds: tuple[str, ...] = ()
    """Content codes for which it has words: NATURE, HARM, CONTACT ..."""
    pending: tuple[str, ...] = ()
    """Content codes of which it says only that they are not known yet."""


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
    pieces: tuple[bytes, ...] = field(init=False, repr=False, compare=False)
    """The parts with an empty place between any two, for a value."""
    places: tuple[tuple[str, tuple[int, ...]], ...] = field(init=False, repr=False, compare=False)
    """Each slot's name, once, and where in `pieces` its value goes."""
    is_plain: bool = field(init=False, repr=False, compare=False)
    """A message spliced from it is ASCII in whole lines, none of which begins with a dot, so that
    it goes over a wire as it is (RFC 5321 section 4.5.2); no value of a slot changes that."""

    def __post_init__(self) -> None:
        """Lay the places out, once for all the messages that are spliced."""
        pieces = [b""] * (2 * len(self.slots) + 1)
        pieces[0::2] = self.parts
        found: dict[str, list[int]] = {}
        for place, name in enumerate(self.slots):
            found.setdefault(name, []).append(2 * place + 1)
        object.__setattr__(self, "pieces", tuple(pieces))
        places = tuple((name, tuple(at)) for name, at in found.items())
        object.__setattr__(self, "places", places)
        dotted = self.parts[0].startswith(b".") or any(b"\n." in part for part in self.parts)
        plain = all(map(bytes.isascii, self.parts)) and self.parts[-1].endswith(b"\r\n")
        object.__setattr__(self, "is_plain", plain and not dotted)

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
    holds: tuple[str, ...] | None = None
    """As in `RenderedNotice`; None where the channel only points at the notice."""
    pending: tuple[str, ...] = ()


class JudgedText(NamedTuple):
    """A channel's text with what those who approve it must know of it."""

    text: ChannelText
    size: str
    """Its length as the channel counts it: `142 characters, 1 part (gsm-7)`."""
    findings: tuple[Finding, ...]
    """What speaks against sending it; empty when nothing does."""


class Message(NamedTuple):
    """One message ready to be handed over. Its repr is never logged."""

    lane: str
    seq: int
    recipient: str
    """The envelope recipient: a bare address."""
    pieces: Sequence[bytes]
    """The content in pieces, most of them shared with others: it is put together when it leaves."""
    reference: str
    """The personal reference, which the outbox writes in place of the recipient."""
    code: str = ""
    """The return code, as text, by which whatever comes back names this notice."""
    is_plain: bool = False
    """ASCII in whole lines, none of which begins with a dot: it goes over a wire as it is."""
    round: str = ""
    """The round that it is of; empty for a message to ourselves."""

    @property
    def content(self) -> bytes:
        """Return the content in one piece."""
        return b"".join(self.pieces)

    def __repr__(self) -> str:
        return f"Message({self.lane}/{self.seq})"
