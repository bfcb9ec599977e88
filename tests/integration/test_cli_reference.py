"""A caller reads a code to the desk: is it genuine? The keys answer, with no ledger there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tocsin.cli.main import call
from tocsin.ledger.keys import KeyRing
from tocsin.schemas.identifiers import notice_seed, public_code, reference_code

CONFIG = """
relays = [{ host = "127.0.0.1" }]
[[organisations]]
id = "example"
legal_name = "Example Trading GmbH"
brand = "Example"
site = "example.com"
postal_address = "1 Example Street"
country = "DE"
contact_email = "privacy@example.com"
sender_email = "notices@example.com"
[directory]
url = "sqlite:///people.db"
table = "people"
key = "id"
email = "email"
[ledger]
path = "nowhere/ledger.db"
keys = "keys"
"""
INCIDENT = "INC-7K2QX"


@pytest.fixture(autouse=True)
def codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Make the keys of two rounds, and what was printed under them; no ledger exists."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tocsin.toml").write_text(CONFIG)
    keys, printed = KeyRing(tmp_path / "keys"), {}
    for name in (f"{INCIDENT}/r1", f"{INCIDENT}/r10"):
        key = keys.create(name)
        printed[name] = reference_code(key, notice_seed(key, name, "other", 3))
        printed[f"public {name}"] = public_code(key, name)
    (tmp_path / "keys" / "signing.key").unlink()
    yield printed
    structlog.reset_defaults()
    assert not (tmp_path / "nowhere").exists()
    assert not (tmp_path / "keys" / "signing.key").exists(), "checking makes nothing"


def check(*arguments: str) -> int:
    return call(["reference", "check", *arguments, "--json"])


def test_a_reference_is_genuine_and_its_round_is_named(
    codes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (f"{INCIDENT}/r1", f"{INCIDENT}/r10"):
        for code in (codes[name], codes[name].lower().replace("-", " "), codes[f"public {name}"]):
            assert check(code, "--incident", INCIDENT.lower()) == 0
            assert json.loads(capsys.readouterr().out) == {"genuine": True, "rounds": [name]}


def test_a_reference_of_another_round_is_not_genuine_in_this_one(
    codes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(codes[f"{INCIDENT}/r10"], "--incident", INCIDENT, "--round", "1") == 1
    assert json.loads(capsys.readouterr().out) == {"genuine": False, "rounds": []}


def test_a_misread_code_is_refused_before_any_key_is_tried(
    codes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = codes[f"{INCIDENT}/r1"]
    misread = code[:-1] + ("2" if code[-1] != "2" else "3")
    for wrong in (misread, code[:-1], "", "../signing"):
        assert check(wrong, "--incident", INCIDENT) == 2
        assert json.loads(capsys.readouterr().out)["error"]["field"] == "CODE"


@pytest.mark.parametrize("incident", ["INC-NONE", "*", "../keys/round-INC-7K2QX", ""])
def test_an_incident_without_keys_is_not_found(
    incident: str, codes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(codes[f"{INCIDENT}/r1"], "--incident", incident) == 4
    assert json.loads(capsys.readouterr().out)["error"]["field"] == "--incident"


def test_the_answer_says_nothing_of_a_person(
    codes: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["reference", "check", codes[f"{INCIDENT}/r1"], "--incident", INCIDENT]) == 0
    said = capsys.readouterr().out
    assert said == f"Genuine: it is of {INCIDENT}/r1. It says nothing of who has it.\n"
