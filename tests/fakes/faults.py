"""Faults in handlers: ones that pass, and one of each kind that stays until somebody heals it.

The first event of each kind that any worker comes to is the poisoned one; the others fail once, a
share of them, drawn from their ids.
"""

import hashlib
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any

SENDING = "batch.due"
"""Fails before it sends, when it reads contacts: later than that, a failure is a crash."""


class TransientFaultError(Exception):
    """Passes: the same event is carried out the next time."""


class PoisonFaultError(Exception):
    """Stays until the folder holds a file `healed-<type of event>`."""


def _drawn(event_id: str) -> int:
    return int.from_bytes(hashlib.sha256(event_id.encode()).digest()[:4], "big")


_CLAIMED: ContextVar[str] = ContextVar("claimed")
"""The id of the event that this slot holds; the tasks of its handler see it too."""


class Faults:
    """What happens to the events that a worker carries out. None: nothing does."""

    def __init__(self, order: dict[str, Any] | None) -> None:
        self._order = order or {}
        self._met: set[str] = set()
        self._folder = Path(self._order.get("folder", "/nonexistent"))

    def tap(self, moment: str, kind: str, event_id: str) -> None:
        """Hear of a moment of the step; raise before a commit, where a fault is due."""
        if moment == "claimed":
            _CLAIMED.set(event_id)
        elif moment == "before" and kind != SENDING:
            self._meet(kind, event_id)

    def book(self, contact_book: Any) -> Any:
        """Return a directory whose contacts cannot be read where a fault is due."""
        return _Book(contact_book, self) if self._order else contact_book

    def before_sending(self) -> None:
        """Raise where a fault is due for the batch that this slot holds."""
        self._meet(SENDING, _CLAIMED.get())

    def _meet(self, kind: str, event_id: str) -> None:
        if not self._order:
            return
        if _is_first(self._folder / f"first-{kind}", event_id):
            if not (self._folder / f"healed-{kind}").exists():
                raise PoisonFaultError
            return
        transient = _drawn(event_id) % 100 < self._order["transient_percent"]
        if transient and event_id not in self._met:
            self._met.add(event_id)
            raise TransientFaultError


class _Book:
    def __init__(self, contact_book: Any, faults: Faults) -> None:
        self._contact_book = contact_book
        self._faults = faults

    async def contacts(self, keys: Sequence[str]) -> Any:
        self._faults.before_sending()
        return await self._contact_book.contacts(keys)


def _is_first(path: Path, event_id: str) -> bool:
    """Whether this is the first event of its kind that any worker met."""
    try:
        with path.open("x") as file:
            file.write(event_id)
    except FileExistsError:
        return path.read_text() in {event_id, ""}
    return True
