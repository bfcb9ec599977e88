"""The demo relay in a process of its own: its port, its log, its plan."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tocsin.demo.behaviour import RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.relay_settings import RelaySettings, Tls
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.outcome import Accepted, InDoubt

from fakes.relays import SENDER, address, collect, lease_of, messages, run

Relay = tuple[subprocess.Popen[str], int, Path]
"""The process, its port, and the folder of its plan and log."""


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    plan = {"addresses": {address(3): {"do": "drop_after_dot", "times": 1}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    command = [sys.executable, "-m", "tocsin.demo.relay", "--port", "0"]
    for name in ("plan.json", "log.jsonl", "ready.file"):
        command += [f"--{name.partition('.')[0]}", str(tmp_path / name)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        until = time.monotonic() + 10
        while not (tmp_path / "ready.file").exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield process, int((tmp_path / "ready.file").read_text()), tmp_path
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def test_the_log_holds_what_was_answered_250_even_after_a_kill(relay: Relay) -> None:
    process, port, folder = relay

    async def main() -> None:
        here = RelaySettings("demo", "127.0.0.1", port, Tls.NONE, connections=3, hello="localhost")
        async with SmtpMailer([here], flush=10) as mailer:
            sent = await collect(mailer.send(messages(20), lease_of(), sender=SENDER))
            assert isinstance(sent.pop(3).outcome, InDoubt)
            assert all(isinstance(s.outcome, Accepted) for s in sent.values())

    run(main())
    assert process.stdout is not None
    assert process.stdout.readline() == f"{port}\n"
    process.kill()
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert len(lines) == 20
    assert {x["address"] for x in lines if x["accepted"]} == {
        address(seq) for seq in range(20) if seq != 3
    }
    assert {x["message_id"] for x in lines} == {
        f"<example{i}@organisation.test>" for i in range(20)
    }


def test_the_relay_reads_its_plan_again_on_hangup(relay: Relay) -> None:
    process, port, folder = relay
    (folder / "plan.json").write_text(json.dumps({"refuse_sender": True}))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)

    async def main() -> None:
        here = RelaySettings("demo", "127.0.0.1", port, Tls.NONE, connections=3, hello="localhost")
        async with SmtpMailer([here], flush=10) as mailer:
            sent = await collect(mailer.send(messages(2), lease_of(), sender=SENDER))
            assert not any(isinstance(s.outcome, Accepted) for s in sent.values())

    run(main())


@pytest.mark.parametrize(
    "text", ["{", '{"adresses": {}}', '{"addresses": {"a@b.test": {"do": "x"}}}']
)
def test_a_wrong_plan_is_refused_without_naming_an_address(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match="plan") as refused:
        RelayPlan.read(path)
    assert "a@b" not in str(refused.value)


def test_the_relay_listens_where_it_is_told_and_else_on_loopback_alone() -> None:
    async def main() -> None:
        async with RelayServer() as quiet, RelayServer(host="127.0.0.2") as told:
            assert quiet.host == "127.0.0.1"
            socket.create_connection(("127.0.0.2", told.port), timeout=5).close()
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(("127.0.0.1", told.port), timeout=5)

    run(main())
