"""Promise P4 for what people type, and what hostile words in it become: plain words."""

import email
import email.policy
import re
from pathlib import Path
from typing import Any

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.principal import CommandType

from fakes.deployment import incident, person, settings
from fakes.keeping_relay import keeping
from fakes.promises import run, told, written

CHINESE_ID = "11010519491231002X"  # the example of GB 11643

INSTEAD = {"reason": "They are too many to be told one by one.", "instead": True}


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
    tmp_path: Path, capfd: pytest.CaptureFixture[str], field: str, fields: Any
) -> None:
    async def main() -> None:
        async with keeping(tmp_path, [person(1)], RelayPlan()) as (d, _):
            with pytest.raises(InvalidInput) as refusal:
                await d.runtime.door.raise_incident(d.raiser, incident(**fields), drill=False)
            assert refusal.value.field == field
            typed = ["mail.example", "901820", CHINESE_ID, "370400440532013000"]
            assert not [value for value in typed if value in str(refusal.value)]
            kept = [*written(tmp_path), "".join(capfd.readouterr()).encode()]
            assert not [v for v in typed if any(v.encode() in text for text in kept)]

    run(main())


def test_personal_data_in_the_reason_of_a_command_is_refused(tmp_path: Path) -> None:

    async def main() -> None:
        async with keeping(tmp_path, [person(1)], RelayPlan()) as (d, _):
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


def test_headers_templates_and_html_in_an_incident_or_a_name_come_out_as_plain_words(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        plain = settings(tmp_path, 25).organisations[0].model_dump(exclude_none=True)
        sections = {"organisations": [plain | NAMES]}
        people = [person(1, country="DE", locale="en")]
        async with keeping(tmp_path, people, RelayPlan(), **sections) as (d, relay):
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


def test_the_same_in_an_announcement_is_plain_words_on_its_pages(tmp_path: Path) -> None:
    async def main() -> None:
        plain = settings(tmp_path, 25).organisations[0].model_dump(exclude_none=True)
        sections = {"organisations": [plain | NAMES]}
        people = [person(1, country="DE", locale="en")]
        async with keeping(tmp_path, people, RelayPlan(), **sections) as (d, relay):
            name = await d.raised(incident(**(HARM | {"announcement": INSTEAD})))
            await d.approve(name)
            await d.settle()
            assert (relay.total, (await d.coverage(name)).announced) == (0, 1)
            published = [p for p in (tmp_path / "public").rglob("*") if p.is_file()]
            pages = [p for p in published if p.suffix == ".html"]
            assert len(pages) >= 2
            for page in published:
                text = page.read_text()
                assert "\x00" not in text
                if page.suffix == ".txt":
                    continue  # plain text for the media: no browser makes more of it
                for live in ("<script>alert", "<img", "<i>mple", "<b>GmbH", "<a href='javascript"):
                    assert live not in text, page.name
            assert any("{{ config }}" in page.read_text() for page in pages)

    run(main())
