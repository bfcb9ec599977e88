"""Whom a suppression list names is not written to, whenever they came on it; the round goes on."""

from pathlib import Path
from typing import Any

from tocsin.demo.behaviour import RelayPlan
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage

from fakes.deployment import Deployment, deployment, person
from fakes.promises import alarms, facts, newest, problems, run, told, until, working, written

PEOPLE = [person(n) for n in range(6)]
ONE_LIST = {"max_missing_share_percent": 100}


def listing(path: Path, **more: Any) -> dict[str, Any]:
    """Return the sections of a deployment with one list."""
    one = {"name": "court", "path": path} | more
    return {"directory": {"suppressions": [one]}, "policy": ONE_LIST}


def write(path: Path, *whom: str) -> None:
    path.write_text("\n".join(["key,email,reason", *whom, ""]))


async def sent(d: Deployment) -> str:
    name = await d.raised()
    await d.approve(name)
    await d.settle()
    return name


def test_whom_a_list_names_by_key_or_address_gets_nothing_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    write(path, "k0000001,,court_order", ",person4@mail.example,wrong_person")

    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **listing(path)) as d:
            name = await sent(d)
            assert told(d.relay).keys() == {f"person{n}@mail.example" for n in (0, 2, 3, 5)}
            assert await d.coverage(name) == Coverage(in_scope=6, reached=4, unreachable=2)
            counts = (await newest(d, name)).counts
            assert counts is not None
            assert (counts.by_list, counts.by_obstacle) == ({"court": 2}, {"suppressed": 2})
            (plan,) = (await facts(d, name, FactKind.PLAN)).values()
            assert plan["suppressed"] == {"court": 2}
            assert await problems(d) == ()
            path.unlink()
            assert not any(b"person4@mail.example" in content for content in written(tmp_path))

    run(main())


def test_who_comes_on_a_list_while_the_round_waits_or_is_sent_gets_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "court.csv"
    people = [person(n) for n in range(300)]
    last = people[-1]

    async def main() -> None:
        write(path)
        sections = listing(path) | {"policy": ONE_LIST | {"batch_people": 50}}
        async with deployment(tmp_path, people, plan=RelayPlan(delay_ms=40), **sections) as d:
            name = await d.raised()
            write(path, "k0000001,,court_order")
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 50)
                write(path, "k0000001,,court_order", f"{last['id']},,unsafe_at_home")
            assert last["email"] not in told(d.relay)
            assert people[1]["email"] not in told(d.relay)
            assert await d.coverage(name) == Coverage(in_scope=300, reached=298, unreachable=2)
            assert await problems(d) == ()

    run(main())


def test_an_overridden_list_stops_nobody_and_why_and_how_many_is_on_record(
    tmp_path: Path,
) -> None:
    path, why = tmp_path / "court.csv", "the court lifted its order in November"
    write(path, "k0000001,,court_order")

    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **listing(path, override_reason=why)) as d:
            name = await sent(d)
            assert len(told(d.relay)) == 6
            decided = await facts(d, name, FactKind.DECISION)
            assert decided[f"override:{name}/r1:court"] == {
                "decision": "tell people in spite of a suppression list",
                "list": "court",
                "reason": why,
                "people": 1,
            }

    run(main())


def test_a_list_that_cannot_be_read_holds_everybody_back_and_alarms(tmp_path: Path) -> None:
    path = tmp_path / "court.csv"
    write(path)
    sections = listing(path) | {"delivery": {"max_tries": 2}}

    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **sections) as d:
            name = await d.raised()
            path.unlink()
            await d.approve(name)
            await d.settle()
            assert d.relay.total == 0
            assert await d.coverage(name) == Coverage(in_scope=6, open=6)
            assert await alarms(d, name, "dead:")

    run(main())
