"""The database under a ledger, and where it keeps raw keys: what each kind of database provides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection
from tocsin.schemas.commit import Roster

T = TypeVar("T")
OVER = ("stopped", "closed")
"""States of a round to which nobody is told any more: its roster is deleted."""


class RosterStore(Protocol):
    """Keeps the raw directory keys of open rounds, apart from the facts."""

    def put(self, roster: Roster) -> None:
        """Write rows, within a write."""
        ...

    def forget_beyond(self, round_id: str, end_of: Callable[[str], int]) -> None:
        """Forget the rows that the ledger does not hold, within a write.

        `end_of` returns the number that the next obligation of a lane takes there.
        """
        ...

    def keys(self, round_id: str, lane: str, seqs: Sequence[int]) -> Mapping[int, str]:
        """Return the directory keys behind seqs of a lane, in ascending order of seqs."""
        ...

    def holders(self, round_id: str, digests: Sequence[bytes]) -> Mapping[bytes, tuple[str, int]]:
        """Return who was first at an address: digest -> (lane, seq), for those seen before."""
        ...

    def drop(self, round_id: str) -> None:
        """Delete a round's roster."""
        ...


class Backend(Protocol):
    """One connection to a database. No two of its methods run at the same time, but `study`."""

    @property
    def waits(self) -> bool:
        """Whether its work is done by another process: whoever asks waits, and may do so aside."""
        ...

    @property
    def rosters(self) -> RosterStore:
        """Where the raw keys are."""
        ...

    def open(self) -> None:
        """Connect; make the tables when they are not there; delete rosters that should be gone."""
        ...

    def close(self) -> None:
        """Disconnect."""
        ...

    def read(self, query: Callable[[Connection], T]) -> T:
        """Answer a query."""
        ...

    def study(self, query: Callable[[Connection], T]) -> T:
        """Answer a query that takes long, in one snapshot; called in the ledger's own thread."""
        ...

    def write(self, work: Callable[[Connection], T], *, outlasts: bool = True) -> T:
        """Do a piece of work in one durable transaction, exactly once or not at all.

        `work` may be called again after a failure that left nothing behind. Without `outlasts` a
        power cut may undo it, where it ends whoever knows of it too.
        """
        ...

    def seize(self, *, wait: bool) -> bool:
        """Take the lock under which `write` is called where work is done here; False if it waits.

        With `wait`, in a thread, wait for whoever has it.
        """
        ...

    def let_go(self) -> None:
        """Give the lock back."""
        ...

    def hurry(self, *, hurried: bool) -> None:
        """Say that nobody may be waited for any more, or again; from any thread."""
        ...

    def changes(self) -> int:
        """Return a number that is another one after another process wrote what may wake a slot."""
        ...
