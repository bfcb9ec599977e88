"""What a ledger in PostgreSQL keeps: facts that stay, and keys that go with their round."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tocsin.schemas.audience import RosterRow
from tocsin.schemas.commit import Commit, DropRoster, Outcomes, Roster, Transition

from fakes.ledgers import (
    alarm,
    apply,
    claimed,
    ledger_in,
    opened,
    outcome,
    run,
)
from fakes.postgres import schema_of

ROUND = "INC-1/r1"
ROWS = [RosterRow("other", seq, f"customer-{seq}") for seq in range(1200)]


def opened_here(tmp_path: Path) -> AbstractAsyncContextManager[Any]:
    return ledger_in(tmp_path, "postgres")


def beside(tmp_path: Path) -> psycopg.Connection[Any]:
    """Return a connection of somebody else to the ledger's schema."""
    return psycopg.connect(schema_of(tmp_path))


def test_facts_cannot_be_truncated_either(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            await opened(ledger)
            with pytest.raises(Exception, match="append-only"):
                await ledger.write(lambda db: db.execute(text("TRUNCATE person")))

    run(main())


def test_no_name_of_anybody_stands_in_what_the_database_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            bad = [RosterRow("other", 1 << 40, "customer-7")]
            with pytest.raises((DBAPIError, psycopg.Error)) as refused:
                await apply(ledger, held, Commit([Roster(ROUND, bad)]))
            assert "customer-7" not in str(refused.value)

    run(main())


def tables(tmp_path: Path) -> set[str]:
    with beside(tmp_path) as db:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        names = {name for (name,) in db.execute(query)}
    return {name for name in names if name.startswith(("roster_", "address_"))}


def test_a_roster_gives_its_keys_and_first_holders_until_it_is_dropped(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger, opened_here(tmp_path) as other:
            await opened(ledger, recipients=())
            held = await claimed(ledger)
            first = [(b"d%d" % n, "other", n) for n in range(1200)]
            for addresses in (first, [(b"d5", "other", 900)]):
                await apply(ledger, held, Commit([Roster(ROUND, ROWS, addresses)]))
            rosters = other.rosters
            for seqs in ([7], list(range(100, 700)), list(range(0, 1200, 2))):
                keys = await other.run(lambda seqs=seqs: rosters.keys(ROUND, "other", seqs))
                assert keys == {seq: f"customer-{seq}" for seq in seqs}
            digests = [b"d5", b"never seen", b"d1199"]
            held_by = await other.run(lambda: rosters.holders(ROUND, digests))
            assert held_by == {b"d5": ("other", 5), b"d1199": ("other", 1199)}
            await apply(
                ledger, held, Commit([Transition("round", ROUND, "closed"), DropRoster(ROUND)])
            )
            assert tables(tmp_path) == set()
            assert await other.run(lambda: rosters.keys(ROUND, "other", [1])) == {}
            await apply(ledger, held, Commit([Roster(ROUND, ROWS), alarm("applied")]))
            assert tables(tmp_path) == set(), "a round that is over gets no keys any more"

    run(main())


def test_a_commit_that_fails_leaves_no_key(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            twice = Outcomes(ROUND, [outcome(0), outcome(0)])
            with pytest.raises(psycopg.IntegrityError):
                await apply(ledger, held, Commit([Roster(ROUND, ROWS), twice]))
            assert tables(tmp_path) == set()

    run(main())


def test_the_keys_of_a_closed_round_go_even_when_the_one_who_closed_it_died(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened_here(tmp_path) as ledger:
            await opened(ledger, recipients=())
            held = await claimed(ledger)
            await apply(ledger, held, Commit([Roster(ROUND, ROWS)]))
            await apply(ledger, held, Commit([Transition("round", ROUND, "closed")], done=True))
            assert tables(tmp_path) == {"roster_1", "address_1"}
        async with opened_here(tmp_path):
            assert tables(tmp_path) == set()

    run(main())
