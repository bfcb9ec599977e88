"""`tocsin worker` as an operator starts it: watched, stopped in order, killed unharmed."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from tocsin.cli.main import call

from fakes.kafka import kafka_of
from fakes.postgres import Server, need_programs

PATIENCE_S = 60.0
TOCSIN = (sys.executable, "-P", "-m", "tocsin.cli.main")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_CONFIG", raising=False)
    monkeypatch.delenv("TOCSIN_TOKEN", raising=False)
    assert call(["init"]) == 0
    yield
    structlog.reset_defaults()


@pytest.fixture
def database() -> Iterator[Server]:
    need_programs()
    with Server() as server:
        yield server


def configure(ledger: str = "", kafka: dict[str, Any] | None = None) -> None:
    lines = [f'[ledger]\nurl = "{ledger}"'] if ledger else []
    if kafka is not None:
        lines += ["[kafka]", *(f"{name} = {json.dumps(value)}" for name, value in kafka.items())]
    with Path("tocsin.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")


@pytest.fixture
def started() -> Iterator[Callable[[], tuple[subprocess.Popen[str], str]]]:
    """Start a worker; return it and where it answers."""
    running: list[subprocess.Popen[str]] = []

    def start() -> tuple[subprocess.Popen[str], str]:
        command = [*TOCSIN, "worker", "--json", "--http", "127.0.0.1:0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        running.append(process)
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["http_port"]
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.kill()
        process.communicate()


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # http, ours
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def until(reached: Callable[[], Any]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


def principal(name: str, *options: str) -> None:
    assert call(["principal", "add", name, *options, "--save", f"{name}.token"]) == 0


def newest(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert call(["status", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)["incidents"][0]
    return told


def test_a_drill_goes_through_a_worker_that_is_watched_killed_and_stopped(
    database: Server,
    tmp_path: Path,
    started: Callable[[], tuple[subprocess.Popen[str], str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(database.url, kafka_of(tmp_path))
    principal("rosa", "--role", "admin", "--role", "raise", "--role", "edit")
    principal("ada", "--role", "approve", "--token-file", "rosa.token")
    worker, place = started()
    until(lambda: json.loads(ask(f"{place}/readyz")[1])["streams"] == "up")
    assert ask(f"{place}/healthz") == (200, '{"healthy": true}')
    code, said = ask(f"{place}/readyz")
    assert (code, json.loads(said)) == (200, {"ready": True, "ledger": "up", "streams": "up"})
    raising = ["incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa.token"]
    assert call(raising) == 0
    name = newest(capsys)["incident"]

    def notice_waits() -> bool:
        capsys.readouterr()
        assert call(["incident", "show", name, "--json"]) == 0
        shown = capsys.readouterr().out
        return '"notice-r1"' in shown

    until(notice_waits)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker, place = started()
    assert call(["incident", "approve", name, "notice-r1", "--token-file", "ada.token"]) == 0

    def all_told() -> bool:
        (round_,) = newest(capsys)["rounds"]
        return bool(round_["open"] == 0)

    until(all_told)
    until(lambda: 'tocsin_lifecycle_told_total{fate="told"} 0' not in ask(f"{place}/metrics")[1])
    figures = ask(f"{place}/metrics")[1]
    assert "tocsin_ledger_up 1.0" in figures
    assert 'tocsin_commits_total{event="batch.due"}' in figures
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0
    assert call(["ledger", "verify"]) == 0


def test_a_worker_whose_database_goes_away_is_healthy_and_not_ready(
    database: Server, tmp_path: Path, started: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    configure(database.url, kafka_of(tmp_path))
    worker, place = started()
    until(lambda: ask(f"{place}/readyz")[0] == 200)
    database.stop("immediate")
    code, said = ask(f"{place}/readyz")
    assert (code, json.loads(said)["ledger"]) == (503, "away")
    assert ask(f"{place}/healthz")[0] == 200
    assert "tocsin_ledger_up 0.0" in ask(f"{place}/metrics")[1]
    database.start()
    until(lambda: ask(f"{place}/readyz")[0] == 200)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0


def test_a_worker_ends_when_it_is_told_while_its_database_is_away(
    database: Server, tmp_path: Path, started: Callable[[], tuple[subprocess.Popen[str], str]]
) -> None:
    configure(database.url, kafka_of(tmp_path))
    worker, place = started()
    until(lambda: json.loads(ask(f"{place}/readyz")[1])["streams"] == "up")
    database.stop("immediate")
    until(lambda: ask(f"{place}/readyz")[0] == 503)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=20) in {0, 6}
    database.start()


NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
SINGLE = {"brokers": ["127.0.0.1:1"], "replication": 1, "min_in_sync": 1}


@pytest.mark.parametrize(
    ("ledger", "kafka", "options", "field"),
    [
        ("", None, (), "ledger.url"),
        (NOWHERE, None, (), "kafka"),
        (NOWHERE, SINGLE | {"brokers": ["nowhere"]}, (), "kafka.brokers"),
        (NOWHERE, SINGLE | {"min_in_sync": 2}, (), "kafka"),
        (NOWHERE, SINGLE, ("--http", "nowhere"), "--http"),
    ],
)
def test_what_a_worker_lacks_is_named(
    ledger: str,
    kafka: dict[str, Any] | None,
    options: tuple[str, ...],
    field: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(ledger, kafka)
    capsys.readouterr()
    assert call(["worker", *options, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["field"] == field
    assert error["message"]


def test_an_address_that_is_taken_is_named(
    database: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(database.url, kafka_of(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        capsys.readouterr()
        assert call(["worker", "--http", place, "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["field"] == "worker.http"
