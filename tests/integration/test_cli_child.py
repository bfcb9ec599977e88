"""A processor's incident from the command line: controllers told, and one's incident raised."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tocsin.cli.main import call

_RAISER = ("--role", "admin", "--role", "raise", "--role", "edit", "--role", "operate")
_PARTIES = """
circumstances:
  parties:
    - name: Alpha GmbH
      role: controller
      contact: desk@alpha.example
      where: [{column: system, equals: shop}]
    - {name: Beta GmbH, role: controller, contact: desk@beta.example}
"""
_ALPHA = """
[[organisations]]
id = "alpha"
legal_name = "Alpha GmbH"
brand = "Alpha"
site = "alpha.example.com"
postal_address = "2 Example Street, 10115 Berlin"
country = "DE"
contact_email = "privacy@alpha.example.com"
sender_email = "notices@alpha.example.com"
"""
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


def _raised(tocsin: Tocsin, file: str) -> str:
    code, out, err = tocsin("incident", "raise", file, "--drill", "--token-file", "rosa", "--json")
    assert code == 0, err
    assert tocsin("run", "--until-idle")[0] == 0
    name: str = json.loads(out)["incident"]
    return name


def _of_a_processor(tocsin: Tocsin) -> str:
    assert tocsin("init")[0] == 0
    assert tocsin("principal", "add", "rosa", *_RAISER, "--save", "rosa")[0] == 0
    adding = ("principal", "add", "ada", "--role", "approve", "--token-file", "rosa")
    assert tocsin(*adding, "--save", "ada")[0] == 0
    config, path = Path("tocsin.toml"), Path("incident.yaml")
    first = "[[organisations]]"
    config.write_text(config.read_text("utf-8").replace(first, f"{_ALPHA}\n{first}", 1), "utf-8")
    text = re.sub(r"(?m)^facts:$", "facts:\n  role: processor", path.read_text("utf-8"))
    path.write_text(text + _PARTIES, "utf-8")
    return _raised(tocsin, "incident.yaml")


def _shown(tocsin: Tocsin, incident: str) -> Any:
    code, out, err = tocsin("incident", "show", incident, "--json")
    assert code == 0, err
    return json.loads(out)


def test_controllers_are_told_and_one_has_its_own_incident(tocsin: Tocsin) -> None:
    name = _of_a_processor(tocsin)
    asked = ("incident", "child", name, "--controller", "Alpha GmbH", "--organisation", "alpha")
    code, _, err = tocsin(*asked, "--out", "alpha.yaml")
    assert code == 5
    assert f"tocsin incident met {name} controller-1" in err
    assert tocsin("incident", "approve", name, "controller-1", "--token-file", "ada")[0] == 0
    assert tocsin("run", "--until-idle")[0] == 0
    assert {p.suffix for p in Path().rglob("controller-1.*")} >= {".json", ".html", ".txt"}
    told = ("incident", "met", name, "controller-1", "--reason", "Portal of Alpha, receipt 7.")
    assert tocsin(*told, "--token-file", "ada")[0] == 0
    code, out, err = tocsin(*asked, "--out", "alpha.yaml")
    assert code == 0, err
    assert "tocsin incident raise alpha.yaml" in out
    child = _raised(tocsin, "alpha.yaml")
    assert _shown(tocsin, child)["parent"] == name
    above = _shown(tocsin, name)
    assert [view["id"] for view in above["children"]] == [child]
    assert f"came from {name}" in tocsin("incident", "show", child)[1]
    assert child in tocsin("incident", "show", name)[1]
    assert tocsin("ledger", "verify")[0] == 0


def test_wrong_words_about_a_child_are_refused_by_field(tocsin: Tocsin) -> None:
    name = _of_a_processor(tocsin)
    alpha = ("--controller", "Alpha GmbH")
    own = ("--organisation", "alpha")
    for words, said in (
        ((name, *alpha, *own), "--told: "),
        ((name, *alpha, *own, "--told", "today"), "--told: "),
        ((name, *alpha, *own, "--told", "2126-11-24T10:00:00Z"), "--told: "),
        ((name, "--controller", "Gamma", *own), "--controller: "),
        ((name, *alpha, "--organisation", "gamma"), "--organisation: "),
        (("INC-NONE0", *alpha, *own), "incident: "),
    ):
        code, _, err = tocsin("incident", "child", *words)
        assert code != 0
        assert said in err, err
        assert "Traceback" not in err
