"""The demo's incidents leave the same ledger on both runtimes, field by field."""

import asyncio
import difflib
import gc
import json
import math
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tocsin.demo.acts import Acts
from tocsin.demo.incident_files import ANNOUNCED, ONE_BY_ONE, incident_text
from tocsin.demo.people import make_directory
from tocsin.demo.relay_plan import relay_plan
from tocsin.demo.relay_process import relay_process
from tocsin.demo.screen import Screen
from tocsin.demo.stage import Stage
from tocsin.ledger import tables
from tocsin.ledger.verify import verify
from tocsin.runtimes.distributed import distributed
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.settings import Settings, read_settings

from fakes.dumps import LEFT_OUT, dump
from fakes.kafka import kafka_of
from fakes.postgres import schema_of

# The Kafka clients leave connections to the collector when they end; it is called here, not later.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
PEOPLE, SEED = 1_500, 7
MINUTE = datetime.now(UTC).replace(second=0, microsecond=0)


class Stopwatch:
    """A clock that begins anew with the same minute for each run and slows as it nears its end.

    Texts name the minute, so a run that took longer than the other would say another one.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        passed = time.monotonic() - self._began
        return self._start + timedelta(seconds=59 * (1 - math.exp(-passed / 59)))


class Keyed:
    """A door whose commands are named by what they are about, where it would draw a name."""

    def __init__(self, door: Any) -> None:
        self._door = door

    async def act(self, token: str, command: Any, incident: str, *, target: str) -> None:
        await self._door.act(token, command, incident, target=target, key=target)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._door, name)


class Played:
    """A runtime, or a distributed worker in its place, with that door."""

    def __init__(self, opened: Any) -> None:
        self._runtime = getattr(opened, "runtime", opened)
        self.work = opened.work
        self.door = Keyed(self._runtime.door)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)


def staged(folder: Path, texts: dict[str, str]) -> tuple[Stage, dict[str, Any]]:
    stage = Stage(folder)
    stage.prepare()
    make_directory(stage.people, people=PEOPLE, seed=SEED)
    for name, text in texts.items():
        stage.incident(name).write_text(text, "utf-8")
    return stage, relay_plan(stage.people, SEED)


def waits_for_the_first(db: Connection) -> bool:
    """Whether it will be looked again when the first notice left."""
    look = tables.event.c
    waits = select(look.id).where(look.type == "told.due", look.state == "waiting")
    return db.execute(waits).first() is not None


class OneAfterTheOther(Acts):
    """The demo's acts, but early reports are filed once everything is drafted.

    A full report follows on the early one, or is the first, by which of them is filed first; while
    people are counted that is for chance to say.
    """

    async def draft(self) -> None:
        async def wait() -> None:
            return

        await self._work(wait)
        await super().draft()

    async def tell(self) -> None:
        """Tell everybody, and look who was told first until that is found."""
        await super().tell()
        while await self._runtime.ledger.ask(waits_for_the_first):
            await asyncio.sleep(0.5)
            await self._runtime.work(until_idle=True)


async def play(stage: Stage, runtime: Any) -> dict[str, list[tuple[Any, ...]]]:
    acts = OneAfterTheOther(runtime, stage, Screen(json_only=True))
    await acts.raise_incidents(ONE_BY_ONE, ANNOUNCED)
    await acts.draft()
    await acts.look()
    await acts.approve()
    await acts.tell()
    await acts.report()
    proof = await runtime.ledger.ask(verify, runtime.ledger.keys)
    assert proof.problems == ()
    found: dict[str, list[tuple[Any, ...]]] = await runtime.ledger.ask(dump)
    return found


Opener = Callable[..., AbstractAsyncContextManager[Any]]


def played(
    folder: Path, texts: dict[str, str], opener: Opener, **sections: Any
) -> dict[str, list[tuple[Any, ...]]]:
    stage, behaviours = staged(folder, texts)
    keys = folder.parent / "keys"
    with relay_process(stage.relay_plan, stage.relay_log, behaviours) as port:
        template = files("tocsin.demo").joinpath("demo.toml").read_text("utf-8")
        stage.configure(template, {"port": port, "limit": PEOPLE * 40 // 100})
        document = read_settings(stage.config).model_dump(mode="json") | sections
        document["ledger"] = {"keys": keys, **sections.get("ledger", {"path": folder / "l.db"})}
        settings = Settings.model_validate(document)

        async def main() -> dict[str, list[tuple[Any, ...]]]:
            async with (
                asyncio.timeout(90),
                opener(settings, clock=Stopwatch(MINUTE)) as opened,
            ):
                return await play(stage, Played(opened))

        return asyncio.run(main())


def differing(one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]) -> list[str]:
    """The lines of the rows, laid out field by field, that only one of the two has."""
    left, right = Counter(map(repr, one)), Counter(map(repr, other))
    mine, others = (
        [line for row in sorted(side.elements()) for line in row.replace("{", "\n{").split("\n")]
        for side in (left - right, right - left)
    )
    return [line[:300] for line in difflib.unified_diff(mine, others, n=0, lineterm="")][:12]


def test_the_demos_incidents_leave_the_same_ledger_on_both_runtimes(tmp_path: Path) -> None:
    texts = {
        name: incident_text(
            name, now=MINUTE, persons=PEOPLE * share // 100, limit=PEOPLE * 75 // 100
        )
        for name, share in ((ONE_BY_ONE, 60), (ANNOUNCED, 50))
    }
    first = played(tmp_path / "one", texts, embedded)
    # round keys are drawn by chance: the second run finds those of the first
    assert list((tmp_path / "keys").glob("round-*"))
    url, kafka = schema_of(tmp_path), kafka_of(tmp_path)
    second = played(tmp_path / "two", texts, distributed, ledger={"url": url}, kafka=kafka)
    shutil.rmtree(tmp_path / "keys")
    for table in LEFT_OUT:
        found = differing(first[table], second[table])
        assert not found, f"{table}: {json.dumps(found, indent=1)}"
    assert len(first["outcome"]) > PEOPLE
    gc.collect()
