"""The ledger's tables in PostgreSQL: made once, by one worker, in one transaction."""

from typing import Any

from sqlalchemy import Connection
from tocsin.ledger import tables

_ONE_MAKES_THEM = (
    "SELECT pg_advisory_xact_lock(hashtext('tocsin tables'), hashtext(current_schema()))"
)
_APPEND_ONLY = """CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"""
_TRIGGER = """CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""
_LAST_WRITE = """CREATE TABLE last_write (
worker text PRIMARY KEY, n bigint NOT NULL, at timestamptz NOT NULL)"""
_FORGET_WORKERS = "DELETE FROM last_write WHERE at < clock_timestamp() - interval '30 days'"


def make_tables(db: Connection) -> None:
    """Make the tables and triggers of a new ledger; leave those of an old one alone."""
    db.exec_driver_sql(_ONE_MAKES_THEM)
    if db.exec_driver_sql("SELECT to_regclass('head')").scalar() is not None:
        db.exec_driver_sql(_FORGET_WORKERS)
        return
    for index in (index for table in tables.METADATA.tables.values() for index in table.indexes):
        # said here and not where the index is: there it would load this dialect beside SQLite's
        index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    tables.METADATA.create_all(db, checkfirst=False)
    driver: Any = db.connection.driver_connection  # which takes a percent sign for what it is
    for statement in (_LAST_WRITE, _APPEND_ONLY):
        driver.execute(statement)
    for table in tables.APPEND_ONLY_TABLES:
        db.exec_driver_sql(_TRIGGER.format(name=table.name))
