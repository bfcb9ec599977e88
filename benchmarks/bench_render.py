"""Rendering: a person's e-mail spliced from segments, in turn with the same e-mail built in full.

    python benchmarks/bench_render.py --messages 20000 --pairs 7

Both sides make the messages of a batch as a worker does: keys, references and Message-IDs, then the
octets, of two cohorts, in English and in Chinese. Ours splices the approved segments. In full, each
person's notice is rendered by Jinja2 and serialised by EmailMessage (one message for every hundred
of ours: it takes so much longer). Then both once more with a DKIM signature by Ed25519, for which
the full build canonicalises and hashes the whole message each time.

A sample of every pair has the same octets on both sides, or the run fails. Prints one JSON line:
medians over the pairs, in CPU time; a ratio is of our rate by that of the full build.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from email.header import Header
from email.message import EmailMessage
from email.policy import compat32
from email.utils import format_datetime
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tocsin.rendering.contact import brand_in
from tocsin.rendering.dkim import Dkim
from tocsin.rendering.environment import REFERENCE_SLOT
from tocsin.rendering.notice import render_notice
from tocsin.rendering.quoted_printable import encode
from tocsin.rendering.splicing import pieces
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.audience import Addressee, Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import BatchDue
from tocsin.schemas.identifiers import keyed_digest
from tocsin.schemas.notice import NoticeContext, Segments
from tocsin.services.envelope import Envelope, Splicer
from tocsin.services.naming import text_name

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.turns import Took, ratio_of
from golden import sample

ROUND, LANE, DOMAIN = "INC-7K2QX/r1", "gmail", "books.example.com"
KEY = bytes(range(32))
SENDER = f"notices@{DOMAIN}"
SELECTOR, SIGNING_KEY = "tocsin", Ed25519PrivateKey.from_private_bytes(KEY)
AS_GIVEN = compat32.clone(linesep="\r\n", max_line_length=None)
OURS_FOR_EACH, SAMPLE = 100, 20


def signer() -> Dkim:
    """Return what signs for the sender's domain."""
    return Dkim(domain=DOMAIN, selector=SELECTOR, key=SIGNING_KEY)


class Spliced:
    """Makes messages as the product does."""

    def __init__(self, dkim: Dkim | None) -> None:
        """Sign with `dkim`, if anything."""
        self._pieces = pieces if dkim is None else dkim.pieces

    def pieces(self, segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one message in pieces."""
        return self._pieces(segments, values)


class Full:
    """Builds every message from its cohort's templates."""

    def __init__(
        self, cohorts: Mapping[str, Cohort], context: NoticeContext, dkim: Dkim | None
    ) -> None:
        """Take the cohorts by their boundary, which alone is taken from the segments."""
        self._cohorts = cohorts
        self._context = context
        self._dkim = dkim

    def pieces(self, segments: Segments, values: Mapping[str, str]) -> Sequence[bytes]:
        """Return one message in pieces."""
        boundary = boundary_of(segments)
        message = self._built(self._cohorts[boundary], boundary, values).as_bytes()
        if self._dkim is None:
            return (message,)
        return self._dkim.pieces(Segments((message,), ()), {})

    def _built(self, cohort: Cohort, boundary: str, values: Mapping[str, str]) -> EmailMessage:
        by = self._context.organisation
        notice = render_notice(cohort, self._context)
        name = brand_in(by, cohort.locale)
        phrase = f'"{name}"' if name.isascii() else _words(name, "From")
        message = EmailMessage(policy=AS_GIVEN)
        message["From"] = f"{phrase}\r\n <{by.sender_email}>"
        message["To"] = f"<{values['recipient']}>"
        message["Subject"] = _words(notice.subject, "Subject")
        message["Reply-To"] = f"<{by.contact_email}>"
        message["Date"] = format_datetime(self._context.dated)
        message["Message-ID"] = values["message_id"]
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = cohort.locale
        message["MIME-Version"] = "1.0"
        message["Content-Type"] = f'multipart/alternative;\r\n boundary="{boundary}"'
        for subtype, text in (("plain", notice.plain), ("html", notice.html)):
            part = EmailMessage(policy=AS_GIVEN)
            part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
            part["Content-Transfer-Encoding"] = "quoted-printable"
            own = text.replace(REFERENCE_SLOT, values["reference"])
            part.set_payload(encode(own).decode("ascii"))
            message.attach(part)
        return message


def _words(text: str, header: str) -> str:
    if text.isascii():
        return text
    return Header(text, "utf-8", maxlinelen=76, header_name=header).encode(linesep="\r\n")


def boundary_of(segments: Segments) -> str:
    """Return what stands between the parts of a cohort's messages."""
    return segments.to_text().partition('boundary="')[2].partition('"')[0]


def timed(
    envelope: Envelope, people: Sequence[tuple[Addressee, str]], by: Splicer
) -> tuple[Took, list[str]]:
    """Make the messages of these people; return what it took, and hashes of the first ones."""
    kept: list[bytes] = []
    start = time.process_time()
    for message in envelope.messages(people, by):
        content = message.content
        if len(kept) < SAMPLE:
            kept.append(content)
    seconds = time.process_time() - start
    hashes = [hashlib.sha256(content).hexdigest() for content in kept]
    return Took(len(people), seconds, seconds), hashes


def addressees(number: int, cohorts: int) -> Iterator[tuple[Addressee, str]]:
    """Yield people of each cohort in turn, with their addresses."""
    for n in range(number):
        address = f"person{n}@gmail.com"
        digest = keyed_digest(KEY, address)
        yield Addressee(LANE, n, n, "self", n % cohorts, digest, f"k{n}", digest), address


def main(messages: int, pairs: int) -> None:
    """Let both sides take turns, without signatures and with them."""
    context = sample.context(round_id=ROUND)
    press, cohorts, texts = NoticePress(), {}, {}
    octets = []
    for number, locale in enumerate(("en", "zh-Hans")):
        cohort = sample.cohort(number=number, locale=locale)
        segments = press.segments(press.notice(cohort, context), context)
        cohorts[boundary_of(segments)] = cohort
        texts[text_name(ROUND, number, Channel.EMAIL)] = segments.to_text()
        octets.append(sum(map(len, segments.parts)))
    batch = BatchDue(round=ROUND, rung=0, lane=LANE, channel=Channel.EMAIL, count=messages)
    envelope = Envelope(batch, key=KEY, domain=DOMAIN, texts=texts, codes={})
    many = tuple(addressees(messages, len(cohorts)))
    few = many[: max(SAMPLE, messages // OURS_FOR_EACH)]
    figures: dict[str, object] = {"bench": "render", "messages": messages, "pairs": pairs}
    figures["octets"] = round(sum(octets) / len(octets))
    for name, signs in (("plain", False), ("dkim", True)):
        spliced = Spliced(signer() if signs else None)
        full = Full(cohorts, context, signer() if signs else None)
        found = []
        for _ in range(pairs):
            ours, some = timed(envelope, many, spliced)
            theirs, others = timed(envelope, few, full)
            if some != others:
                sys.exit(f"{name}: the octets of the two sides differ")
            found.append((ours, theirs))
        for side, rate in (
            ("spliced", median(ours.per_s for ours, _ in found)),
            ("full", median(theirs.per_s for _, theirs in found)),
        ):
            figures[f"{name}_{side}_per_s"] = round(rate)
            figures[f"{name}_{side}_us"] = round(1_000_000 / rate, 1)
        figures[f"{name}_ratio"] = ratio_of(found)
    print(json.dumps(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--pairs", type=int, default=7)
    chosen = parser.parse_args()
    main(chosen.messages, chosen.pairs)
