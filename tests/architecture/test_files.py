"""A folder is a concept of the field, a file is one job."""

import ast
import re
from pathlib import Path

import pytest

from architecture.checkout import ROOT, folders, imports, python_files, shown, tree

LONGEST = 400
NAMELESS = frozenset(
    {"base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)
"""Words that say nothing about what a file is for."""
_EVERYWHERE = (*folders(), "tests", "benchmarks", "examples")


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower()))


@pytest.mark.parametrize("path", python_files(*_EVERYWHERE), ids=shown)
def test_a_file_is_one_job(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= LONGEST, f"{lines} lines: which two jobs does it do?"


def test_files_and_folders_are_named_after_the_field() -> None:
    named = [path.relative_to(ROOT) for path in python_files(*_EVERYWHERE)]
    assert [str(p) for p in named if NAMELESS & {w for part in p.parts for w in _words(part)}] == []


def test_classes_are_not_managers_or_services() -> None:
    found = [
        f"{shown(path)}:{node.lineno} {node.name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Service|Helper)$", node.name)
    ]
    assert found == []


def test_imports_are_absolute() -> None:
    found = [
        f"{shown(path)}:{line} {name}"
        for path in python_files(*_EVERYWHERE)
        for line, name in imports(tree(path))
        if name.startswith(".")
    ]
    assert found == []


def test_packages_are_flat() -> None:
    """A sub-package would be seen in the checkout and lost in the wheel."""
    deep = [shown(p) for p in python_files() if len(p.relative_to(ROOT).parts) != 2]
    assert deep == []


def test_no_folder_of_the_checkout_hides_the_installed_package() -> None:
    assert not (ROOT / "tocsin").exists()


def test_tests_are_no_package() -> None:
    assert [shown(path) for path in python_files("tests") if path.name == "__init__.py"] == []


def test_tests_patch_no_names() -> None:
    found = [
        f"{shown(path)}:{line} {name}"
        for path in python_files("tests")
        for line, name in imports(tree(path))
        if name.startswith(("unittest.mock", "mock."))
    ]
    assert found == []


def test_every_package_says_what_it_is_and_ships_its_types() -> None:
    for folder in folders():
        assert (ROOT / folder / "py.typed").exists(), folder
        assert ast.get_docstring(tree(ROOT / folder / "__init__.py")), folder
