"""Files that the command line reads and writes: drafts, people, schemas."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from jsonschema import Draft202012Validator
from tocsin.cli.main import call
from tocsin.runtimes.intake import incident_from

RECORD = {
    "Name": "Shop",
    "Title": "Shop",
    "BreachDate": "2026-10-02",
    "AddedDate": "2026-11-01T08:00:00Z",
    "ModifiedDate": "2026-11-01T08:00:00Z",
    "PwnCount": 1200,
    "Description": "In October 2026, the shop lost its accounts.",
    "DataClasses": ["Email addresses", "Names"],
    "IsVerified": True,
}


@pytest.fixture(autouse=True)
def _folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)
    assert call(["init"]) == 0
    Path("breaches.json").write_text(json.dumps([RECORD]), "utf-8")
    capsys.readouterr()
    yield
    structlog.reset_defaults()


def test_a_draft_from_a_breach_list_is_an_incident_file_that_lists_the_unknown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drafting = ["incident", "draft", "--from", "hibp", "breaches.json", "shop"]
    scope = ["--column", "system", "--equals", "shop"]
    assert call([*drafting, *scope, "-o", "draft.yaml"]) == 0
    assert "facts.aware" in capsys.readouterr().out
    assert "#   - facts.aware" in Path("draft.yaml").read_text("utf-8")
    incident = incident_from(Path("draft.yaml"))
    assert incident.organisation == "example"
    assert incident.scope.where[0].equals == "shop"
    assert call([*drafting, *scope, "-o", "draft.yaml"]) == 5


def test_a_draft_touches_the_whole_directory_only_when_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drafting = ["incident", "draft", "--from", "hibp", "breaches.json", "Shop"]
    assert call(drafting) == 2
    assert "or --everyone" in capsys.readouterr().err
    assert call([*drafting, "--everyone", "--column", "system", "--equals", "shop"]) == 2
    capsys.readouterr()
    assert call([*drafting, "--everyone", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.keys() == {"title", "file", "text", "unknown", "unmapped"}
    assert "everyone: true" in document["text"]


def test_a_name_that_the_list_does_not_hold_is_answered_with_near_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["incident", "draft", "--from", "hibp", "breaches.json", "Shopp", "--everyone"]
    assert call(asked) == 4
    assert "near names: Shop" in capsys.readouterr().err


def test_a_skeleton_is_an_incident_once_its_gaps_are_filled(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["incident", "draft", "-o", "mine.yaml"]) == 0
    file = Path("mine.yaml")
    assert call(["incident", "raise", "mine.yaml", "--drill"]) == 2
    assert "data_kinds" in capsys.readouterr().err
    file.write_text(file.read_text("utf-8").replace("data_kinds: []", "data_kinds: [name]"))
    assert incident_from(file).title.startswith("REPLACE")


def test_the_example_incident_and_its_schema_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["schema", "incident"]) == 0
    schema = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(schema)
    assert set(schema["required"]) <= incident_from(Path("incident.yaml")).model_fields_set
    assert call(["schema", "config"]) == 0
    config = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(config)
    assert {"organisations", "directory", "relays", "policy"} <= config["properties"].keys()


def test_people_are_imported_once(capsys: pytest.CaptureFixture[str]) -> None:
    loading = ["directory", "import", "people.csv", "--to", "other.db", "--json"]
    assert call(loading) == 0
    assert json.loads(capsys.readouterr().out) == {
        "people": 30,
        "database": "other.db",
        "table": "people",
    }
    assert call(loading) == 5
    assert call(["directory", "import", "gone.csv", "--to", "third.db"]) == 2
    assert not Path("third.db").exists()


def test_the_directory_check_counts_who_is_hard_to_tell(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["directory", "check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["people"] == sum(found["by_residence"].values()) == 30
    hard = ("without_email", "malformed_email", "minors_without_guardian", "sharing_an_address")
    assert [found[name] for name in hard] == [1, 1, 1, 2]
