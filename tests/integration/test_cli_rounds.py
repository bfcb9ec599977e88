"""Rounds that follow from the command line alone, in an exercise that reaches nobody."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from tocsin.cli.main import call

RAISER = ("--role", "admin", "--role", "raise", "--role", "edit", "--role", "operate")
WHY = ("--reason", "more is known", "--token-file", "rosa")


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
    """Run command lines in a folder with two principals."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Said:
        code = call(arguments)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    assert run("init").code == 0
    assert run("principal", "add", "rosa", *RAISER, "--save", "rosa").code == 0
    approver = ("--role", "approve", "--token-file", "rosa", "--save", "ada")
    assert run("principal", "add", "ada", *approver).code == 0
    yield run
    structlog.reset_defaults()


def told(tocsin: Tocsin) -> str:
    """Raise an exercise, approve its notice and carry it out."""
    raising = ("incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa", "--json")
    incident: str = tocsin(*raising).document["incident"]
    sent(tocsin, incident, "notice-r1")
    return incident


def sent(tocsin: Tocsin, incident: str, *artefacts: str) -> None:
    """Let people be found, approve the artefacts, and let what they stand for leave."""
    assert tocsin("run", "--until-idle").code == 0
    for name in artefacts:
        assert tocsin("incident", "approve", incident, name, "--token-file", "ada").code == 0
    assert tocsin("run", "--until-idle").code == 0


def rounds(tocsin: Tocsin, incident: str) -> list[Any]:
    found: list[Any] = tocsin("status", incident, "--json").document["incidents"][0]["rounds"]
    return found


def test_a_correction_stands_ready_and_lacks_one_sentence(tocsin: Tocsin) -> None:
    incident = told(tocsin)
    ready = tocsin("incident", "prepared", incident, "--json").document
    assert [draft["name"] for draft in ready["prepared"]] == ["correction-r1", "retraction-r1"]
    assert [draft["findings"] for draft in ready["prepared"]] == [[], []]
    snippet = yaml.safe_load(ready["snippet"])["narratives"]["correction"]
    assert set(snippet) == {"en", "zh-Hans"}
    for draft in ready["prepared"]:
        assert all(any(s in text for s in snippet.values()) for text in draft["texts"].values())
    assert tocsin("incident", "prepared", incident, "-o", "fix.yaml").code == 0
    following = ("incident", "follow", incident, "fix.yaml", "--kind", "correction", *WHY)
    refused = tocsin(*following)
    assert refused.code == 2
    assert "narratives.correction" in refused.err
    document = yaml.safe_load(Path("fix.yaml").read_text("utf-8"))
    document["narratives"]["correction"] = {"en": "Names were not among the data."}
    Path("fix.yaml").write_text(yaml.safe_dump(document), "utf-8")
    assert tocsin(*following, "--json").document["rounds"] == [f"{incident}/r2"]
    before = len(list(Path().rglob("outbox/**/*.eml")))
    sent(tocsin, incident, "notice-r2")
    first, second = rounds(tocsin, incident)
    assert (second["kind"], second["follows"]) == ("correction", [f"{incident}/r1"])
    assert second["in_scope"] == second["reached"] == first["reached"]
    assert len(list(Path().rglob("outbox/**/*.eml"))) == 2 * before > 0
    assert f"{incident}/r2 closed, correction of r1:" in tocsin("incident", "show", incident).out
    assert tocsin("ledger", "verify").code == 0


def test_an_amendment_is_a_revision_without_a_round(tocsin: Tocsin) -> None:
    incident = told(tocsin)
    document = yaml.safe_load(Path("incident.yaml").read_text("utf-8"))
    document["measures"] += [{"what": {"en": "All passwords reset"}, "status": "done"}]
    Path("later.yaml").write_text(yaml.safe_dump(document), "utf-8")
    amended = tocsin("incident", "amend", incident, "later.yaml", *WHY, "--json")
    assert amended.document == {"incident": incident, "revision": 2}
    assert len(rounds(tocsin, incident)) == 1
    document["scope"] = {"everyone": True}
    Path("wider.yaml").write_text(yaml.safe_dump(document), "utf-8")
    refused = tocsin("incident", "amend", incident, "wider.yaml", *WHY)
    assert (refused.code, "--kind delta" in refused.err) == (2, True)
    preview = ("incident", "preview", incident, "--round")
    assert tocsin(*preview, "r1").code == 0
    missing = tocsin(*preview, "r7")
    assert (missing.code, f"{incident}/r1" in missing.err) == (4, True)


def test_nothing_is_prepared_before_an_approval_and_nothing_followed_before_it_left(
    tocsin: Tocsin,
) -> None:
    raising = ("incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa", "--json")
    incident: str = tocsin(*raising).document["incident"]
    assert tocsin("incident", "prepared", incident).code == 5
    delta = ("incident", "follow", incident, "incident.yaml", "--kind", "delta", *WHY)
    assert tocsin(*delta).code == 5
    assert tocsin("run", "--until-idle").code == 0
    early = tocsin(*delta)
    assert (early.code, "--revises" in early.err) == (5, True)
    unknown = tocsin("incident", "follow", incident, "incident.yaml", "--kind", "rumour", *WHY)
    assert unknown.code == 2
