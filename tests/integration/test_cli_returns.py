"""What comes back, from the command line: a listener that runs, files that are right or wrong."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tocsin.cli.main import call

from fakes.bounce_clients import Wire
from fakes.bounces import postfix
from fakes.channel_world import free_port


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of a deployment with one principal, in which commands are given."""
    monkeypatch.chdir(tmp_path)
    assert call(["init", "."]) == 0
    add = ["principal", "add", "rosa", "--role", "admin", "--role", "operate", "--save", "rosa"]
    assert call(add) == 0
    yield tmp_path
    structlog.reset_defaults()


def results(place: Path, *lines: str) -> str:
    (place / "post.csv").write_text("\n".join(("code,result,date", *lines)) + "\n")
    return "post.csv"


def imported(*arguments: str) -> int:
    return call(["returns", "import", *arguments, "--token-file", "rosa", "--json"])


def test_a_line_of_no_notice_of_ours_is_listed_and_changes_nothing(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "n-7k2qx-1-post-de-7-0-aaaaaaaaaaaaa"
    file = results(place, f"{code},delivered,2026-11-02", "scrawl,returned,2026-11-02")
    capsys.readouterr()
    assert imported(file, "--from", "print-house") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["unknown"] == [2, 3]
    assert (said["lines"], said["taken"]) == (2, 0)


@pytest.mark.parametrize(
    ("lines", "sender", "named"),
    [
        (["x,lost,2026-11-02"], "print-house", "line 2, column 'result'"),
        (["x,reached,2026-13-02"], "call-centre", "line 2, column 'date'"),
        (["x"], "print-house", "line 2"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_write(
    place: Path, capsys: pytest.CaptureFixture[str], lines: list[str], sender: str, named: str
) -> None:
    file = results(place, *lines)
    wanted = ["returns", "import", file, "--from", sender, "--token-file", "rosa"]
    assert call(wanted) == 2
    said = capsys.readouterr().err
    assert named in said
    assert "fix: " in said


def test_a_file_that_is_not_there_and_whoever_may_not_are_refused(place: Path) -> None:
    assert imported("nothing.csv", "--from", "print-house") == 2
    more = ["principal", "add", "vera", "--role", "view", "--token-file", "rosa", "--save", "vera"]
    assert call(more) == 0
    file = results(place, "x,delivered,2026-11-02")
    wanted = ["returns", "import", file, "--from", "print-house", "--token-file", "vera"]
    assert call(wanted) == 3


def test_where_nothing_can_come_back_nobody_listens(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["returns", "listen"]) == 2
    assert "add [bounces]" in capsys.readouterr().err


def test_a_listener_refuses_what_is_not_ours_and_ends_in_order(place: Path) -> None:
    port = free_port()
    config = place / "tocsin.toml"
    section = f'\n[bounces]\ndomain = "bounces.example.com"\nport = {port}\n'
    config.write_text(config.read_text() + section)
    command = [sys.executable, "-m", "tocsin.cli.main", "returns", "listen", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=place, env=os.environ) as listener:
        assert listener.stdout is not None
        told = json.loads(listener.stdout.readline())
        assert told == {"listening": {"bounces": f"lmtp://127.0.0.1:{port}"}}

        async def bring() -> list[str]:
            wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
            await wire.greet()
            address = "n-7k2qx-1-gmail-7-0-aaaaaaaaaaaaa@bounces.example.com"
            taken, _ = await wire.bring(postfix(), [address])
            wire.writer.close()
            return taken

        (answer,) = asyncio.run(bring())
        assert answer.startswith("550 ")
        listener.send_signal(signal.SIGTERM)
        assert listener.wait(10) == 0
