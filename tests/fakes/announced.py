"""An incident whose announcement stands, and a clock that can be put forward."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.ledger import reads
from tocsin.rules.public_files import fold
from tocsin.schemas.commit import FactKind
from tocsin.schemas.public_view import PublicView

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import facts


class Ahead:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def put(self, at: datetime) -> None:
        self.ahead = at - datetime.now(UTC)


INSTEAD = {"reason": "They are too many to be told one by one.", "instead": True}
"""What an incident file says so that its announcement stands in place of notices."""


@asynccontextmanager
async def announced(
    folder: Path, clock: Ahead, *, instead: bool = True, **sections: Any
) -> AsyncIterator[tuple[Deployment, str]]:
    """Open a deployment in which an incident is announced, in place of notices or beside them."""
    people = [person(n) for n in range(12)]
    file = incident(announcement_limit=5, announcement=INSTEAD)
    if not instead:
        people += [person(n, email=None) for n in range(12, 17)]
        file = incident()
    async with deployment(folder, people, clock=clock, **sections) as d:
        name = await d.raised(file)
        await d.approve(name, "announcement", accepting="it stands on this machine")
        await d.settle()
        yield d, name


async def public(d: Deployment, name: str) -> PublicView:
    """Return what should stand."""
    found = await d.runtime.ledger.ask(reads.history, name, FactKind.ANNOUNCEMENT)
    return fold((fact, body) for _, fact, body in found)


async def looks(d: Deployment, name: str) -> list[Any]:
    """Return the record of every look that has one, oldest first."""
    found = await d.runtime.ledger.ask(reads.history, name, FactKind.ANNOUNCEMENT)
    return [body for _, fact, body in found if fact == "watched"]


async def ended(d: Deployment, name: str) -> Any:
    """Return the proof of the end, or None."""
    return (await facts(d, name, FactKind.ANNOUNCEMENT)).get("ended")


async def after(d: Deployment, clock: Ahead, **more: float) -> None:
    """Let time pass, and what comes due be done."""
    clock.ahead += timedelta(**more)
    await d.settle()


def standing(folder: Path) -> dict[str, bytes]:
    """Return every file under a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
