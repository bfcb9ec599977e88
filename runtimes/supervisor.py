"""Several workers: each a process of its own, started again when it dies, stopped together."""

import asyncio
import signal
from collections.abc import Sequence

from tocsin.runtimes.log import structlog

_log = structlog.get_logger("tocsin.supervisor")
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_SETTLED_AFTER_S = 60.0
"""A worker that lived so long starts again with the first pause."""
INCURABLE = frozenset({2, 3, 4})
"""Exit codes that starting again does not change: wrong settings, no permission, not found."""


class Supervisor:
    """Keeps workers running until they finish or it is stopped."""

    def __init__(self, command: Sequence[str], *, workers: int) -> None:
        """Name the command that runs one worker. Its standard input ends when this process does."""
        self._command = tuple(command)
        self._workers = workers
        self._running: set[asyncio.subprocess.Process] = set()
        self._stopping = asyncio.Event()
        self.restarts = 0

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """Pass a signal on to every worker; none is started again."""
        self._stopping.set()
        for worker in self._running:
            if worker.returncode is None:
                worker.send_signal(sign)

    async def run(self) -> int:
        """Return 0 when all workers finished, or the exit code of one that cannot be helped."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._keep(n)) for n in range(self._workers)]
        return max(task.result() for task in tasks)

    async def _keep(self, number: int) -> int:
        """Run one worker, and another in its place each time it dies."""
        loop, deaths = asyncio.get_running_loop(), 0
        while not self._stopping.is_set():
            started = loop.time()
            code = await self._work()
            if code == 0 or self._stopping.is_set():
                return 0
            if code in INCURABLE:
                self.stop()
                return code
            deaths = 1 if loop.time() - started > _SETTLED_AFTER_S else deaths + 1
            pause = min(_FIRST_PAUSE_S * 2.0 ** (deaths - 1), _LONGEST_PAUSE_S)
            _log.warning("worker died", worker=number, code=code, again_in_s=pause)
            self.restarts += 1
            try:
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        return 0

    async def _work(self) -> int:
        # A session of its own: Ctrl-C reaches only this process, which passes it on once.
        worker = await asyncio.create_subprocess_exec(
            *self._command, stdin=asyncio.subprocess.PIPE, start_new_session=True
        )
        self._running.add(worker)
        try:
            if self._stopping.is_set():
                worker.send_signal(signal.SIGTERM)
            return await worker.wait()
        finally:
            self._running.discard(worker)
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
