"""Rounds that follow: each tells exactly those whom it is for, counted where the notices arrive."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger import reads
from tocsin.runtimes.preview import preview
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import COLUMNS, Deployment, deployment, incident, person
from fakes.postgres import need_programs, schema_of
from fakes.promises import alarms, facts, newest, problems, run, states, told, until, working

POLICY = {"max_missing_share_percent": 100, "governor_percent": 100}
CORRECTION = {
    "correction": {"en": "We wrote that passwords were readable. They were not."},
    "what_is_new": {"en": "The gap is closed."},
}
SHOP = {"where": [{"column": "system", "equals": "shop"}]}


def corrected(**fields: Any) -> IncidentFile:
    """Return the incident as it is described for a round that follows."""
    before = incident().model_dump(mode="json")
    return incident(narratives=before["narratives"] | CORRECTION, **fields)


@dataclass
class Planted:
    """People, and what becomes of each address in the first round."""

    people: list[dict[str, Any]]
    reached: set[str]
    """Addresses at which the first notice arrives."""
    keys_reached: int
    """People who are told by them: some share one."""
    plan: RelayPlan


def planted(number: int) -> Planted:
    """Plant people who are told, refused, without address, who share one, and who are minors."""
    people = [person(n) for n in range(number)]
    behaviours: dict[str, Behaviour] = {}
    reached: set[str] = set()
    keys = 0
    for n, row in enumerate(people):
        match n % 10:
            case 1:
                row["email"] = None
            case 2:
                same = people[n - 2]
                row |= {name: same[name] for name in ("email", "country", "locale")}
                keys += 1
            case 3:
                behaviours[row["email"]] = Behaviour(do=Do.REFUSE, times=None)
            case 4:
                row |= {"birth_date": "2020-01-01", "guardian_id": people[n - 4]["id"]}
                row |= {"country": "DE", "locale": "en"}
                reached.add(people[n - 4]["email"])
                keys += 1
            case _:
                reached.add(row["email"])
                keys += 1
    return Planted(people, reached, keys, RelayPlan(addresses=behaviours))


async def first_round(d: Deployment) -> str:
    """Tell everybody for the first time, and let it come to rest."""
    name = await d.raised()
    await d.approve(name)
    await d.settle()
    return name


async def follow(
    d: Deployment, name: str, kind: RoundKind, file: IncidentFile | None = None, **how: Any
) -> tuple[str, ...]:
    """Start a round that follows, and let it come to rest before its approval."""
    given: dict[str, Any] = {"kind": kind, "reason": "we know more", **how}
    rounds: tuple[str, ...] = await d.runtime.door.follow_incident(
        d.raiser, name, file or corrected(), **given
    )
    await d.settle()
    return rounds


async def sent(d: Deployment, name: str) -> Counter[str]:
    """Approve what waits, and return who is told by it."""
    before = told(d.relay)
    await d.approve(name)
    await d.settle()
    return told(d.relay) - before


def change(d: Deployment, statement: str, *rows: dict[str, Any]) -> None:
    """Change the directory behind the rounds' back."""
    with closing(sqlite3.connect(d.folder / "people.db")) as db, db:
        if rows:
            marks = ", ".join(f":{name}" for name in COLUMNS)
            db.executemany(f"INSERT INTO people VALUES ({marks})", rows)
        else:
            assert db.execute(statement).rowcount


async def equation(d: Deployment, round_id: str) -> Coverage:
    found: Coverage = await d.runtime.ledger.ask(reads.coverage, round_id)
    return found


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
@pytest.mark.parametrize("kind", [RoundKind.CORRECTION, RoundKind.UPDATE, RoundKind.CONFIRMATION])
def test_it_reaches_exactly_those_who_were_told(
    tmp_path: Path, kind: RoundKind, backend: str
) -> None:
    async def main() -> None:
        who = planted(120)
        async with deployment(
            tmp_path, who.people, plan=who.plan, policy=POLICY, **on(backend, tmp_path)
        ) as d:
            name = await first_round(d)
            assert set(told(d.relay)) == who.reached
            first = await equation(d, f"{name}/r1")
            assert first.reached == who.keys_reached
            assert await follow(d, name, kind) == (f"{name}/r2",)
            again = await sent(d, name)
            assert set(again) == who.reached
            assert again == told(d.relay) - again, "each as often as in the first round"
            assert await equation(d, f"{name}/r1") == first
            assert await equation(d, f"{name}/r2") == Coverage(
                in_scope=who.keys_reached, reached=who.keys_reached
            )
            assert await problems(d) == ()

    run(main())


def on(backend: str, folder: Path) -> dict[str, Any]:
    """Return the sections that put a deployment's ledger on a database."""
    if backend == "sqlite":
        return {}
    need_programs()
    return {"ledger": {"url": schema_of(folder)}}


def test_a_delta_tells_exactly_the_late_additions(tmp_path: Path) -> None:
    async def main() -> None:
        who = planted(60)
        async with deployment(tmp_path, who.people, plan=who.plan, policy=POLICY) as d:
            name = await first_round(d)
            late = [person(n) for n in (5000, 5001)] + [person(n, id=f"a{n}") for n in (70, 71)]
            change(d, "", *late, person(5002, system="forum"))
            wider = corrected(scope={"everyone": True})
            assert await follow(d, name, RoundKind.DELTA, wider) == (f"{name}/r2",)
            news = [*late, person(5002)]
            assert await sent(d, name) == Counter(row["email"] for row in news)
            assert await equation(d, f"{name}/r2") == Coverage(in_scope=5, reached=5)
            assert await problems(d) == ()
            await follow(d, name, RoundKind.DELTA, wider)
            assert (await newest(d, name)).state == "stopped"
            assert await alarms(d, name, "nobody:") == [f"nobody:{name}/r3"]
            assert await sent(d, name) == Counter()

    run(main())


def test_a_retraction_tells_exactly_those_who_were_told_in_error(tmp_path: Path) -> None:
    async def main() -> None:
        who = planted(120)
        async with deployment(tmp_path, who.people, plan=who.plan, policy=POLICY) as d:
            name = await first_round(d)
            narrow = {"where": [{"column": "key", "until": "k0000059"}]}
            await follow(d, name, RoundKind.RETRACTION, corrected(scope=narrow))
            wrong = {f"person{n}@mail.example" for n in range(60, 120)} & who.reached
            assert set(await sent(d, name)) == wrong
            coverage = await equation(d, f"{name}/r2")
            assert coverage.holds
            assert coverage.reached == who.keys_reached // 2
            assert await problems(d) == ()

    run(main())


def test_an_update_and_those_who_are_new_are_told_in_two_rounds(tmp_path: Path) -> None:
    async def main() -> None:
        who = planted(40)
        async with deployment(tmp_path, who.people, plan=who.plan, policy=POLICY) as d:
            name = await first_round(d)
            change(d, "", person(900), person(901))
            found = await follow(d, name, RoundKind.UPDATE, and_new=True)
            assert found == (f"{name}/r2", f"{name}/r3")
            news = await sent(d, name)
            assert set(news) == who.reached | {"person900@mail.example", "person901@mail.example"}
            assert await equation(d, f"{name}/r2") == Coverage(
                in_scope=who.keys_reached, reached=who.keys_reached
            )
            assert await equation(d, f"{name}/r3") == Coverage(in_scope=2, reached=2)
            await follow(d, name, RoundKind.CORRECTION)
            assert set(await sent(d, name)) == set(news), "those of both rounds are told"
            assert await problems(d) == ()

    run(main())


def test_who_left_the_directory_is_unreachable_and_not_forgotten(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(12)]
        async with deployment(tmp_path, people, policy=POLICY) as d:
            name = await first_round(d)
            change(d, "DELETE FROM people WHERE id IN ('k0000003', 'k0000007')")
            change(d, "UPDATE people SET system = 'forum' WHERE id = 'k0000005'")
            change(d, "UPDATE people SET email = 'new@mail.example' WHERE id = 'k0000006'")
            await follow(d, name, RoundKind.CORRECTION)
            view = await newest(d, name)
            assert view.counts is not None
            assert view.counts.by_obstacle == {"no_longer_held": 2}
            left = {row["email"] for n, row in enumerate(people) if n not in {3, 6, 7}}
            assert set(await sent(d, name)) == left | {"new@mail.example"}
            coverage = await equation(d, view.id)
            assert coverage == Coverage(in_scope=12, reached=10, unreachable=2)
            assert await problems(d) == ()

    run(main())


def test_who_is_told_of_none_of_their_data_any_more_hears_the_correction_all_the_same(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        people = [person(n) for n in range(4)]
        async with deployment(tmp_path, people, policy=POLICY) as d:
            name = await first_round(d)
            change(d, "UPDATE people SET has_password = 0 WHERE id = 'k0000001'")
            kinds = {"data_kinds": ["password_weak_hash"]}
            await follow(d, name, RoundKind.CORRECTION, corrected(**kinds))
            assert sum((await sent(d, name)).values()) == 4

    run(main())


def test_an_open_person_stays_with_the_earlier_round_unless_it_is_replaced(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(400)]
        plan = RelayPlan(delay_ms=4)
        async with deployment(tmp_path, people, plan=plan, policy=POLICY) as d:
            name = await d.raised()
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 60)
                await d.runtime.door.act(d.raiser, CommandType.PAUSE, name)
            before = told(d.relay)
            assert len(before) < 400
            assert (await equation(d, f"{name}/r1")).open == 400 - len(before)
            found = await follow(d, name, RoundKind.CORRECTION, replace_open=True)
            assert found == (f"{name}/r2", f"{name}/r3")
            assert (await equation(d, f"{name}/r2")).in_scope == len(before)
            assert (await equation(d, f"{name}/r3")).in_scope == 400 - len(before)
            after = await sent(d, name)
            assert after == Counter(row["email"] for row in people)
            assert (await equation(d, f"{name}/r1")).open == 400 - len(before)
            assert await problems(d) == ()

    run(main())


def test_a_paused_round_goes_on_beside_the_one_that_follows(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(400)]
        async with deployment(tmp_path, people, plan=RelayPlan(delay_ms=4), policy=POLICY) as d:
            name = await d.raised()
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 60)
                await d.runtime.door.act(d.raiser, CommandType.PAUSE, name)
            before = told(d.relay)
            await follow(d, name, RoundKind.UPDATE)
            assert await sent(d, name) == before
            await d.runtime.door.act(d.raiser, CommandType.RESUME, name)
            await d.settle()
            assert set(told(d.relay)) == {row["email"] for row in people}
            assert (await equation(d, f"{name}/r1")).reached == 400
            assert (await equation(d, f"{name}/r2")).reached == len(before)
            assert await problems(d) == ()

    run(main())


def test_an_amendment_tells_nobody_and_makes_reports_anew_that_nobody_approved(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)], policy=POLICY) as d:
            name = await d.raised()
            await d.approve(name, "notice")
            await d.approve(name, "report")
            await d.settle()
            before = await states(d, name)
            drafted = await facts(d, name, FactKind.REPORT)
            done = [{"what": {"en": "All passwords were reset"}, "status": "done"}]
            later = incident(measures=done)
            await d.runtime.door.amend_incident(d.raiser, name, later, reason="passwords reset")
            await d.settle()
            assert d.relay.total == 6
            assert [r.id for r in await d.runtime.ledger.ask(reads.rounds, name)] == [f"{name}/r1"]
            after = await facts(d, name, FactKind.REPORT)
            for artefact, state in before.items():
                if artefact.startswith("report-"):
                    kept = state is ArtefactState.APPROVED
                    assert (after[artefact]["revision"] == 1) is kept, artefact
            assert drafted.keys() <= after.keys()
            assert {b["revision"] for b in (await facts(d, name, FactKind.DUTY)).values()} == {2}
            assert await problems(d) == ()

    run(main())


def test_what_cannot_be_amended_or_followed_is_refused_with_the_way_that_can(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)], policy=POLICY) as d:
            door, name = d.runtime.door, await d.raised()
            wider = corrected(scope={"everyone": True})
            why: dict[str, Any] = {"reason": "we know more"}
            with pytest.raises(InvalidInput, match="delta"):
                await door.amend_incident(d.raiser, name, wider, **why)
            with pytest.raises(InvalidInput, match="update"):
                await door.amend_incident(
                    d.raiser, name, corrected(data_kinds=["email_address"]), **why
                )
            with pytest.raises(NotAllowed):
                await door.amend_incident(d.approver, name, corrected(), **why)
            with pytest.raises(InvalidInput, match="why"):
                await door.amend_incident(d.raiser, name, corrected(), reason=" ")
            given: dict[str, Any] = {"kind": RoundKind.UPDATE, **why}
            with pytest.raises(Conflict, match="--revises"):
                await door.follow_incident(d.raiser, name, corrected(), **given)
            await d.approve(name)
            await d.settle()
            with pytest.raises(InvalidInput, match="correction"):
                await door.follow_incident(
                    d.raiser, name, incident(), kind=RoundKind.CORRECTION, **why
                )
            with pytest.raises(InvalidInput, match="--and-new"):
                await door.follow_incident(d.raiser, name, wider, **given)
            with pytest.raises(InvalidInput, match="narrow"):
                await door.follow_incident(
                    d.raiser, name, corrected(), kind=RoundKind.RETRACTION, **why
                )
            with pytest.raises(Conflict, match="r9"):
                await door.follow_incident(d.raiser, name, corrected(), of=["r9"], **given)
            d.runtime.ledger.keys.destroy(f"{name}/r1")
            with pytest.raises(NotFound, match="destroyed"):
                await door.follow_incident(d.raiser, name, corrected(), **given)
            assert len(await d.runtime.ledger.ask(reads.rounds, name)) == 1
            assert d.relay.total == 6

    run(main())


def test_who_amended_cannot_approve_what_is_told_of_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(3)], policy=POLICY) as d:
            name = await first_round(d)
            await follow(d, name, RoundKind.UPDATE)
            assert (await preview(d.runtime, name)).as_drafted
            assert (await preview(d.runtime, name, "r1")).as_drafted
            with pytest.raises(NotAllowed):
                await d.runtime.door.act(d.raiser, CommandType.APPROVE, name, target="notice-r2")
            assert d.relay.total == 3

    run(main())
