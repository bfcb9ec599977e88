"""Promise P1: everyone in scope is accounted for at every moment, also when the work gives up."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.directories.choosing import Directory
from tocsin.ledger import reads
from tocsin.schemas.commit import Commit
from tocsin.schemas.errors import NotAllowed, NotFound
from tocsin.schemas.event import Claimed
from tocsin.schemas.scope import Scope

from fakes.deployment import Deployment, deployment, person
from fakes.promises import alarms, exchange_roster_keys, newest, problems, read_people_by, run, told

QUICK_TO_GIVE_UP: dict[str, Any] = {"delivery": {"max_tries": 2}}


def test_a_batch_that_gave_up_keeps_its_people_open_with_an_alarm_until_its_replay(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        people = [person(n) for n in range(9)]
        async with deployment(tmp_path, people, **QUICK_TO_GIVE_UP) as d:
            name = await d.raised()
            await d.approve(name)
            exchange_roster_keys(d, f"{name}/r1")
            await d.settle()
            (dead,) = await d.runtime.ledger.ask(reads.dead_events, name)
            assert (dead.type, dead.weight) == ("batch.due", 9)
            assert await alarms(d, name, "dead:") == [f"dead:{dead.id}"]
            coverage = await d.coverage(name)
            assert (coverage.open, coverage.holds) == (9, True)
            assert (await newest(d, name)).state == "sending"
            door = d.runtime.door
            with pytest.raises(NotAllowed):
                await door.replay(d.approver, dead.id)
            with pytest.raises(NotFound):
                await door.replay(d.raiser, "no such event")
            exchange_roster_keys(d, f"{name}/r1")
            await door.replay(d.raiser, dead.id)
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in people}
            assert (await d.coverage(name)).reached == 9
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()

    run(main())


class Balance:
    """Looks at the equation after every applied commit, as another process sees the ledger."""

    def __init__(self, d: Deployment) -> None:
        self.looks = 0
        self.wrong: list[str] = []
        self._db = sqlite3.connect(f"file:{d.folder / 'ledger.db'}?mode=ro", uri=True)
        d.runtime.step.tap = self.tap

    def tap(self, moment: str, claimed: Claimed, commit: Commit | None) -> None:
        if moment != "after":
            return
        self.looks += 1
        query = (
            "SELECT r.id, r.in_scope, (SELECT count(*) FROM person p WHERE p.round = r.n), "
            "(SELECT total(count) FROM standing s WHERE s.round = r.n), "
            "(SELECT min(count) FROM standing s WHERE s.round = r.n) FROM round r"
        )
        for name, in_scope, persons, standing, least in self._db.execute(query):
            if persons != standing or in_scope not in {None, persons} or (least or 0) < 0:
                here = claimed.event.payload.type
                self.wrong.append(f"{name} after {here}: {in_scope} {persons} {standing} {least}")


def test_the_equation_holds_after_every_commit(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(400)]
        behaviours = {}
        for n, row in enumerate(people):
            if n % 10 == 1:
                row["email"] = None
            elif n % 10 == 2:
                row["email"] = people[n - 2]["email"]
                row["country"], row["locale"] = people[n - 2]["country"], people[n - 2]["locale"]
            elif n % 10 == 3:
                row |= {"birth_date": "2012-01-01", "guardian_id": people[n - 3]["id"]}
            elif n % 10 in {4, 5, 6}:
                do = (Do.REFUSE, Do.DEFER, Do.DROP_AFTER_DOT)[n % 10 - 4]
                times = None if do is Do.REFUSE else 1
                behaviours[row["email"]] = Behaviour(do=do, times=times)
        plan = RelayPlan(addresses=behaviours)
        policy = {"batch_people": 60, "max_missing_share_percent": 100, "governor_percent": 100}
        async with deployment(tmp_path, people, plan=plan, policy=policy) as d:
            balance = Balance(d)
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            coverage = await d.coverage(name)
            assert coverage.holds
            assert (coverage.open, coverage.in_scope) == (0, 400)
            assert coverage.unreachable == 80
            assert balance.wrong == []
            assert balance.looks > 50
            assert await problems(d) == ()
            assert len(await d.runtime.ledger.ask(reads.rounds, name)) == 1

    run(main())


def change_people(d: Deployment, statement: str) -> None:
    with closing(sqlite3.connect(d.folder / "people.db")) as db, db:
        assert db.execute(statement).rowcount


@pytest.mark.parametrize(
    ("statement", "reached", "excluded", "unreachable"),
    [
        ("DELETE FROM people WHERE id = 'k0000001'", 3, 1, 0),
        ("UPDATE people SET email = NULL WHERE id = 'k0000001'", 3, 0, 1),
        ("DELETE FROM people WHERE id IN ('k0000001', 'k0000002')", 2, 2, 0),
    ],
)
def test_who_shares_an_address_with_an_account_that_left_meanwhile_is_told_all_the_same(
    tmp_path: Path, statement: str, reached: int, excluded: int, unreachable: int
) -> None:
    async def main() -> None:
        same = {"country": "DE", "locale": "en"}
        first = person(1, **same)
        others = [person(n, email=first["email"], **same) for n in (2, 4)]
        people = [first, *others, person(5, **same)]
        async with deployment(tmp_path, people) as d:
            name = await d.raised()
            await d.approve(name)
            change_people(d, statement)
            await d.settle()
            assert set(told(d.relay)) == {first["email"], people[-1]["email"]}
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.excluded) == (reached, excluded)
            assert (coverage.unreachable, coverage.open) == (unreachable, 0)
            assert (await newest(d, name)).state == "closed"

    run(main())


class _Slow:
    """A directory whose every query takes longer than a lease before its first page comes."""

    def __init__(self, directory: Directory, *, seconds: float) -> None:
        self._directory = directory
        self._seconds = seconds
        self.queries = 0

    async def count(self, scope: Scope) -> int:
        await asyncio.sleep(self._seconds)
        found: int = await self._directory.count(scope)
        return found

    async def snapshot(self, *scope: Any, **where: Any) -> AsyncIterator[Any]:
        self.queries += 1
        await asyncio.sleep(self._seconds)
        async for page in self._directory.snapshot(*scope, **where):
            yield page


def test_a_directory_slower_than_the_lease_is_read_to_its_end_by_one_worker(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(30)]
        async with deployment(tmp_path, people, delivery={"lease_s": 0.5}) as d:
            slow = _Slow(d.runtime.directory, seconds=1.2)
            read_people_by(d, slow)
            name = await d.raised()
            assert (await d.coverage(name)).open == 30
            assert slow.queries == 1
            assert not await d.runtime.ledger.ask(reads.dead_events)

    run(main())
