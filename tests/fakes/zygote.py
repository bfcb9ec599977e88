"""Workers as real processes that a test can kill: forked from a process that has imported it all.

The test talks to the zygote over pipes, one JSON line each way; the zygote forks a worker per order
and reports how it ended. Forking takes 20 ms where a fresh interpreter takes a second.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

_TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class CrashPoint:
    """A moment of the step: which, at which kind of event and commit, at its n-th time."""

    moment: str
    event: str
    last: bool | None
    nth: int = 1

    def __str__(self) -> str:
        kind = {True: " last commit", False: " commit", None: ""}[self.last]
        return f"{self.moment} {self.event}{kind} #{self.nth}"


def _worker(order: dict[str, Any]) -> None:
    """Be a worker: work until idle, or until the crash point is met; with [kafka] on streams."""
    from contextlib import AsyncExitStack

    from tocsin.runtimes.collecting import collect_seldom
    from tocsin.runtimes.embedded import embedded
    from tocsin.runtimes.heap import share_heap

    from fakes.deployment import settings
    from fakes.faults import Faults

    seen: Counter[tuple[str, str, bool | None]] = Counter()
    crash = tuple(order["crash"]) if order.get("crash") else None
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT) if "log" in order else -1
    times = _Times(order["times"]) if order.get("times") else None

    def tap(moment: str, claimed: Any, commit: Any) -> None:
        kind = (moment, claimed.event.payload.type, None if commit is None else commit.done)
        seen[kind] += 1
        if log >= 0 and seen[kind] == 1:
            os.write(log, json.dumps(kind).encode() + b"\n")
        if times is not None:
            times.tap(moment, claimed, commit)
        faults.tap(moment, claimed.event.payload.type, claimed.event.id)
        if crash is not None and (*kind, seen[kind]) == crash:
            os.kill(os.getpid(), signal.SIGKILL)

    faults = Faults(order.get("faults"))

    async def work() -> None:
        share_heap()  # as the program does
        chosen = settings(Path(order["folder"]), order["port"], **order.get("sections", {}))
        async with AsyncExitStack() as stack:
            if chosen.kafka is None:
                opened: Any = await stack.enter_async_context(embedded(chosen, tap=tap))
                runtime = opened
            else:
                from tocsin.runtimes.distributed import distributed

                opened = await stack.enter_async_context(distributed(chosen, tap=tap))
                runtime = opened.runtime
            ports: Any = runtime.step.ports
            ports["contact_book"] = faults.book(ports["contact_book"])
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, runtime.slots.stop)
            collect_seldom()  # as the program does
            await opened.work(until_idle=order.get("until_idle", True))
            if getattr(getattr(opened, "streams", None), "left_running", False):
                os._exit(0)

    import uvloop

    uvloop.run(work())


class _Times:
    """Writes down when each batch was committed, and when it was claimed: a line each."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def tap(self, moment: str, claimed: Any, commit: Any) -> None:
        names = []
        if moment == "claimed" and claimed.event.payload.type == "batch.due":
            names = [claimed.event.id]
        elif moment == "after" and commit is not None:
            names = [e.id for e in commit.events if e.payload.type == "batch.due"]
        for name in names:
            line = {"moment": moment, "batch": name, "ns": time.monotonic_ns()}
            os.write(self._file, json.dumps(line).encode() + b"\n")


def _import_all() -> None:
    """Import the product once, before forking."""
    import fakes.deployment  # noqa: F401

    if "streams" in sys.argv[1:]:
        import tocsin.runtimes.distributed  # noqa: F401


def _serve() -> None:
    """Be the zygote: fork a worker per line, tell pids and ends."""
    _import_all()

    children: dict[int, None] = {}
    os.set_blocking(0, False)
    pending = b""
    import select

    while True:
        ready, _, _ = select.select([0], [], [], 0.01)
        if ready:
            data = os.read(0, 65536)
            if not data:
                break
            pending += data
        while b"\n" in pending:
            line, pending = pending.split(b"\n", 1)
            pid = os.fork()
            if pid == 0:
                null = os.open(os.devnull, os.O_RDWR)
                os.dup2(null, 0)
                os.dup2(2, 1)
                code = 0
                try:
                    _worker(json.loads(line))
                except BaseException as error:  # noqa: BLE001
                    print(f"worker failed: {error!r}", file=sys.stderr, flush=True)
                    code = 1
                os._exit(code)
            children[pid] = None
            print(json.dumps({"pid": pid}), flush=True)
        for pid in list(children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                del children[pid]
                print(json.dumps({"ended": pid, "status": status}), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


class Zygote:
    """Starts workers: `async with Zygote() as zygote: worker = await zygote.start(...)`."""

    def __init__(self, *, streams: bool = False) -> None:
        self._streams = streams
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._started: asyncio.Queue[int] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        environment = {**os.environ, "PYTHONPATH": str(_TESTS)}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fakes.zygote",
            *(["streams"] if self._streams else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=_TESTS,
        )
        self._listener = asyncio.create_task(self._listen())
        return self

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "pid" in told:
                self._ends[told["pid"]] = asyncio.get_running_loop().create_future()
                await self._started.put(told["pid"])
            else:
                self._ends[told["ended"]].set_result(told["status"])

    async def __aexit__(self, *ended: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        if self._listener is not None:
            await self._listener

    async def start(
        self,
        folder: Path,
        port: int,
        *,
        crash: CrashPoint | None = None,
        log: Path | None = None,
        faults: dict[str, Any] | None = None,
        until_idle: bool = True,
        times: Path | None = None,
        **sections: Any,
    ) -> "Worker":
        """Start a worker on a deployment's folder."""
        order: dict[str, Any] = {"folder": str(folder), "port": port, "sections": sections}
        order |= {"faults": faults, "until_idle": until_idle}
        order["times"] = None if times is None else str(times)
        if crash is not None:
            order["crash"] = [crash.moment, crash.event, crash.last, crash.nth]
        if log is not None:
            order["log"] = str(log)
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        pid = await self._started.get()
        return Worker(pid, self._ends[pid])


@dataclass(frozen=True)
class Worker:
    """A worker process."""

    pid: int
    end: asyncio.Future[int]

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if not self.end.done():
            os.kill(self.pid, number)

    def cpu_s(self) -> float:
        """Return the CPU seconds that it used so far, with those of processes that it ended."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> int:
        """Return the most memory that it had resident so far, in MB (10^6 octets)."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return round(int(kib) * 1024 / 1e6)

    async def ended(self) -> bool:
        """Wait for its end; True when it was killed."""
        status = await self.end
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the worker failed; see its message"
        return os.WIFSIGNALED(status)


if __name__ == "__main__":
    _serve()
