"""Public files under kill -9: published, watched and put back once, whoever dies when."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.schemas.commit import FactKind

from chaos.test_crash_points import MOMENTS
from fakes.announced import INSTEAD, public, standing
from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import alarms, facts, problems
from fakes.zygote import CrashPoint, Zygote

SECTIONS: dict[str, Any] = {"delivery": {"flush": 50, "lease_s": 2.0}}


def _bring_forward(ledger: Path) -> None:
    """Let the next look be due now."""
    with closing(sqlite3.connect(ledger)) as db, db:
        done = db.execute("UPDATE event SET due = 0 WHERE type = 'announcement.watch'")
        assert done.rowcount


async def _held(d: Deployment) -> bool:
    """Whether anything is claimed or due."""
    now_us = int(datetime.now(UTC).timestamp() * 1_000_000)
    waiting = await d.runtime.ledger.ask(reads.waiting_events)
    return any(state == "claimed" or due <= now_us for _, _, due, state in waiting)


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_was_deleted_is_put_back_and_alarmed_about_once_whoever_dies(
    tmp_path: Path, moment: str
) -> None:
    points = [("publication.due", True), ("announcement.watch", False)]
    points += [("announcement.watch", True)]

    async def main() -> None:
        people = [person(n) for n in range(12)]
        async with deployment(tmp_path, people, **SECTIONS) as d, Zygote() as zygote:
            name = await d.raised(incident(announcement=INSTEAD))
            await d.approve(name, "announcement")
            for event, last in points:
                if moment == "ring" and not last:
                    continue
                if event == "announcement.watch":
                    await (await zygote.start(d.folder, d.relay.port, **SECTIONS)).ended()
                    (tmp_path / "public" / name / "index.html").unlink(missing_ok=True)
                    _bring_forward(tmp_path / "ledger.db")
                point = CrashPoint(moment, event, None if moment == "ring" else last)
                worker = await zygote.start(d.folder, d.relay.port, crash=point, **SECTIONS)
                assert await worker.ended(), f"never met: {point}"
                while await _held(d):  # a timer that a dead worker holds waits for its lease
                    await (await zygote.start(d.folder, d.relay.port, **SECTIONS)).ended()
            view = await public(d, name)
            here = standing(tmp_path / "public" / name)
            assert set(here) == set(view.files)
            assert view.deviations == ()
            told = await alarms(d, name, "announcement:")
            assert len(told) == (1 if moment == "ring" else 2), "one a deviation"
            found = await facts(d, name, FactKind.ANNOUNCEMENT)
            assert len([fact for fact in found if fact.startswith("published:")]) == 1
            assert not await d.runtime.ledger.ask(reads.dead_events)
            assert (await d.coverage(name)).announced == 12
            assert await problems(d) == ()

    async def bounded() -> None:
        async with asyncio.timeout(120):
            await main()

    asyncio.run(bounded())
