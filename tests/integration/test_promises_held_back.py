"""A strained lane, a first share, a limit: held until a person looks, and nobody is lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger import reads
from tocsin.ledger.lanes import held_lanes
from tocsin.schemas.errors import NotAllowed, NotFound
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, person
from fakes.promises import alarms, newest, problems, run, told

DEAD, ALIVE = 900, 600


def dead_lane() -> tuple[list[dict[str, Any]], RelayPlan]:
    """Return people at two providers; at one of them two mailboxes of three do not exist."""
    people = [person(n, email=f"person{n}@gmail.com") for n in range(DEAD)]
    people += [person(n) for n in range(DEAD, DEAD + ALIVE)]
    refused = {p["email"]: Behaviour(do=Do.REFUSE) for p in people[:DEAD] if int(p["id"][1:]) % 3}
    return people, RelayPlan(addresses=refused, delay_ms=2)


async def holds(d: Deployment, name: str, people: int) -> None:
    coverage = await d.coverage(name)
    assert coverage.holds
    assert coverage.in_scope == people


def test_a_lane_whose_mailboxes_mostly_do_not_exist_is_held_until_an_approver_lets_it_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people, plan = dead_lane()
    exist = {p["email"] for p in people} - plan.addresses.keys()

    async def watched(d: Deployment, name: str) -> None:
        while True:
            await holds(d, name, len(people))
            await asyncio.sleep(0.02)

    async def main() -> None:
        small = {"batch_people": 100, "max_missing_share_percent": 100}
        async with deployment(tmp_path, people, plan=plan, policy=small) as d:
            name = await d.raised()
            await d.approve(name)
            watch = asyncio.create_task(watched(d, name))
            await d.settle()
            watch.cancel()
            with pytest.raises(asyncio.CancelledError):
                await watch
            coverage = await d.coverage(name)
            (held,) = await d.runtime.ledger.ask(held_lanes, name)
            assert (held.lane, held.channel) == ("gmail", "email")
            others = {p["email"] for p in people[DEAD:]}
            assert others <= told(d.relay).keys(), "the other lane went on"
            assert 0 < coverage.open < DEAD
            assert (await newest(d, name)).state == "sending"
            (alarm,) = await alarms(d, name, "lane:")
            assert alarm.endswith(":gmail:0")
            with capsys.disabled():
                print(f"\n  {DEAD - coverage.open} of {DEAD} on the dead lane before it was held")

            await released_by_an_approver_alone(d, name)
            await d.settle()
            assert await d.runtime.ledger.ask(held_lanes, name) == ()
            assert told(d.relay) == dict.fromkeys(exist, 1)
            coverage = await d.coverage(name)
            assert (coverage.reached, coverage.unreachable) == (len(exist), len(plan.addresses))
            assert coverage.open == 0
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()

    run(main())


async def released_by_an_approver_alone(d: Deployment, name: str) -> None:
    """Release the lane; an operator, another lane and silence about the reason are refused."""
    act, command = d.runtime.door.act, CommandType.RELEASE_LANE
    why = {"reason": "The list of that shop is old; the others are told all the same."}
    with pytest.raises(NotAllowed):
        await act(d.raiser, command, name, target="gmail", **why)
    with pytest.raises(NotFound, match="held now: gmail"):
        await act(d.approver, command, name, target="other", **why)
    with pytest.raises(Exception, match="say why"):
        await act(d.approver, command, name, target="gmail")
    before = d.relay.total
    await d.settle()
    assert d.relay.total == before, "something of a held lane left"
    await act(d.approver, command, name, target="gmail", **why)


STAGED = {"staged_percent": 5, "staged_above": 100, "stage_look_minutes": 0, "batch_people": 100}


def test_of_a_staged_round_a_share_is_told_and_the_rest_once_an_approver_looked(
    tmp_path: Path,
) -> None:
    people = [person(n) for n in range(600)]
    people += [person(n, email=f"person{n}@gmail.com") for n in range(600, 700)]
    people += [person(700, email=None), person(701, email="person5@mail.example")]
    plan = RelayPlan(addresses={"person3@mail.example": Behaviour(do=Do.REFUSE)})

    async def main() -> None:
        policy = STAGED | {"max_missing_share_percent": 100}
        async with deployment(tmp_path, people, plan=plan, policy=policy) as d:
            name = await d.raised()
            await d.approve(name)
            await until_paused(d, name)
            assert len(told(d.relay)) == 34, "5 % of 600 but for one, and 5 % of 100"
            found = await d.runtime.ledger.ask(reads.alarms, name)
            (alarm,) = [a for a in found if a.name == f"stage:{name}/r1"]
            assert alarm.text.startswith("stage of 5 %: 34 told, 1 refused (2.9 %)")
            await holds(d, name, len(people))
            with pytest.raises(NotAllowed, match="approve"):
                await d.runtime.door.act(d.raiser, CommandType.RESUME, name)
            await d.settle()
            assert len(told(d.relay)) == 34
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.settle()
            assert set(told(d.relay).values()) == {1}
            coverage = await d.coverage(name)
            assert (coverage.open, coverage.unreachable) == (0, 2)
            assert coverage.reached == len(people) - 2
            assert await problems(d) == ()

    run(main())


async def until_paused(d: Deployment, name: str) -> None:
    """Work until the round pauses itself; a look at a first share is a timer."""
    async with asyncio.timeout(15):
        while (await newest(d, name)).state != "paused":
            await d.settle()
            await asyncio.sleep(0.05)


def test_what_an_operator_paused_an_operator_resumes_and_no_approver(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(3)]) as d:
            name = await d.raised()
            await d.approve(name)
            while (await newest(d, name)).state != "sending":
                await d.runtime.step.take()
            await d.runtime.door.act(d.raiser, CommandType.PAUSE, name)
            with pytest.raises(NotAllowed):
                await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.runtime.door.act(d.raiser, CommandType.RESUME, name)
            await d.settle()
            assert (await d.coverage(name)).reached == 3

    run(main())


def test_a_round_that_would_cost_too_much_waits_and_goes_on_under_a_raised_limit(
    tmp_path: Path,
) -> None:
    people = [person(n) for n in range(20)]

    async def main() -> None:
        dear = {"unit_costs": {"email": 0.5}, "cost_limit_cents": 9}
        async with deployment(tmp_path, people, policy=dear) as d:
            name = await d.raised()
            (notice,) = [
                a for a in await d.runtime.ledger.ask(reads.artefacts, name) if a.kind == "notice"
            ]
            assert "costs EUR 0.10" in notice.summary
            assert "paused above EUR 0.09" in notice.summary
            await d.approve(name)
            await d.settle()
            assert (await newest(d, name)).state == "paused"
            assert d.relay.total == 0
            assert await alarms(d, name, "cost:") == [f"cost:{name}/r1"]
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.settle()
            assert (await newest(d, name)).state == "paused", "under the same limit it waits again"
            await holds(d, name, len(people))
            ports: Any = d.runtime.step.ports
            ports["policy"] = ports["policy"].model_copy(update={"cost_limit_cents": 10})
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.settle()
            assert (await d.coverage(name)).reached == len(people)
            assert set(told(d.relay).values()) == {1}
            assert await problems(d) == ()

    run(main())


class Noon:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


def test_a_share_is_looked_at_only_after_the_time_in_which_bounces_come(tmp_path: Path) -> None:
    clock = Noon()

    async def main() -> None:
        policy = STAGED | {"stage_look_minutes": 15}
        people = [person(n) for n in range(200)]
        async with deployment(tmp_path, people, policy=policy, clock=clock) as d:
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            clock.ahead = timedelta(minutes=1)
            await d.settle()
            assert (await newest(d, name)).state == "sending"
            assert len(told(d.relay)) == 10
            clock.ahead = timedelta(minutes=20)
            await d.settle()
            assert (await newest(d, name)).state == "paused"

    run(main())
