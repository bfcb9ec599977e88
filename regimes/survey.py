"""Reads a whole rule pack and goes on where something is wrong, so that all of it is found."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.regimes.documents import NO_REGIMES, built_in, doubled_keys, own, texts
from tocsin.regimes.load import in_order, regime_of
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Regime


class Found(NamedTuple):
    """A version of a regime, and the file that it stands in."""

    file: str
    regime: Regime


class Survey(NamedTuple):
    """A rule pack as far as it can be read, and what is wrong with the rest."""

    found: tuple[Found, ...]
    """Sorted by id and day of force."""
    problems: tuple[InvalidInput, ...]


def survey(extra: Path | None = None) -> Survey:
    """Return every version of every regime that is sound by itself, and what is wrong elsewhere.

    `extra` is a YAML file or a folder of them; a regime there takes the place of the built-in ones
    of the same id. Of one regime the first problem is told. Raises `InvalidInput` where `extra` is
    not there at all.
    """
    if extra is not None and not extra.exists():
        message = "there is no such file or folder"
        raise InvalidInput(message, field=str(extra), fix="name one, or leave it out")
    problems: list[InvalidInput] = []
    by_id = _versions(_read(built_in(), problems), problems)
    problems += _doubled(None)
    if extra is not None:
        files = _files(extra, problems)
        read = []
        for file in files:
            before = len(problems)
            read += _read(own(file), problems)
            problems += _doubled(file) if len(problems) == before else ()
        by_id |= _versions(read, problems)
    found = tuple(version for name in sorted(by_id) for version in by_id[name])
    return Survey(found, tuple(problems))


def _files(extra: Path, problems: list[InvalidInput]) -> list[Path]:
    if not extra.is_dir():
        return [extra]
    files = sorted([*extra.glob("*.yaml"), *extra.glob("*.yml")])
    for path in files:
        if path.name in NO_REGIMES:
            fix = "write it into your regimes, or give the file another name"
            problems.append(InvalidInput("is not read here", field=path.name, fix=fix))
    if not files:
        message = "holds no file that ends in .yaml or .yml"
        problems.append(
            InvalidInput(message, field=str(extra), fix="name the folder of your files")
        )
    return files


def _doubled(extra: Path | None) -> Iterator[InvalidInput]:
    for file, text in texts(extra):
        for line, key in doubled_keys(text):
            message = f"{key} stands twice, and the first of the two is lost"
            yield InvalidInput(message, field=f"{file}: line {line}", fix="keep one of them")


def _read(documents: Iterator[tuple[str, Any]], problems: list[InvalidInput]) -> list[Found]:
    found: list[Found] = []
    while True:
        try:
            file, document = next(documents)
        except StopIteration:
            return found
        except InvalidInput as error:  # the rest of that file cannot be read
            problems.append(error)
            return found
        try:
            found.append(Found(file, regime_of(document, file=file)))
        except InvalidInput as error:
            problems.append(error)


def _versions(found: Iterable[Found], problems: list[InvalidInput]) -> dict[str, tuple[Found, ...]]:
    by_id: dict[str, list[Found]] = {}
    for each in found:
        by_id.setdefault(each.regime.id, []).append(each)
    for versions in by_id.values():
        versions.sort(key=lambda each: each.regime.valid_from)
        try:
            in_order([(each.file, each.regime) for each in versions])
        except InvalidInput as error:
            problems.append(error)
    return {name: tuple(versions) for name, versions in by_id.items()}
