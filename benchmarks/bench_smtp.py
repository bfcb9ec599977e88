"""The mailer alone: messages that are ready, over 10 connections, into Postfix's smtp-sink.

    python benchmarks/bench_smtp.py --messages 50000 --pairs 7

In turn with `smtp-source -d -s 10`. No ledger and no directory: what the way out itself costs.
Prints one JSON line: the median over the pairs of our rate by theirs, both rates, and CPU seconds
per 1,000 messages. A message of about 6 KB each; unless all are accepted, the run fails.
"""

import argparse
import resource
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

import uvloop
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.lease import Lease, Order, boottime
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes.sinks import sink
from fakes.smtp_source import CONNECTIONS, smtp_source
from fakes.turns import Took, print_turns

LINE = b"The data that criminals copied holds your name and your address.\r\n"
BODY = LINE * 93
BATCH = 1000


def content(number: int) -> bytes:
    """Return one message of about 6 KB."""
    head = f"From: notices@example.com\r\nTo: <person{number}@mail.example>\r\n\r\n"
    return head.encode() + BODY


async def ours(mailer: SmtpMailer, number: int) -> Took:
    """Hand over so many messages and count what was accepted."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    start, before, accepted = time.monotonic(), used.ru_utime + used.ru_stime, 0
    for first in range(0, number, BATCH):
        batch = [
            Message("mail", n, f"person{n}@mail.example", (content(n),), "")
            for n in range(first, first + BATCH)
        ]
        lease = Lease(deadline=boottime() + 30, length_s=30)
        async with aclosing(mailer.send(batch, lease, sender="notices@example.com")) as flushes:
            async for flush in flushes:
                accepted += sum(isinstance(sent.outcome, Accepted) for sent in flush)
                lease.renew(boottime() + 30, Order.GO)
    if accepted != number:
        sys.exit(f"{accepted} of {number} were accepted")
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = time.monotonic() - start
    return Took(number, seconds, used.ru_utime + used.ru_stime - before)


async def main(number: int, pairs: int, file: Path) -> None:
    """Let both sides take turns; `file` holds what smtp-source sends."""
    found: list[tuple[Took, Took]] = []
    async with sink() as port:
        relay = RelaySettings("sink", "127.0.0.1", port, Tls.NONE, connections=CONNECTIONS)
        async with SmtpMailer([relay], flush=500) as mailer:
            await ours(mailer, BATCH)
            for _ in range(pairs):
                one = await ours(mailer, number)
                found.append((one, await smtp_source(port, number, file)))
    print_turns("smtp", found, theirs="smtp_source", messages=number)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        theirs = Path(folder) / "content"
        theirs.write_bytes(content(0).replace(b"\r\n", b"\n"))
        uvloop.run(main(chosen.messages, chosen.pairs, theirs))
