"""A worker that takes a made-up stream of detections in, as a process that a test can kill.

`python -m fakes.taking_in FOLDER URL SEED`: without a URL the ledger is in SQLite. Each worker
begins at the start of the stream, in an order of its own, as after a restart.
"""

import asyncio
import sys
from pathlib import Path
from random import Random

from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.postgres import Postgres
from tocsin.rules.merging import merge
from tocsin.schemas.detection import Detection

from fakes.detections import WINDOW, detection
from fakes.ledgers import NOW, sqlite

PART = 3


def made_up_stream() -> list[Detection]:
    dice = Random(7)  # noqa: S311  # made-up detections
    return [
        detection(f"e{n}", minute=dice.randint(0, 4000), asset=dice.choice("abcd"))
        for n in range(600)
    ]


async def take_all_in(ledger: Ledger, seed: int) -> None:
    arriving = made_up_stream()
    Random(seed).shuffle(arriving)  # noqa: S311  # made-up detections
    for first in range(0, len(arriving), PART):
        part = arriving[first : first + PART]
        await ledger.take_in(part, merge=merge, window=WINDOW, now=NOW)
        print(first, flush=True)


async def _work(folder: Path, url: str, seed: int) -> None:
    if url:
        ledger = await Ledger.open(Postgres(url), keys=KeyRing(folder / "keys"))
    else:
        ledger = await sqlite(folder)
    await take_all_in(ledger, seed)
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
