"""Envelopes: the messages of a batch, spliced one by one from segments, keys and contacts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from tocsin.rules.addresses import normalised
from tocsin.schemas.audience import Addressee, RecipientKind
from tocsin.schemas.errors import Conflict
from tocsin.schemas.identifiers import keyed_digest, message_id, notice_key, reference_code
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.person import Contacts


class Splicer(Protocol):
    """Puts a person's values between segments."""

    def splice(
        self, segments: Segments, *, recipient: str, reference: str, message_id: str
    ) -> bytes:
        """Return the bytes of one message."""
        ...


def address_of(contacts: Contacts, recipient: str) -> str | None:
    """Return the address to write to for a kind of recipient."""
    return contacts.of(RecipientKind(recipient)).email


class Envelope:
    """Makes messages of a batch from segments, keys and contacts, one at a time."""

    def __init__(self, round_id: str, *, key: bytes, domain: str, texts: Mapping[str, str]) -> None:
        """Take a round's key, the sender's domain and the approved texts by name."""
        self.round_id = round_id
        self.key = key
        self.domain = domain
        self._segments = {name: Segments.from_text(text) for name, text in texts.items()}

    def checked(self, addressee: Addressee) -> Addressee:
        """Return the addressee, unless the roster's key is not the person who was frozen."""
        if keyed_digest(self.key, addressee.key) != addressee.pseudonym:
            message = (
                f"the roster of {self.round_id} names someone else at "
                f"{addressee.lane}/{addressee.seq} than the frozen audience"
            )
            raise Conflict(message, field="roster")
        return addressee

    def moved(self, addressee: Addressee, email: str) -> bool:
        """Whether the address is another now than the one that was frozen."""
        return keyed_digest(self.key, normalised(email)) != addressee.address

    def messages(
        self, people: Sequence[tuple[Addressee, str]], splicer: Splicer
    ) -> Iterator[Message]:
        """Splice one message after the other."""
        for addressee, email in people:
            key = notice_key(self.key, self.round_id, addressee.lane, addressee.seq)
            reference = reference_code(key)
            yield Message(
                lane=addressee.lane,
                seq=addressee.seq,
                recipient=email,
                content=splicer.splice(
                    self._segments[f"{self.round_id}#{addressee.cohort}"],
                    recipient=email,
                    reference=reference,
                    message_id=message_id(key, self.domain),
                ),
                reference=reference,
            )
