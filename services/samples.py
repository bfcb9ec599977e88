"""Samples: drafted texts for our own addresses, made as every notice is, and marked as a test."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tocsin.schemas.audience import TEST_LANE, Addressee, RecipientKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.codes import SAMPLE_CODE
from tocsin.schemas.event import BatchDue
from tocsin.schemas.notice import Message
from tocsin.services.envelope import Envelope, Splicer

PER_TEST = 1_000
"""Samples of one test at most; their numbers go on from one test to the next."""
_MARK = b"X-Tocsin-Test: yes\r\n"
"""The header of an e-mail that is a test. Nothing else of it differs from a notice."""


class Wanted(NamedTuple):
    """One text that is to be looked at: a cohort's, on a channel, and its place in the test."""

    cohort: int
    channel: Channel
    place: int


class Samples:
    """Makes the samples of one test, channel by channel."""

    def __init__(
        self, round_id: str, *, test: int, key: bytes, domain: str, texts: Mapping[str, str]
    ) -> None:
        """Take a round, the number of its test from 0, its key, the sender's domain, its texts.

        `texts` are those that were drafted, by name: the very ones that will be sent.
        """
        self._round = round_id
        self._test = test
        self._key = key
        self._domain = domain
        self._texts = texts

    def seq(self, wanted: Wanted) -> int:
        """Return the number of a sample in the lane of tests; no two tests share one."""
        return self._test * PER_TEST + wanted.place

    def messages(
        self, wanted: Sequence[Wanted], detail: str, splicer: Splicer, *, rung: int
    ) -> Iterator[Message]:
        """Make the samples of one channel for the address that is configured for it."""
        channel = wanted[0].channel
        batch = BatchDue(round=self._round, rung=rung, lane=TEST_LANE, channel=channel)
        envelope = Envelope(
            batch,
            key=self._key,
            domain=self._domain,
            texts=self._texts,
            codes={(TEST_LANE, self.seq(one)): SAMPLE_CODE for one in wanted},
        )
        people = [(self._addressee(one), detail) for one in wanted]
        for message in envelope.messages(people, splicer):
            if channel is Channel.EMAIL:
                yield message._replace(pieces=(_MARK, *message.pieces))
            else:
                yield message

    def _addressee(self, wanted: Wanted) -> Addressee:
        return Addressee(
            lane=TEST_LANE,
            seq=self.seq(wanted),
            person=0,
            recipient=RecipientKind.SELF.value,
            cohort=wanted.cohort,
            pseudonym="",
            key="",
            address="",
        )
