"""Workers that take detections in are killed: no draft is lost, and none is made twice."""

import asyncio
import signal
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from tocsin.ledger import drafts, reads
from tocsin.ledger.chain import SYSTEM
from tocsin.ledger.verify import verify
from tocsin.schemas.commit import FactKind

from fakes.detections import expected, outline
from fakes.ledgers import BACKENDS, ledger_in
from fakes.postgres import schema_of
from fakes.taking_in import made_up_stream, take_all_in

WORKERS = 2
LIVES = 5
_TESTS = Path(__file__).resolve().parents[1]


async def killed(folder: Path, url: str, seed: int, *, after: int) -> None:
    """Start a worker, and kill it in the middle of what it does after some transactions."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "fakes.taking_in", str(folder), url, str(seed)),
        stdout=asyncio.subprocess.PIPE,
        cwd=_TESTS,
    )
    assert worker.stdout is not None
    for _ in range(after):
        assert await worker.stdout.readline(), "the worker failed; see its message"
    await asyncio.sleep(Random(seed).uniform(0, 0.01))  # noqa: S311  # somewhere within the next
    worker.send_signal(signal.SIGKILL)
    await worker.communicate()


@pytest.mark.parametrize("backend", BACKENDS)
def test_killed_workers_leave_each_draft_once(tmp_path: Path, backend: str) -> None:
    async def lives(url: str, worker: int) -> None:
        for life in range(LIVES):
            seed = worker * LIVES + life
            await killed(tmp_path, url, seed, after=5 + 3 * seed)

    async def main() -> None:
        url = schema_of(tmp_path) if backend == "postgres" else ""
        async with ledger_in(tmp_path, backend):
            pass  # the tables are made
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            for worker in range(WORKERS):
                group.create_task(lives(url, worker))
        async with ledger_in(tmp_path, backend) as ledger:
            await take_all_in(ledger, 99)
            found = await ledger.ask(drafts.drafts)
            assert outline([view.draft for view in found]) == expected(made_up_stream())
            history = await ledger.ask(reads.history, SYSTEM, FactKind.DRAFT)
            facts = Counter((body["what"], name) for _, name, body in history)
            assert set(facts.values()) == {1}, "a fact was appended twice"
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    asyncio.run(main())
