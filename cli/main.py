"""The command line `tocsin`: each verb is a question to the ledger or a command through the door.

Exit codes: 0 done; 1 something is wrong (`config check`, `regime check`), or not genuine
(`reference check`); 2 wrong input; 3 not allowed; 4 not found; 5 not possible in this state; 6 not
reachable now; 7 an equation does not hold or an event gave up (`status`); 8 the ledger does not
verify; 70 unexpected; 130 interrupted.
"""

import contextlib
import importlib
import io
import sys
from collections.abc import Sequence
from importlib import metadata
from types import ModuleType
from typing import Annotated, NoReturn

import typer
from tocsin.cli.refusal import (
    INTERRUPTED,
    WRONG_USE,
    refusal_in,
    tell,
    tell_unexpected,
    tell_wrong_use,
)

_VERBS = (
    *("init", "run", "worker", "emit", "status", "clocks", "register", "rounds"),
    *("assess", "demo"),
)
"""Modules of `cli/` whose verbs stand by themselves, in the order of the help."""
_GROUPS = {
    "incident": (
        "Raise incidents, look at them, approve what they want to send.",
        (
            "incident_report",
            "incident_look",
            "incident_preview",
            "incident_sample",
            "incident_approval",
            "authority_report",
            "incident_duties",
            "incident_child",
            "incident_follow",
            "incident_order",
        ),
    ),
    "draft": ("What detectors found: raise it as an incident, or dismiss it.", ("draft",)),
    "principal": ("Who may ask for what.", ("principal",)),
    "directory": ("The people, in your own table.", ("directory",)),
    "config": ("The configuration.", ("config",)),
    "ledger": ("The evidence.", ("ledger",)),
    "returns": ("What comes back about notices.", ("returns",)),
    "reference": ("Is it genuine? Asked of the keys alone.", ("reference",)),
    "dead": ("Events that gave up.", ("dead",)),
    "regime": ("The law as data: check it, list it, read it.", ("regime",)),
    "schema": ("The file formats, as JSON Schema.", ("schema",)),
}
_ALONE = {"pause": "rounds", "resume": "rounds", "stop": "rounds", "release": "rounds"}
"""Verbs that stand in a module of another name."""


def _print_version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"tocsin {metadata.version('tocsin')}\n")
        raise typer.Exit


_VERSION = typer.Option(
    "--version", is_eager=True, callback=_print_version, help="Print the version."
)


def _tocsin(*, version: Annotated[bool, _VERSION] = False) -> None:
    del version  # answered before


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the command line with the verbs that the arguments can mean.

    A verb's module is imported only if it is asked for, or if nothing known is: most of them bring
    libraries that take a second to load.
    """
    app = typer.Typer(
        name="tocsin",
        help="Turns a personal-data security incident into every notice it owes, and proves it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.callback()(_tocsin)
    asked = arguments[0] if arguments else ""
    alone = _ALONE.get(asked, asked)
    everything = alone not in _VERBS and asked not in _GROUPS
    for name in _VERBS:
        if everything or name == alone:
            _module(name).add_to(app)
    for name, (about, modules) in _GROUPS.items():
        if everything or name == asked:
            group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None)
            for module in modules:
                _module(module).add_to(group)
            app.add_typer(group, name=name)
    return app


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"tocsin.cli.{name}")


def call(arguments: Sequence[str]) -> int:
    """Carry out one command line; return its exit code."""
    as_json, debug = "--json" in arguments, "--debug" in arguments
    try:
        code = app_for(arguments)(args=list(arguments), prog_name="tocsin", standalone_mode=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the outermost guard: nothing unforeseen is printed
        refusal = refusal_in(error)
        if refusal is not None:
            return tell(refusal, as_json=as_json)
        if type(error).__name__ == "NoArgsIsHelpError":
            sys.stderr.write(f"{error}\n")
            return WRONG_USE
        if hasattr(error, "format_message"):  # the parser's own errors
            return tell_wrong_use(error.format_message(), as_json=as_json)
        return tell_unexpected(error, as_json=as_json, debug=debug)
    return code if isinstance(code, int) else 0


def main() -> NoReturn:
    """Run as the program `tocsin`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(io.UnsupportedOperation):
                stream.reconfigure(errors="backslashreplace")
    sys.exit(call(sys.argv[1:]))


if __name__ == "__main__":
    main()
