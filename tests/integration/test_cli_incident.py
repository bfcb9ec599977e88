"""An incident from the command line alone, as a newcomer goes through it."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from tocsin.cli.main import call
from tocsin.demo.relay import RelayServer

RAISER = ("--role", "admin", "--role", "raise", "--role", "edit", "--role", "operate")
EQUATION = {
    "round", "kind", "follows", "state", "revision", "in_scope", "open", "reached", "announced",
    "unreachable", "excluded", "holds", "reached_by_level", "lanes",
}  # fmt: skip
KEYS = {
    "incident list": {"incidents"},
    "incident show": {
        "incident", "severity", "duties", "artefacts", "rounds", "public", "alarms", "dead",
        "parent", "children",
    },
    "incident preview": {
        "incident", "round", "persons", "notices", "by_residence", "by_locale", "by_lane",
        "by_obstacle", "by_list", "by_overridden_list", "defaulted_residence",
        "defaulted_locale", "seconds", "short_by_channel", "decision", "findings", "as_drafted",
        "cohorts", "files",
    },
    "incident approve": {"incident", "waiting"},
    "incident report show": {"incident", "reports"},
    "status": {"sound", "incidents", "dead", "alarms"},
    "principal list": {"principals"},
    "ledger verify": {"sound", "links", "facts", "problems"},
    "dead list": {"dead", "letters", "letters_unknown"},
    "config check": {"sound", "findings"},
    "directory check": {
        "people", "without_email", "malformed_email", "without_residence", "without_locale",
        "without_birth_date", "minors_without_guardian", "cancelled", "sharing_an_address",
        "by_residence",
    },
}  # fmt: skip
"""Verb -> the keys of its document: a promise to whoever reads them by machine."""


@dataclass(frozen=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


Tocsin = Callable[..., Said]


@pytest.fixture
def tocsin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tocsin]:
    """Run command lines in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Said:
        code = call(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    yield run
    structlog.reset_defaults()


@pytest.fixture
def relay() -> Iterator[RelayServer]:
    """Return a relay that accepts, in a thread of its own."""
    opened: list[tuple[RelayServer, asyncio.AbstractEventLoop, asyncio.Event]] = []
    ready = threading.Event()

    async def serve() -> None:
        over = asyncio.Event()
        async with RelayServer() as server:
            opened.append((server, asyncio.get_running_loop(), over))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(5)
    server, loop, over = opened[0]
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join(5)


def start(tocsin: Tocsin, *, port: int = 1) -> None:
    """Make a folder with two principals, sending to a relay on `port`."""
    assert tocsin("init").code == 0
    config = Path("tocsin.toml")
    config.write_text(config.read_text("utf-8").replace("1025", str(port)), "utf-8")
    assert tocsin("principal", "add", "rosa", *RAISER, "--save", "rosa").code == 0
    added = tocsin(
        "principal", "add", "ada", "--role", "approve", "--token-file", "rosa", "--save", "ada"
    )
    assert added.code == 0


def raised(tocsin: Tocsin, *options: str) -> str:
    said = tocsin("incident", "raise", "incident.yaml", "--token-file", "rosa", "--json", *options)
    assert said.code == 0, said
    name: str = said.document["incident"]
    return name


def worked(tocsin: Tocsin) -> None:
    assert tocsin("run", "--until-idle").code == 0


def waiting(tocsin: Tocsin, incident: str) -> list[str]:
    listed = tocsin("incident", "approve", incident, "--json").document["waiting"]
    return [artefact["name"] for artefact in listed]


def test_everyone_is_told_after_another_person_approved(tocsin: Tocsin, relay: RelayServer) -> None:
    start(tocsin, port=relay.port)
    incident = raised(tocsin)
    worked(tocsin)
    assert relay.total == 0
    names = waiting(tocsin, incident)
    assert "notice-r1" in names
    for name in names:
        said = tocsin("incident", "approve", incident, name, "--token-file", "ada", "--json")
        assert said.document == {
            "incident": incident,
            "artefact": name,
            "state": "approved",
            "waits_for": None,
        }
    worked(tocsin)

    status = tocsin("status", incident, "--json")
    round_ = status.document["incidents"][0]["rounds"][0]
    assert (status.code, round_["state"], round_["open"]) == (0, "closed", 0)
    # 27 in the shop: no address, a broken one and a minor without guardian; one shares an address
    assert [round_[n] for n in ("in_scope", "reached", "unreachable")] == [27, 24, 3]
    assert relay.total == sum(lane["results"].get("accepted", 0) for lane in round_["lanes"])
    assert tocsin("ledger", "verify").code == 0


def test_every_document_keeps_its_keys(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    for words, keys in KEYS.items():
        about = [incident] if words.startswith("incident") and "list" not in words else []
        offline = ["--offline"] if words == "config check" else []
        said = tocsin(*words.split(), *about, *offline, "--json")
        assert said.document.keys() == keys, words
    shown = tocsin("incident", "show", incident, "--json").document
    assert shown["rounds"][0].keys() == EQUATION


def test_the_preview_counts_each_notice_and_shows_each_text(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    said = tocsin("incident", "preview", incident, "-o", "page.html", "--json")
    seen = said.document
    assert seen["as_drafted"]
    assert seen["persons"] == sum(seen["by_residence"].values()) == 27
    assert seen["notices"] == sum(seen["by_lane"].values())
    assert seen["notices"] == sum(cohort["notices"] for cohort in seen["cohorts"])
    page = Path("page.html").read_text("utf-8")
    for cohort in seen["cohorts"]:
        assert cohort["subject"] in page
    assert Path("page/report-EU-GDPR-early.html").exists()


def test_a_drill_reaches_no_relay(tocsin: Tocsin, relay: RelayServer) -> None:
    start(tocsin, port=relay.port)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    assert tocsin("incident", "approve", incident, "notice-r1", "--token-file", "ada").code == 0
    worked(tocsin)
    assert tocsin("status", "--json").document["incidents"][0]["rounds"][0]["reached"] == 24
    assert relay.connections == 0


def test_nobody_approves_what_they_raised(tocsin: Tocsin) -> None:
    start(tocsin)
    both = ("--role", "raise", "--role", "approve")
    tocsin("principal", "add", "eve", *both, "--token-file", "rosa", "--save", "eve")
    Path("rosa").write_text(Path("eve").read_text("ascii"), "ascii")
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    said = tocsin("incident", "approve", incident, "notice-r1", "--token-file", "eve")
    assert said.code == 3
    assert "eve raised or edited this" in said.err
    assert "notice-r1" in waiting(tocsin, incident)


def test_an_artefact_that_does_not_exist_is_answered_with_those_that_do(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    said = tocsin("incident", "approve", incident, "notice-r2", "--token-file", "ada", "--json")
    assert said.code == 4
    assert said.document["error"]["field"] == "artefact"
    assert "notice-r1" in said.document["error"]["fix"]


def test_a_title_with_markup_appears_as_it_is_written(tocsin: Tocsin) -> None:
    start(tocsin)
    file = Path("incident.yaml")
    title = "Stolen [red]data[/red] :warning: of the shop"
    old = "title: Stolen sign-in data of the shop"
    file.write_text(file.read_text("utf-8").replace(old, f'title: "{title}"'), "utf-8")
    incident = raised(tocsin, "--drill")
    for words in (("list",), ("show", incident)):
        assert title in tocsin("incident", *words).out
    assert title in tocsin("status").out


def test_sending_is_paused_stopped_and_ended_with_a_reason(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    early = tocsin("pause", incident, "--token-file", "rosa")
    assert early.code == 5
    assert "possible now" in early.err
    assert tocsin("stop", incident, "--token-file", "rosa").code == 0
    assert tocsin("incident", "close", incident, "--token-file", "ada").code == 2
    ended = ("--reason", "it was a test", "--token-file", "ada", "--json")
    assert tocsin("incident", "close", incident, *ended).document["state"] == "closed"


def test_a_returned_artefact_waits_no_longer_and_a_revision_drafts_it_anew(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    back = ("incident", "return", incident, "notice-r1", "--reason", "unclear")
    assert tocsin(*back, "--token-file", "ada").code == 0
    assert "notice-r1" not in waiting(tocsin, incident)
    assert raised(tocsin, "--revises", incident) == incident
    worked(tocsin)
    assert "notice-r2" in waiting(tocsin, incident)


def test_a_round_that_does_not_add_up_and_a_changed_fact_are_found(tocsin: Tocsin) -> None:
    start(tocsin)
    incident = raised(tocsin, "--drill")
    worked(tocsin)
    falsify("UPDATE standing SET count = count - 1 WHERE state = 'open'")
    said = tocsin("status", incident)
    assert said.code == 7
    assert "27 in scope is not 26 open" in said.out
    falsify("DROP TRIGGER fact_UPDATE", "UPDATE fact SET body = '{}' WHERE kind = 'severity'")
    said = tocsin("ledger", "verify", "--json")
    assert said.code == 8
    assert any("a fact was changed" in problem for problem in said.document["problems"])


def test_a_dead_event_fails_the_status_until_someone_replays_it(tocsin: Tocsin) -> None:
    start(tocsin)
    raised(tocsin, "--drill")
    falsify("UPDATE event SET state = 'dead' WHERE type = 'resolution.due'")
    assert tocsin("status").code == 7
    event = tocsin("dead", "list", "--json").document["dead"][0]["id"]
    assert tocsin("dead", "replay", event, "--token-file", "ada").code == 3
    assert tocsin("dead", "replay", "another", "--token-file", "rosa").code == 4
    assert tocsin("dead", "replay", event, "--token-file", "rosa").code == 0
    assert tocsin("status").code == 0
    worked(tocsin)
    assert tocsin("status", "--json").document["incidents"][0]["rounds"][0]["in_scope"] == 27


def falsify(*statements: str) -> None:
    """Write into the ledger past its own door."""

    db = sqlite3.connect("tocsin-data/ledger.db")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()
