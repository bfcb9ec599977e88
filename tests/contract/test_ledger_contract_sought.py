"""Whom a round that follows looks for: what both databases must answer alike."""

from pathlib import Path

import pytest
from tocsin.ledger import reads, sought
from tocsin.ledger.verify import verify
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.commit import (
    Commit,
    Evidence,
    EvidenceRow,
    Found,
    OpenRound,
    Outcomes,
    Seek,
    SeekNoMore,
)
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.sought import EarlierPerson, SoughtRow, Unfound

from fakes.ledgers import (
    BACKENDS,
    LANE,
    Opener,
    apply,
    claimed,
    ledger_in,
    opened,
    outcome,
    run,
)

FIRST, NEXT = "INC-1/r1", "INC-1/r2"


@pytest.fixture(params=list(BACKENDS))
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return lambda folder: ledger_in(folder, request.param)


def name(number: int) -> str:
    return f"{number:064x}"


def test_who_was_told_is_told_by_role_and_whoever_may_have_been_counts(
    tmp_path: Path, ledger_at: Opener
) -> None:
    families = [("minor", "guardian"), ("self",), ("self",), ("self",), ("self",), ("self",)]

    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=families)
            rows = [
                outcome(1, person=0),
                outcome(2, person=1),
                outcome(3, Result.IN_DOUBT, person=2, reason=Reason.CONNECTION_LOST),
                outcome(4, Result.REFUSED, person=3, reason=Reason.NO_SUCH_MAILBOX),
                outcome(5, Result.UNREACHABLE, person=4, rung=99, reason=Reason.NO_CONTACT),
                outcome(6, person=5),
            ]
            failed = EvidenceRow(LANE, 6, 0, Heard.FAILED, Reason.MAILBOX_FULL, "bounce", 5)
            commit = Commit([Outcomes(FIRST, rows), Evidence(FIRST, [failed])])
            await apply(ledger, await claimed(ledger), commit)
            found = await ledger.ask(sought.earlier_people, FIRST, after=-1, most=10)
            assert found == (
                EarlierPerson(0, name(0), "guardian", "minor"),
                EarlierPerson(1, name(1), "self", ""),
                EarlierPerson(2, name(2), "self", ""),
                EarlierPerson(3, name(3), "", "self"),
                EarlierPerson(4, name(4), "", ""),
                EarlierPerson(5, name(5), "", "self"),
            )
            rest = await ledger.ask(sought.earlier_people, FIRST, after=1, most=2)
            assert rest == found[2:4]
            left = await ledger.ask(sought.open_by_residence, FIRST)
            assert left == (("DE", 4),)

    run(main())


def test_people_are_looked_for_until_they_are_found_and_the_rest_in_the_order_of_their_rounds(
    tmp_path: Path, ledger_at: Opener
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            rows = [SoughtRow(name(n), FIRST, n, "minor guardian") for n in (4, 0, 2, 3)]
            held = await claimed(ledger)
            follows = OpenRound(NEXT, 1, "correction", (FIRST,))
            await apply(ledger, held, Commit([follows, Seek(NEXT, rows)]))
            asked = [name(n) for n in range(600)]
            found = await ledger.ask(sought.sought_among, NEXT, asked)
            assert set(found) == {name(n) for n in (0, 2, 3, 4)}
            assert found[name(2)] == (RecipientKind.MINOR, RecipientKind.GUARDIAN)
            assert await ledger.ask(sought.sought_among, FIRST, asked) == {}
            await apply(ledger, held, Commit([Found(NEXT, [name(0), name(3)])]))
            left = await ledger.ask(sought.unfound, NEXT, most=9)
            assert left == tuple(
                Unfound(name(n), "minor guardian", "DE", "EU-GDPR") for n in (2, 4)
            )
            assert await ledger.ask(sought.unfound, NEXT, most=1) == left[:1]
            await apply(ledger, held, Commit([SeekNoMore(NEXT)]))
            assert await ledger.ask(sought.unfound, NEXT, most=9) == ()
            view = await ledger.ask(reads.round_, NEXT)
            assert (view.kind, view.follows) == ("correction", (FIRST,))
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_a_batch_that_somebody_holds_is_being_sent(tmp_path: Path, ledger_at: Opener) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            assert not await ledger.ask(sought.sending, [FIRST])
            await claimed(ledger)
            assert await ledger.ask(sought.sending, [FIRST])
            assert not await ledger.ask(sought.sending, [NEXT])

    run(main())
