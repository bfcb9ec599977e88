"""Promise P4: a value planted in every field of a person is found nowhere it need not be."""

import base64
import email
import email.policy
import logging
import quopri
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.demo.relay_session import RelaySession
from tocsin.runtimes.embedded import embedded
from tocsin.schemas.errors import InvalidInput

from fakes.deployment import Deployment, incident, person, principals, settings, write_people
from fakes.promises import newest, problems, run, told

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
FATES = {
    "accepted": Do.ACCEPT,
    "refused": Do.REFUSE,
    "turned away after the content": Do.POLICY,
    "in doubt": Do.DROP_AFTER_DOT,
    "deferred": Do.DEFER,
}
"""What the relay does to each canary; the last two once."""


def canary(number: int, field: str) -> str:
    """Return a value that occurs nowhere by chance, with a character that URLs and MIME escape."""
    drawn = random.Random(f"{number}/{field}")  # noqa: S311  # to be found again, not to be secret
    return "".join(drawn.choice(_LETTERS) for _ in range(9)) + "+" + str(drawn.randrange(10**4))


def planted() -> tuple[list[dict[str, Any]], list[str]]:
    """Return people with a canary in every field, and the canaries."""
    rows, values = [], []
    for number in range(len(FATES) + 4):
        fields = {name: canary(number, name) for name in ("id", "email", "status", "name")}
        values += fields.values()
        fields["email"] += f"@{canary(number, 'domain').replace('+', '-')}.example"
        rows.append(person(number, country="DE", locale="en") | fields)
    minor, gone, nobody, shared = rows[len(FATES) :]
    minor |= {"birth_date": "2016-03-01", "guardian_id": rows[0]["id"]}
    nobody |= {"email": None}
    gone |= {"email": f"{gone['email']} (at work)"}
    shared |= {"email": rows[0]["email"]}
    return rows, values


class _Repeating(RelaySession):
    """Repeats in every answer the address that it was given, as some servers do."""

    def data_received(self, data: bytes) -> None:
        found = re.search(rb"(?i)RCPT TO:\s*(<[^>]*>)", data)
        self.named = found[1] if found else getattr(self, "named", b"")
        super().data_received(data)

    def _say(self, *lines: bytes) -> None:
        named = getattr(self, "named", b"")
        super()._say(*(line + b" " + named if line[:1] in b"245" else line for line in lines))


class _Relay(RelayServer):
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
async def deployment(
    folder: Path, people: list[dict[str, Any]], plan: RelayPlan, **sections: Any
) -> AsyncIterator[tuple[Deployment, _Relay]]:
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
    async with _Relay(plan) as relay:
        chosen = settings(folder, relay.port, directory=directory, **sections)
        async with embedded(chosen) as runtime:
            yield Deployment(folder, runtime, relay, *await principals(runtime)), relay


def disguises(value: str) -> Iterator[bytes]:
    """Yield every form in which a value might be written down."""
    yield from (text.encode() for text in (value.upper(), value.swapcase(), value[::-1]))
    for text in (value, value.lower()):
        raw = text.encode()
        yield raw
        yield quote(text, safe="").encode()
        yield quopri.encodestring(raw, quotetabs=True).strip()
        yield raw.hex().encode()
        yield text.encode("utf-16-le")
        yield text.replace("+", "&#43;").encode()
        yield text.replace("+", "\\u002b").encode()
        for offset in range(3):
            whole = base64.b64encode(b"\0" * offset + raw)
            # The first and last characters depend on what stands beside the value.
            yield whole[(offset * 8 + 5) // 6 : len(raw) * 4 // 3 - 2]


def test_the_search_finds_a_value_in_every_disguise():
    value = canary(0, "test")
    texts = [value, value.upper(), quote(value, safe=""), value.encode().hex()]
    texts += [base64.b64encode(f"{'x' * n}{value}yyy".encode()).decode() for n in range(3)]
    for text in texts:
        assert any(form in f"... {text} ...".encode() for form in disguises(value)), text
    assert not any(form in canary(1, "test").encode() for form in disguises(value))


def found_in(places: dict[str, bytes], values: list[str]) -> set[str]:
    """Return where any of the values stands, in any disguise."""
    forms = {form for value in values for form in disguises(value)}
    assert min(map(len, forms)) > 8
    unfolded = {name: re.sub(rb"=\r?\n", b"", content) for name, content in places.items()}
    return {name for name, content in unfolded.items() if any(form in content for form in forms)}


def places(folder: Path, log: str) -> dict[str, bytes]:
    """Return everything that was written, but for the directory itself."""
    files = [p for p in folder.rglob("*") if p.is_file() and "directory" not in p.parts]
    written = {str(p.relative_to(folder)): p.read_bytes() for p in files}
    names = "\n".join(written).encode()
    return written | {"names of files": names, "log": log.encode()}


@pytest.mark.parametrize("drill", [False, True], ids=["for real", "as a drill"])
def test_a_canary_in_every_field_stands_in_the_open_roster_alone_and_nowhere_after(
    tmp_path, capfd, caplog, drill
):
    caplog.set_level(logging.DEBUG)
    people, values = planted()
    behaviours = {
        row["email"]: Behaviour(do=do, times=1 if do in {Do.DROP_AFTER_DOT, Do.DEFER} else None)
        for row, do in zip(people, FATES.values(), strict=False)
    }

    def log() -> str:
        said = capfd.readouterr()
        return said.out + said.err + caplog.text

    async def main() -> None:
        plan = RelayPlan(addresses=behaviours)
        quick = {"policy": {"retry_base_s": 0.05, "retry_cap_s": 0.1}}
        async with deployment(tmp_path, people, plan, **quick) as (d, relay):
            name = await d.raised(drill=drill)
            await d.approve(name)
            searched = places(tmp_path, log())
            assert found_in(searched, values) <= {p for p in searched if p.startswith("rosters/")}
            assert found_in(searched, values), "the search finds nothing even in the roster"
            await d.settle()
            coverage = await d.coverage(name)
            assert (coverage.open, coverage.in_scope) == (0, len(people))
            assert (await newest(d, name)).state == "closed"
            assert await problems(d) == ()
            searched = places(tmp_path, log())
            assert found_in(searched, values) == set()
            assert any(p.startswith(("reports/", "outbox/")) for p in searched)
            assert any(p.startswith("keys/") for p in searched)
            if not drill:
                assert len(relay.kept) > len(told(relay)) >= 3
                for message in relay.kept:
                    *_, body = message.partition(b"\r\n\r\n")
                    assert found_in({"body": body}, values) == set()
        searched = places(tmp_path, log())
        assert found_in(searched, values) == set()

    run(main())


CHINESE_ID = "11010519491231002X"  # the example of GB 11643


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("title", {"title": "Leak of anna.k+7@mail.example"}),
        (
            "narratives.what_happened.en",
            {"narratives": {"what_happened": {"en": "Call +49 30 901820 to hear more."}}},
        ),
        (
            "narratives.why.zh-Hans",
            {
                "narratives": {
                    "what_happened": {"en": "Data leaked."},
                    "why": {"zh-Hans": f"持有人 {CHINESE_ID} 的数据"},
                }
            },
        ),
        (
            "measures[0].what.en",
            {"measures": [{"what": {"en": "Wrote to x@mail.example"}, "status": "done"}]},
        ),
        (
            "remedies[0].details.en",
            {
                "remedies": [
                    {"id": "CREDIT_MONITORING", "details": {"en": "IBAN DE89370400440532013000"}}
                ]
            },
        ),
        (
            "facts.systems[1]",
            {"facts": {"systems": ["shop", "mailbox of x@mail.example"]}},
        ),
        (
            "facts.aware.source",
            {
                "facts": {
                    "aware": {"value": "2026-11-20T09:30:00+01:00", "source": "x@mail.example"}
                }
            },
        ),
        ("confirmed_actions[0]", {"confirmed_actions": ["told x@mail.example"]}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_personal_data_typed_into_an_incident_is_refused_with_the_fields_name(
    tmp_path, capfd, field, fields
):
    async def main() -> None:
        async with deployment(tmp_path, [person(1)], RelayPlan()) as (d, _):
            with pytest.raises(InvalidInput) as refusal:
                await d.runtime.door.raise_incident(d.raiser, incident(**fields), drill=False)
            assert refusal.value.field == field
            typed = ["mail.example", "901820", CHINESE_ID, "370400440532013000"]
            assert not [value for value in typed if value in str(refusal.value)]
            searched = places(tmp_path, "".join(capfd.readouterr()))
            for value in typed:
                assert not [p for p, content in searched.items() if value.encode() in content]

    run(main())


def test_personal_data_in_the_reason_of_a_command_is_refused(tmp_path):
    from tocsin.schemas.principal import CommandType

    async def main() -> None:
        async with deployment(tmp_path, [person(1)], RelayPlan()) as (d, _):
            name = await d.raised()
            with pytest.raises(InvalidInput) as refusal:
                await d.runtime.door.act(
                    d.approver, CommandType.WITHDRAW, name, reason="x@mail.example asked for it"
                )
            assert refusal.value.field == "--reason"

    run(main())


HARM = {
    "title": 'Leak\r\nBcc: evil {{ 7 * 7 }} <script>alert("t")</script>',
    "narratives": {
        "what_happened": {
            "en": "Data left.\r\n.\r\nMAIL FROM:<evil>\n\n{% for x in y %}{{ config }}{# c #}"
            '<img src="https://attacker.example/p.png" onerror=alert(1)>'
            " \x00reference\x00 {reference}"
        },
        "what_was_done": {"en": "</p><a href='javascript:alert(2)'>here</a> ${7*7} %(x)s"},
    },
}
NAMES = {
    "legal_name": 'Example "<b>GmbH</b>"\r\nX-Injected: yes {{ 7 * 7 }}',
    "brand": "Exa<i>mple</i>\nX-Injected: yes",
    "sender_name": 'Exam"ple\r\nBcc: evil@attacker.example',
}


def test_headers_templates_and_html_in_an_incident_or_a_name_come_out_as_plain_words(tmp_path):
    async def main() -> None:
        plain = settings(tmp_path, 25).organisations[0].model_dump(exclude_none=True)
        sections = {"organisations": [plain | NAMES]}
        people = [person(1, country="DE", locale="en")]
        async with deployment(tmp_path, people, RelayPlan(), **sections) as (d, relay):
            document = HARM | {"announcement_limit": None}
            name = await d.raised(incident(**document))
            await d.approve(name)
            await d.settle()
            assert told(relay) == {people[0]["email"]: 1}, "a line of a text ended the message"
            (content,) = relay.kept
            notice = email.message_from_bytes(content, policy=email.policy.SMTP)
            assert set(notice.keys()) == {
                *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
                *("Content-Language", "MIME-Version", "Content-Type"),
            }
            assert notice["To"].addresses[0].addr_spec == people[0]["email"]
            assert len(notice["To"].addresses) == len(notice["From"].addresses) == 1
            assert notice["From"].addresses[0].addr_spec == "notices@example.com"
            assert b"\x00" not in content
            text, html = (part.get_content() for part in notice.iter_parts())
            for live in ("<script", "<img", "<i>", "<b>", "<a href='javascript", "</p><a"):
                assert live not in html
            assert "{{ config }}" in text, "a template in an incident's text was carried out"
            assert "49" not in re.sub(r"[^ ]*@[^ ]*", "", notice["From"])
            assert "${7*7} %(x)s" in text

    run(main())


def test_the_same_in_an_announcement_is_plain_words_on_its_pages(tmp_path):
    async def main() -> None:
        plain = settings(tmp_path, 25).organisations[0].model_dump(exclude_none=True)
        sections = {"organisations": [plain | NAMES]}
        people = [person(1, country="DE", locale="en")]
        async with deployment(tmp_path, people, RelayPlan(), **sections) as (d, relay):
            name = await d.raised(incident(**(HARM | {"announcement_limit": 0})))
            await d.approve(name)
            await d.settle()
            assert (relay.total, (await d.coverage(name)).announced) == (0, 1)
            published = [p for p in (tmp_path / "public").rglob("*") if p.is_file()]
            pages = [p for p in published if p.suffix == ".html"]
            assert len(pages) >= 2
            for page in published:
                text = page.read_text()
                assert "\x00" not in text
                for live in ("<script>alert", "<img", "<i>mple", "<b>GmbH", "<a href='javascript"):
                    assert live not in text, page.name
            assert any("{{ config }}" in page.read_text() for page in pages)

    run(main())
