"""A relay that keeps what it received and repeats addresses in its answers, with a deployment."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from tocsin.demo.behaviour import Do, RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.demo.relay_session import RelaySession
from tocsin.runtimes.embedded import embedded

from fakes.deployment import Deployment, principals, settings, write_people


class _Repeating(RelaySession):
    """Repeats in every answer the address that it was given, as some servers do."""

    def data_received(self, data: bytes) -> None:
        found = re.search(rb"(?i)RCPT TO:\s*(<[^>]*>)", data)
        self.named = found[1] if found else getattr(self, "named", b"")
        super().data_received(data)

    def _say(self, *lines: bytes) -> None:
        named = getattr(self, "named", b"")
        super()._say(*(line + b" " + named if line[:1] in b"245" else line for line in lines))


class KeepingRelay(RelayServer):
    """Keeps what it received, and speaks of the address in every answer."""

    def __init__(self, plan: RelayPlan) -> None:
        super().__init__(plan)
        self.kept: list[bytes] = []

    async def come_up(self) -> None:
        if self._bound is not None and self._server is None:
            import asyncio

            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Repeating(self), sock=self._bound)

    def note(self, content: bytes, address: str, do: Do, *, accepted: bool) -> int:
        self.kept.append(content)
        return super().note(content, address, do, accepted=accepted)


@asynccontextmanager
async def keeping(
    folder: Path, people: list[dict[str, Any]], plan: RelayPlan, **sections: Any
) -> AsyncIterator[tuple[Deployment, KeepingRelay]]:
    """Open a deployment whose directory also names people and whose relay keeps what it got."""
    (folder / "directory").mkdir()
    database = folder / "directory" / "people.db"
    write_people(database, [{k: v for k, v in row.items() if k != "name"} for row in people])
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("ALTER TABLE people ADD COLUMN name TEXT")
        names = [(row["name"], row["id"]) for row in people if "name" in row]
        db.executemany("UPDATE people SET name = ? WHERE id = ?", names)
    columns = {"system": "system", "key": "id", "name": "name"}
    directory = {"url": f"sqlite:///{database}", "columns": columns}
    async with KeepingRelay(plan) as relay:
        chosen = settings(folder, relay.port, directory=directory, **sections)
        async with embedded(chosen) as runtime:
            yield Deployment(folder, runtime, relay, *await principals(runtime)), relay
