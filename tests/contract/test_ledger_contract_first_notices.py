"""When the first notice of each regime was taken over, on every ledger."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from tocsin.ledger.first_notices import first_notices
from tocsin.schemas.commit import Commit, Outcomes
from tocsin.schemas.outcome import Reason, Result

from fakes.ledgers import BACKENDS, NOW, Opener, claimed, ledger_in, opened, outcome, run

ROUND = "INC-1/r1"


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


def test_the_first_notice_is_the_earliest_that_was_taken_over(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            assert await ledger.ask(first_notices, "INC-1") == {}
            held = await claimed(ledger)
            deferred = outcome(0, Result.DEFERRED, reason=Reason.TEMPORARY_FAILURE)
            steps = (
                (0, deferred),
                (1, outcome(1)),
                (2, outcome(0, attempt=1)),
            )
            for minutes, row in steps:
                at = NOW + timedelta(minutes=minutes)
                commit = Commit([Outcomes(ROUND, [row])])
                await ledger.commit(held, commit, now=at, lease_s=30)
            assert await ledger.ask(first_notices, "INC-1") == {
                "EU-GDPR": NOW + timedelta(minutes=1)
            }
            assert await ledger.ask(first_notices, "INC-2") == {}

    run(main())
