"""Where people stand after every flush and everything that was heard, in whatever order."""

import asyncio
from collections import Counter
from itertools import count, groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.ledger import audience, reads
from tocsin.ledger.verify import recount, verify
from tocsin.schemas.commit import (
    Await,
    AwaitingRow,
    Commit,
    Evidence,
    EvidenceRow,
    Gather,
    Outcomes,
    Transition,
    Write,
)
from tocsin.schemas.coverage import Coverage, PersonState
from tocsin.schemas.errors import Conflict
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Level, Reason, Result

from fakes.ledgers import (
    BACKENDS,
    LANE,
    REFUSED,
    Opener,
    apply,
    claimed,
    ledger_in,
    opened,
    outcome,
    run,
)

ROUND = "INC-1/r1"
FAMILY = ("minor", "guardian")
SETTLEMENTS = [
    (Result.ACCEPTED, Reason.NONE),
    (Result.COVERED, Reason.SAME_ADDRESS),
    (Result.EXCLUDED, Reason.NO_LONGER_HELD),
    (Result.UNREACHABLE, Reason.NO_SUCH_MAILBOX),
    (Result.ANNOUNCED, Reason.ANNOUNCED_INSTEAD),
]
ATTEMPTS = [(r, Reason.TEMPORARY_FAILURE) for r in (Result.DEFERRED, Result.IN_DOUBT)]


@pytest.fixture(params=list(BACKENDS))
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return lambda folder: ledger_in(folder, request.param)


def heard(seq: int, what: Heard, *, rung: int = 0, person: int | None = None) -> EvidenceRow:
    reason = Reason.NO_SUCH_MAILBOX if what is Heard.FAILED else Reason.NONE
    return EvidenceRow(
        LANE, seq, rung, what.value, reason.value, "dsn", seq if person is None else person
    )


@st.composite
def histories(draw: Any) -> Any:
    """Draw who is told for each person, and commits of outcomes and evidence in any order.

    Each obligation goes up to three rungs, the next one only when the last did not reach anybody or
    was heard to have failed; what is heard of a rung comes after its acceptance, and ever so late.
    """
    recipients = draw(st.lists(st.sampled_from([("self",), FAMILY]), min_size=1, max_size=8))
    owed = [person for person, kinds in enumerate(recipients) for _ in kinds]
    rows: list[Any] = []
    for seq, person in enumerate(owed):
        at = 0
        for rung in range(draw(st.integers(1, 3))):
            tries = draw(st.integers(0, 2))
            path = [draw(st.sampled_from(ATTEMPTS)) for _ in range(tries)]
            path += [draw(st.sampled_from(SETTLEMENTS))] if draw(st.integers(0, 4)) else []
            for attempt, (result, _) in enumerate(path):
                at += draw(st.integers(0, 9))
                row = outcome(seq, result, person=person, attempt=attempt, rung=rung)
                rows.append((at, row))
            last = path[-1][0] if path else None
            if last not in {Result.ACCEPTED, Result.COVERED}:
                if last is not None and last.settles:
                    break
                continue
            accepted_at, failed_at = at, None
            for what in draw(st.sets(st.sampled_from(list(Heard)))):
                later = accepted_at + draw(st.integers(0, 30))
                rows.append((later, heard(seq, what, rung=rung, person=person)))
                if what is Heard.FAILED:
                    failed_at = later
            if failed_at is None:
                break
            at = failed_at
    rows.sort(key=lambda row: row[0])
    return recipients, [row for _, row in rows], draw(st.integers(1, 5))


def writes_of(round_id: str, rows: list[Any]) -> list[Write]:
    """Return the writes that put rows on record in their order."""
    return [
        Evidence(round_id, list(part)) if kind is EvidenceRow else Outcomes(round_id, list(part))
        for kind, part in groupby(rows, key=type)
    ]


def test_the_counts_shown_are_those_that_the_facts_give_after_every_commit(
    ledger_at: Opener,
) -> None:
    numbers = count()

    with TemporaryDirectory() as folder, asyncio.Runner() as runner:
        opening = ledger_at(Path(folder))
        ledger = runner.run(opening.__aenter__())

        @settings(deadline=None, max_examples=60)
        @given(history=histories())
        def holds(history: Any) -> None:
            runner.run(check(*history))

        async def check(recipients: Any, rows: Any, size: int) -> None:
            incident = f"INC-{next(numbers)}"
            round_id = f"{incident}/r1"
            waiting = await opened(ledger, incident, recipients=recipients)
            held = await claimed(ledger, only=waiting.id)
            for start in range(0, len(rows), size):
                writes = writes_of(round_id, rows[start : start + size])
                await apply(ledger, held, Commit(writes=writes))
                shown = await ledger.ask(reads.coverage, round_id)
                counted: Counter[str] = Counter()
                for (state, level), people in (await ledger.ask(recount, round_id)).items():
                    counted.update({state.value: people, level.value: people})
                names = (*PersonState, Level.DELIVERED, Level.CONFIRMED)
                expected = {name.value: counted[name.value] for name in names}
                assert shown == Coverage(in_scope=len(recipients), **expected)
                assert shown.holds
                assert sum(shown.levels.values()) == shown.reached

        try:
            holds()
            assert runner.run(ledger.ask(verify, ledger.keys)).problems == ()
        finally:
            runner.run(opening.__aexit__(None, None, None))


def test_a_bounce_opens_its_person_again_and_another_channel_reaches_them(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("self",)] * 3)
            held = await claimed(ledger)
            first = Outcomes(ROUND, [outcome(seq) for seq in range(3)])
            await apply(ledger, held, Commit(writes=[first]))
            await apply(ledger, held, Commit(writes=[Evidence(ROUND, [heard(1, Heard.FAILED)])]))
            shown = await ledger.ask(reads.coverage, ROUND)
            assert (shown.open, shown.reached) == (1, 2)
            again = Outcomes(ROUND, [outcome(1, rung=1)])
            await apply(ledger, held, Commit(writes=[again]))
            surely = Evidence(ROUND, [heard(1, Heard.DELIVERED, rung=1), heard(2, Heard.CONFIRMED)])
            await apply(ledger, held, Commit(writes=[surely]))
            shown = await ledger.ask(reads.coverage, ROUND)
            assert shown.levels == {"accepted": 1, "delivered": 1, "confirmed": 1}
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_the_same_thing_is_heard_once(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            writes = writes_of(ROUND, [outcome(0), heard(0, Heard.FAILED)])
            await apply(ledger, held, Commit(writes=writes))
            with pytest.raises(REFUSED):
                await apply(ledger, held, Commit([Evidence(ROUND, [heard(0, Heard.FAILED)])]))
            assert (await ledger.ask(reads.coverage, ROUND)).open == 5

    run(main())


def test_a_round_with_somebody_open_again_does_not_close_and_a_closed_one_opens_nobody(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=[("self",)])
            held = await claimed(ledger)
            await apply(ledger, held, Commit(writes_of(ROUND, [outcome(0)])))
            bounced = Commit(writes_of(ROUND, [heard(0, Heard.FAILED)]))
            close = Commit([Transition("round", ROUND, "closed", was="sending")])
            await apply(ledger, held, bounced)
            with pytest.raises(Conflict, match="open people"):
                await apply(ledger, held, close)
            await apply(ledger, held, Commit(writes_of(ROUND, [outcome(0, rung=1)])))
            await apply(ledger, held, close)
            late = Commit(writes_of(ROUND, [heard(0, Heard.FAILED, rung=1)]))
            with pytest.raises(Conflict, match="closed"):
                await apply(ledger, held, late)
            arrived = Commit(writes_of(ROUND, [heard(0, Heard.DELIVERED, rung=1)]))
            await apply(ledger, held, arrived)
            assert (await ledger.ask(reads.coverage, ROUND)).levels["delivered"] == 1
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_who_waits_for_others_is_gathered_once(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            rows = [AwaitingRow(2, LANE, seq, "DE") for seq in (3, 1)]
            await apply(ledger, held, Commit([Await(ROUND, rows)]))
            found = await ledger.ask(audience.awaiting, ROUND, 2, most=10)
            assert [row.seq for row in found] == [1, 3]
            assert await ledger.ask(audience.awaiting, ROUND, 1, most=10) == ()
            await apply(ledger, held, Commit([Gather(ROUND, found)]))
            assert await ledger.ask(audience.awaiting, ROUND, 2, most=10) == ()
            with pytest.raises(Conflict, match="gathered before"):
                await apply(ledger, held, Commit([Gather(ROUND, found[:1])]))
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())
