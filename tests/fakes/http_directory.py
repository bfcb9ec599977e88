"""An organisation's directory service on this machine, as docs/directories.md describes one.

Its people are the rows of a SQLite table. A stream stays in the state in which it began.
"""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr
from tocsin.directories.http_settings import HttpSettings
from tocsin.directories.mapping import RELATIVE_KEYS, DirectoryMapping
from tocsin.directories.sql import SqlDirectory
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.person import AffectedPerson, Reach
from tocsin.schemas.scope import Scope

TOKEN = "made-up-token"
_COUNTRY = re.compile("[A-Z]{2}")

Spoil = Callable[[str, Any], Any]
"""Changes an answer on its way out; gets the question's name and what would be answered."""


class Asked(NamedTuple):
    """One question as it came."""

    name: str
    query: dict[str, str]
    body: dict[str, Any]


class DirectoryServer:
    """Serves the people of one SQLite file, each mapping under an address of its own."""

    def __init__(self, path: Path) -> None:
        self.asked: list[Asked] = []
        self.statuses: list[tuple[int, dict[str, str]]] = []
        """What the next questions are answered with, instead of an answer; status 0 hangs up."""
        self.spoil: Spoil = lambda _, answer: answer
        self._path = path
        self._mappings: list[DirectoryMapping] = []
        self._states: dict[str, list[dict[str, Any]]] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server._answer(self)

            def do_POST(self) -> None:
                server._answer(self)

            def log_message(self, *said: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def settings(self, mapping: DirectoryMapping, **changed: Any) -> HttpSettings:
        """Return how the service is reached that answers by this mapping."""
        self._mappings.append(mapping)
        port, number = self._server.server_address[1], len(self._mappings) - 1
        given: dict[str, Any] = {
            "base_url": f"http://127.0.0.1:{port}/{number}/",
            "token": SecretStr(TOKEN),
            "wait_s": 0.01,
        }
        return HttpSettings(**given | changed)

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        url = urlsplit(request.path)
        number, name = url.path.strip("/").split("/")
        query = {field: values[0] for field, values in parse_qs(url.query).items()}
        asked = Asked(name, query, json.loads(body or b"{}"))
        self.asked.append(asked)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _send(request, 401, b"{}")
        if self.statuses:
            status, headers = self.statuses.pop(0)
            if status == 0:
                request.close_connection = True
                return None
            return _send(request, status, b'{"field": "made-up@mail.example"}', headers)
        try:
            said = asyncio.run(self._said(asked, self._mappings[int(number)]))
        except InvalidInput as error:
            return _send(request, 422, json.dumps({"field": error.field}).encode())
        said = self.spoil(name, said)
        return _send(request, 200, said if isinstance(said, bytes) else json.dumps(said).encode())

    async def _said(self, asked: Asked, mapping: DirectoryMapping) -> Any:
        people = SqlDirectory(f"sqlite:///{self._path}", mapping)
        scope = Scope.model_validate(asked.body.get("scope", {"everyone": True}))
        try:
            match asked.name:
                case "schema":
                    return await _schema(people, mapping)
                case "count":
                    return {"count": await people.count(scope), "watermark": "w"}
                case "people":
                    return await self._page(people, scope, asked)
                case "contacts":
                    return {"contacts": await _contacts(people, asked.body["keys"])}
        finally:
            await people.close()
        raise AssertionError(asked.name)

    async def _page(self, people: SqlDirectory, scope: Scope, asked: Asked) -> Any:
        after, limit = asked.query.get("after"), int(asked.query["limit"])
        watermark = asked.body.get("watermark")
        if watermark is None:
            watermark = f"w{len(self._states)}"
            kinds = [DataKind(kind) for kind in asked.body["kinds"]]
            stream = people.snapshot(scope, kinds, after=after, page=500)
            async with aclosing(stream) as pages:
                found = [_person(person) async for page in pages for person in page]
            self._states[watermark] = found
        state = self._states[watermark]
        keys = [person["key"] for person in state]
        start = keys.index(after) + 1 if after in keys else 0
        return {"people": state[start : start + limit], "watermark": watermark}


async def _schema(people: SqlDirectory, mapping: DirectoryMapping) -> dict[str, Any]:
    await people.count(Scope(everyone=True))
    assert people._table is not None
    is_integer = "INT" in str(people._table.c[mapping.key].type).upper()
    fields = [name for name in DirectoryMapping.model_fields if getattr(mapping, name) is not None]
    return {
        "protocol": 1,
        "keys": "integer" if is_integer else "text",
        "columns": [*mapping.columns],
        "fields": fields,
    }


async def _contacts(people: SqlDirectory, keys: list[str]) -> list[dict[str, Any]]:
    found = await people.contacts(keys)
    return [
        {"key": key}
        | _reach(contacts.own)
        | {
            "relatives": {
                kind.value: _reach(reach) | {"key": contacts.relative_keys.get(kind)}
                for kind, reach in contacts.relatives.items()
            }
        }
        for key, contacts in found.items()
    ]


def _person(person: AffectedPerson) -> dict[str, Any]:
    return _reach(person.reach) | {
        "key": person.key,
        "residence": person.residence,
        "locale": person.locale,
        "kinds": [*person.kinds],
        "birth_date": person.birth_date and person.birth_date.isoformat(),
        "cancelled": person.cancelled,
        "deceased": person.deceased,
        "organisation": person.is_organisation,
        "mailbox_is_ours": person.mailbox_barred,
        "relatives": {
            kind.value: {"key": relative.key, "locale": relative.locale} | _reach(relative.reach)
            for kind in RELATIVE_KEYS
            if kind in person.relatives
            for relative in [person.relative(kind)]
        },
    }


def _reach(reach: Reach) -> dict[str, Any]:
    lines = [] if reach.postal is None else reach.postal.split("\n")
    country = lines.pop() if lines and _COUNTRY.fullmatch(lines[-1]) else None
    return {
        "email": reach.email,
        "phone": reach.phone,
        "web_push": reach.web_push,
        "app_push": reach.app_push,
        "account": reach.account,
        "postal": lines or None,
        "postal_country": country,
        "not_agreed": sorted(reach.not_agreed),
        "agreed": sorted(reach.agreed),
    }


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    request.send_response(status)
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
