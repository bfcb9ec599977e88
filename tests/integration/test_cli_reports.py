"""`tocsin incident report` from the command line: read before approval, explain, receipt."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from tocsin.cli.main import call

_EARLY = "report-EU-GDPR-early"
_RAISER = ("--role", "admin", "--role", "raise", "--role", "edit", "--role", "operate")
Tocsin = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tocsin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Tocsin]:
    """Run command lines in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = call(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield run
    structlog.reset_defaults()


def _raised(tocsin: Tocsin, *, days_ago: int) -> str:
    """Make a folder with two principals; raise a drill that was found some days ago."""
    aware, started = (
        (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        for days in (days_ago, days_ago + 9)
    )
    assert tocsin("init")[0] == 0
    assert tocsin("principal", "add", "rosa", *_RAISER, "--save", "rosa")[0] == 0
    adding = ("principal", "add", "ada", "--role", "approve", "--token-file", "rosa")
    assert tocsin(*adding, "--save", "ada")[0] == 0
    path = Path("incident.yaml")
    text = re.sub(r"(?m)^  (aware|detected):.*$", rf"  \1: {aware}", path.read_text("utf-8"))
    text = re.sub(r"at: [^,]+, precision", f"at: {started}, precision", text)
    path.write_text(text, "utf-8")
    code, out, err = tocsin(
        "incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa", "--json"
    )
    assert code == 0, err
    assert tocsin("run", "--until-idle")[0] == 0
    name: str = json.loads(out)["incident"]
    return name


def _shown(tocsin: Tocsin, *words: str) -> Any:
    code, out, err = tocsin("incident", "report", "show", *words, "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_late_report_is_read_explained_approved_and_receipted(tocsin: Tocsin) -> None:
    incident = _raised(tocsin, days_ago=5)
    code, out, _ = tocsin("incident", "report", "show", incident, _EARLY, "-o", "packet")
    assert code == 0
    assert "no reason is on record" in out
    assert "circumstances.kind" in out
    names = {path.name for path in Path("packet").iterdir()}
    assert names == {f"{_EARLY}{s}" for s in (".json", ".html", ".pdf", ".edpb.json")}
    approving = ("incident", "approve", incident, _EARLY, "--token-file", "ada")
    code, _, err = tocsin(*approving)
    assert code != 0
    assert f"tocsin incident report late {incident} {_EARLY} --reason" in err
    late = ("incident", "report", "late", incident, _EARLY, "--token-file", "rosa")
    assert tocsin(*late, "--reason", "The logs had to be restored.")[0] == 0
    assert tocsin(*approving)[0] == 0
    assert tocsin("run", "--until-idle")[0] == 0

    shown = _shown(tocsin, incident, _EARLY)
    assert shown["late_reason"] == "The logs had to be restored."
    assert shown["receipt"] is None
    assert shown["packet"]["filing"]["type"] == "new"
    assert "no receipt on record yet" in tocsin("incident", "report", "show", incident, _EARLY)[1]
    Path("screen.png").write_bytes(b"picture")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    receipt = ("incident", "report", "receipt", incident, _EARLY, "--token-file", "rosa")
    given = (*receipt, "--reference", "DPC-7", "--at", at)
    assert tocsin(*given, "--file", "screen.png")[0] == 0
    kept = _shown(tocsin, incident, _EARLY)["receipt"]
    assert kept["reference"] == "DPC-7"
    assert kept["proof"] == hashlib.sha256(b"picture").hexdigest()
    (listed,) = [r for r in _shown(tocsin, incident)["reports"] if r["artefact"] == _EARLY]
    assert listed["receipt"] == kept
    assert tocsin("ledger", "verify")[0] == 0


def test_wrong_words_about_a_report_are_refused_by_field(tocsin: Tocsin) -> None:
    incident = _raised(tocsin, days_ago=0)
    receipt = ("incident", "report", "receipt", incident, _EARLY, "--token-file", "rosa")
    for words, said in (
        (("incident", "report", "show", incident, "report-X"), "artefact: "),
        (("incident", "report", "show", incident, "-o", "x"), "--output: "),
        (("incident", "report", "show", "INC-NONE0"), "incident: "),
        ((*receipt, "--reference", "1", "--at", "yesterday"), "--at: "),
        ((*receipt, "--reference", "1", "--at", "2026-11-24T10:00:00"), "--at: "),
        ((*receipt, "--reference", "1", "--at", "2026-11-24T10:00:00Z"), "artefact: "),
        (
            (*receipt, "--reference", "1", "--at", "2026-11-24T10:00:00Z", "--file", "none.png"),
            "--file: ",
        ),
    ):
        code, _, err = tocsin(*words)
        assert code != 0
        assert said in err, err
        assert "Traceback" not in err
