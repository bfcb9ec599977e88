"""Rounds that follow: each tells exactly those whom it is for, counted where the notices arrive."""

from collections import Counter
from pathlib import Path

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.ledger import reads
from tocsin.runtimes.books import Cases
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict
from tocsin.schemas.principal import CommandType
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import deployment, person
from fakes.promises import alarms, newest, problems, run, told, until, working
from fakes.rounds import (
    POLICY,
    change,
    corrected,
    equation,
    first_round,
    follow,
    on,
    planted,
    sent,
)


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


def test_what_people_were_told_of_is_withdrawn_only_once_they_know_that_it_was_none(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        who = planted(12)
        async with deployment(tmp_path, who.people, plan=who.plan, policy=POLICY) as d:
            name, act = await first_round(d), d.runtime.door.act
            with pytest.raises(Conflict, match="were told") as refused:
                await act(d.approver, CommandType.WITHDRAW, name, reason="It was none.")
            assert "--kind retraction" in str(refused.value.fix)
            nobody = {"where": [{"column": "key", "until": "a"}]}
            await follow(d, name, RoundKind.RETRACTION, corrected(scope=nobody))
            with pytest.raises(Conflict, match="were told"):
                await act(d.approver, CommandType.WITHDRAW, name, reason="It was none.")
            assert set(await sent(d, name)) == who.reached
            await act(d.approver, CommandType.WITHDRAW, name, reason="It was none.")
            await d.settle()
            assert (await d.runtime.ledger.ask(reads.incident, name)).state == "withdrawn"
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


def test_a_round_that_is_replaced_while_it_is_sent_tells_nobody_twice(tmp_path: Path) -> None:
    async def main() -> None:
        people = [person(n) for n in range(600)]
        plan = RelayPlan(delay_ms=4)
        async with deployment(tmp_path, people, plan=plan, policy=POLICY) as d:
            name = await d.raised()
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 60)
                await d.runtime.door.follow_incident(
                    d.raiser,
                    name,
                    corrected(),
                    kind=RoundKind.CORRECTION,
                    reason="a sentence is wrong",
                    replace_open=True,
                )
            before = told(d.relay)
            assert 60 <= len(before) < 600
            assert await sent(d, name) == Counter(row["email"] for row in people)
            assert (await equation(d, f"{name}/r2")).reached == len(before)
            assert (await equation(d, f"{name}/r3")).reached == 600 - len(before)
            together, residences = await Cases(d.runtime.ledger).coverage(f"{name}/r3")
            assert together == Coverage(in_scope=600, reached=600)
            assert residences == {"CN": 200, "DE": 400}
            assert await problems(d) == ()

    run(main())


def test_the_same_command_again_starts_no_other_round(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(4)], policy=POLICY) as d:
            name = await first_round(d)
            for _ in range(3):
                found = await follow(d, name, RoundKind.UPDATE, key="ticket-7")
                assert found == (f"{name}/r2",)
            assert sum((await sent(d, name)).values()) == 4
            assert (await newest(d, name)).id == f"{name}/r2"

    run(main())


@pytest.mark.parametrize("kind", [RoundKind.CORRECTION, RoundKind.DELTA])
def test_a_round_that_was_returned_is_replaced_by_one_of_its_kind(
    tmp_path: Path, kind: RoundKind
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(6)], policy=POLICY) as d:
            name = await first_round(d)
            change(d, "", person(20), person(21))
            await follow(d, name, kind)
            await d.runtime.door.act(
                d.approver, CommandType.RETURN, name, target="notice-r2", reason="unclear"
            )
            with pytest.raises(Conflict, match="incident follow"):
                await d.runtime.door.revise_incident(d.raiser, name, corrected())
            assert await follow(d, name, kind) == (f"{name}/r3",)
            news = await sent(d, name)
            assert sum(news.values()) == (2 if kind is RoundKind.DELTA else 6)
            rounds = await d.runtime.ledger.ask(reads.rounds, name)
            assert [r.state for r in rounds] == ["closed", "stopped", "closed"]
            assert (await equation(d, f"{name}/r3")).open == 0
            assert await Cases(d.runtime.ledger).told(name)
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
