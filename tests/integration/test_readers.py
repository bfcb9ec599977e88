"""A process that reads and judges people for another one, and what becomes of it."""

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.runtimes.directory_section import DirectorySection
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.readers import Readers
from tocsin.schemas.channels import Channel
from tocsin.schemas.errors import TocsinError, Unavailable
from tocsin.schemas.policy import Policy
from tocsin.schemas.scope import Scope
from tocsin.schemas.suppression import Suppression, SuppressionReason
from tocsin.services.judge import Judge, JudgedPage, Reading
from tocsin.services.terms import Law

from fakes.deployment import incident, person, principals, settings, write_people
from fakes.regimes import FOUR
from fakes.resolutions import CHILD, KEY, suppressed

PEOPLE, CROWD = 1_203, 200_000
ORDER = Suppression(frozenset({Channel.EMAIL}), SuppressionReason.COURT_ORDER, "court")
LISTS = suppressed(
    {"k0000017": ORDER},
    emails={"person21@mail.example": ORDER._replace(listed_in="old", override_reason="it ended")},
    overrides={"old": "it ended"},
)

WORKER = """
import asyncio, pathlib, pickle, sys
from tocsin.runtimes.readers import Readers

section, reading = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())

async def main():
    pages = Readers(section).judged(reading)
    await anext(pages)
    print("read", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def rows() -> Iterator[dict[str, Any]]:
    """Yield people of many kinds: minors with a guardian, shared addresses, none, a broken one."""
    for n in range(PEOPLE):
        match n % 50:
            case 3:
                yield person(n, birth_date=CHILD.isoformat(), guardian_id="k0000001")
            case 4:
                yield person(n, email=None)
            case 5:
                yield person(n, email=f"person{n} at home")
            case 6:
                yield person(n, email="family@gmail.com", has_password=0)
            case 7:
                yield person(n, country=None, locale=None)
            case _:
                yield person(n)


@pytest.fixture
def section(tmp_path: Path) -> DirectorySection:
    write_people(tmp_path / "people.db", rows())
    return settings(tmp_path, 1).directory


@pytest.fixture
def crowd(tmp_path: Path) -> DirectorySection:
    """Return a directory that takes a while to read, and fits into no pipe."""
    write_people(tmp_path / "people.db", map(person, range(CROWD)))
    return settings(tmp_path, 1).directory


def reading(**changed: Any) -> Reading:
    law = Law(
        tuple(FOUR.values()),
        Policy(default_residence="DE"),
        ("en", "zh-Hans"),
        on=date(2026, 11, 24),
        ladder=(Channel.EMAIL,),
    )
    file = incident()
    judge = Judge(law, KEY, LISTS, waiting=frozenset({"EU-GDPR"}))
    return replace(Reading(file.scope, file.data_kinds, None, 100, judge), **changed)


async def here(section: DirectorySection, asked: Reading) -> list[JudgedPage]:
    directory = section.open()
    try:
        stream = directory.snapshot(asked.scope, asked.kinds, after=asked.after, page=asked.page)
        async with aclosing(stream) as pages:
            return [asked.judge.page(found) async for found in pages]
    finally:
        await directory.close()


async def there(section: DirectorySection, asked: Reading) -> list[JudgedPage]:
    async with aclosing(Readers(section).judged(asked)) as pages:
        return [page async for page in pages]


def processes(parent: int | None = None) -> list[int]:
    """Return the readers that a process started (this one by default) and that have not ended."""
    mine, parent = [], parent or os.getpid()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            starter = (place / "stat").read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"tocsin.runtimes.reader" in words and int(starter) == parent:
            mine.append(int(place.name))
    return mine


def runs(process: int) -> bool:
    """Whether a process still does anything; whoever is to bury it may take their time."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("after", [None, "k0000734", "k0001202"])
def test_another_process_judges_people_as_this_one_does(
    section: DirectorySection, after: str | None
) -> None:
    async def main() -> None:
        found = await there(section, reading(after=after))
        assert found == await here(section, reading(after=after))
        left = PEOPLE if after is None else PEOPLE - 1 - int(after[1:])
        assert sum(page.counts.persons for page in found) == left
        if after is None:
            assert sum(page.counts.by_list["court"] for page in found) == 1
            assert sum(page.counts.by_overridden_list["old"] for page in found) == 1

    asyncio.run(main())


def test_what_it_may_know_stands_in_no_argument_and_in_no_variable(
    section: DirectorySection,
) -> None:
    async def main() -> None:
        async with aclosing(Readers(section).judged(reading(page=10))) as pages:
            await anext(pages)
            (process,) = processes()
            place = Path(f"/proc/{process}")
            assert place.joinpath("cmdline").read_bytes().split(b"\0")[1:] == [
                *(b"-P", b"-m", b"tocsin.runtimes.reader", b""),
            ]
            theirs = place.joinpath("environ").read_bytes().split(b"\0")[:-1]
            names = {variable.partition(b"=")[0] for variable in theirs}
            assert names <= os.environb.keys() | {b"LINES", b"COLUMNS"}  # which readline sets
            assert KEY.hex().encode() not in b"".join(theirs)

    asyncio.run(main())


def test_whoever_needs_no_more_ends_it(section: DirectorySection) -> None:
    async def main() -> None:
        async with aclosing(Readers(section).judged(reading(page=1))) as pages:
            await anext(pages)
            assert len(processes()) == 1
        assert processes() == []

    asyncio.run(main())


def test_one_whose_worker_is_killed_ends_too(crowd: DirectorySection, tmp_path: Path) -> None:
    tmp_path.joinpath("asked").write_bytes(pickle.dumps((crowd, reading(page=1))))
    command = [sys.executable, "-c", WORKER, str(tmp_path / "asked")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"read\n"
        (process,) = processes(worker.pid)
        worker.kill()
    last = time.monotonic() + 2.5  # to read them all takes twice as long
    while runs(process):
        assert time.monotonic() < last, "it reads on for nobody"
        time.sleep(0.02)


def test_one_that_is_killed_says_nothing_of_an_end(crowd: DirectorySection) -> None:
    async def main() -> None:
        async with aclosing(Readers(crowd).judged(reading(page=100))) as pages:
            seen = [await anext(pages)]
            (process,) = processes()
            os.kill(process, signal.SIGKILL)
            with pytest.raises(Unavailable, match=r"ended before the last person \(SIGKILL\)"):
                seen += [found async for found in pages]
            assert sum(found.counts.persons for found in seen) < CROWD

    asyncio.run(main())


def test_a_signal_that_is_for_the_worker_ends_no_reader(crowd: DirectorySection) -> None:
    """A service manager signals every process of a service."""

    async def main() -> None:
        async with aclosing(Readers(crowd).judged(reading(page=100))) as pages:
            await anext(pages)
            (process,) = processes()
            os.kill(process, signal.SIGTERM)
            assert sum([found.counts.persons async for found in pages]) == CROWD - 100

    asyncio.run(main())


def test_one_that_cannot_begin_says_how_it_ended(
    section: DirectorySection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tocsin.runtimes.readers._PROGRAM", "tocsin.no_such_reader")
    with pytest.raises(Unavailable, match=r"\(exit code 1\)"):
        asyncio.run(there(section, reading()))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Unavailable, match="no process can be started"):
        asyncio.run(there(section, reading()))


def test_there_are_two_at_most_and_whoever_finds_no_room_reads_on(
    crowd: DirectorySection,
) -> None:
    async def main() -> None:
        readers = Readers(crowd)
        assert not readers.are_wanted(readers.worth_after - 1)
        async with aclosing(readers.judged(reading())) as one:
            await anext(one)
            assert readers.are_wanted(readers.worth_after)
            async with aclosing(readers.judged(reading())) as other:
                await anext(other)
                assert not readers.are_wanted(readers.worth_after)
            assert readers.are_wanted(readers.worth_after)

    asyncio.run(main())


@pytest.mark.parametrize("gone", [False, True])
def test_what_the_directory_refuses_is_refused_in_its_own_words(
    section: DirectorySection, *, gone: bool
) -> None:
    wrong = Scope.model_validate({"where": [{"column": "colour", "equals": "red"}]})
    if gone:
        Path(section.url.removeprefix("sqlite:///")).unlink()

    async def main() -> tuple[TocsinError, TocsinError]:
        with pytest.raises(TocsinError) as told_here:
            await here(section, reading(scope=wrong))
        with pytest.raises(TocsinError) as told_there:
            await there(section, reading(scope=wrong))
        return told_here.value, told_there.value

    one, other = asyncio.run(main())
    assert type(one) is type(other)
    assert (one.message, one.field, one.fix) == (other.message, other.field, other.fix)


def test_an_error_that_nobody_foresaw_is_told_by_its_kind_alone(section: DirectorySection) -> None:
    with pytest.raises(Unavailable, match=r"judged \(AttributeError at reader\.py:\d+\)"):
        asyncio.run(there(section, reading(judge=None)))


def test_a_round_of_which_another_process_judges_most_has_everybody_once(
    section: DirectorySection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Readers, "worth_after", 1)
    began: list[str | None] = []

    def judged(self: Readers, asked: Reading) -> AsyncGenerator[JudgedPage, None]:
        began.append(asked.after)
        return whole(self, asked)

    whole = Readers.judged
    monkeypatch.setattr(Readers, "judged", judged)
    monkeypatch.setattr("tocsin.services.resolution.PAGE", 100)

    async def main() -> None:
        async with embedded(settings(tmp_path, 1), sending=False) as runtime:
            raiser, _ = await principals(runtime)
            name = await runtime.door.raise_incident(raiser, incident(), drill=False)
            await runtime.work(until_idle=True)
            (view,) = await runtime.ledger.ask(reads.rounds, name)
            assert view.counts is not None
            assert view.counts.persons == view.in_scope == PEOPLE
            assert view.state == "frozen"
            assert began == ["k0000099"]
            assert processes() == []

    asyncio.run(main())
