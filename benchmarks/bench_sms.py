"""How many texts a second several sendings side by side hand to a Twilio on this machine.

    python benchmarks/bench_sms.py --texts 8000 --sendings 16

The fake Twilio runs in a process of its own. Each sending has one text out at a time and takes the
next once the last is on record (at once, here). Prints one JSON line; every text must have arrived.
"""

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import uvloop
from tocsin.demo.twilio_server import TwilioServer
from tocsin.notifiers.twilio_sms import TwilioSms
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted

from fakes.relays import lease_of
from fakes.text_messages import SMS_SENDER, number, text_message, twilio_settings

FICTIONAL = 400
"""Numbers that are kept for stories; each gets as many texts as it takes."""


def serve(pipe: Connection) -> None:
    """Be Twilio until asked how many texts arrived, in a process of its own."""

    async def main() -> None:
        async with TwilioServer() as server:
            pipe.send(server.url)
            await asyncio.to_thread(pipe.recv)
            pipe.send(len(server.messages))

    uvloop.run(main())


async def hand_over(url: str, texts: int, sendings: int) -> int:
    """Return how many texts were accepted."""
    settings = twilio_settings(
        TwilioServer(url=url), rate_per_s=1_000_000.0, timeout_s=30.0, look_up_after_s=()
    )
    shares = [
        [
            text_message(seq % FICTIONAL, to=number(seq % FICTIONAL))
            for seq in range(n, texts, sendings)
        ]
        for n in range(sendings)
    ]
    async with TwilioSms(settings) as sms:

        async def send(share: Sequence[Message]) -> int:
            accepted = 0
            async with aclosing(sms.send(share, lease_of(600), sender=SMS_SENDER)) as flushes:
                async for flush in flushes:
                    accepted += sum(isinstance(sent.outcome, Accepted) for sent in flush)
            return accepted

        return sum(await asyncio.gather(*(send(share) for share in shares)))


def main(texts: int, sendings: int) -> None:
    """Run the benchmark once."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    twilio = context.Process(target=serve, args=(there,))
    twilio.start()
    url = here.recv()
    started, used = time.monotonic(), time.process_time()
    accepted = uvloop.run(hand_over(url, texts, sendings))
    took, used = time.monotonic() - started, time.process_time() - used
    here.send("done")
    arrived = here.recv()
    twilio.join()
    if not accepted == arrived == texts:
        sys.exit(f"{accepted} texts were accepted and {arrived} arrived")
    print(
        json.dumps(
            {
                "texts": texts,
                "sendings": sendings,
                "texts_per_s": round(texts / took),
                "cpu_s_per_1000": round(used / texts * 1000, 3),
            }
        )
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=8_000)
    parser.add_argument("--sendings", type=int, default=16)
    given = parser.parse_args()
    main(given.texts, given.sendings)
