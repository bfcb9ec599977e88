"""What every ledger says of its workers, and of when people were first told."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from tocsin.ledger import heartbeats, tables
from tocsin.ledger.alarms import was_rung
from tocsin.ledger.told import first_told
from tocsin.ledger.verify import verify
from tocsin.runtimes.books import Cases
from tocsin.schemas.commit import Commit, Fact, FactKind, Outcomes
from tocsin.schemas.outcome import Reason, Result

from fakes.ledgers import (
    BACKENDS,
    NOW,
    Opener,
    apply,
    claimed,
    ledger_in,
    opened,
    outcome,
    run,
)

ROUND = "INC-1/r1"
MONTH_US = 31 * 86_400 * 1_000_000


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


def test_a_worker_is_seen_until_it_ends_and_one_that_died_is_remembered_with_its_time(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            assert await ledger.ask(heartbeats.workers) == []
            for worker in ("one", "two", "one"):
                await ledger.write(partial(heartbeats.beat, worker=worker))
            await ledger.write(partial(heartbeats.beat, worker="two", ended=True))
            seen = await ledger.ask(heartbeats.workers)
            assert {each.worker: each.ended for each in seen} == {"one": False, "two": True}
            assert all(0 <= each.seen_s < 60 for each in seen)
            assert [each.seen_s for each in seen] == sorted(each.seen_s for each in seen)
            await ledger.write(partial(heartbeats.beat, worker="two"))
            assert not any(each.ended for each in await ledger.ask(heartbeats.workers))

    run(main())


def test_workers_are_forgotten_after_a_month_but_never_the_last_one(
    ledger_at: Opener, tmp_path: Path
) -> None:
    def age(db: Any, *workers: str) -> None:
        h = tables.heartbeat
        db.execute(update(h).where(h.c.worker.in_(workers)).values(seen=h.c.seen - MONTH_US))

    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            for worker in ("old", "last"):
                await ledger.write(partial(heartbeats.beat, worker=worker))
            await ledger.write(lambda db: age(db, "old", "last"))
            await ledger.write(lambda db: age(db, "old"))  # two beats may be of one millisecond
            await ledger.write(heartbeats.forget)
            (last,) = await ledger.ask(heartbeats.workers)
            assert last.worker == "last"
            assert last.seen_s > 30 * 86_400

    run(main())


def test_the_first_notice_that_was_taken_over_counts_and_only_for_its_own_regime(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            names = ["EU-GDPR", "EU", "US-CA"]
            refused = [outcome(0, Result.REFUSED, reason=Reason.NO_SUCH_MAILBOX)]
            await apply(ledger, held, Commit([Outcomes(ROUND, refused)]))
            assert await Cases(ledger).first_outcomes(ROUND, names) == {}
            for minute, seq in ((7, 1), (9, 2)):
                at = NOW + timedelta(minutes=minute)
                commit = Commit([Outcomes(ROUND, [outcome(seq)])])
                await ledger.commit(held, commit, now=at, lease_s=30)
            found = await Cases(ledger).first_outcomes(ROUND, names)
            assert found == {"EU-GDPR": NOW + timedelta(minutes=7)}

    run(main())


def test_of_what_stands_on_record_the_earliest_time_of_a_regime_counts(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            for minute in (9, 7, 8):
                at = NOW + timedelta(minutes=minute)
                body = {"regime": "US-CA", "at": at.isoformat()}
                await apply(ledger, held, Commit([Fact(FactKind.TOLD, "US-CA", body, ROUND)]))
            assert await ledger.ask(first_told, "INC-1") == {"US-CA": NOW + timedelta(minutes=7)}
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_only_somebody_who_was_reached_counts_as_rung(ledger_at: Opener, tmp_path: Path) -> None:
    def ring(name: str, officer: str, result: Result) -> Fact:
        return Fact(FactKind.RING, name, {"officer": officer, "result": result.value})

    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            vain = [
                ring("dead:a#1:olga:email", "olga", Result.DEFERRED),
                ring("dead:a#1::log", "", Result.ACCEPTED),
                ring("clock:x#1:olga:email", "olga", Result.ACCEPTED),
            ]
            await apply(ledger, held, Commit(vain))
            before = NOW - timedelta(minutes=1)
            assert not await ledger.ask(was_rung, "INC-1", "dead:", before)
            await apply(ledger, held, Commit([ring("dead:b#2:ivo:sms", "ivo", Result.ACCEPTED)]))
            assert await ledger.ask(was_rung, "INC-1", "dead:", before)
            assert not await ledger.ask(was_rung, "INC-1", "dead:", NOW + timedelta(minutes=1))
            assert not await ledger.ask(was_rung, "INC-2", "dead:", before)

    run(main())
