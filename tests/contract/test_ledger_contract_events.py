"""What every ledger owes its events: none is lost, doubled or taken up against the operator's word.

A ledger on another database joins by one line in `fakes.ledgers.BACKENDS`.
"""

import asyncio
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.alarms import alarm as alarm_in
from tocsin.ledger.ledger import Fenced
from tocsin.ledger.queue import microseconds
from tocsin.ledger.verify import verify
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Commit, Fact, FactKind, Transition
from tocsin.schemas.event import AlarmDue, ClosingDue, CommandGiven, RoundEmptied, SilenceDue
from tocsin.schemas.principal import CommandType

from fakes.ledgers import (
    BACKENDS,
    NOW,
    Opener,
    alarm,
    alarms,
    apply,
    claim,
    claimed,
    event,
    ledger_in,
    opened,
    ringing,
    run,
    submit,
)

BRIEF_S = 0.05
"""A lease that a test can wait out."""
DONE = Commit(done=True)


@pytest.fixture(params=BACKENDS)
def ledger_at(request: pytest.FixtureRequest) -> Opener:
    return partial(ledger_in, backend=request.param)


async def taken(ledger: Any, number: int, **fields: Any) -> list[str]:
    """Claim and finish `number` events; return their incidents."""
    incidents = []
    for _ in range(number):
        held = await claimed(ledger, **fields)
        await apply(ledger, held, DONE)
        incidents.append(held.event.incident)
    return incidents


async def wait_out() -> None:
    await asyncio.sleep(BRIEF_S * 1.6)


def test_an_expired_lease_makes_the_event_claimable_with_its_checkpoint(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await apply(ledger, held, Commit(checkpoint="page 7"), lease_s=BRIEF_S)
            await apply(ledger, held, Commit(), lease_s=BRIEF_S)
            await wait_out()
            again = await claimed(ledger)
            assert (again.checkpoint, again.epoch) == ("page 7", held.epoch + 1)

    run(main())


def test_an_event_claimed_in_vain_too_often_is_dead_and_alarms_once(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            doomed = event("e")
            await submit(ledger, doomed)
            for _ in range(3):
                await claimed(ledger, lease_s=BRIEF_S, max_tries=3)
                await wait_out()
            assert await claim(ledger, only="none", max_tries=3) is None
            await ringing(ledger, f"dead:{doomed.id}")
            for _ in range(2):
                assert await claim(ledger, max_tries=3) is None
            (dead,) = await ledger.ask(reads.dead_events)
            assert (dead.id, dead.tries) == (doomed.id, 3)
            assert await alarms(ledger) == [f"dead:{doomed.id}"]
            assert (await ledger.ask(verify, ledger.keys)).problems == ()

    run(main())


def test_an_applied_commit_counts_as_progress_and_clears_the_tries(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            for _ in range(4):
                held = await claimed(ledger, lease_s=BRIEF_S, max_tries=2)
                assert held.tries == 1
                await apply(ledger, held, Commit(), lease_s=BRIEF_S)
                await wait_out()
            assert await ledger.ask(reads.dead_events) == ()

    run(main())


def test_a_failed_event_waits_before_it_is_claimed_again(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, after_s=60, error="ValueError", dead=False)
            assert await claim(ledger) is None
            later = NOW.replace(hour=NOW.hour + 1)
            assert (await ledger.claim(now=later, lease_s=30)).tries == 2

    run(main())


def test_an_event_given_back_without_an_error_is_claimable_at_once(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, dead=False)
            assert (await claimed(ledger)).tries == 1

    run(main())


def test_a_dead_event_is_claimable_only_after_its_replay(ledger_at: Opener, tmp_path: Path) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            doomed = event("e")
            await submit(ledger, doomed)
            held = await claimed(ledger)
            await apply(ledger, held, Commit(checkpoint="page 7"))
            await ledger.release(held, now=NOW, error="Conflict", dead=True)
            assert await alarms(ledger) == [f"dead:{doomed.id}"]
            await ringing(ledger, f"dead:{doomed.id}")
            assert await claim(ledger) is None
            assert not await ledger.replay(event("another").id, now=NOW)
            assert await ledger.replay(doomed.id, now=NOW)
            again = await claimed(ledger)
            assert (again.event.id, again.tries, again.checkpoint) == (doomed.id, 1, "page 7")
            assert await ledger.ask(reads.dead_events) == ()

    run(main())


def test_an_alarm_is_rung_by_an_event_of_its_own_transaction_and_each_one_once(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger)
            raised = Fact(FactKind.ALARM, "lane:r1:example:0", {"text": "the lane is held"})
            beside = Fact(FactKind.ALARM, "cost:r1", {"text": "it costs too much"})
            await apply(ledger, held, Commit([raised, beside]))
            await apply(ledger, held, Commit([raised], done=True))
            rung = [await claimed(ledger) for _ in range(3)]
            calls = [r.event.payload for r in rung if isinstance(r.event.payload, AlarmDue)]
            named = [(call.alarm, call.link) for call in calls]
            assert sorted(named) == [(beside.name, 0), (raised.name, 0), (raised.name, 1)]
            assert len({r.event.id for r in rung}) == 3
            assert await claim(ledger) is None
            for call in calls:
                found = await ledger.ask(alarm_in, rung[0].event.incident, call.alarm, call.link)
                assert found.text in {"the lane is held", "it costs too much"}

    run(main())


def test_an_alarm_of_a_commit_that_is_fenced_rings_nobody(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("e"))
            held = await claimed(ledger, lease_s=BRIEF_S)
            await wait_out()
            await claimed(ledger)
            with pytest.raises(Fenced):
                await apply(ledger, held, Commit([Fact(FactKind.ALARM, "cost:r1", {"text": "x"})]))
            assert await claim(ledger) is None

    run(main())


def test_ringing_that_gives_up_is_alarmed_about_and_not_rung_about(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            doomed = event("e", payload=AlarmDue(alarm="cost:r1", link=0))
            await submit(ledger, doomed)
            held = await claimed(ledger)
            await ledger.release(held, now=NOW, error="Conflict", dead=True)
            assert await alarms(ledger) == [f"dead:{doomed.id}"]
            assert await claim(ledger) is None

    run(main())


# events ----------------------------------------------------------------------------------------


def test_an_event_from_outside_is_taken_once_with_its_facts(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            assert await submit(ledger, event("e"), writes=[alarm("first")])
            assert not await submit(ledger, event("e"), writes=[alarm("second")])
            assert await alarms(ledger) == ["first"]
            await taken(ledger, 1)
            assert not await submit(ledger, event("e"))
            assert await claim(ledger) is None

    run(main())


def test_a_child_event_that_stands_already_stays_as_it_is(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await submit(ledger, event("child"))
            await taken(ledger, 1)
            await submit(ledger, event("parent"))
            child = event("child", weight=7)
            await apply(ledger, await claimed(ledger), Commit(events=[child, child], done=True))
            assert await claim(ledger) is None

    run(main())


@pytest.mark.parametrize("state", ["paused", "stopped", "closed"])
def test_a_held_rounds_work_is_not_claimed_but_commands_and_its_closing_are(
    ledger_at: Opener, tmp_path: Path, state: str
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            await opened(ledger, recipients=() if state == "closed" else [("self",)] * 5)
            command = event("c", payload=CommandGiven(command=CommandType.RESUME, principal="ada"))
            await submit(ledger, command, writes=[Transition("round", "INC-1/r1", state)])
            emptied = RoundEmptied(round="INC-1/r1")
            await submit(ledger, event("x", round_id="INC-1/r1", payload=emptied))
            types = [(await claimed(ledger)).event.payload.type for _ in range(2)]
            assert sorted(types) == ["command.given", "round.emptied"]
            assert await claim(ledger) is None
            resumed = [Transition("round", "INC-1/r1", "sending")]
            await submit(ledger, event("resumed", "INC-2"), writes=resumed)
            found = {(await claimed(ledger)).event.payload.type for _ in range(2)}
            assert "batch.due" in found

    run(main())


@pytest.mark.parametrize("backend", BACKENDS)
def test_whoever_was_held_up_leaves_the_leases_of_others_for_a_lease(
    backend: str, tmp_path: Path
) -> None:
    """What held us up held others up too, and nobody could renew a lease meanwhile."""

    async def main() -> None:
        async with ledger_in(tmp_path, backend) as ours, ledger_in(tmp_path, backend) as others:
            await opened(ours)
            held = await claimed(others, lease_s=0.3)
            assert await claim(ours, lease_s=0.3) is None
            await ours.run(lambda: time.sleep(0.5))
            assert await claim(ours, lease_s=0.3) is None, "an event was taken from its holder"
            await apply(others, held, Commit(), lease_s=0.3)
            await asyncio.sleep(0.7)
            assert await claim(ours, lease_s=0.3) is not None, "nobody sweeps any more"

    run(main())


def test_of_two_closings_that_come_due_together_one_closes(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            due: dict[str, Any] = {"round_id": "INC-1/r1", "payload": ClosingDue(round="INC-1/r1")}
            same = [event(name, due_s=5, **due) for name in ("one", "other")]
            emptied = event("emptied", round_id="INC-1/r1")
            await submit(ledger, *same, emptied)
            waits = [await ledger.ask(reads.waits_longer, "INC-1/r1", e.id) for e in same]
            assert sorted(waits) == [False, True]
            later = event("later", due_s=6, **due)
            await submit(ledger, later)
            for e in (*same, emptied):
                assert await ledger.ask(reads.waits_longer, "INC-1/r1", e.id)
            assert not await ledger.ask(reads.waits_longer, "INC-1/r1", later.id)

    run(main())


def test_what_may_open_people_again_is_waited_for_and_keeps_nobody_busy(
    ledger_at: Opener, tmp_path: Path
) -> None:
    async def main() -> None:
        async with ledger_at(tmp_path) as ledger:
            about: dict[str, Any] = {
                "round": "INC-1/r1",
                "rung": 0,
                "lane": "other",
                "channel": Channel.SMS,
            }
            silence = event(
                "silence", round_id="INC-1/r1", payload=SilenceDue(**about, count=2), due_s=60
            )
            assert await ledger.ask(reads.listens_until, "INC-1/r1") is None
            await submit(ledger, silence)
            until = await ledger.ask(reads.listens_until, "INC-1/r1")
            assert until == microseconds(NOW + timedelta(seconds=60))
            assert await ledger.ask(reads.listens_until, "INC-1/r2") is None
            assert not await ledger.ask(reads.busy)

    run(main())
