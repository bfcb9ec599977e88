"""Commands of `tocsin` as pages and files write them, against the command line itself."""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import typer.main
from tocsin.cli.main import app_for

_COMMAND = re.compile(r"(?:^|\s|/bin/)tocsin (?=[a-z])(.*)")


def code_lines(page: str) -> Iterator[str]:
    """Yield the lines of a page's blocks of code, fenced or indented; diagrams are none."""
    fence = None
    for line in page.splitlines():
        if line.startswith("```"):
            fence = line.removeprefix("```") if fence is None else None
        elif fence in {"", "sh"} or (fence is None and line.startswith("    ")):
            yield line.strip()


def commands(lines: Iterable[str]) -> Iterator[str]:
    """Yield what lines of code say to `tocsin`, without the word itself."""
    for line in lines:
        for said in re.split(r"&&|\|\||[;|<>]", re.split(r"(?:^|\s)#", line)[0]):
            if found := _COMMAND.search(said):
                yield found[1].strip()


def unknown(said: str) -> list[str]:
    """Return the words of a command that the command line does not know."""
    command: Any = typer.main.get_command(app_for(()))
    words = shlex.split(said)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[:1]
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    return [word for word in words if word.startswith("-") and word.split("=")[0] not in known]
