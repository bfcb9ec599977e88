"""What share of the people in a directory lacks what would be needed to tell them."""

from collections import Counter
from datetime import date

import sqlalchemy as sa
from tocsin.directories.addresses import looks_like_an_address
from tocsin.directories.mapping import DirectoryMapping
from tocsin.directories.people_query import PeopleQuery
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.person import AffectedPerson, DirectoryHealth

_ADULT = 18
"""Years; the highest age below which a regime asks for a guardian."""
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
    people, lacks = 0, Counter[str]()
    query = PeopleQuery(table, mapping, ())
    with connection.execute(
        query.select(scoped, None), execution_options={"stream_results": True}
    ) as rows:
        while page := rows.fetchmany(_PAGE):
            people += len(page)
            for row in page:
                lacks.update(_lacks(query.person(row), on))
    return DirectoryHealth(
        people=people,
        without_email=lacks["email"],
        malformed_email=lacks["well-formed email"],
        without_residence=lacks["residence"],
        without_locale=lacks["locale"],
        without_birth_date=lacks["birth date"],
        minors_without_guardian=lacks["guardian"],
        cancelled=lacks["account"],
        sharing_an_address=_sharing(connection, table, mapping, scoped),
    )


def _lacks(person: AffectedPerson, on: date) -> list[str]:
    lacking = []
    if person.reach.email is None:
        lacking.append("email")
    elif not looks_like_an_address(person.reach.email):
        lacking.append("well-formed email")
    if person.residence is None:
        lacking.append("residence")
    if person.locale is None:
        lacking.append("locale")
    if person.birth_date is None:
        lacking.append("birth date")
    elif person.relative(RecipientKind.GUARDIAN).key is None and _age(person.birth_date, on) < _ADULT:
        lacking.append("guardian")
    if person.cancelled:
        lacking.append("account")
    return lacking


def _age(birth_date: date, on: date) -> int:
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


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
