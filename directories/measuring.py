"""How the health of a SQL directory is measured: one stream of rows, and one grouped query."""

from datetime import date

import sqlalchemy as sa
from tocsin.directories.health import HealthCount
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.people_query import PeopleQuery
from tocsin.schemas.person import DirectoryHealth

_PAGE = 2_000


def measure(
    connection: sa.Connection,
    table: sa.Table,
    mapping: DirectoryMapping,
    scoped: sa.ColumnElement[bool],
    on: date,
) -> DirectoryHealth:
    """Count, among the people in scope, those whom something stands in the way of telling.

    Addresses are compared without regard to case and surrounding blanks.
    """
    mapped = [name for name in DirectoryMapping.model_fields if getattr(mapping, name) is not None]
    count = HealthCount(mapped, on=on)
    query = PeopleQuery(table, mapping, ())
    with connection.execute(
        query.select(scoped, None), execution_options={"stream_results": True}
    ) as rows:
        while page := rows.fetchmany(_PAGE):
            for row in page:
                count.add(query.person(row))
    return count.result(sharing_an_address=_sharing(connection, table, mapping, scoped))


def _sharing(
    connection: sa.Connection,
    table: sa.Table,
    mapping: DirectoryMapping,
    scoped: sa.ColumnElement[bool],
) -> int:
    address = sa.func.lower(sa.func.trim(table.c[mapping.email]))
    people = sa.func.count().label("people")
    shared = (
        sa.select(people)
        .where(scoped, address != "")
        .group_by(address)
        .having(people > 1)
        .subquery()
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(shared.c.people), 0))
    return int(connection.execute(total).scalar_one())
