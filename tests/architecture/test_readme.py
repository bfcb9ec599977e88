"""The verbs and options of the README and of the operations page are those of the command line."""

import re
from collections.abc import Iterator

import pytest

from architecture.checkout import ROOT
from architecture.commands import code_lines, commands, unknown


def _page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _spoken() -> Iterator[str]:
    readme = _page("README.md")
    yield from commands(code_lines(readme))
    for cell in re.findall(r"^\| [^|]+ \| (.*) \|$", readme, re.MULTILINE):
        yield from re.findall(r"`([a-z][^`]*)`", cell)


def _operated() -> Iterator[str]:
    page = _page("docs/operations.md")
    yield from commands(code_lines(page))
    yield from commands(re.findall(r"`(tocsin [a-z][^`]*)`", page))


@pytest.mark.parametrize("said", list(dict.fromkeys(_spoken())))
def test_the_readme_says_what_the_command_line_understands(said: str) -> None:
    assert unknown(said) == []


@pytest.mark.parametrize("said", list(dict.fromkeys(_operated())))
def test_the_operations_page_says_what_the_command_line_understands(said: str) -> None:
    assert unknown(said) == []


def test_the_readme_shows_the_way_from_nothing_to_evidence() -> None:
    first_words = [said.split()[0] for said in _spoken()]
    for verb in ("init", "config", "directory", "principal", "incident", "run", "status", "ledger"):
        assert verb in first_words


def test_the_operations_page_shows_what_an_operator_does() -> None:
    first_words = [said.split()[0] for said in _operated()]
    for verb in ("worker", "config", "status", "dead", "ledger", "stop"):
        assert verb in first_words


@pytest.mark.parametrize("said", ["incident praise x", "incident raise x --rehearsal", "evidence"])
def test_a_word_that_the_command_line_does_not_know_is_seen(said: str) -> None:
    assert unknown(said)


def test_commands_are_found_where_they_stand_on_a_page() -> None:
    page = """Say `tocsin x`.

    docker compose exec worker tocsin status --json    # tocsin none
    tocsin init a && tocsin ledger verify >log

```mermaid
    tocsin drawn
```

```sh
/opt/tocsin/bin/tocsin worker
systemctl stop tocsin-worker@1
```
"""
    assert list(commands(code_lines(page))) == [
        "status --json",
        "init a",
        "ledger verify",
        "worker",
    ]
