"""Drafts of detections from the command line: found, looked at, written out, raised, dismissed."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from tocsin.cli.main import call
from tocsin.runtimes.drafts import take_in
from tocsin.runtimes.embedded import embedded
from tocsin.runtimes.settings import read_settings
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.detection import Detection

from fakes.detections import detection

ROLES = ("--role", "admin", "--role", "raise")
SHOP = ("--column", "system", "--equals", "shop")
FOUND = [
    detection(f"e{n}", minute=n, asset="arn:store\n\x1b[31m", kinds=(DataKind.NAME,))
    for n in range(3)
]


class Tocsin:
    """Command lines in an empty folder, said with the token of its one raiser."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, Any]:
        code = call([*arguments, "--token-file", "rosa", "--json"])
        return code, json.loads(self._capsys.readouterr().out)

    def text(self, *arguments: str) -> str:
        assert call([*arguments, "--token-file", "rosa"]) == 0
        return self._capsys.readouterr().out

    def refused(self, *arguments: str) -> tuple[int, str]:
        code, document = self(*arguments)
        assert document["error"]["fix"]
        return code, document["error"]["field"]


@pytest.fixture
def tocsin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tocsin]:
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    assert call(["init"]) == 0
    assert call(["principal", "add", "rosa", *ROLES, "--save", "rosa"]) == 0
    ada = ["principal", "add", "ada", "--role", "approve", "--save", "ada"]
    assert call([*ada, "--token-file", "rosa"]) == 0
    capsys.readouterr()
    yield Tocsin(capsys)
    structlog.reset_defaults()


def arrived(*detections: Detection) -> str:
    """Take detections in; return the id of the one draft that they change."""

    async def main() -> str:
        async with embedded(read_settings(Path("tocsin.toml")), sending=False) as runtime:
            taken = await take_in(runtime, detections)
        (name,) = taken.opened + taken.grown
        return name

    return asyncio.run(main())


def test_a_draft_is_listed_and_shown_with_its_detections(tocsin: Tocsin) -> None:
    assert tocsin("draft", "list") == (0, {"drafts": [], "grown_since_decided": 0})
    name = arrived(*FOUND)
    code, listed = tocsin("draft", "list")
    (draft,) = listed["drafts"]
    assert (code, draft["id"], draft["state"], draft["incident"]) == (0, name, "open", None)
    code, shown = tocsin("draft", "show", name)
    assert (code, shown["draft"]) == (0, draft)
    assert draft["detections"] == len(shown["detections"]) == 3
    assert (draft["rule"], draft["detectors"], draft["kinds"]) == ("r", ["dlp"], ["name"])
    assert "opened_at" in draft
    assert shown["detections"][0]["reason"] == "a data security finding"
    text = tocsin.text("draft", "show", name, "--limit", "1")
    assert "and 2 more" in text
    assert "\x1b" not in text
    assert name in tocsin.text("draft", "list")
    assert tocsin.refused("draft", "show", "another") == (4, "draft")


def test_a_draft_becomes_an_incident_once_a_person_has_completed_its_file(tocsin: Tocsin) -> None:
    name = arrived(*FOUND)
    drafting = ("incident", "draft", "--from", "detections", name)
    assert tocsin.refused(*drafting) == (2, "scope")
    code, drafted = tocsin(*drafting, *SHOP, "-o", "mine.yaml")
    assert code == 0
    assert any(line.startswith("facts.detected") for line in drafted["unknown"])
    written = Path("mine.yaml").read_text("utf-8")
    assert f"--draft {name}" in written
    file = yaml.safe_load(written)
    assert file["data_kinds"] == ["name"]
    assert file["facts"]["started"]["state"] == "estimated"
    assert file["facts"]["started"]["value"] == "2026-11-20T12:00:00Z"
    assert not {"aware", "detected"} & file["facts"].keys()
    raising = ("incident", "raise", "mine.yaml", "--draft", name)
    assert tocsin.refused(*raising) == (2, "narratives.what_happened")
    file["narratives"] = {"what_happened": {"en": "A store with your name was open to others."}}
    Path("mine.yaml").write_text(yaml.safe_dump(file), "utf-8")
    assert tocsin.refused(*raising, "--drill") == (2, "draft")
    assert tocsin.refused(*raising, "--revises", "INC-1") == (2, "--draft")
    code, raised = tocsin(*raising)
    assert (code, raised["draft"]) == (0, name)
    assert tocsin("draft", "list")[1]["drafts"] == []
    (kept,) = tocsin("draft", "list", "--all")[1]["drafts"]
    assert (kept["state"], kept["incident"]) == ("raised", raised["incident"])
    assert tocsin.refused(*raising) == (5, "draft")
    assert tocsin.refused(*drafting, *SHOP) == (5, "draft")
    assert tocsin("ledger", "verify")[0] == 0


def test_what_no_detector_named_is_left_to_the_person(tocsin: Tocsin) -> None:
    name = arrived(detection("e"))
    code, drafted = tocsin("incident", "draft", "--from", "detections", name, "--everyone")
    assert code == 0
    assert yaml.safe_load(drafted["text"])["data_kinds"] == []
    Path("mine.yaml").write_text(drafted["text"], "utf-8")
    assert tocsin.refused("incident", "raise", "mine.yaml", "--draft", name)[0] == 2


def test_a_draft_is_dismissed_with_a_reason_and_what_comes_after_is_told(tocsin: Tocsin) -> None:
    name = arrived(*FOUND)
    dismissing = ("draft", "dismiss", name, "--reason")
    assert tocsin.refused(*dismissing, "mail eve@mail.example") == (2, "--reason")
    code, dismissed = tocsin(*dismissing, "the store holds made-up people")
    assert (code, dismissed) == (0, {"draft": name, "state": "dismissed"})
    assert tocsin.refused(*dismissing, "again") == (5, "draft")
    later = detection("e9", minute=9, asset=FOUND[0].asset)
    assert arrived(later) == name
    assert tocsin("draft", "list")[1] == {"drafts": [], "grown_since_decided": 1}
    assert "after somebody had decided" in tocsin.text("draft", "list")
    (kept,) = tocsin("draft", "list", "--all")[1]["drafts"]
    assert (kept["state"], kept["since_decided"]) == ("dismissed", 1)


@pytest.mark.parametrize(
    "arguments", [["detections"], ["detections", "a", "b"], ["hibp", "breaches.json"]]
)
def test_what_from_needs_is_said(tocsin: Tocsin, arguments: list[str]) -> None:
    asked = ("incident", "draft", "--everyone", "--from", *arguments)
    assert tocsin.refused(*asked) == (2, "--from")


def test_what_opened_no_draft_is_kept_and_says_why(tocsin: Tocsin) -> None:
    assert "opened a draft" in tocsin.text("draft", "kept")
    reasons = {"e7": "a check of settings", "e8": "the finding was suppressed", "e9": "unclear"}
    quiet = [
        detection(name, asset="store", concerns_personal_data=concerns, reason=reasons[name])
        for name, concerns in (("e7", False), ("e8", False), ("e9", None))
    ]

    async def arrive() -> None:
        async with embedded(read_settings(Path("tocsin.toml")), sending=False) as runtime:
            await take_in(runtime, [*quiet, *FOUND])

    asyncio.run(arrive())
    code, told = tocsin("draft", "kept")
    assert code == 0
    assert {d["event_id"]: d["reason"] for d in told["kept"]} == reasons
    assert "a check of settings" in " ".join(tocsin.text("draft", "kept").split())
    assert len(tocsin("draft", "kept", "--limit", "2")[1]["kept"]) == 2
