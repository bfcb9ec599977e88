"""The demo's relay as a process of its own on this machine."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tocsin.demo.behaviour import Behaviour, RelayPlan
from tocsin.schemas.errors import Unavailable

_PATIENCE_S = 20.0
_LOOK_S = 0.02
_GOODBYE_S = 5.0


@contextmanager
def relay_process(plan: Path, log: Path, behaviours: Mapping[str, Behaviour]) -> Iterator[int]:
    """Run a relay that behaves as planned; yield its port and end it afterwards.

    Raises:
        Unavailable: it does not come up.
    """
    plan.write_text(RelayPlan(addresses=dict(behaviours)).model_dump_json(), "utf-8")
    log.touch(mode=0o600)
    ready = plan.with_name("port")
    command = [sys.executable, "-P", "-m", "tocsin.demo.relay"]
    for option, path in (("--plan", plan), ("--log", log), ("--ready", ready)):
        command += [option, str(path.absolute())]
    relay = subprocess.Popen(  # noqa: S603  # our own module, by this interpreter
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield _port(relay, ready)
    finally:
        relay.terminate()
        try:
            relay.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            relay.kill()
            relay.wait()


def _port(relay: subprocess.Popen[bytes], ready: Path) -> int:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and relay.poll() is None:
        if ready.exists():
            return int(ready.read_text("utf-8"))
        time.sleep(_LOOK_S)
    message = "the demo's relay did not start"
    raise Unavailable(message, field="relay", fix="run `python -m tocsin.demo.relay` to see why")
