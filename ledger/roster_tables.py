"""Rosters in PostgreSQL: two tables per round, made with its first rows and dropped with it.

Rows are written in the transaction of the facts beside them. Dropped keys are gone from the
database's files at once; its write-ahead log and its backups hold them as long as those are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, select
from sqlalchemy.exc import ProgrammingError
from tocsin.ledger.backend import OVER
from tocsin.ledger.dialect import append_rows
from tocsin.ledger.tables import round_
from tocsin.schemas.commit import Roster

T = TypeVar("T")
_MAKE = (
    """CREATE TABLE IF NOT EXISTS roster_{n} (
lane text COLLATE "C", seq integer, key text, PRIMARY KEY (lane, seq))""",
    """CREATE TABLE IF NOT EXISTS address_{n} (
digest bytea PRIMARY KEY, lane text, seq integer)""",
)
PAGE = """CREATE TEMPORARY TABLE roster_page (lane text, seq integer, key text)
ON COMMIT DELETE ROWS"""
"""Made once per connection: raw keys come in by COPY, which no server's log of statements shows."""
_PUT_KEYS = "INSERT INTO roster_{n} SELECT * FROM roster_page ON CONFLICT DO NOTHING"
_PUT_ADDRESSES = """INSERT INTO address_{n}
SELECT * FROM unnest(%s::bytea[], %s::text[], %s::integer[]) ON CONFLICT DO NOTHING"""
_KEYS_IN_RANGE = "SELECT seq, key FROM roster_{n} WHERE lane = %s AND seq BETWEEN %s AND %s"
_KEYS = "SELECT seq, key FROM roster_{n} WHERE lane = %s AND seq = ANY(%s)"
_HOLDERS = "SELECT digest, lane, seq FROM address_{n} WHERE digest = ANY(%s)"
_DROP = "DROP TABLE IF EXISTS roster_{n}, address_{n}"
_UNDEFINED_TABLE = "42P01"
_PAGE_TABLE = Table(
    "roster_page", MetaData(), Column("lane", Text), Column("seq", Integer), Column("key", Text)
)


class Transactions(Protocol):
    """The connection on which rosters are read and written."""

    @property
    def db(self) -> Connection:
        """The connection, within a read or write."""
        ...

    def read(self, query: Callable[[Connection], T]) -> T:
        """Answer a query."""
        ...

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do a piece of work in one transaction."""
        ...


class RosterTables:
    """The rosters of a ledger in PostgreSQL."""

    def __init__(self, backend: Transactions) -> None:
        """Stand in the same schema as the ledger."""
        self._backend = backend

    def put(self, roster: Roster) -> None:
        """Write rows, within a write; rows that stand already are the same and stay."""
        db = self._backend.db
        number = _number(db, roster.round)
        for statement in _MAKE:
            db.exec_driver_sql(statement.format(n=number))
        if roster.rows:
            append_rows(db, _PAGE_TABLE, roster.rows)
            _run(db, _PUT_KEYS, number)
        if roster.addresses:
            columns = [list(column) for column in zip(*roster.addresses, strict=True)]
            _run(db, _PUT_ADDRESSES, number, *columns)

    def forget_beyond(self, round_id: str, end_of: Callable[[str], int]) -> None:
        """Nothing is there that the ledger does not hold: both are written in one transaction."""

    def keys(self, round_id: str, lane: str, seqs: Sequence[int]) -> Mapping[int, str]:
        """Return the directory keys behind seqs of a lane; none once the roster was dropped."""
        if not seqs:
            return {}
        if seqs[-1] - seqs[0] == len(seqs) - 1:
            return dict(self._ask(round_id, _KEYS_IN_RANGE, lane, seqs[0], seqs[-1]))
        return dict(self._ask(round_id, _KEYS, lane, list(seqs)))

    def holders(self, round_id: str, digests: Sequence[bytes]) -> Mapping[bytes, tuple[str, int]]:
        """Return who was first at an address: digest -> (lane, seq), for those seen before."""
        if not digests:
            return {}
        rows = self._ask(round_id, _HOLDERS, list(digests))
        return {digest: (lane, seq) for digest, lane, seq in rows}

    def drop(self, round_id: str) -> None:
        """Delete a round's roster."""

        def work(db: Connection) -> None:
            if (number := _number(db, round_id)) is not None:
                db.exec_driver_sql(_DROP.format(n=number))

        self._backend.write(work)

    def drop_those_over(self) -> None:
        """Delete the rosters of rounds that are over: whoever ended one may have died before."""

        def work(db: Connection) -> None:
            query = select(round_.c.n).where(round_.c.state.in_(OVER))
            over = {f"roster_{n}": n for n in db.execute(query).scalars()}
            here = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
            for name in db.exec_driver_sql(here).scalars().all():
                if name in over:
                    db.exec_driver_sql(_DROP.format(n=over[name]))

        self._backend.write(work)

    def _ask(self, round_id: str, query: str, *values: Any) -> list[Any]:
        def ask(db: Connection) -> list[Any]:
            number = _number(db, round_id)
            here = db.execute(select(func.to_regclass(f"roster_{number}"))).scalar()
            return [] if here is None else _run(db, query, number, *values)

        try:
            return self._backend.read(ask)
        except ProgrammingError as error:  # dropped between the two questions
            if getattr(error.orig, "sqlstate", "") != _UNDEFINED_TABLE:
                raise
            return []


def _number(db: Connection, round_id: str) -> int | None:
    return db.execute(select(round_.c.n).where(round_.c.id == round_id)).scalar()


def _run(db: Connection, statement: str, number: int | None, *values: Any) -> list[Any]:
    done = db.exec_driver_sql(statement.format(n=number), values)
    return list(done.all()) if done.returns_rows else []
