"""A directory that is a service of the organisation: pages of people and contacts as JSON."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any

from tocsin.directories.health import HealthCount
from tocsin.directories.http_api import HttpApi
from tocsin.directories.http_people import PeopleReader, contacts_of
from tocsin.directories.http_settings import HttpSettings
from tocsin.directories.http_wire import Counted, People, Reached, Schema, refuse
from tocsin.directories.reflection import near
from tocsin.directories.sharing import Sharing
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson, Contacts, DirectoryHealth
from tocsin.schemas.scope import Scope

_CHUNK = 500
"""Keys of one question."""
_EVERYONE = Scope(everyone=True)


class HttpDirectory:
    """Asks a service who is affected and how they are reached (docs/directories.md).

    Every call opens connections of its own and closes them. All methods raise `InvalidInput` when
    the service refuses the question or answers otherwise than agreed, and `Unavailable` when it
    does not answer now.
    """

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings

    async def check_scope(self, scope: Scope, kinds: Sequence[DataKind]) -> None:
        """Raise `InvalidInput` if the scope cannot be answered by this directory."""
        async with HttpApi(self._settings) as api:
            known = (await api.ask(Schema, "schema")).columns
            for part in ("where", "except_where"):
                for position, condition in enumerate(getattr(scope, part)):
                    if condition.column not in known:
                        message = f"the directory has no condition column {condition.column!r}"
                        place = f"scope.{part}[{position}].column"
                        raise InvalidInput(message, field=place, fix=near(condition.column, known))
            body = _question(scope, kinds)
            await api.ask(People, "people", body=body, query={"limit": "1"})

    async def count(self, scope: Scope) -> int:
        """Return how many people are in scope, by the service's own count."""
        async with HttpApi(self._settings) as api:
            return (await api.ask(Counted, "count", body=_question(scope))).count

    async def snapshot(
        self, scope: Scope, kinds: Sequence[DataKind], *, after: str | None, page: int
    ) -> AsyncGenerator[tuple[AffectedPerson, ...], None]:
        """Stream the people in scope, in key order, as one snapshot in pages of `page` people.

        The service may give fewer people than it is asked for; only a page without any is the end.
        """
        body, limit = _question(scope, kinds), min(page, self._settings.page)
        held: list[AffectedPerson] = []
        async with HttpApi(self._settings) as api:
            reader = PeopleReader(
                (await api.ask(Schema, "schema")).keys,
                kinds,
                after=after,
                own_domains=self._settings.own_mailbox_domains,
            )
            while True:
                behind = {} if reader.last is None else {"after": reader.last}
                query = behind | {"limit": str(limit)}
                answer = await api.ask(People, "people", body=body, query=query)
                found = reader.people(answer, limit=limit)
                body["watermark"] = reader.watermark
                if not found:
                    break
                held += found
                while len(held) >= page:
                    yield tuple(held[:page])
                    del held[:page]
        if held:
            yield tuple(held)

    async def contacts(self, keys: Sequence[str]) -> Mapping[str, Contacts]:
        """Return the contact details of those of `keys` whom the service still holds."""
        wanted, found = tuple(dict.fromkeys(keys)), dict[str, Contacts]()
        async with HttpApi(self._settings) as api:
            for first in range(0, len(wanted), _CHUNK):
                chunk = wanted[first : first + _CHUNK]
                answer = await api.ask(Reached, "contacts", body={"keys": chunk})
                left = set(chunk)
                for position, wire in enumerate(answer.contacts):
                    if wire.key not in left:
                        place = f"contacts[{position}].key"
                        refuse(place, "a key that was not asked for, or a second time")
                    left.remove(wire.key)
                    found[wire.key] = contacts_of(wire)
        return found

    async def health(
        self, scope: Scope | None = None, *, on: date | None = None
    ) -> DirectoryHealth:
        """Return what share of people lacks what; ages are those of `on`, or of today (UTC)."""
        async with HttpApi(self._settings) as api:
            fields = (await api.ask(Schema, "schema")).fields
        count = HealthCount(fields, on=on or datetime.now(UTC).date())
        with Sharing() as sharing:
            async with aclosing(self._everybody(scope or _EVERYONE)) as people:
                async for person in people:
                    count.add(person)
                    sharing.add(person.reach.email)
            return count.result(sharing_an_address=sharing.people())

    async def residences(self, scope: Scope) -> dict[str, int]:
        """Return residence -> people in scope; the unknown residence is the empty text."""
        totals: dict[str, int] = {}
        async with aclosing(self._everybody(scope)) as people:
            async for person in people:
                known = person.residence or ""
                totals[known] = totals.get(known, 0) + 1
        return totals

    async def close(self) -> None:
        """Do nothing: no connection outlives the call that made it."""

    async def _everybody(self, scope: Scope) -> AsyncGenerator[AffectedPerson, None]:
        page = self._settings.page
        async with aclosing(self.snapshot(scope, (), after=None, page=page)) as pages:
            async for found in pages:
                for person in found:
                    yield person


def _question(scope: Scope, kinds: Sequence[DataKind] | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"scope": scope.model_dump(mode="json", exclude_defaults=True)}
    return body if kinds is None else body | {"kinds": [*dict.fromkeys(kinds)]}
