"""A verb of the command line: its own parameters, and those that every verb has."""

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

import typer
from tocsin.cli.asked import Asked, LogLevel
from tocsin.cli.logs import log_to_stderr
from tocsin.runtimes.log import structlog

V = TypeVar("V", bound=Callable[..., Coroutine[Any, Any, None] | None])

_CONFIG = typer.Option("--config", "-c", envvar="TOCSIN_CONFIG", help="Configuration file.")
_JSON = typer.Option("--json", help="Print one JSON document instead of text.")
_TOKEN = typer.Option("--token-file", help="File with your token; else TOCSIN_TOKEN is used.")
_LEVEL = typer.Option("--log-level", help="What is logged on stderr.")
_DEBUG = typer.Option("--debug", help="Show where an unexpected error came from.", hidden=True)


def _common(
    *,
    config: Annotated[str, _CONFIG] = "tocsin.toml",
    token_file: Annotated[str | None, _TOKEN] = None,
    as_json: Annotated[bool, _JSON] = False,
    log_level: Annotated[LogLevel, _LEVEL] = LogLevel.WARNING,
    debug: Annotated[bool, _DEBUG] = False,
) -> Asked:
    del debug  # read where errors are caught, because parsing may be what fails
    log_to_stderr(log_level)
    return Asked(config=config, token_file=token_file, as_json=as_json, log_level=log_level)


_COMMON = tuple(inspect.signature(_common).parameters.values())


def verb(group: typer.Typer, name: str, *, hidden: bool = False) -> Callable[[V], V]:
    """Make a function a verb of a group. It takes an `Asked` first; it may be a coroutine.

    Its docstring's first line is the verb's help.
    """

    def register(function: V) -> V:
        own = tuple(inspect.signature(function).parameters.values())[1:]

        @functools.wraps(function)
        def run(**given: Any) -> None:
            asked = _common(**{p.name: given.pop(p.name) for p in _COMMON})
            with structlog.contextvars.bound_contextvars():
                result = function(asked, **given)
                if inspect.iscoroutine(result):
                    asyncio.run(result)

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *_COMMON)]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        group.command(name, help=(function.__doc__ or "").partition("\n\n")[0], hidden=hidden)(run)
        return function

    return register
