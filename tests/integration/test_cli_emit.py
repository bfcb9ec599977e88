"""`tocsin emit` and a detector's key at the command line: wrong input first, then the whole way."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import structlog
from tocsin.cli.main import call
from tocsin.schemas.cloud_events import TYPES
from tocsin.schemas.signing import private_key, public_key_text, signed_detection
from tocsin.streams.broker import BrokerSettings
from tocsin.streams.topics import make_topics

from fakes.emitting import KEY, arrived, read_topic, write_key
from fakes.kafka import kafka_of, need_programs

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SIGNED = ["--as", "scanner", "--key", "scanner.pem"]
NOBODY = ["--kafka", "nobody.toml", "--wait", "0"]


def finding(n: int) -> dict[str, Any]:
    return {"class_uid": 2006, "time": 1_790_000_000_000, "metadata": {"uid": f"e-{n}"}}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_TOKEN", "TOCSIN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    write_key(Path("scanner.pem"))
    Path("nobody.toml").write_text('brokers = ["127.0.0.1:1"]\n')
    Path("findings.jsonl").write_text("".join(json.dumps(finding(n)) + "\n" for n in range(20)))
    yield
    structlog.reset_defaults()
    gc.collect()


@pytest.fixture
def kafka(tmp_path: Path) -> BrokerSettings:
    need_programs()
    fields = kafka_of(tmp_path)
    settings = BrokerSettings(**fields)
    make_topics(settings)
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in fields.items())
    Path("kafka.toml").write_text(text)
    return settings


def spooled() -> int:
    return sum(1 for path in Path("tocsin-spool").iterdir() if len(path.name) == 64)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["emit"], 2, "FILE: give a FILE, or --spool-only"),
        (["emit", "findings.jsonl", "--spool-only"], 2, "FILE: give a FILE, or --spool-only"),
        (["emit", "findings.jsonl", *SIGNED], 2, "--config: there is no configuration file"),
        (["emit", "findings.jsonl", *NOBODY], 2, "--as: say in whose name"),
        (["emit", "findings.jsonl", *NOBODY, "--as", "a b"], 2, "--as: say in whose name"),
        (["emit", "findings.jsonl", *NOBODY, "--as", "scanner"], 2, "--key: needs the detector's"),
        (["emit", "gone.jsonl", *NOBODY, *SIGNED], 4, "FILE: there is no file gone.jsonl"),
        (["emit", ".", *NOBODY, *SIGNED], 2, "FILE: . cannot be read (IsADirectoryError)"),
        (["emit", "nobody.toml", *NOBODY, *SIGNED], 2, "line 1: is not JSON"),
        (["emit", "findings.jsonl", *NOBODY, *SIGNED, "--format", "x"], 2, "--help"),
        (["emit", "findings.jsonl", *NOBODY, *SIGNED, "--spool", "open"], 2, "spool: others"),
        (["emit", "--spool-only", *NOBODY], 4, "--spool: there is no folder tocsin-spool"),
        (["emit", "findings.jsonl", *SIGNED, "--kafka", "no.toml"], 2, "--kafka: there is no"),
        (["emit", "findings.jsonl", *SIGNED, "--kafka", "scanner.pem"], 2, "is not TOML"),
        (["emit", "findings.jsonl", *SIGNED, "--kafka", "typo.toml"], 2, "kafka.brokerz: there is"),
        (["emit", "findings.jsonl", *SIGNED, "--kafka", "empty.toml"], 2, "kafka.brokers: is mis"),
    ],
)
def test_wrong_input_is_named_with_its_fix(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("open").mkdir()
    Path("open").chmod(0o755)
    Path("typo.toml").write_text('brokerz = ["kafka:9092"]')
    Path("empty.toml").touch()
    assert call(arguments) == code
    told = capsys.readouterr().err
    assert said in told
    assert "fix: " in told


def test_a_configuration_without_kafka_is_told_so(capsys: pytest.CaptureFixture[str]) -> None:
    call(["init"])
    assert call(["emit", "findings.jsonl", *SIGNED]) == 2
    assert "kafka: the configuration has no section [kafka]" in capsys.readouterr().err


def test_a_key_that_others_may_read_is_no_longer_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    Path("scanner.pem").chmod(0o640)
    assert call(["emit", "findings.jsonl", *NOBODY, *SIGNED]) == 2
    assert "--key: others than you may read scanner.pem" in capsys.readouterr().err
    Path("scanner.pem").chmod(0o600)
    Path("scanner.pem").write_text("no key")
    assert call(["emit", "findings.jsonl", *NOBODY, *SIGNED]) == 2
    assert "--key: is not an Ed25519 private key" in capsys.readouterr().err
    assert call(["emit", "findings.jsonl", *NOBODY, "--as", "scanner", "--key", "gone"]) == 4


def test_a_broken_line_is_named_and_what_stood_before_it_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Path("findings.jsonl").open("a") as file:
        file.write("nonsense\n")
    assert call(["emit", "findings.jsonl", *NOBODY, *SIGNED]) == 2
    said = capsys.readouterr().err
    assert "line 21: is not a JSON object" in said
    assert "the 20 detections before it were sent, or wait in tocsin-spool" in said
    assert spooled() == 20


def test_without_brokers_all_waits_in_the_spool_and_the_next_run_sends_it(
    kafka: BrokerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["emit", "findings.jsonl", *NOBODY, *SIGNED]) == 6
    said = capsys.readouterr().out
    assert "20 wait in tocsin-spool" in said
    assert "`tocsin emit --spool-only --spool tocsin-spool`" in said
    assert call(["emit", "--spool-only", *NOBODY, "--json"]) == 6
    told = json.loads(capsys.readouterr().out)
    assert (told["sent"], told["spooled"], told["spool"]) == (0, 20, "tocsin-spool")
    assert told["reason"]
    assert call(["emit", "--spool-only", "--kafka", "kafka.toml", "--wait", "60", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "read": 0,
        "sent": 20,
        "spooled": 0,
        "spool": "tocsin-spool",
        "reason": None,
    }
    assert arrived(kafka) == dict.fromkeys((f"e-{n}" for n in range(20)), 1)


def test_the_way_from_a_new_key_to_a_verified_event(
    kafka: BrokerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    call(["init"])
    with Path("tocsin.toml").open("a") as file:
        file.write("\n[kafka]\n" + Path("kafka.toml").read_text())
    assert call(["principal", "add", "rosa", "--role", "admin", "--save", "rosa"]) == 0
    add = ["principal", "add", "probe", "--role", "detector", "--token-file", "rosa"]
    capsys.readouterr()
    assert call([*add, "--save-key", "probe.pem", "--save", "probe", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["key_file"], told["token"]) == ("probe.pem", None)
    assert Path("probe.pem").stat().st_mode & 0o777 == 0o600
    key = private_key(Path("probe.pem").read_bytes())
    assert told["public_key"] == public_key_text(key)
    emit = ["emit", "findings.jsonl", "--as", "probe", "--key", "probe.pem", "--wait", "60"]
    assert call(emit) == 0
    assert "Read 20 detections; 20 events acknowledged." in capsys.readouterr().out
    for message in read_topic(kafka):
        assert signed_detection(message.value, keys={"probe": key.public_key()}).event_id


def test_a_detector_comes_in_through_a_pipe_line_by_line(kafka: BrokerSettings) -> None:
    command = [sys.executable, "-m", "tocsin.cli.main", "emit", "-", *SIGNED]
    process = subprocess.Popen(
        [*command, "--kafka", "kafka.toml", "--wait", "60", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    for n in range(5):
        process.stdin.write(json.dumps(finding(n)) + "\n")
        process.stdin.flush()
    while len(arrived(kafka)) < 5:  # before the pipe ends
        assert process.poll() is None
    said, _ = process.communicate()
    assert process.returncode == 0
    assert json.loads(said)["sent"] == 5


@pytest.fixture
def admin(capsys: pytest.CaptureFixture[str]) -> list[str]:
    call(["init"])
    call(["principal", "add", "rosa", "--role", "admin", "--save", "rosa"])
    capsys.readouterr()
    return ["--token-file", "rosa"]


def test_a_key_that_could_not_be_kept_was_never_registered(
    admin: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["principal", "add", "probe", *admin, "--save-key"]
    assert call([*add, "scanner.pem", "--role", "detector"]) == 5
    assert private_key(Path("scanner.pem").read_bytes()).private_bytes_raw() == b"d" * 32
    assert call([*add, "no/folder/key", "--role", "detector"]) == 5
    assert call([*add, "probe.pem", "--role", "view"]) == 2
    assert call([*add, "probe.pem", "--role", "detector", "--role", "approve"]) == 2
    assert "roles: a detector is a machine and cannot be given approve" in capsys.readouterr().err
    assert call([*add, "probe.pem", "--role", "detector", "--save", "probe.pem"]) == 5
    assert not Path("probe.pem").exists()
    capsys.readouterr()
    call(["principal", "list", "--json"])
    assert [p["name"] for p in json.loads(capsys.readouterr().out)["principals"]] == ["rosa"]


def test_a_key_made_elsewhere_is_registered_by_its_public_half(
    admin: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    add = ["principal", "add", "probe", "--role", "detector", *admin, "--public-key"]
    assert call([*add, "AAAA"]) == 2
    assert "--public-key: is not the base64 of an Ed25519 public key" in capsys.readouterr().err
    assert call([*add, public_key_text(KEY), "--save-key", "probe.pem"]) == 2
    assert call([*add, public_key_text(KEY)]) == 0
    said = capsys.readouterr().out
    assert f"public key {public_key_text(KEY)}" in said
    assert not Path("probe.pem").exists()


def test_the_schemas_of_all_events_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["schema", "events"]) == 0
    schemas = json.loads(capsys.readouterr().out)
    assert schemas.keys() == TYPES.keys()
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


_WITHOUT_THE_EXTRA = """
import sys
sys.modules["kafka"] = None
from tocsin.cli.main import call
sys.exit(call(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "emit"),
        (["init", "there"], 0, ""),
        (["emit", "findings.jsonl", *NOBODY, *SIGNED], 2, "fix: pip install 'tocsin[detector]'"),
    ],
)
def test_without_the_extra_all_else_works(arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_THE_EXTRA, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == code
    assert said in done.stdout + done.stderr
