"""An SMTP server for drills that refuses, defers, hangs and drops as planned (RFC 5321).

`python -m tocsin.demo.relay --port 0 --plan plan.json --log log.jsonl --ready ready.file` prints
its port. Every message received in full is a line of the log before it is answered, so that whoever
reads the log sees at least what was answered 250. SIGHUP reads the plan again. It listens on
loopback alone unless `--host` names another address: it takes anything from anybody.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tocsin.demo.behaviour import Behaviour, Do, Received, RelayPlan
from tocsin.demo.relay_session import RelaySession

_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>\r\n]*>)")
_ACCEPT = Behaviour(do=Do.ACCEPT)


class RelayServer:
    """The relay, in this process: `async with RelayServer(plan) as relay: relay.port`.

    `received` keeps what was received in full (unless `keep` is off), `offered` counts RCPTs per
    address, `connections` the connections taken. `plan` may be replaced while it runs.
    """

    def __init__(
        self,
        plan: RelayPlan | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        log: Path | None = None,
        keep: bool = True,
        tls: ssl.SSLContext | None = None,
        starttls: bool = False,
    ) -> None:
        self.plan = plan or RelayPlan()
        self.host = host
        self.port = port
        self.starttls = starttls
        self.received: list[Received] = []
        self.total = 0
        self.offered: Counter[str] = Counter()
        self.connections = 0
        self.sessions: set[RelaySession] = set()
        self._keep = keep
        self._tls = tls
        self._log = log
        self._log_fd: int | None = None
        self._bound: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._group: asyncio.TaskGroup | None = None
        self._handshakes: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Take the port, and connections unless the plan says that it is down."""
        if self._log is not None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._log_fd = os.open(self._log, flags, 0o600)
        self._bind()
        self._group = await asyncio.TaskGroup().__aenter__()
        if self.plan.down_until is None:
            await self.come_up()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop taking connections, cut those that are open and close the log."""
        del kind, error, trace
        for handshake in self._handshakes:
            handshake.cancel()
        await self.go_down()
        if self._bound is not None:
            self._bound.close()
        if self._group is not None:
            await self._group.__aexit__(None, None, None)
        if self._log_fd is not None:
            os.close(self._log_fd)
            self._log_fd = None

    async def come_up(self) -> None:
        """Take connections."""
        if self._bound is None or self._server is not None:
            return
        self._server = await asyncio.get_running_loop().create_server(
            lambda: RelaySession(self),
            sock=self._bound,
            backlog=1024,
            ssl=None if self.starttls else self._tls,
        )

    async def go_down(self) -> None:
        """Refuse connections and cut those that are open."""
        if self._server is None:
            return
        self._server.close()
        for session in tuple(self.sessions):
            if session.transport is not None:
                session.transport.abort()
        await asyncio.sleep(0)
        await self._server.wait_closed()
        self._server = None
        self._bind()

    def _bind(self) -> None:
        # Bound and not listening: the port stays ours and whoever connects is refused.
        self._bound = socket.socket(proto=socket.IPPROTO_TCP)
        self._bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._bound.bind((self.host, self.port))
        self.port = self._bound.getsockname()[1]

    def turn(self, address: str) -> Behaviour:
        """Return what happens at `address` this time, and count it."""
        self.offered[address] += 1
        behaviour = self.plan.addresses.get(address)
        if behaviour is None or (
            behaviour.times is not None and self.offered[address] > behaviour.times
        ):
            return _ACCEPT
        return behaviour

    def note(self, content: bytes, address: str, do: Do, *, accepted: bool) -> int:
        """Log a message that was received in full; return its number."""
        self.total += 1
        content = content.replace(b"\r\n..", b"\r\n.")
        if content.startswith(b".."):
            content = content[1:]
        found = _MESSAGE_ID.search(content)
        entry = {
            "address": address,
            "message_id": found[1].decode("ascii", "replace") if found else "",
            "sha256": hashlib.sha256(content).hexdigest(),
            "accepted": accepted,
            "behaviour": do.value,
            "at": time.monotonic(),
        }
        if self._log_fd is not None:
            os.write(self._log_fd, json.dumps(entry).encode() + b"\n")
        if self._keep:
            self.received.append(Received.model_validate(entry))
        return self.total

    def encrypt(self, session: RelaySession) -> None:
        """Shake hands for STARTTLS."""
        if self._group is not None:
            handshake = self._group.create_task(self._encrypt(session))
            self._handshakes.add(handshake)
            handshake.add_done_callback(self._handshakes.discard)

    async def _encrypt(self, session: RelaySession) -> None:
        if session.transport is None or self._tls is None:
            return
        try:
            transport = await asyncio.get_running_loop().start_tls(
                session.transport, session, self._tls, server_side=True
            )
        except OSError:  # the client did not like the certificate
            return
        if transport is not None:
            session.encrypted(transport)


async def serve(
    *, host: str, port: int, plan: Path | None, log: Path | None, ready: Path | None
) -> None:
    """Run the relay until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()

    def read_plan() -> RelayPlan:
        return RelayPlan.read(plan) if plan is not None else RelayPlan()

    async with RelayServer(read_plan(), host=host, port=port, log=log, keep=False) as relay:

        def reload() -> None:
            relay.plan = read_plan()

        loop.add_signal_handler(signal.SIGHUP, reload)
        for stop in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(stop, over.set)
        sys.stdout.write(f"{relay.port}\n")
        sys.stdout.flush()
        if ready is not None:
            staged = ready.with_name(ready.name + ".tmp")
            staged.write_text(f"{relay.port}\n", "utf-8")
            staged.replace(ready)
        if relay.plan.down_until is not None:
            pause = (relay.plan.down_until - datetime.now(UTC)).total_seconds()
            await asyncio.sleep(max(0.0, pause))
            await relay.come_up()
        await over.wait()


def main() -> None:
    """Read the arguments and run, under uvloop where there is one."""
    parser = argparse.ArgumentParser(prog="tocsin.demo.relay", description="A relay for drills.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    for name in ("plan", "log", "ready"):
        parser.add_argument(f"--{name}", type=Path)
    wanted = parser.parse_args()
    try:
        import uvloop  # noqa: PLC0415  # not there on every platform
    except ImportError:
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner:
        runner.run(serve(**vars(wanted)))


if __name__ == "__main__":
    main()
