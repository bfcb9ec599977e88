"""What every ledger owes a lane that is held: nothing of it is claimed, all else goes on."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import audience, lanes, reads
from tocsin.ledger.verify import verify
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import (
    Commit,
    Evidence,
    EvidenceRow,
    HoldLane,
    Outcomes,
    ReleaseLane,
    Write,
)
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import SharingDue, SilenceDue
from tocsin.schemas.lease import Order
from tocsin.schemas.outcome import Reason, Result

from fakes.ledgers import (
    BACKENDS,
    LANE,
    NOW,
    Opener,
    apply,
    batch,
    claim,
    claimed,
    event,
    ledger_in,
    opened,
    outcome,
    run,
    submit,
)

ROUND = "INC-1/r1"
HOLD = HoldLane(ROUND, LANE, 0, "email", "20 of 200 refused")

NUMBERS = count()


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return lambda folder: ledger_in(folder, request.param)


def release(*, handed_over: int = 200, hard: int = 20, lane: str = LANE) -> ReleaseLane:
    return ReleaseLane(ROUND, lane, 0, "email", "ada", "Looked.", handed_over, hard)


async def record(ledger: Any, *writes: Write) -> None:
    """Apply writes as some handler of the incident does."""
    waiting = event(f"handler {next(NUMBERS)}")
    await submit(ledger, waiting)
    held = await claimed(ledger, only=waiting.id)
    await apply(ledger, held, Commit(writes=writes, done=True))


async def problems(ledger: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = (await ledger.ask(verify, ledger.keys)).problems
    return found


def test_of_a_held_lane_nothing_is_claimed_and_other_lanes_and_rungs_go_on(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            waiting = await opened(ledger)
            others = [
                event("other lane", round_id=ROUND, payload=batch(ROUND, 5, lane="gmail")),
                event(
                    "next rung",
                    round_id=ROUND,
                    payload=batch(ROUND, 5, rung=1, channel=Channel.SMS),
                ),
            ]
            await submit(ledger, *others)
            await record(ledger, HOLD)
            found = {(await claimed(ledger)).event.id for _ in others}
            assert found == {e.id for e in others}
            assert await claim(ledger) is None
            assert await claim(ledger, only=waiting.id) is None
            assert not await ledger.has_due(now=NOW)
            assert (await ledger.ask(reads.backlog, now_us=2**60)).waiting == 0
            await record(ledger, release())
            assert (await claimed(ledger)).event.id == waiting.id
            assert await problems(ledger) == ()

    run(main())


def test_a_lane_of_which_a_worker_has_its_part_is_passed_over_there_and_nowhere_else(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger, ledger_at(tmp_path) as elsewhere:
            waiting = await opened(ledger)
            other = event("other lane", round_id=ROUND, payload=batch(ROUND, 5, lane="gmail"))
            await submit(ledger, other)
            full = [(ROUND, LANE), ("INC-2/r1", "gmail")]
            assert await ledger.has_due(now=NOW, full=full)
            found = await ledger.claim(now=NOW, lease_s=30, full=full)
            assert found is not None
            assert found.event.id == other.id
            assert await ledger.claim(now=NOW, lease_s=30, full=full) is None
            assert not await ledger.has_due(now=NOW, full=full)
            assert (await claimed(elsewhere)).event.id == waiting.id

    run(main())


def test_a_batch_that_is_being_sent_pauses_with_its_next_flush(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            held = await claimed(ledger)
            flush = Commit(writes=[Outcomes(ROUND, [outcome(0)])])
            assert (await apply(ledger, held, flush)).order is Order.GO
            await record(ledger, HOLD)
            assert (await ledger.beat(held, lease_s=30)).order is Order.PAUSE
            flush = Commit(writes=[Outcomes(ROUND, [outcome(1)])])
            assert (await apply(ledger, held, flush)).order is Order.PAUSE
            await record(ledger, release())
            assert (await ledger.beat(held, lease_s=30)).order is Order.GO

    run(main())


def test_a_hold_that_stands_is_told_once_and_one_that_does_not_cannot_be_released(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            with pytest.raises(Conflict, match="not held"):
                await record(ledger, release())
            await record(ledger, HOLD)
            facts = (await ledger.ask(verify, ledger.keys)).facts
            await record(ledger, HOLD)
            assert (await ledger.ask(verify, ledger.keys)).facts == facts
            await record(ledger, release())
            with pytest.raises(Conflict, match="not held"):
                await record(ledger, release())
            await record(ledger, HOLD)
            view = await ledger.ask(lanes.lane, ROUND, LANE, 0)
            assert (view.held, view.released) == (True, (200, 20))
            assert await problems(ledger) == ()

    run(main())


def test_what_a_lane_came_to_is_counted_by_rung_result_and_reason_and_can_be_proved(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            refused = outcome(3, Result.REFUSED, reason=Reason.NO_SUCH_MAILBOX)
            await record(ledger, Outcomes(ROUND, [outcome(0), outcome(1), outcome(2), refused]))
            gone = Reason.NO_SUCH_MAILBOX.value
            failed = EvidenceRow(LANE, 1, 0, "failed", gone, "dsn", 1)
            arrived = EvidenceRow(LANE, 2, 0, "delivered", "", "dsn", 2)
            await record(ledger, Evidence(ROUND, [failed, arrived]))
            await record(ledger, Outcomes(ROUND, [outcome(1, rung=1)]))
            view = await ledger.ask(lanes.lane, ROUND, LANE, 0)
            assert view.counts == {("accepted", ""): 3, ("refused", gone): 1, ("failed", gone): 1}
            assert (await ledger.ask(lanes.lane, ROUND, LANE, 1)).counts == {("accepted", ""): 1}
            assert await ledger.ask(lanes.came_to, ROUND) == {
                "accepted": 4,
                "refused": 1,
                "failed": 1,
            }
            shown = {(p.lane, p.result): p.count for p in await ledger.ask(reads.progress, ROUND)}
            assert shown == {(LANE, "accepted"): 4, (LANE, "refused"): 1}
            assert await problems(ledger) == ()

    run(main())


def test_a_round_pays_for_what_was_taken_and_for_what_is_in_the_queue(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            assert await ledger.ask(lanes.committed, ROUND) == {Channel.EMAIL: 1}
            weighty = event("b2", round_id=ROUND, payload=batch(ROUND, 5), weight=7)
            await submit(ledger, weighty)
            await record(ledger, Outcomes(ROUND, [outcome(0), outcome(1, Result.DEFERRED)]))
            assert await ledger.ask(lanes.committed, ROUND) == {Channel.EMAIL: 1 + 7 + 1}
            held = await claimed(ledger, only=weighty.id)
            assert await ledger.ask(lanes.unfinished, (weighty.id,)) == 1
            await apply(ledger, held, Commit(done=True))
            assert await ledger.ask(lanes.committed, ROUND) == {Channel.EMAIL: 2}
            assert await ledger.ask(lanes.unfinished, (weighty.id,)) == 0

    run(main())


def test_who_waits_behind_a_held_lane_keeps_nobody_busy(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            waiting = await opened(ledger)
            sharing = SharingDue(round=ROUND, first=0, count=2)
            await submit(ledger, event("share", round_id=ROUND, payload=sharing))
            assert await ledger.ask(reads.busy)
            await record(ledger, HOLD)
            assert not await ledger.ask(reads.busy)
            assert await ledger.ask(lanes.unfinished, (waiting.id,)) == 0
            await record(ledger, release())
            assert await ledger.ask(reads.busy)

    run(main())


def test_the_silent_are_those_of_a_batch_who_took_it_and_were_not_heard_of(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            rows = [outcome(n) for n in (0, 1, 2)]
            rows += [outcome(3, Result.REFUSED, reason=Reason.MAILBOX_FULL)]
            rows += [outcome(4, Result.DEFERRED), outcome(4, attempt=1)]
            await record(ledger, Outcomes(ROUND, rows))
            heard = [EvidenceRow(LANE, 1, 0, "delivered", "", "sms", 1)]
            await record(ledger, Evidence(ROUND, heard))
            about = {"round": ROUND, "rung": 0, "lane": LANE, "channel": Channel.SMS}
            for fields, expected in (
                ({"count": 5}, [0, 2]),
                ({"only": (2, 1)}, [2]),
                ({"only": (4,), "attempt": 1}, [4]),
                ({"count": 5, "rung": 1}, []),
            ):
                due = SilenceDue(**(about | fields))
                assert [row.seq for row in await ledger.ask(audience.silent, due)] == expected

    run(main())


def test_a_hold_that_was_put_in_or_taken_out_behind_the_ledgers_back_is_found(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger)
            await record(ledger, HOLD)
            await ledger.write(lambda db: lanes.release(db, release()))
            wrong = f"{ROUND} lane {LANE}, rung 0 is released, and held by its facts"
            assert wrong in await problems(ledger)
            await ledger.write(lambda db: lanes.hold(db, HoldLane(ROUND, "gmail", 0, "email", "")))
            assert any("lane gmail, rung 0 stands in no fact" in p for p in await problems(ledger))

    run(main())
