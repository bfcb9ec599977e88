"""Whoever was told by other means: left out of batches, and counted once whoever settles second."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from tocsin.ledger import audience, reads
from tocsin.ledger.earlier import owed_to, pseudonyms
from tocsin.ledger.verify import verify
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, OutcomeRow, Outcomes
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.earlier import EARLIER_RUNG
from tocsin.schemas.event import EarlierTold
from tocsin.schemas.outcome import Reason, Result

from fakes.ledgers import (
    BACKENDS,
    LANE,
    Opener,
    apply,
    batch,
    claimed,
    event,
    ledger_in,
    opened,
    outcome,
    run,
    submit,
)

ROUND = "INC-1/r1"


@pytest.fixture(params=list(BACKENDS))
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return lambda folder: ledger_in(folder, request.param)


def earlier(seq: int, *, person: int | None = None) -> OutcomeRow:
    row = outcome(seq, Result.COVERED, person=person, rung=EARLIER_RUNG, reason=Reason.TOLD_EARLIER)
    return row._replace(channel="letter", ref="2026-11-20 register 7")


UNREACHABLE = outcome(1, Result.UNREACHABLE, rung=99, reason=Reason.NO_SUCH_MAILBOX)


def test_who_was_told_by_other_means_is_pending_in_no_batch(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            await apply(ledger, await claimed(ledger), Commit([Outcomes(ROUND, [earlier(1)])]))
            for attempt, rung in ((0, 0), (3, 0), (0, 1)):
                due = batch(ROUND, 5, attempt=attempt, rung=rung)
                found = await ledger.ask(audience.pending, due)
                assert [seq for seq, *_ in found] == [0, 2, 3, 4]
            assert await ledger.ask(audience.unsettled, batch(ROUND, 5)) == ()

    run(main())


@pytest.mark.parametrize(
    "commits",
    [
        ([earlier(1)], [outcome(1)]),
        ([outcome(1)], [earlier(1)]),
        ([earlier(1), outcome(1)],),
        ([earlier(1)], [UNREACHABLE]),
        ([UNREACHABLE], [earlier(1)]),
        ([outcome(1, Result.DEFERRED)], [earlier(1)], [outcome(1, attempt=1)]),
    ],
)
def test_whoever_settles_second_loses_nothing_and_counts_nobody_twice(
    tmp_path: Path, ledger_at: Opener, commits: Sequence[Sequence[OutcomeRow]]
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            for rows in commits:
                await apply(ledger, held, Commit([Outcomes(ROUND, rows)]))
            equation = await ledger.ask(reads.coverage, ROUND)
            assert equation == Coverage(in_scope=5, open=4, reached=1)
            rest = [outcome(seq) for seq in (0, 2, 3, 4)]
            await apply(ledger, held, Commit([Outcomes(ROUND, rest)], done=True))
            assert await ledger.ask(reads.coverage, ROUND) == Coverage(in_scope=5, reached=5)
            assert (await ledger.ask(verify, ledger.keys)).problems == ()
            kinds = [kind for _, kind, _, _ in await ledger.ask(reads.waiting_events)]
            assert kinds == ["round.emptied"]

    run(main())


def test_a_child_who_was_told_stays_open_until_the_guardian_is(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("minor", "guardian"), ("self",)])
            held = await claimed(ledger)
            await apply(ledger, held, Commit([Outcomes(ROUND, [earlier(0, person=0)])]))
            assert await ledger.ask(reads.coverage, ROUND) == Coverage(in_scope=2, open=2)
            await apply(ledger, held, Commit([Outcomes(ROUND, [outcome(1, person=0)])]))
            assert await ledger.ask(reads.coverage, ROUND) == Coverage(2, open=1, reached=1)

    run(main())


def test_what_people_are_owed_is_told_with_what_settles_it(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("minor", "guardian"), ("self",), ("self",)])
            rows = [
                outcome(0, Result.DEFERRED, person=0),
                outcome(2, person=1),
                earlier(3, person=2),
            ]
            held = await claimed(ledger)
            await apply(ledger, held, Commit([Outcomes(ROUND, rows)]))
            found = await ledger.ask(owed_to, ROUND, [0, 1])
            assert [
                (row.lane, row.seq, row.person, row.recipient, row.settled) for row in found
            ] == [
                (LANE, 0, 0, "minor", None),
                (LANE, 1, 0, "guardian", None),
                (LANE, 2, 1, "self", Result.ACCEPTED),
            ]
            (last,) = await ledger.ask(owed_to, ROUND, [2])
            assert last.settled is Result.COVERED

    run(main())


def test_people_are_looked_through_in_pages_by_their_pseudonyms(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            first = await ledger.ask(pseudonyms, ROUND, after=-1, limit=3)
            rest = await ledger.ask(pseudonyms, ROUND, after=2, limit=3)
            assert first + rest == tuple((n, f"{n:064x}") for n in range(5))

    run(main())


def test_what_was_told_earlier_can_be_put_on_record_while_the_round_is_paused(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            told = ((0, Channel.LETTER, date(2026, 11, 20), "register 7"),)
            due = event("earlier", payload=EarlierTold(round=ROUND, file="f", told=told))
            await submit(ledger, due)
            held = await claimed(ledger, only=due.id)
            assert held.event.payload == due.payload

    run(main())
