"""`tocsin run`: the workers."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from tocsin.cli.asked import Asked
from tocsin.cli.verb import verb
from tocsin.runtimes.collecting import collect_seldom
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.runtimes.heap import share_heap
from tocsin.runtimes.overview import standing
from tocsin.runtimes.supervisor import Supervisor

_MOST = 64


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "run")(run)


def run(
    asked: Asked,
    *,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing but timers is left.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=_MOST, help="Processes.")] = 1,
    attached: Annotated[
        bool, typer.Option("--attached", hidden=True, help="Stop when standard input ends.")
    ] = False,
) -> None:
    """Work: find people, draft, send what is approved, watch clocks.

    SIGTERM and Ctrl-C end it in order, a second one at once.
    """
    if attached or workers == 1:
        code = loop(_one(asked, until_idle=until_idle, attached=attached))
    else:
        code = loop(_several(asked, until_idle=until_idle, workers=workers))
    if code:
        raise typer.Exit(code)


def loop(work: Any) -> int:
    """Run a worker's coroutine to its end on the quickest loop that there is."""
    try:
        import uvloop  # noqa: PLC0415  # not there on every platform
    except ImportError:
        runner = asyncio.Runner()
    else:
        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with runner:
        code: int = runner.run(work)
        return code


async def _one(asked: Asked, *, until_idle: bool, attached: bool) -> int:
    share_heap()
    async with embedded(asked.settings()) as runtime, signals(lambda _: runtime.slots.stop()):
        collect_seldom()
        if attached:
            asyncio.get_running_loop().add_reader(0, runtime.slots.stop)
            await runtime.work(until_idle=until_idle)
            return 0
        async with _progress(asked, runtime):
            await runtime.work(until_idle=until_idle)
    return 0


async def _several(asked: Asked, *, until_idle: bool, workers: int) -> int:
    command = [sys.executable, "-P", "-m", "tocsin.cli.main", "run", "--attached"]
    command += ["--config", asked.config, "--log-level", asked.log_level.value]
    supervisor = Supervisor(command + ["--until-idle"] * until_idle, workers=workers)
    async with (
        asked.opened() as runtime,
        signals(supervisor.stop),
        _progress(asked, runtime, supervisor),
    ):
        return await supervisor.run()


@asynccontextmanager
async def signals(stop: Callable[[signal.Signals], None]) -> AsyncIterator[None]:
    """Stop in order at the first signal; the second one is the system's own again."""
    running, ending = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)

    def told() -> None:
        for sign in ending:
            running.remove_signal_handler(sign)
            signal.signal(sign, signal.default_int_handler)
        stop(signal.SIGTERM)

    for sign in ending:
        running.add_signal_handler(sign, told)
    try:
        yield
    finally:
        for sign in ending:
            running.remove_signal_handler(sign)


@asynccontextmanager
async def _progress(
    asked: Asked, runtime: Runtime, supervisor: Supervisor | None = None
) -> AsyncIterator[None]:
    """Show how far the work is: live on a terminal, as a JSON line a second, else at the end."""
    if asked.as_json or sys.stdout.isatty():
        from tocsin.cli.progress import shown  # noqa: PLC0415  # what draws takes 5 MB

        async with shown(asked, runtime, supervisor):
            yield
        return
    yield
    from tocsin.cli.showing import show  # noqa: PLC0415
    from tocsin.cli.status import parts  # noqa: PLC0415  # as above

    show({}, *parts(await standing(runtime)), as_json=False)
