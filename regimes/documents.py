"""Reads the YAML files of the rule pack, with the groups of places and the patterns they name."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.yaml_text import LOADER, read_yaml

PLACES, RISK = "places.yaml", "risk.yaml"
NO_REGIMES = frozenset({PLACES, RISK})
"""Files of the rule pack that are no regimes."""


def built_in() -> Iterator[tuple[str, Any]]:
    """Return (file name, document) of every regime of the package."""
    for entry in sorted(_package().iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml") and entry.name not in NO_REGIMES:
            yield from documents(entry.read_text(encoding="utf-8"), file=entry.name)


def own(extra: Path) -> Iterator[tuple[str, Any]]:
    """Return (file name, document) of every regime of a file, or of the files of a folder.

    Raises `InvalidInput` where there is none, or one cannot be read.
    """
    if not extra.exists():
        message = "there is no such file or folder"
        raise InvalidInput(
            message, field="regimes", fix=f"create {extra}, or leave the setting out"
        )
    files = sorted([*extra.glob("*.yaml"), *extra.glob("*.yml")]) if extra.is_dir() else [extra]
    for path in files:
        if path.name in NO_REGIMES:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = "cannot be read as UTF-8 text"
            raise InvalidInput(message, field=path.name, fix="check the file") from error
        yield from documents(text, file=path.name)


def texts(extra: Path | None = None) -> Iterator[tuple[str, str]]:
    """Return (file name, text) of every YAML file of the package, or of one of an operator's."""
    if extra is None:
        for entry in sorted(_package().iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".yaml"):
                yield entry.name, entry.read_text(encoding="utf-8")
    elif extra.is_file():
        yield extra.name, extra.read_text(encoding="utf-8")


def documents(text: str, *, file: str) -> Iterator[tuple[str, Any]]:
    """Return the regimes of a file: the one that it is, or those that it makes by a pattern."""
    document = read(text, file=file)
    if isinstance(document, dict) and LIKE in document:
        document = merged(_other(str(document[LIKE]), at=file), document)
    if not isinstance(document, dict) or "pattern" not in document:
        yield file, _with_places(document)
        return
    pattern, listed = str(document["pattern"]), document.get("regimes")
    if not _is_name(pattern) or not _pattern_file(pattern).is_file():
        message = f"there is no pattern {pattern}"
        raise InvalidInput(
            message, field=f"{file}: pattern", fix="name a file of regimes/patterns/"
        )
    if not isinstance(listed, list):
        message, fix = "is no list", "list the values of each regime"
        raise InvalidInput(message, field=f"{file}: regimes", fix=fix)
    for i, values in enumerate(listed):
        at = f"{file}: regimes[{i}]"
        if not isinstance(values, dict):
            message, fix = "holds no values", "write them by name, such as {state: AL}"
            raise InvalidInput(message, field=at, fix=fix)
        yield at, _with_places(read(_filled(pattern, values, at=at), file=at))


LIKE = "like"
"""Names the file of another version, of which only what differs is written."""


def merged(base: Any, changes: Any) -> Any:
    """Return a document with changes: mappings key by key, lists of rules by their ids.

    What is null in the changes is left out, a rule with `null` for its condition among it.
    """
    if isinstance(base, dict) and isinstance(changes, dict):
        names = dict.fromkeys([*base, *changes])
        found = {name: merged(base.get(name), changes.get(name, base.get(name))) for name in names}
        return {n: value for n, value in found.items() if n != LIKE and not _dropped(n, changes)}
    if changes and _by_id(base) and _by_id(changes):
        news = {rule["id"]: rule for rule in changes}
        known = [merged(rule, news.pop(rule["id"], {})) for rule in base]
        return [rule for rule in [*known, *news.values()] if "when" in rule]
    return changes


def _dropped(name: str, changes: dict[str, Any]) -> bool:
    return name in changes and changes[name] is None


def _by_id(rules: Any) -> bool:
    return isinstance(rules, list) and all(isinstance(r, dict) and "id" in r for r in rules)


def _other(name: str, *, at: str) -> Any:
    entry = _package().joinpath(f"{name}.yaml")
    if not _is_name(name) or not entry.is_file():
        message = f"there is no {name}.yaml"
        raise InvalidInput(message, field=f"{at}: {LIKE}", fix="name a file of the rule pack")
    document = read(entry.read_text(encoding="utf-8"), file=entry.name)
    if LIKE in document:
        return merged(_other(str(document[LIKE]), at=entry.name), document)
    return document


def read(text: str, *, file: str) -> Any:
    """Return the document of a YAML text; `file` names it in errors."""
    try:
        return read_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"is not YAML from line {mark.line + 1} on" if mark else "is not YAML"
        raise InvalidInput(message, field=file, fix="check indentation and quotes") from error


def doubled_keys(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, key) of every key that stands twice in one mapping: the first is lost."""
    waiting = [yaml.compose(text, Loader=LOADER)]
    seen = set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = [key for key, _ in node.value]
            names = [key.value for key in keys]
            yield from (
                (key.start_mark.line + 1, str(key.value))
                for i, key in enumerate(keys)
                if key.value in names[:i]
            )
            waiting += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


@cache
def risk_document() -> Any:
    """Return the document of the decision table of risk."""
    return read(_package().joinpath(RISK).read_text(encoding="utf-8"), file=RISK)


def _filled(pattern: str, values: Mapping[str, Any], *, at: str) -> str:
    from jinja2 import TemplateError  # noqa: PLC0415  # where a pattern is used

    try:
        return str(_pattern(pattern).render(values))
    except TemplateError as error:
        fix = f"give every value that patterns/{pattern}.yaml.jinja asks for"
        raise InvalidInput(str(error.message), field=at, fix=fix) from error


@cache
def _pattern(name: str) -> Any:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415

    # YAML, and no page: nothing is escaped.
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    return environment.from_string(_pattern_file(name).read_text(encoding="utf-8"))


def _pattern_file(name: str) -> Traversable:
    return _package().joinpath("patterns", f"{name}.yaml.jinja")


def _is_name(name: str) -> bool:
    """Whether it is the bare name of a file, and no way to another folder."""
    return name.replace("-", "").isalnum()


def _with_places(document: Any) -> Any:
    """Put the places of a group where `residences` names it."""
    if not isinstance(document, dict):
        return document
    groups, found = _places(), dict(document)
    for field in ("residences", "establishments"):
        if isinstance(places := document.get(field), list):
            named = [p for name in places for p in groups.get(name, [name])]
            found[field] = list(dict.fromkeys(named))
    return found


@cache
def _places() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = read(
        _package().joinpath(PLACES).read_text(encoding="utf-8"), file=PLACES
    )
    return found


def _package() -> Traversable:
    return resources.files("tocsin.regimes")
