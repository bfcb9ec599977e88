"""What every ledger owes a limit: all workers together are never faster, nobody waits in a slot."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.keys import KeyRing
from tocsin.ledger.ledger import Ledger
from tocsin.ledger.postgres import Postgres
from tocsin.ledger.roster import Rosters
from tocsin.ledger.sqlite import Sqlite
from tocsin.rules.limits import Limits, steady
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import OpenIncident
from tocsin.schemas.event import BatchDue, Claimed, Event

from fakes.ledgers import NOW, batch, event, opening, run, submit
from fakes.postgres import schema_of

ROUND = "INC-1/r1"
HELD = Limits({Channel.EMAIL: steady(100)}, {"gmail": steady(50), "sms-49": steady(1)})


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def worker(
    stack: AsyncExitStack, folder: Path, kind: str, limits: Limits | None = HELD
) -> Ledger:
    """Open the ledger of a folder as one more worker."""
    backend: Any = Postgres(schema_of(folder))
    if kind == "sqlite":
        backend = Sqlite(folder / "ledger.db", Rosters(folder / "rosters"))
    ledger = await Ledger.open(backend, keys=KeyRing(folder / "keys"), limits=limits)
    stack.push_async_callback(ledger.close)
    return ledger


def mail(name: str, count: int, lane: str = "gmail", **fields: Any) -> Event:
    payload = batch(ROUND, count, lane=lane, **fields)
    return event(name, round_id=ROUND, payload=payload, weight=payload.people)


async def begun(ledger: Ledger, events: Iterable[Event], *, drill: bool = False) -> None:
    """Open a round that is being sent, with some batches in its queue."""
    writes = opening("INC-1", [("self",)])
    if drill:
        writes[0] = OpenIncident("Practice", "example", drill=True, raised_by="rosa", revision=1)
    first, *others = events
    await ledger.submit(first, now=NOW, writes=writes)
    await submit(ledger, *others)


async def claim_at(ledger: Ledger, second: float, **given: Any) -> Claimed | None:
    return await ledger.claim(now=NOW + timedelta(seconds=second), lease_s=60, **given)


async def all_at(ledger: Ledger, second: float, **given: Any) -> list[BatchDue]:
    """Claim whatever may be claimed at a moment."""
    found: list[BatchDue] = []
    while (claimed := await claim_at(ledger, second, **given)) is not None:
        assert isinstance(claimed.event.payload, BatchDue)
        found.append(claimed.event.payload)
    return found


def test_a_lane_is_free_again_when_its_limit_let_its_people_through(
    kind: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail(f"b{n}", 250) for n in range(3)])
            assert len(await all_at(ledger, 0)) == 1
            assert await all_at(ledger, 4.99) == []
            assert not await ledger.has_due(now=NOW + timedelta(seconds=4.99))
            assert await ledger.has_due(now=NOW + timedelta(seconds=5))
            assert len(await all_at(ledger, 5)) == 1
            assert await all_at(ledger, 9.99) == []
            assert len(await all_at(ledger, 12)) == 1, "what was not used is not made up for"

    run(main())


def test_the_slots_take_something_else_meanwhile(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            limited = [mail(f"b{n}", 250) for n in range(3)]
            others = [
                mail("five", 5, "qq", rung=1, channel=Channel.IN_APP),
                mail("push", 5, "web-push", channel=Channel.WEB_PUSH),
                event("plan"),
            ]
            await begun(ledger, [*limited, *others])
            claims = [await claim_at(ledger, 0) for _ in range(5)]
            found = [c.event.id for c in claims if c is not None]
            assert len(found) == 4
            assert {e.id for e in others} < set(found)

    run(main())


def test_the_lanes_of_a_channel_share_its_limit_and_retries_count_as_much(
    kind: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            again = mail("again", 0, "qq", only=tuple(range(100)), attempt=1)
            await begun(ledger, [mail("b0", 100), again, mail("b1", 100, "other")])
            for second in range(3):
                assert len(await all_at(ledger, second)) == 1, "100 a second by e-mail"
                assert await all_at(ledger, second + 0.99) == []

    run(main())


def test_people_who_may_have_to_wait_count_for_where_their_lane_leads(
    kind: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail("b0", 50), mail("b1", 50, "gmail~us-ca_us-md")])
            (first,) = await all_at(ledger, 0)
            (second,) = await all_at(ledger, 1)
            assert {first.lane, second.lane} == {"gmail", "gmail~us-ca_us-md"}

    run(main())


def test_whoever_goes_on_to_another_channel_counts_there_and_not_for_the_lane_they_left(
    kind: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(
                stack, tmp_path, kind, Limits({Channel.SMS: steady(10)}, {"gmail": steady(1)})
            )
            texts = [mail(f"s{n}", 10, rung=1, channel=Channel.SMS) for n in range(2)]
            await begun(ledger, [mail("b0", 100), *texts])
            assert Counter(b.channel for b in await all_at(ledger, 0)) == {"email": 1, "sms": 1}
            assert [b.channel for b in await all_at(ledger, 1)] == ["sms"]

    run(main())


def test_a_batch_asked_for_by_name_waits_for_its_turn_too(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            events = [mail("b0", 50), mail("b1", 50)]
            await begun(ledger, events)
            first, second = (e.id for e in events)
            assert await claim_at(ledger, 0, only=first) is not None
            assert await claim_at(ledger, 0, only=second) is None
            assert await claim_at(ledger, 1, only=second) is not None

    run(main())


def test_a_worker_that_died_with_a_batch_makes_nobody_faster(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail("b0", 100), mail("b1", 100)])
            assert await ledger.claim(now=NOW, lease_s=0.05) is not None
            await asyncio.sleep(0.1)
            assert await claim_at(ledger, 1.99) is None
            assert await claim_at(ledger, 2) is not None
            assert await claim_at(ledger, 3.99) is None
            assert await claim_at(ledger, 4) is not None

    run(main())


def test_workers_that_claim_at_the_same_moment_share_one_turn(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            workers = [await worker(stack, tmp_path, kind) for _ in range(4)]
            await begun(
                workers[0], [mail(f"{lane}{n}", 10, lane) for n in range(20) for lane in LANES]
            )
            told: Counter[str] = Counter()
            for tenth in range(11):
                found = await asyncio.gather(*(all_at(each, tenth / 10) for each in workers))
                told.update(b.lane for of_worker in found for b in of_worker)
                assert told["gmail"] * 10 <= 50 * tenth / 10 + 10
                assert sum(told.values()) * 10 <= 100 * tenth / 10 + 10
            assert sum(told.values()) == 11, "and together they use all of it"

    run(main())


LANES = ("gmail", "qq")


def test_a_drill_reaches_no_channel_and_takes_nobodys_turn(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail(f"b{n}", 250) for n in range(3)], drill=True)
            assert len(await all_at(ledger, 0)) == 3

    run(main())


def test_a_limit_that_is_no_longer_set_holds_nothing_back(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail(f"b{n}", 250) for n in range(3)])
            assert len(await all_at(ledger, 0)) == 1
            free = await worker(stack, tmp_path, kind, limits=None)
            assert len(await all_at(free, 0)) == 2

    run(main())


def test_what_waits_for_its_turn_is_no_backlog(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, kind)
            await begun(ledger, [mail(f"b{n}", 250) for n in range(3)])
            assert len(await all_at(ledger, 0)) == 1
            for second, waiting in ((4.0, 0), (6.0, 0), (60.0, 2)):
                now_us = int((NOW + timedelta(seconds=second)).timestamp() * 1_000_000)
                found = await ledger.ask(reads.backlog, now_us=now_us)
                assert found.waiting == waiting
            assert await ledger.ask(reads.busy)

    run(main())


def test_a_limit_that_is_raised_or_dropped_holds_for_what_waits_already(
    kind: str, tmp_path: Path
) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            slow = await worker(stack, tmp_path, kind)
            await slow.keep_to_limits(now=NOW)
            later = NOW + timedelta(hours=1)
            first = [mail(f"b{n}", 50).model_copy(update={"due": later}) for n in range(3)]
            again = mail("again", 0, "qq", only=(7,), attempt=1).model_copy(update={"due": later})
            await begun(slow, [*first, again])
            await slow.keep_to_limits(now=NOW)
            assert not await slow.has_due(now=NOW), "nothing changed"
            quick = await worker(stack, tmp_path, kind, limits=Limits({}, {"gmail": steady(100)}))
            await quick.keep_to_limits(now=NOW)
            assert len(await all_at(quick, 0)) == 1
            assert len(await all_at(quick, 0.5)) == 1
            free = await worker(stack, tmp_path, kind, limits=Limits())
            await free.keep_to_limits(now=NOW)
            assert len(await all_at(free, 0.5)) == 1
            assert not await free.has_due(now=NOW), "a retry waits as long as it was told to"

    run(main())


def test_without_limits_a_claim_asks_nothing_about_them(tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ledger = await worker(stack, tmp_path, "sqlite", limits=Limits())
            await begun(ledger, [mail(f"b{n}", 250) for n in range(2)])
            asked: list[str] = []

            def listen(db: Any) -> None:
                db.connection.driver_connection.set_trace_callback(asked.append)

            await ledger.ask(listen)
            assert len(await all_at(ledger, 0)) == 2
            assert any("FROM event" in statement for statement in asked)
            assert not any("FROM pace" in each or "INTO pace" in each for each in asked)

    run(main())
