"""Data flows from left to right: who may import whom, and who may touch the outside world."""

import ast
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from architecture.checkout import (
    folders,
    imports,
    names_used,
    pyproject,
    python_files,
    shown,
    tree,
)

_PROCESSING = frozenset(
    {
        "services",
        "detectors",
        "directories",
        "rendering",
        "notifiers",
        "returns",
        "ledger",
        "streams",
        "typesetting",
    }
)
ARROWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "schemas": frozenset(),
        "templates": frozenset(),
        "regimes": frozenset({"schemas"}),
        "forms": frozenset({"schemas"}),
        "typesetting": frozenset({"schemas"}),
        "rules": frozenset({"schemas"}),
        "services": frozenset({"schemas", "rules"}),
        "detectors": frozenset({"schemas"}),
        "directories": frozenset({"schemas"}),
        "notifiers": frozenset({"schemas", "typesetting"}),
        "returns": frozenset({"schemas", "notifiers"}),
        "ledger": frozenset({"schemas"}),
        "streams": frozenset({"schemas"}),
        "rendering": frozenset({"schemas", "templates"}),
        "runtimes": _PROCESSING | {"schemas", "rules", "regimes", "forms", "templates"},
        "demo": frozenset({"schemas", "runtimes"}),
        "cli": frozenset({"schemas", "runtimes", "demo"}),
        "console": frozenset({"schemas", "runtimes", "templates"}),
    }
)
"""Folder -> the other folders that it may import."""

PURE = ("schemas", "rules", "services", "rendering", "regimes", "forms", "templates")
"""Folders to which time, randomness, settings and connections are given."""
OUTSIDE = (
    "aiosmtplib",
    "asyncio.open_connection",
    "asyncio.start_server",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "faust",
    "httpx",
    "os.environ",
    "os.getenv",
    "os.urandom",
    "random",
    "secrets",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
    "urllib.request",
    "uuid.uuid1",
    "uuid.uuid4",
)


def _forbidden_imports(folder: str, module: ast.Module) -> list[str]:
    allowed = ARROWS[folder] | {folder}
    found = []
    for line, name in imports(module):
        parts = name.split(".")
        if parts[0] == "tocsin" and parts[1] not in allowed:
            found.append(f"{line}: {folder} may not import tocsin.{parts[1]}")
    return found


def _touches_outside(module: ast.Module) -> list[str]:
    seen = {*imports(module), *names_used(module)}
    return [
        f"{line}: {name}"
        for line, name in sorted(seen)
        if any(name == outside or name.startswith(outside + ".") for outside in OUTSIDE)
    ]


@pytest.mark.parametrize("folder", folders())
def test_a_folder_imports_only_what_stands_to_its_right(folder: str) -> None:
    wrong = [
        f"{shown(path)}:{what}"
        for path in python_files(folder)
        for what in _forbidden_imports(folder, tree(path))
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", PURE)
def test_time_chance_settings_and_connections_are_given_never_taken(folder: str) -> None:
    wrong = [
        f"{shown(path)}:{what}"
        for path in python_files(folder)
        for what in _touches_outside(tree(path))
    ]
    assert wrong == []


def test_only_the_distributed_runtime_knows_faust() -> None:
    users = {
        shown(path)
        for path in python_files()
        for _, name in imports(tree(path))
        if name.split(".")[0] == "faust"
    }
    assert users <= {"runtimes/distributed.py"}


def test_the_command_line_enters_the_demo_by_one_door() -> None:
    doors = {
        ".".join(name.split(".")[:3])
        for path in python_files("cli")
        for _, name in imports(tree(path))
        if name.startswith("tocsin.demo")
    }
    assert len(doors) <= 1, doors


def test_every_package_has_its_arrows() -> None:
    assert set(folders()) <= ARROWS.keys()
    assert set(pyproject()["tool"]["setuptools"]["packages"]) == {f"tocsin.{x}" for x in folders()}


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from random import choice",
        "import time\nstarted = time.time()",
        "import time as t\nstarted = t.time_ns()",
        "from datetime import UTC, datetime as dt\nnow = dt.now(UTC)",
        "import datetime\nday = datetime.date.today()",
        "from os import environ",
        "import os\nplace = os.environ['HOME']",
        "def late():\n    import socket",
        "from uuid import uuid4",
    ],
)
def test_a_touch_of_the_outside_is_seen(source: str) -> None:
    assert _touches_outside(ast.parse(source))


def test_what_is_computed_from_given_values_is_no_touch_of_the_outside() -> None:
    source = (
        "import time\nfrom datetime import UTC, datetime\nfrom uuid import uuid5\n"
        "time.clock_gettime(time.CLOCK_BOOTTIME)\ndatetime(2026, 1, 1, tzinfo=UTC)\n"
    )
    assert _touches_outside(ast.parse(source)) == []


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("rules", "from tocsin.services.pipeline import PIPELINE"),
        ("services", "import tocsin.ledger.reads"),
        ("notifiers", "def send():\n    from tocsin.rules import lanes"),
        ("runtimes", "from tocsin.cli import main"),
        ("demo", "from tocsin.rules.severity import assess"),
        ("schemas", "from tocsin import rules"),
    ],
)
def test_an_arrow_against_the_stream_is_seen(folder: str, source: str) -> None:
    assert _forbidden_imports(folder, ast.parse(source))
