"""Envelopes: the messages of a batch, spliced one by one from segments, keys and contacts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from tocsin.rules.contacts import compared
from tocsin.rules.lanes import channel_of
from tocsin.schemas.audience import SHARED_LANE, Addressee, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import BatchDue
from tocsin.schemas.identifiers import (
    ReturnCode,
    keyed_digest,
    message_id,
    notice_seeds,
    reference_codes,
    return_proofs,
)
from tocsin.schemas.notice import Message, Segments
from tocsin.schemas.person import Contacts
from tocsin.services.naming import text_name


class Splicer(Protocol):
    """Puts a person's values between segments."""

    def pieces(self, segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one message in pieces; `values` by the name of their slot."""
        ...


def detail_of(contacts: Contacts, recipient: str, channel: Channel) -> str | None:
    """Return where a channel leads to a kind of recipient."""
    return contacts.of(RecipientKind(recipient)).on(channel)


class Envelope:
    """Makes messages of a batch from segments, keys and contacts, one at a time."""

    def __init__(
        self,
        batch: BatchDue,
        *,
        key: bytes,
        domain: str,
        texts: Mapping[str, str],
        codes: Mapping[tuple[str, int], str],
    ) -> None:
        """Take a batch, its round's key, the sender's domain and the approved texts by name.

        `codes` are those of a pool by (lane, seq), where the texts promise one.
        """
        self.batch = batch
        self.key = key
        self.domain = domain
        self._texts = texts
        self._codes = codes
        self._segments: dict[int, Segments] = {}

    def checked(self, addressee: Addressee) -> Addressee:
        """Return the addressee, unless the roster's key is not the person who was frozen."""
        if keyed_digest(self.key, addressee.key) != addressee.pseudonym:
            message = (
                f"the roster of {self.batch.round} names someone else at "
                f"{addressee.lane}/{addressee.seq} than the frozen audience"
            )
            raise Conflict(message, field="roster")
        return addressee

    def moved(self, people: Sequence[tuple[Addressee, str]]) -> frozenset[int]:
        """Return the seqs of those whose address is another now than the one that was frozen.

        Only that of the first channel was; where somebody is reached later is not compared.
        """
        key, batch, lane = self.key, self.batch, self.batch.lane
        if channel_of(lane) is not batch.channel or lane == SHARED_LANE:
            return frozenset()
        return frozenset(
            each.seq
            for each, detail in people
            if keyed_digest(key, compared(batch.channel, detail)) != each.address
        )

    def _text(self, cohort: int) -> Segments:
        segments = self._segments.get(cohort)
        if segments is None:
            name = text_name(self.batch.round, cohort, self.batch.channel)
            segments = self._segments[cohort] = Segments.from_text(self._texts[name])
        return segments

    def messages(
        self, people: Sequence[tuple[Addressee, str]], splicer: Splicer
    ) -> Iterator[Message]:
        """Splice one message after the other."""
        batch = self.batch
        round_id, lane, rung = batch.round, batch.lane, batch.rung
        seqs = [addressee.seq for addressee, _ in people]
        notices = notice_seeds(self.key, round_id, lane, seqs)
        references = reference_codes(self.key, notices)
        proofs = return_proofs(self.key, round_id, lane, rung, seqs)
        begins = ReturnCode.begins(round_id, lane)
        names = zip(people, notices, references, proofs, strict=True)
        for (addressee, detail), notice, reference, proof in names:
            seq = addressee.seq
            code = f"{begins}{seq}-{rung}-{proof}"
            values = {
                "recipient": detail,
                "reference": reference,
                "message_id": message_id(notice, self.domain),
                "code": code,
                "enrolment": self._codes.get((lane, seq), "") if self._codes else "",
            }
            text = self._text(addressee.cohort)
            pieces = splicer.pieces(text, values)
            yield Message(*(lane, seq, detail, pieces, reference, code), text.is_plain, batch.round)
