"""Codes of a pool: each who is told has one of their own, after any crash, and nobody another's."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.ledger import code_ranges
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.preview import preview
from tocsin.runtimes.sampling import send_test
from tocsin.runtimes.soundness import Grade, examine
from tocsin.schemas.artefact import ArtefactKind
from tocsin.schemas.channels import Channel
from tocsin.schemas.codes import SAMPLE_CODE
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType
from tocsin.schemas.rounds import RoundKind

from fakes.deployment import Deployment, incident, person, principals, settings, write_people
from fakes.keeping_relay import KeepingRelay
from fakes.promises import alarms, facts, newest, problems, run, told, until, written
from fakes.rounds import POLICY, change, corrected, follow, sent

OURS = "desk-of-tests@team.example.com"
OFFER = {"id": "CREDIT_MONITORING", "code_pool": "monitoring"}
PEOPLE = [person(n) for n in range(12)]


def offering(**fields: Any) -> IncidentFile:
    return incident(remedies=[OFFER], **fields)


def codes(count: int) -> list[str]:
    return [f"POOL-{n * 7919 % 1_000_003:07d}-X" for n in range(count)]


def sell(folder: Path, lines: Iterable[str]) -> Path:
    """Write a pool's file beside the deployment's folder."""
    path = folder / "pools" / "monitoring.txt"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)
    return path


@asynccontextmanager
async def selling(
    folder: Path, people: Sequence[dict[str, Any]], lines: Iterable[str], **sections: Any
) -> AsyncIterator[tuple[Deployment, KeepingRelay]]:
    """Open a deployment with one pool, and a relay that keeps what it received."""
    here = folder / "deployment"
    here.mkdir()
    write_people(here / "people.db", people)
    pools = {"monitoring": sell(folder, lines)}
    async with KeepingRelay(RelayPlan()) as relay:
        given = {"code_pools": pools, "test_recipients": {"email": OURS}} | sections
        async with embedded(settings(here, relay.port, **given)) as runtime:
            yield Deployment(here, runtime, relay, *await principals(runtime)), relay


def by_notice(kept: Iterable[bytes]) -> dict[bytes, set[bytes]]:
    """Return what was received under each Message-ID."""
    found: dict[bytes, set[bytes]] = {}
    for content in kept:
        (name,) = re.findall(rb"Message-ID: (<[^>]+>)", content)
        found.setdefault(name, set()).add(content)
    return found


def codes_in(kept: Iterable[bytes], shape: bytes = rb"POOL-\d{7}-X") -> list[str]:
    """Return the code of each notice; in each of its two forms it is the same."""
    found = []
    for contents in by_notice(kept).values():
        (content,) = contents
        once, twice = re.findall(rb"^(" + shape + rb")\r$", content, re.MULTILINE)
        assert once == twice
        found.append(once.decode())
    return found


def test_each_has_their_own_code_and_repeats_after_a_kill_are_byte_for_byte_the_same(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        people = [person(n) for n in range(300)]
        people[10]["email"] = None
        people[20] |= {k: people[17][k] for k in ("email", "country", "locale")}
        sections: dict[str, Any] = {
            "code_pools": {"monitoring": sell(tmp_path, codes(310))},
            "delivery": {"flush": 20, "lease_s": 0.6},
            "policy": {"batch_people": 60, "max_missing_share_percent": 100},
        }
        write_people(tmp_path / "people.db", people)
        async with KeepingRelay(RelayPlan(delay_ms=1)) as relay:
            chosen = settings(tmp_path, relay.port, **sections)
            async with embedded(chosen) as runtime:
                tokens = await principals(runtime)
                d = Deployment(tmp_path, runtime, relay, *tokens)
                name = await d.raised(offering())
                await d.approve(name)
            for most in (40, 90, 140, 190, 240):
                async with embedded(chosen) as runtime:
                    working = asyncio.create_task(runtime.work(until_idle=True))
                    await until(lambda most=most: relay.total >= most)  # type: ignore[misc]
                    working.cancel()  # as a kill: nothing in flight is put on record
                    with suppress(asyncio.CancelledError):
                        await working
            async with embedded(chosen) as runtime:
                d = Deployment(tmp_path, runtime, relay, *tokens)
                await d.settle()
                assert (await d.coverage(name)).open == 0
                assert await problems(d) == ()
            assert relay.total > 298, "no notice was repeated: the kills came too late"
            mine = codes_in(relay.kept)
            assert len(mine) == len(set(mine)) == 298
            assert set(mine) <= set(codes(300))
            assert told(relay).keys() == {row["email"] for row in people if row["email"]}

    run(main())


def test_two_incidents_and_a_replaced_round_never_share_a_code(tmp_path: Path) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(36)) as (d, relay):
            one, two = await d.raised(offering()), await d.raised(offering())
            await d.runtime.door.revise_incident(
                d.raiser, one, offering(title="Stolen sign-in data, corrected")
            )
            await d.settle()
            for name in (one, two):
                await d.approve(name)
            await d.settle()
            assert told(relay) == {row["email"]: 2 for row in PEOPLE}
            mine = codes_in(relay.kept)
            assert len(mine) == len(set(mine)) == 24
            # The first twelve were reserved for the round that was replaced: nobody has them.
            assert set(mine) == set(codes(36)[12:])
            assert [(r.first, r.size) for r in await d.runtime.ledger.ask(code_ranges.newest)] == [
                (24, 12)
            ]
            assert await problems(d) == ()

    run(main())


def test_a_pool_that_is_too_small_is_a_finding_and_nobody_is_told_until_a_revision_finds_more(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(11)) as (d, relay):
            name = await d.raised(offering())
            (plan,) = (await facts(d, name, FactKind.PLAN)).values()
            said = "The pool monitoring holds 11 codes that nobody was given, and 12 are needed."
            assert said in {finding["text"] for finding in plan["findings"]}
            seen = {f.text: f for f in (await preview(d.runtime, name)).findings}
            assert seen[said].severity is FindingSeverity.BLOCK
            with pytest.raises(Conflict, match=said):
                await d.approve(name, ArtefactKind.NOTICE)
            await d.settle()
            assert relay.total == 0
            assert await d.runtime.ledger.ask(code_ranges.newest) == ()
            sell(tmp_path, codes(12))
            await d.runtime.door.revise_incident(d.raiser, name, offering())
            await d.settle()
            await d.approve(name)
            await d.settle()
            assert sorted(codes_in(relay.kept)) == sorted(codes(12))
            assert await problems(d) == ()

    run(main())


def test_an_edited_pool_pauses_the_round_with_an_alarm_and_nothing_leaves_until_it_is_put_back(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(12)) as (d, relay):
            name = await d.raised(offering())
            sell(tmp_path, codes(12)[::-1])
            await d.approve(name)
            await d.settle()
            assert relay.total == 0
            assert (await newest(d, name)).state == "paused"
            assert await alarms(d, name, "codes:") == [f"codes:{name}/r1"]
            sell(tmp_path, [*codes(12), "ADDED-LATER"])
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.settle()
            assert told(relay) == {row["email"]: 1 for row in PEOPLE}
            assert sorted(codes_in(relay.kept)) == sorted(codes(12))
            assert await problems(d) == ()

    run(main())


def test_no_code_stands_in_the_ledger_a_roster_a_key_an_event_or_a_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(12)) as (d, relay):
            name = await d.raised(offering())
            sell(tmp_path, codes(11))
            await d.approve(name)
            await d.settle()
            assert [path.name for path in (d.folder / "rosters").glob("*.roster")]
            assert not any(b"POOL-" in content for content in written(d.folder))
            sell(tmp_path, codes(12))
            await d.runtime.door.act(d.approver, CommandType.RESUME, name)
            await d.settle()
            assert len(codes_in(relay.kept)) == 12
            assert not any(b"POOL-" in content for content in written(d.folder))

    run(main())
    said = capfd.readouterr()
    assert "POOL-" not in caplog.text + said.out + said.err


def test_a_drill_shows_each_another_sample_and_reserves_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, []) as (d, relay):
            name = await d.raised(offering(), drill=True)
            await d.approve(name)
            await d.settle()
            assert relay.total == 0
            kept = [path.read_bytes() for path in (d.folder / "outbox" / name).rglob("*.eml")]
            shown = codes_in(kept, rb"SAMPLE-\d{7}")
            assert sorted(shown) == [f"SAMPLE-{n:07d}" for n in range(12)]
            assert await d.runtime.ledger.ask(code_ranges.newest) == ()
            assert await problems(d) == ()

    run(main())


def test_the_preview_and_a_test_send_show_a_sample(tmp_path: Path) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(12)) as (d, relay):
            name = await d.raised(offering())
            seen = await preview(d.runtime, name)
            assert seen.as_drafted
            page = seen.html().decode()
            assert SAMPLE_CODE in page
            assert "POOL-" not in page
            assert "{enrolment}" not in page
            await send_test(d.runtime, d.raiser, name, channel=Channel.EMAIL)
            assert Counter(codes_in(relay.kept, SAMPLE_CODE.encode())) == {SAMPLE_CODE: 2}

    run(main())


def test_a_pool_that_is_not_configured_is_a_finding_and_a_file_that_is_no_use_a_problem(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(12), code_pools={}) as (d, relay):
            name = await d.raised(offering())
            (plan,) = (await facts(d, name, FactKind.PLAN)).values()
            said = "There is no pool monitoring."
            assert said in {finding["text"] for finding in plan["findings"]}
            with pytest.raises(Conflict, match=said):
                await d.approve(name, ArtefactKind.NOTICE)
            await d.settle()
            assert relay.total == 0
            path = sell(tmp_path, codes(12))
            twice = path.with_name("twice.txt")
            twice.write_text(f"{codes(12)[3]}\n")
            twice.chmod(0o600)
            open_to_all = path.with_name("open.txt")
            open_to_all.write_text("NEW-CODE\n")
            open_to_all.chmod(0o644)
            files = {"a": path, "b": twice, "c": open_to_all}
            chosen = settings(d.folder, relay.port, code_pools=files)
            found = {f.part: f for f in await examine(chosen, token=None, offline=True)}
            assert found["code_pools.a"].grade is Grade.OK
            assert found["code_pools.a"].text == "12 codes, those that were given included"
            assert found["code_pools.b"].text == "it holds a code of the pool a too"
            assert found["code_pools.c"].fix == "chmod 600 open.txt"

    run(main())


def test_of_two_that_plan_at_once_both_come_to_a_range_of_their_own(tmp_path: Path) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(48)) as (d, _):
            pools: Any = d.runtime.step.ports["pools"]
            reservable, met = pools.reservable, asyncio.Barrier(2)

            async def together(pool: str, count: int) -> Any:
                held = await reservable(pool, count)
                if held.first == 0:
                    await met.wait()
                return held

            pools.reservable = together
            door = d.runtime.door
            names = [await door.raise_incident(d.raiser, offering(), drill=False) for _ in "ab"]
            await d.settle()
            starts = []
            for name in names:
                (plan,) = (await facts(d, name, FactKind.PLAN)).values()
                starts.append(plan["codes"]["first"])
            assert sorted(starts) == [0, 12]
            assert await problems(d) == ()

    run(main())


def test_who_has_a_code_keeps_it_and_only_those_who_are_new_get_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with selling(tmp_path, PEOPLE, codes(20), policy=POLICY) as (d, relay):
            name = await d.raised(offering())
            await d.approve(name)
            await d.settle()
            assert len(codes_in(relay.kept)) == len(PEOPLE)
            change(d, "", person(70), person(71))
            news = offering(narratives=corrected().narratives.model_dump(mode="json"))
            await follow(d, name, RoundKind.UPDATE, news, and_new=True)
            before = len(relay.kept)
            await sent(d, name)
            later = relay.kept[before:]
            assert len(by_notice(later)) == len(PEOPLE) + 2
            offers = [kept for kept in later if b"POOL-" in kept]
            assert len(set(codes_in(offers))) == 2
            assert not set(codes_in(offers)) & set(codes_in(relay.kept[:before]))
            (pool,) = await d.runtime.ledger.ask(code_ranges.newest)
            assert (pool.first, pool.size) == (len(PEOPLE), 2)
            assert await problems(d) == ()

    run(main())
