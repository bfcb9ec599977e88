"""Who was told by other means is told no more: before approval, while sending, and twice over."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.ledger import reads
from tocsin.ledger.chain import SYSTEM
from tocsin.runtimes import carrying_out, earlier_import
from tocsin.runtimes.earlier_import import EarlierImported, import_earlier
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, person
from fakes.promises import facts, newest, problems, run, told, until, working, written


@dataclass
class Later:
    """A clock that can be put forward."""

    by: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


HEADER = "key,channel,told_on,evidence"


def file(folder: Path, *keys: str, day: str = "2020-03-04") -> Path:
    path = folder / "told.csv"
    lines = [f"{key},letter,{day},campaign 12" for key in keys]
    path.write_text("\n".join([HEADER, *lines, ""]))
    return path


async def imported(d: Deployment, name: str, path: Path) -> EarlierImported:
    return await import_earlier(d.runtime, d.raiser, name, path)


def became(found: EarlierImported) -> dict[str, int]:
    return {name: count for name, count in found.obligations.items() if count}


def test_who_was_told_before_the_approval_gets_no_notice_and_counts_as_reached(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(8)]) as d:
            name = await d.raised()
            path = file(tmp_path, "k0000001", "nobody", "k0000004", "nobody-else")
            found = await imported(d, name, path)
            assert (found.lines, found.people, found.unknown) == (4, 2, (3, 5))
            assert became(found) == {"covered": 2}
            await d.approve(name)
            await d.settle()
            expected = {f"person{n}@mail.example": 1 for n in range(8) if n not in {1, 4}}
            assert told(d.relay) == Counter(expected)
            assert await d.coverage(name) == Coverage(in_scope=8, reached=8)
            assert await problems(d) == ()

    run(main())


def test_the_same_file_again_changes_nothing_and_says_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(4)]) as d:
            name = await d.raised()
            path = file(tmp_path, "k0000001", "k0000001", "k0000002")
            first = await imported(d, name, path)
            decided = await facts(d, name, FactKind.DECISION)
            assert await imported(d, name, path) == first
            assert await facts(d, name, FactKind.DECISION) == decided
            other = await imported(d, name, file(tmp_path, "k0000001", day="2020-03-05"))
            assert became(other) == {"told": 1}
            assert (await d.coverage(name)).reached == 2

    run(main())


def test_an_import_that_died_in_the_middle_is_taken_up_by_the_same_file_or_by_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [person(n) for n in range(1200)]

    async def main() -> None:
        async with deployment(tmp_path, people) as d:
            name = await d.raised()
            path = file(tmp_path, *(row["id"] for row in people))
            with monkeypatch.context() as patched:
                patched.setattr(earlier_import, "carried_out", dies_at_the_second())
                with pytest.raises(ConnectionError):
                    await imported(d, name, path)
            assert await d.coverage(name) == Coverage(in_scope=1200, open=700, reached=500)
            assert became(await imported(d, name, path)) == {"covered": 1200}
            other = await d.raised()
            with monkeypatch.context() as patched:
                patched.setattr(earlier_import, "carried_out", dies_at_the_second())
                with pytest.raises(ConnectionError):
                    await imported(d, other, path)
            await d.settle()
            assert await d.coverage(other) == Coverage(in_scope=1200, reached=1200)
            assert await problems(d) == ()

    run(main())


def dies_at_the_second() -> Any:
    """Return a way to carry events out that is cut off at the second."""
    seen: list[str] = []

    async def carried_out(ledger: Any, step: Any, event_id: str) -> None:
        seen.append(event_id)
        if len(seen) > 1:
            raise ConnectionError
        await carrying_out.carried_out(ledger, step, event_id)

    return carried_out


def test_a_file_that_comes_while_a_batch_is_on_its_way_loses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people = [person(n) for n in range(600)]

    async def main() -> None:
        async with deployment(tmp_path, people, plan=RelayPlan(delay_ms=4)) as d:
            name = await d.raised()
            path = file(tmp_path, *(row["id"] for row in people[::2]))
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 60)
                found = await imported(d, name, path)
            counts = told(d.relay)
            coverage = await d.coverage(name)
            with capsys.disabled():
                print(f"\n  told by both at the same moment: {_both(d, people, counts, found)}")
            assert coverage == Coverage(in_scope=600, reached=600)
            assert set(counts.values()) == {1}
            assert {row["email"] for row in people[1::2]} <= counts.keys()
            assert found.obligations["covered"] + found.obligations["told"] == 300
            assert await problems(d) == ()
            assert not await d.runtime.ledger.ask(reads.dead_events)

    run(main())


def _both(d: Deployment, people: list[Any], counts: Counter[str], found: EarlierImported) -> int:
    listed = sum(row["email"] in counts for row in people[::2])
    return listed - found.obligations["told"]


def test_a_paused_round_can_learn_who_was_told_and_goes_on_without_them(tmp_path: Path) -> None:
    people = [person(n) for n in range(400)]

    async def main() -> None:
        async with deployment(tmp_path, people, plan=RelayPlan(delay_ms=4)) as d:
            name = await d.raised()
            async with working(d):
                await d.approve(name)
                await until(lambda: d.relay.total >= 60)
                await d.runtime.door.act(d.raiser, CommandType.PAUSE, name)
            before = told(d.relay)
            left = [row for row in people if row["email"] not in before]
            found = await imported(d, name, file(tmp_path, *(row["id"] for row in left[:5])))
            assert became(found) == {"covered": 5}
            await d.runtime.door.act(d.raiser, CommandType.RESUME, name)
            await d.settle()
            assert not {row["email"] for row in left[:5]} & told(d.relay).keys()
            assert await d.coverage(name) == Coverage(in_scope=400, reached=400)

    run(main())


def test_when_everybody_was_told_before_nothing_is_sent_and_the_round_closes_in_the_end(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        clock = Later()
        async with deployment(tmp_path, [person(n) for n in range(3)], clock=clock) as d:
            name = await d.raised()
            await imported(d, name, file(tmp_path, *(f"k{n:07d}" for n in range(3))))
            await d.settle()
            assert (await newest(d, name)).state == "frozen"
            await d.approve(name)
            await d.settle()
            clock.by = timedelta(hours=2)
            while await d.runtime.step.take():
                pass
            assert (await newest(d, name)).state == "closed"
            assert d.relay.total == 0
            with pytest.raises(Conflict, match="is closed"):
                await imported(d, name, file(tmp_path, "k0000001"))
            assert await problems(d) == ()

    run(main())


def test_who_imports_what_is_on_record_and_no_key_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(3)]) as d:
            name = await d.raised()
            await imported(d, name, file(tmp_path, "k0000001", "stranger-77"))
            (tmp_path / "told.csv").unlink()
            given = (await facts(d, SYSTEM, FactKind.COMMAND))["earlier"]
            assert {k: given[k] for k in ("principal", "round", "lines", "people", "unknown")} == {
                "principal": "rosa",
                "round": f"{name}/r1",
                "lines": 2,
                "people": 1,
                "unknown": 1,
            }
            (decision,) = (await facts(d, name, FactKind.DECISION)).values()
            assert decision["file"] == given["sha256"]
            ledgers = b"".join(written(tmp_path)).replace(b"\x00", b"")
            assert b"stranger-77" not in ledgers
            body = json.dumps(decision) + json.dumps(given)
            assert "k0000001" not in body

    run(main())


def test_only_an_operator_imports_and_only_what_is_sound(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(n) for n in range(3)]) as d:
            name = await d.raised()
            path = file(tmp_path, "k0000001")
            with pytest.raises(NotAllowed):
                await import_earlier(d.runtime, d.approver, name, path)
            with pytest.raises(NotFound):
                await imported(d, "INC-NONE", path)
            path.write_text(
                f"{HEADER}\nk0000001,letter,2020-03-04,a\nk0000002,pigeon,2020-03-04,b\n"
            )
            with pytest.raises(InvalidInput, match="line 3"):
                await imported(d, name, path)
            assert (await d.coverage(name)).reached == 0

    run(main())
