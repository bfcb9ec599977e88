"""A directory service is asked again when it is busy, and never believed when it errs."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from tocsin.directories.http import HttpDirectory
from tocsin.directories.http_settings import HttpSettings
from tocsin.directories.mapping import DirectoryMapping
from tocsin.schemas.channels import Channel
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.errors import InvalidInput, TocsinError, Unavailable
from tocsin.schemas.person import AffectedPerson
from tocsin.schemas.scope import Scope

from fakes.http_directory import TOKEN, DirectoryServer

EVERYONE = Scope(everyone=True)
KINDS = (DataKind.EMAIL_ADDRESS,)
MAPPING = DirectoryMapping(
    table="people", key="id", email="email", columns={"system": "system"}, phone="phone"
)
ANNA = "anna@mail.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DirectoryServer]:
    path = tmp_path / "people.db"
    with closing(sqlite3.connect(path)) as db, db:
        columns = "id TEXT PRIMARY KEY NOT NULL, email TEXT, system TEXT, phone TEXT"
        db.execute(f"CREATE TABLE people ({columns})")
        rows = [(f"k{n}", ANNA, "shop", "+4930901820") for n in range(5)]
        db.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", rows)
    server = DirectoryServer(path)
    yield server
    server.close()


def read(server: DirectoryServer, *, page: int = 2, **settings: Any) -> list[AffectedPerson]:
    async def stream() -> list[AffectedPerson]:
        directory = HttpDirectory(server.settings(MAPPING, **settings))
        pages = directory.snapshot(EVERYONE, KINDS, after=None, page=page)
        return [person async for found in pages for person in found]

    return asyncio.run(stream())


def count(server: DirectoryServer, scope: Scope = EVERYONE, **settings: Any) -> int:
    return asyncio.run(HttpDirectory(server.settings(MAPPING, **settings)).count(scope))


def questions(server: DirectoryServer, name: str) -> int:
    return sum(asked.name == name for asked in server.asked)


# when it does not answer ------------------------------------------------------------------------


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
def test_a_service_that_is_busy_is_asked_again(server: DirectoryServer, status: int) -> None:
    server.statuses = [(status, {}), (status, {})]

    assert count(server) == 5
    assert questions(server, "count") == 3


def test_a_stream_goes_on_where_it_was_interrupted(server: DirectoryServer) -> None:
    def interrupt(name: str, answer: Any) -> Any:
        if name == "people" and len(server.asked) == 3:
            server.statuses = [(503, {})]
        return answer

    server.spoil = interrupt

    assert [person.key for person in read(server)] == [f"k{n}" for n in range(5)]


def test_a_service_that_stays_away_is_unavailable_after_so_many_tries(
    server: DirectoryServer,
) -> None:
    server.statuses = [(503, {})] * 9

    with pytest.raises(Unavailable, match="status 503") as refused:
        count(server, tries=3)

    assert refused.value.field == "directory.url"
    assert questions(server, "count") == 3


def test_a_wait_that_the_service_asks_for_is_kept(server: DirectoryServer) -> None:
    server.statuses = [(429, {"Retry-After": "1"})]

    async def timed() -> float:
        loop = asyncio.get_running_loop()
        start = loop.time()
        await HttpDirectory(server.settings(MAPPING)).count(EVERYONE)
        return loop.time() - start

    assert asyncio.run(timed()) >= 1


def test_a_service_that_hangs_is_left_after_the_time_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = HttpSettings(
            base_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            token=SecretStr(TOKEN),
            timeout_s=0.1,
            tries=2,
            wait_s=0,
        )

        with pytest.raises(Unavailable, match="TimeoutError"):
            asyncio.run(HttpDirectory(settings).count(EVERYONE))


@pytest.mark.parametrize(
    ("status", "kind", "field"),
    [
        (302, InvalidInput, "directory.url"),
        (400, InvalidInput, "scope"),
        (403, InvalidInput, "directory.token"),
        (404, InvalidInput, "directory.url"),
        (409, Unavailable, "directory.url"),
        (500, Unavailable, "directory.url"),
    ],
)
def test_what_cannot_be_otherwise_the_next_time_is_not_asked_again(
    server: DirectoryServer, status: int, kind: type[TocsinError], field: str
) -> None:
    server.statuses = [(status, {"Location": "/elsewhere"})]

    with pytest.raises(kind) as refused:
        count(server)

    assert (refused.value.field, questions(server, "count")) == (field, 1)
    assert "mail.example" not in str(refused.value)


def test_a_wrong_token_is_said_and_not_repeated(server: DirectoryServer) -> None:
    with pytest.raises(InvalidInput) as refused:
        count(server, token=SecretStr("another-token"))

    assert refused.value.field == "directory.token"
    assert "another-token" not in str(refused.value)
    assert "another-token" not in repr(server.settings(MAPPING, token=SecretStr("another-token")))


# when it errs -----------------------------------------------------------------------------------


def spoilt(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[str, Any], Any]:
    """Change the people of every page."""

    def spoil(name: str, answer: Any) -> Any:
        if name == "people" and answer["people"]:
            people = json.loads(json.dumps(answer["people"]))
            change(people)
            answer = answer | {"people": people}
        return answer

    return spoil


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda people: people.reverse(), "people[1].key"),
        (lambda people: people.__setitem__(2, people[1]), "people[2].key"),
        (lambda people: people[1].update(key=7), "people[1].key"),
        (lambda people: people[1].update(key=""), "people[1].key"),
        (lambda people: people[0].pop("kinds"), "people[0].kinds"),
        (lambda people: people[0].update(kinds=["name"]), "people[0].kinds"),
        (lambda people: people[0].update(kinds=["anna"]), "people[0].kinds[0]"),
        (lambda people: people[0].update(birth_date="in spring"), "people[0].birth_date"),
        (lambda people: people[0].update(deceased="no"), "people[0].deceased"),
        (lambda people: people[0].update(residence="Germany"), "people[0].residence"),
        (lambda people: people[0].update(anna="typo"), "people[0]"),
        (lambda people: people[0].update(relatives={"aunt": {}}), "people[0].relatives"),
        (
            lambda people: people[0].update(relatives={"guardian": {"key": 1}}),
            "people[0].relatives.guardian.key",
        ),
        (lambda people: people[0].update(not_agreed=["fax"]), "people[0].not_agreed[0]"),
    ],
)
def test_people_that_are_not_as_agreed_are_refused_by_place_and_nobody_is_left_out(
    server: DirectoryServer, change: Callable[[list[dict[str, Any]]], Any], place: str
) -> None:
    server.spoil = spoilt(change)

    with pytest.raises(InvalidInput) as refused:
        read(server, page=3)

    assert refused.value.field is not None
    assert refused.value.field.removeprefix("directory.answer.") == place
    assert "anna" not in str(refused.value)


def test_more_people_than_were_asked_for_are_refused(server: DirectoryServer) -> None:
    def longer(name: str, answer: Any) -> Any:
        more = (
            [answer["people"][0] | {"key": f"k1{n}"} for n in range(3)] if name == "people" else []
        )
        return answer | {"people": answer["people"] + more} if more else answer

    server.spoil = longer

    with pytest.raises(InvalidInput, match="more than the 3 people"):
        read(server, page=3)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"people": []}', b'{"people": 1}'])
def test_an_answer_that_is_no_answer_is_refused_and_never_taken_for_the_end(
    server: DirectoryServer, body: bytes
) -> None:
    server.spoil = lambda name, answer: body if name == "people" else answer

    with pytest.raises(InvalidInput) as refused:
        read(server)

    assert (refused.value.field or "").startswith("directory.answer")


def test_a_directory_that_changes_in_mid_stream_is_unavailable(server: DirectoryServer) -> None:
    def changing(name: str, answer: Any) -> Any:
        later = questions(server, "people") > 1
        return answer | {"watermark": "another"} if name == "people" and later else answer

    server.spoil = changing

    with pytest.raises(Unavailable) as refused:
        read(server)

    assert refused.value.field == "directory.answer.watermark"


def test_short_pages_are_no_end_and_do_not_change_how_people_are_grouped(
    server: DirectoryServer,
) -> None:
    server.spoil = spoilt(lambda people: people.__delitem__(slice(1, None)))

    async def sizes() -> list[int]:
        directory = HttpDirectory(server.settings(MAPPING))
        pages = directory.snapshot(EVERYONE, KINDS, after=None, page=2)
        return [len(page) async for page in pages]

    assert asyncio.run(sizes()) == [2, 2, 1]


def test_no_page_is_larger_than_the_setting(server: DirectoryServer) -> None:
    async def limited() -> list[int]:
        directory = HttpDirectory(server.settings(MAPPING, page=3))
        pages = directory.snapshot(EVERYONE, KINDS, after=None, page=500)
        return [len(found) async for found in pages]

    assert asyncio.run(limited()) == [5]
    assert {a.query["limit"] for a in server.asked if a.name == "people"} == {"3"}


@pytest.mark.parametrize(
    "change", [lambda found: found + found, lambda found: [found[0] | {"key": "k4"}]]
)
def test_contacts_that_were_not_asked_for_are_refused(
    server: DirectoryServer, change: Callable[[list[Any]], list[Any]]
) -> None:
    server.spoil = lambda name, answer: (
        {"contacts": change(answer["contacts"])} if name == "contacts" else answer
    )

    with pytest.raises(InvalidInput, match="a second time"):
        asyncio.run(HttpDirectory(server.settings(MAPPING)).contacts(["k1"]))


def test_whole_numbers_are_compared_as_numbers_and_written_in_one_way(
    server: DirectoryServer,
) -> None:
    def numbers(*keys: str) -> Callable[[str, Any], Any]:
        def spoil(name: str, answer: Any) -> Any:
            if name == "schema":
                return answer | {"keys": "integer"}
            if answer.get("people"):
                done = questions(server, "people") > 1
                named = zip(answer["people"], keys, strict=False)
                return answer | {"people": [] if done else [p | {"key": k} for p, k in named]}
            return answer

        server.asked.clear()
        return spoil

    server.spoil = numbers("9", "10")
    assert [person.key for person in read(server)] == ["9", "10"]
    for wrong in ("010", "k10", "1_0", " 10"):
        server.spoil = numbers("9", wrong)
        with pytest.raises(InvalidInput, match="whole numbers"):
            read(server)


# what it is asked -------------------------------------------------------------------------------


def test_a_condition_that_the_service_cannot_answer_is_named(server: DirectoryServer) -> None:
    async def check(**condition: Any) -> None:
        scope = Scope.model_validate({"where": [condition]})
        await HttpDirectory(server.settings(MAPPING)).check_scope(scope, KINDS)

    asyncio.run(check(column="system", equals="shop"))
    with pytest.raises(InvalidInput) as unknown:
        asyncio.run(check(column="sistem", equals="shop"))
    with pytest.raises(InvalidInput) as unfit:
        asyncio.run(check(column="system", equals=5))

    assert (unknown.value.field, unknown.value.fix) == (
        "scope.where[0].column",
        "did you mean system?",
    )
    assert unfit.value.field == "scope.where[0].equals"


def test_a_stream_asks_for_the_state_in_which_it_began(server: DirectoryServer) -> None:
    read(server)

    asked = [question for question in server.asked if question.name == "people"]
    assert [question.body.get("watermark") for question in asked] == [None, "w0", "w0", "w0"]
    assert [question.query.get("after") for question in asked] == [None, "k1", "k3", "k4"]
    assert asked[0].body["kinds"] == ["email_address"]


def test_a_channel_that_was_not_agreed_to_is_kept_away_and_its_detail_with_it(
    server: DirectoryServer,
) -> None:
    server.spoil = spoilt(lambda people: [p.update(not_agreed=["sms", "email"]) for p in people])

    reach = read(server)[0].reach

    assert (reach.email, reach.on(Channel.SMS)) == (None, None)
    assert reach.on(Channel.CALL) == "+4930901820"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"base_url": "http://people.example.com"}, "directory.url"),
        ({"base_url": "https://"}, "directory.url"),
        ({"base_url": "https://user:secret@people.example.com"}, "directory.url"),
        ({"base_url": "https://people.example.com/?a=b"}, "directory.url"),
        ({"token": SecretStr("")}, "directory.token"),
        ({"token": SecretStr("two\r\nlines")}, "directory.token"),
        ({"timeout_s": 0}, "directory.timeout_s"),
        ({"tries": 0}, "directory.tries"),
        ({"page": 5_001}, "directory.page"),
        ({"wait_s": -1}, "directory.wait_s"),
    ],
)
def test_settings_that_cannot_work_are_refused(changed: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"base_url": "https://people.example.com", "token": SecretStr("t")}

    with pytest.raises(InvalidInput) as refused:
        HttpSettings(**given | changed)

    assert refused.value.field == field
    assert "secret" not in str(refused.value)
