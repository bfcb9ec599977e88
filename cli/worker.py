"""`tocsin worker`: a worker of the distributed runtime."""

import logging
import os
import sys
from typing import Annotated

import typer
from pydantic import ValidationError
from tocsin.cli.asked import Asked
from tocsin.cli.plain import plain, write_json
from tocsin.cli.run import loop, signals
from tocsin.cli.verb import verb
from tocsin.runtimes.collecting import collect_seldom
from tocsin.runtimes.heap import share_heap
from tocsin.runtimes.settings import WorkerSection, broker_of
from tocsin.schemas.errors import InvalidInput


def add_to(group: typer.Typer) -> None:
    """Register the verb."""
    verb(group, "worker")(worker)


def worker(
    asked: Asked,
    *,
    http: Annotated[
        str | None, typer.Option(help="host:port of /healthz, /readyz and /metrics.")
    ] = None,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing but timers is left.")
    ] = False,
) -> None:
    """Work beside other machines: the ledger in PostgreSQL, the bell and detections by Kafka.

    One process; start as many as you like, under a supervisor that starts one again when it dies
    and kills it when it does not stop within 30 s. SIGTERM ends it in order, SIGKILL does no harm.
    """
    settings = asked.settings()
    if settings.ledger.url is None:
        message = "is missing: workers on several machines need one ledger"
        fix = 'write url = "postgresql://..." under [ledger], or use `tocsin run`'
        raise InvalidInput(message, field="ledger.url", fix=fix)
    try:
        from tocsin.runtimes.distributed import distributed  # noqa: PLC0415  # heavy
        from tocsin.runtimes.watching import watched  # noqa: PLC0415  # an optional library
    except ImportError as error:
        message = f"the distributed runtime is not installed ({error.name} is missing)"
        fix = "pip install 'tocsin[distributed]'"
        raise InvalidInput(message, field="worker", fix=fix) from None
    broker_of(settings)
    for client in ("aiokafka", "kafka"):
        # a line per try, hundreds a second while brokers are away; ours say it once per try of ours
        logging.getLogger(client).setLevel(logging.CRITICAL)
    place = _place(http) if http is not None else settings.worker.http

    async def work() -> int:
        share_heap()
        async with (
            distributed(settings) as opened,
            watched(opened, place) as port,
            signals(lambda _: opened.runtime.slots.stop()),
        ):
            if asked.as_json:
                write_json({"worker": os.getpid(), "http_port": port}, one_line=True)
            else:
                host = place.rpartition(":")[0]
                said = plain(f"Working. http://{host}:{port}/readyz, /metrics")
                sys.stdout.write(f"{said}\n")
                sys.stdout.flush()
            collect_seldom()
            await opened.work(until_idle=until_idle)
            if opened.streams.left_running:
                # what it still holds was not acknowledged, and must not be on the way out
                sys.stdout.flush()
                os._exit(0)
        return 0

    loop(work())


def _place(http: str) -> str:
    try:
        return WorkerSection(http=http).http
    except ValidationError:
        message = "is not an address to listen on"
        raise InvalidInput(message, field="--http", fix="write host:port") from None
