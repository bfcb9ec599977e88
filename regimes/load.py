"""Loads the regimes: the files of this package, then an operator's own."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import yaml
from pydantic import ValidationError
from tocsin.regimes.check import check_regime
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Regime


def load_regimes(extra: Path | None = None) -> tuple[Regime, ...]:
    """Return every regime, checked and sorted by id.

    `extra` is a YAML file or a folder of them. A regime there takes the place of a built-in one of
    the same id: the operator's counsel has the last word on the law. Raises `InvalidInput` naming
    the file and the field that is wrong.
    """
    regimes = _by_id(_built_in())
    if extra is not None:
        regimes |= _by_id(_own(extra))
    return tuple(regimes[name] for name in sorted(regimes))


def _by_id(texts: Iterator[tuple[str, str]]) -> dict[str, Regime]:
    found: dict[str, Regime] = {}
    for file, text in texts:
        regime = parse_regime(text, file=file)
        if regime.id in found:
            message = f"{regime.id} is already defined by another file beside it"
            raise InvalidInput(message, field=f"{file}: id", fix="give each regime its own id")
        found[regime.id] = regime
    return found


def _built_in() -> Iterator[tuple[str, str]]:
    for entry in sorted(resources.files("tocsin.regimes").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".yaml"):
            yield entry.name, entry.read_text(encoding="utf-8")


def _own(extra: Path) -> Iterator[tuple[str, str]]:
    if not extra.exists():
        message = "there is no such file or folder"
        raise InvalidInput(
            message, field="regimes", fix=f"create {extra}, or leave the setting out"
        )
    files = sorted([*extra.glob("*.yaml"), *extra.glob("*.yml")]) if extra.is_dir() else [extra]
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = "cannot be read as UTF-8 text"
            raise InvalidInput(message, field=path.name, fix="check the file") from error
        yield path.name, text


def parse_regime(text: str, *, file: str) -> Regime:
    """Return the regime that a YAML text describes; `file` names it in errors."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"is not YAML from line {mark.line + 1} on" if mark else "is not YAML"
        raise InvalidInput(message, field=file, fix="check indentation and quotes") from error
    try:
        regime = Regime.model_validate(document)
    except ValidationError as error:
        # A misspelt field is both missing and surplus: the surplus one shows the typo.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
        where = f"{file}: {path.removeprefix('.')}" if path else file
        raise InvalidInput(first["msg"], field=where, fix=_fix(str(first["type"]))) from error
    check_regime(regime, file=file)
    return regime


def _fix(error_type: str) -> str:
    match error_type:
        case "extra_forbidden":
            return "remove it, or correct its spelling"
        case "missing":
            return "add it"
        case "string_type":
            return "write text; quote words that YAML reads as something else, such as NO"
        case _:
            return "see the schema of a regime"
