"""Workers as processes: several of them, one killed, all stopped in order."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from tocsin.cli.main import call

PATIENCE_S = 30.0
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
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `tocsin run` with options, in JSON; whatever still runs at the end is killed."""
    running: list[subprocess.Popen[str]] = []

    def start(*options: str) -> subprocess.Popen[str]:
        command = [*TOCSIN, "run", "--json", *options]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def children(parent: int) -> list[int]:
    """Return the processes that a process started."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii")
    return [int(child) for child in listed.split()]


def until(reached: Callable[[], bool]) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


def test_several_workers_end_together_when_nothing_is_left(
    started: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    call(["principal", "add", "rosa", "--role", "admin", "--role", "raise", "--save", "rosa"])
    call(["incident", "raise", "incident.yaml", "--drill", "--token-file", "rosa"])
    capsys.readouterr()
    run = started("--until-idle", "--workers", "2")
    out, _ = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0
    last = json.loads(out.splitlines()[-1])
    assert last["restarts"] == 0
    assert last["incidents"][0]["rounds"][0]["in_scope"] == 27


def test_a_killed_worker_is_replaced_and_the_others_stop_in_order(
    started: Callable[..., subprocess.Popen[str]],
) -> None:
    run = started("--workers", "2")
    until(lambda: len(children(run.pid)) == 2)
    killed, other = children(run.pid)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(children(run.pid)) == 2 and killed not in children(run.pid))
    assert other in children(run.pid)
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0
    assert json.loads(out.splitlines()[-1])["restarts"] == 1
    assert "worker died" in err
    assert not Path(f"/proc/{other}").exists()


def test_workers_do_not_outlive_whoever_started_them(
    started: Callable[..., subprocess.Popen[str]],
) -> None:
    run = started("--workers", "2")
    until(lambda: len(children(run.pid)) == 2)
    workers = children(run.pid)
    run.kill()
    until(lambda: not any(_runs(worker) for worker in workers))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_one_worker_stops_in_order_at_the_first_signal(
    started: Callable[..., subprocess.Popen[str]],
) -> None:
    run = started()
    assert run.stdout is not None
    assert json.loads(run.stdout.readline())["sound"] is True
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 0


def test_settings_that_cannot_work_end_all_workers_at_once(
    started: Callable[..., subprocess.Popen[str]],
) -> None:
    config = Path("tocsin.toml")
    with_password = config.read_text("utf-8").replace(
        '# password_env = "RELAY', 'password_env = "RELAY'
    )
    config.write_text(with_password, "utf-8")
    run = started("--workers", "2")
    _, err = run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 2
    assert "RELAY_PASSWORD" in err
