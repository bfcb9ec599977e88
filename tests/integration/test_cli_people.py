"""People from the command line: who was told before, and what we send to ourselves first."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tocsin.cli.main import call

Tocsin = Callable[..., tuple[int, Any]]
RAISER = ("--role", "admin", "--role", "raise", "--role", "edit", "--role", "operate")


@pytest.fixture
def tocsin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tocsin]:
    """Run command lines in a folder with a drill that waits for approval."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, Any]:
        code = call(arguments)
        said = capsys.readouterr()
        out = said.out if code in {0, 1} else said.err
        return code, json.loads(out) if "--json" in arguments else out

    assert run("init")[0] == 0
    assert run("principal", "add", "rosa", *RAISER, "--save", "rosa")[0] == 0
    yield run
    structlog.reset_defaults()


def drafted(tocsin: Tocsin) -> str:
    asked = ("incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa", "--json")
    name: str = tocsin(*asked)[1]["incident"]
    assert tocsin("run", "--until-idle")[0] == 0
    return name


def test_who_was_told_before_is_named_by_lines_alone(tocsin: Tocsin) -> None:
    name = drafted(tocsin)
    header, line = "key,channel,told_on,evidence", "letter,2020-03-04,campaign 12"
    Path("told.csv").write_text(f"{header}\np001,{line}\nstranger-77,{line}\np002,{line}\n")
    asked = ("returns", "earlier", name, "told.csv", "--token-file", "rosa")
    code, found = tocsin(*asked, "--json")
    assert code == 0
    assert (found["round"], found["lines"], found["unknown"]) == (f"{name}/r1", 3, [3])
    assert found["people"] == 2
    assert found["covered"] + found["relatives"] + found["not_owed"] >= 2
    code, text = tocsin(*asked)
    assert code == 0
    assert "Nobody of the round, in line 3" in text
    assert "not sent: told by other means" in text
    assert "stranger-77" not in text


def test_the_drafted_texts_go_to_ourselves_first(tocsin: Tocsin) -> None:
    name = drafted(tocsin)
    asked = ("incident", "test", name, "--token-file", "rosa")
    code, refused = tocsin(*asked)
    assert code == 2
    assert "test_recipients" in refused
    config = Path("tocsin.toml")
    own = '\n[test_recipients]\nemail = "desk@example.com"\n'
    config.write_text(config.read_text("utf-8") + own, "utf-8")
    code, found = tocsin(*asked, "--json", "--channel", "email")
    assert code == 0
    assert {sample["result"] for sample in found["samples"]} == {"accepted"}
    assert len(list((Path(found["outbox"]) / "test").glob("*.eml"))) == len(found["samples"])
    code, text = tocsin(*asked, "--cohort", "0")
    assert code == 0
    assert "These were tests" in text
    assert "desk@example.com" not in text
