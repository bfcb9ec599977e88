"""One batch of letters: what each message is as a letter, and the order of printing."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from tocsin.notifiers.letter_address import PostalAddress
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.identifiers import ReturnCode, is_reference_code
from tocsin.schemas.notice import Message


class Letter(NamedTuple):
    """A message as a letter. Its repr is never logged."""

    message: Message
    code: ReturnCode
    reference: str
    enrolment: str
    """The code of a pool, where its text offers one; else empty."""
    text: str
    """What it shares with every letter of its cohort, as JSON."""

    def __repr__(self) -> str:
        return f"Letter({self.message.lane}/{self.message.seq})"


class Addressed(NamedTuple):
    """A letter with a place to go to."""

    letter: Letter
    address: PostalAddress
    tight: bool
    """Whether its text is set with less space between the lines, to take a page less."""

    def __repr__(self) -> str:
        return f"Addressed({self.letter!r})"

    def asked(self, texts: Sequence[str]) -> dict[str, Any]:
        """Return the letter as the typesetter is asked for it."""
        return {
            "text": texts.index(self.letter.text),
            "lines": self.address.lines,
            "country": self.address.country,
            "reference": self.letter.reference,
            "enrolment": self.letter.enrolment,
            "code": str(self.letter.code),
        }


class Batch(NamedTuple):
    """Letters of one round, rung and lane: what one print folder is made of."""

    round: str
    lane: str
    rung: int
    letters: tuple[Letter, ...]

    @property
    def seqs(self) -> range:
        """The range from the first obligation to the last."""
        found = [letter.message.seq for letter in self.letters]
        return range(min(found), max(found) + 1)

    @property
    def at(self) -> datetime:
        """The round's date, as every text of it says."""
        return datetime.fromisoformat(json.loads(self.letters[0].text)["at"])

    def name(self, letters: Sequence[Letter]) -> str:
        """Return the batch id of some of its letters: the same for the same ones."""
        codes = "\n".join(str(letter.code) for letter in letters).encode()
        seqs = [letter.message.seq for letter in letters]
        span = f"{min(seqs)}-{max(seqs)}"
        return f"{self.lane}_{self.rung}_{span}_{hashlib.sha256(codes).hexdigest()[:8]}"


def read_letter(message: Message) -> Letter:
    """Return a message as a letter.

    Raises:
        InvalidInput: the content is not what the renderer makes for letters.
    """
    try:
        held = json.loads(message.content)
        code = ReturnCode.read(held.pop("code"))
        reference = str(held.pop("reference"))
        enrolment = str(held.pop("enrolment", ""))
        datetime.fromisoformat(held["at"])
        whole = is_reference_code(reference)
    except (ValueError, KeyError, TypeError, AttributeError):
        code, whole = None, False
    if code is None or not whole or (code.lane, code.seq) != (message.lane, message.seq):
        text = "this is not a letter"
        fix = "render it for the letter channel, and fill in the reference and the return code"
        raise InvalidInput(text, field="content", fix=fix)
    return Letter(message, code, reference, enrolment, json.dumps(held))


def batches(messages: Sequence[Message], most: int) -> Iterator[Batch]:
    """Cut messages, in order, into batches of at most `most` letters of one round and rung."""

    def key(letter: Letter) -> tuple[str, str, int]:
        return letter.code.round, letter.message.lane, letter.code.rung

    for (round_id, lane, rung), group in groupby(map(read_letter, messages), key):
        letters = tuple(group)
        for start in range(0, len(letters), most):
            yield Batch(round_id, lane, rung, letters[start : start + most])


def in_print_order(letters: Sequence[Addressed]) -> list[Addressed]:
    """Return the letters by country, then postcode: what the post pays a discount for."""
    return sorted(
        letters,
        key=lambda each: (each.address.country, each.address.postcode, each.letter.message.seq),
    )
