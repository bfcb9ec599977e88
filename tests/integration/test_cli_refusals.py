"""Wrong input at the command line: each refusal names the field and the fix, and leaks nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tocsin.cli import schema
from tocsin.cli.main import call


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    yield
    structlog.reset_defaults()


def test_without_a_configuration_init_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["status"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        "error: --config: there is no configuration file tocsin.toml\n"
        "  fix: `tocsin init` writes one\n"
    )


def test_as_json_a_refusal_is_the_one_document_on_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(["status", "--json"]) == 2
    said = capsys.readouterr()
    assert said.err == ""
    assert json.loads(said.out)["error"].keys() == {"message", "field", "fix"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["launch"],
        ["status", "--loud"],
        ["incident", "raise"],
        ["principal", "add", "ada"],
        ["principal", "add", "ada", "--role", "king"],
        ["run", "--workers", "0"],
    ],
)
def test_a_command_line_that_is_not_understood_is_wrong_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments) == 2
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert "--help" in said.err


def test_init_overwrites_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("people.csv").write_text("mine", "utf-8")
    assert call(["init"]) == 5
    assert "people.csv there already" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["people.csv"]


def test_an_unknown_field_of_an_incident_is_named_with_its_neighbour(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(["init"])
    file = Path("incident.yaml")
    file.write_text(file.read_text("utf-8").replace("detected:", "detectd:"), "utf-8")
    assert call(["incident", "raise", "incident.yaml", "--drill"]) == 2
    said = capsys.readouterr().err
    assert "error: facts.detectd: there is no such field" in said
    assert "did you mean detected?" in said


def test_an_unknown_setting_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    call(["init"])
    config = Path("tocsin.toml")
    config.write_text(config.read_text("utf-8").replace("rate_per_s =", "rate ="), "utf-8")
    assert call(["config", "check"]) == 2
    assert "policy.rate" in capsys.readouterr().err


def test_without_a_token_nothing_is_raised(capsys: pytest.CaptureFixture[str]) -> None:
    call(["init"])
    call(["principal", "add", "rosa", "--role", "admin", "--role", "raise"])
    capsys.readouterr()
    assert call(["incident", "raise", "incident.yaml", "--drill"]) == 3
    assert "fix: set TOCSIN_TOKEN" in capsys.readouterr().err
    assert call(["incident", "raise", "incident.yaml", "--token-file", "gone"]) == 2
    assert "--token-file: the file cannot be read" in capsys.readouterr().err


def test_a_token_that_could_not_be_kept_was_never_given_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(["init"])
    add = ["principal", "add", "rosa", "--save", "no/such/folder", "--role"]
    assert call([*add, "admin"]) == 5
    assert call(["principal", "add", "rosa", "--role", "view", "--save", "kept"]) == 2
    assert not Path("kept").exists()
    capsys.readouterr()
    call(["principal", "list", "--json"])
    assert json.loads(capsys.readouterr().out) == {"principals": []}


def test_a_printed_token_opens_the_door_and_stands_nowhere_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call(["init"])
    capsys.readouterr()
    call(["principal", "add", "rosa", "--role", "admin", "--json"])
    token = json.loads(capsys.readouterr().out)["token"]
    monkeypatch.setenv("TOCSIN_TOKEN", token)
    assert call(["principal", "add", "ada", "--role", "view"]) == 0
    assert call(["principal", "revoke", "ada"]) == 0
    held = [path for path in Path().rglob("*") if path.is_file()]
    assert not [path.name for path in held if token.encode() in path.read_bytes()]


def test_a_real_incident_needs_a_second_person(capsys: pytest.CaptureFixture[str]) -> None:
    call(["init"])
    roles = ["--role", "admin", "--role", "raise", "--role", "approve"]
    call(["principal", "add", "rosa", *roles, "--save", "rosa"])
    capsys.readouterr()
    assert call(["incident", "raise", "incident.yaml", "--token-file", "rosa"]) == 3
    assert "raise it with --drill" in capsys.readouterr().err


def test_the_check_names_an_unreachable_relay_and_a_missing_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(["init"])
    config = Path("tocsin.toml")
    text = config.read_text("utf-8").replace("port = 1025", "port = 1")
    config.write_text(text.replace('birth_date = "birth_date"', 'birth_date = "born"'), "utf-8")
    capsys.readouterr()
    assert call(["config", "check", "--json"]) == 1
    found = {f["part"]: f for f in json.loads(capsys.readouterr().out)["findings"]}
    assert found["relays[0]"]["grade"] == "problem"
    assert found["directory.birth_date"]["fix"]
    assert call(["config", "check", "--offline", "--json"]) == 1
    config.write_text(text, "utf-8")
    capsys.readouterr()
    assert call(["config", "check", "--offline"]) == 0


def test_a_ledger_that_cannot_be_opened_is_not_reachable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call(["init"])
    Path("tocsin-data").mkdir()
    Path("tocsin-data/ledger.db").write_text("this is no database" * 100, "ascii")
    assert call(["status"]) == 6
    assert "the ledger cannot be opened (DatabaseError)" in capsys.readouterr().err


def test_an_unforeseen_error_tells_its_kind_and_not_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "anna@mail.example"
        raise RuntimeError(message)

    monkeypatch.setattr(schema, "write_json", fail)
    assert call(["schema", "incident"]) == 70
    said = capsys.readouterr()
    assert said.err == (
        "error: unexpected RuntimeError\n  fix: rerun with --debug, and report what it shows\n"
    )


def test_a_group_alone_shows_its_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    for group, word in ((["dead"], "replay"), ([], "incident")):
        assert call(group) == 2
        assert word in capsys.readouterr().err
    assert call(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tocsin ")
