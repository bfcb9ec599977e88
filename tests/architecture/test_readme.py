"""The README's verbs and options are those of the command line."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from tocsin.cli.main import app

from architecture.checkout import ROOT


def _spoken() -> Iterator[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"^ {4}(tocsin .*)$", text, re.MULTILINE)
    cells = re.findall(r"^\| [^|]+ \| (.*) \|$", text, re.MULTILINE)
    for line in blocks:
        for said in line.split("#")[0].split("&&"):
            if said.strip().startswith("tocsin "):
                yield said.strip().removeprefix("tocsin ")
    for cell in cells:
        yield from re.findall(r"`([a-z][^`]*)`", cell)


def _unknown(said: str) -> list[str]:
    """Return the words of a command that the command line does not know."""
    command: Any = typer.main.get_command(app)
    words = shlex.split(said)
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return words[:1]
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts}
    return [word for word in words if word.startswith("-") and word not in known]


@pytest.mark.parametrize("said", list(dict.fromkeys(_spoken())))
def test_the_readme_says_what_the_command_line_understands(said: str) -> None:
    assert _unknown(said) == []


def test_the_readme_shows_the_way_from_nothing_to_evidence() -> None:
    first_words = [said.split()[0] for said in _spoken()]
    for verb in ("init", "config", "directory", "principal", "incident", "run", "status", "ledger"):
        assert verb in first_words


@pytest.mark.parametrize("said", ["incident praise x", "incident raise x --rehearsal", "evidence"])
def test_a_word_that_the_command_line_does_not_know_is_seen(said: str) -> None:
    assert _unknown(said)
