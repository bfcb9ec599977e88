"""The pace of lanes is measured from batches that are done, on every kind of ledger."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tocsin.ledger import tables as t
from tocsin.ledger.pace import paces
from tocsin.ledger.queue import MICROSECONDS

from fakes.ledgers import BACKENDS, Opener, batch, event, ledger_in, opened, run, submit

ROUND = "INC-1/r1"


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


def done(db: Any, name: str, second: float) -> None:
    """Mark an event as done at a second."""
    until = 1_700_000_000 * MICROSECONDS + int(second * MICROSECONDS)
    values = {"state": "done", "lease_until": until}
    db.execute(update(t.event).where(t.event.c.id == name).values(**values))


def test_a_lane_is_as_fast_as_its_batches_were_done_one_after_the_other(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            names = [
                event(f"b{n}", round_id=ROUND, payload=batch(ROUND, 100), weight=100)
                for n in range(6)
            ]
            retry = event(
                "retry", round_id=ROUND, payload=batch(ROUND, 0, only=(3,), attempt=1), weight=1
            )
            few = [
                event(f"f{n}", round_id=ROUND, payload=batch(ROUND, 9, lane="few"))
                for n in range(2)
            ]
            await submit(ledger, *names, retry, *few)
            for second, each in enumerate(names):
                await ledger.write(partial(done, name=each.id, second=second * 2.0))
            await ledger.write(partial(done, name=retry.id, second=3_600.0))
            for second, each in enumerate(few):
                await ledger.write(partial(done, name=each.id, second=second * 60.0))

            (measured,) = (await ledger.ask(paces)).values()
            assert measured == pytest.approx(50.0)

    run(main())


def test_a_ledger_in_which_nothing_was_sent_measures_nothing(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            assert dict(await ledger.ask(paces)) == {}

    run(main())
