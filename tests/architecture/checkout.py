"""The checkout as the architecture tests read it: folders, files, imports, names."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUILT = {"__pycache__", ".venv", ".links", ".git", "build", "dist"}
"""Folders that are made, not written."""


@cache
def pyproject() -> dict[str, Any]:
    """Return `pyproject.toml`."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def folders() -> tuple[str, ...]:
    """Return the folders that are packages: X for each `tocsin.X`."""
    return tuple(pyproject()["tool"]["setuptools"]["package-dir"].values())


def python_files(*names: str) -> tuple[Path, ...]:
    """Return the Python files of these folders, or of every mapped folder."""
    found = (path for name in names or folders() for path in (ROOT / name).rglob("*.py"))
    return tuple(sorted(path for path in found if not BUILT & set(path.parts)))


def shown(path: Path) -> str:
    """Return a path as a reader of the checkout would write it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def tracked_files() -> tuple[Path, ...]:
    """Return what git tracks or would track; every written file where there is no git."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode == 0:
        found = (ROOT / name for name in listing.stdout.decode().split("\0") if name)
    else:
        found = (p for p in ROOT.rglob("*") if not BUILT & set(p.relative_to(ROOT).parts))
    return tuple(sorted(path for path in found if path.is_file()))


def imports(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything a module imports, wherever the import stands.

    `from tocsin.schemas.scope import Scope` gives `tocsin.schemas.scope.Scope`; a relative import
    gives a name that begins with a dot.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def _bindings(module: ast.Module) -> Mapping[str, str]:
    """Map each name that an import binds to the dotted name that it stands for."""
    bound: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                bound[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return bound


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for a chain of names, `` for any other expression."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr) if origin := dotted(value):
            return f"{origin}.{attr}"
        case _:
            return ""


def names_used(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, full dotted name) of each imported thing that is used, aliases resolved."""
    bound = _bindings(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Name | ast.Attribute) and (name := dotted(node)):
            first, dot, rest = name.partition(".")
            if first in bound:
                yield node.lineno, bound[first] + dot + rest
