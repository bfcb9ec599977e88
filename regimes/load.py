"""Loads the rule pack: the files of this package, then an operator's own."""

import json
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from tocsin.regimes.check import check_regime
from tocsin.regimes.documents import built_in, documents, own, risk_document
from tocsin.regimes.risk import check_risk, with_risk
from tocsin.regimes.working_days import check_holidays
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Regime, RiskTable


def load_regimes(extra: Path | None = None) -> tuple[Regime, ...]:
    """Return every version of every regime, checked, sorted by id and day of force.

    `extra` is a YAML file or a folder of them. A regime there takes the place of the built-in ones
    of the same id: the operator's counsel has the last word on the law. Raises `InvalidInput`
    naming the file and the field that is wrong.
    """
    regimes = dict(_package())
    if extra is not None:
        regimes |= _by_id(own(extra))
    return tuple(version for name in sorted(regimes) for version in regimes[name])


@cache
def _package() -> dict[str, tuple[Regime, ...]]:
    return _by_id(built_in(), thorough=False)


def let_go() -> None:
    """Keep no regime that nobody uses: a deployment may go by five of a hundred."""
    _package.cache_clear()


@cache
def load_risk() -> RiskTable:
    """Return the decision table of risk, checked."""
    table = RiskTable.model_validate(risk_document())
    check_risk(table)
    return table


def _by_id(
    found: Iterable[tuple[str, Any]], *, thorough: bool = True
) -> dict[str, tuple[Regime, ...]]:
    versions: dict[str, list[tuple[str, Regime]]] = {}
    for file, document in found:
        regime = regime_of(document, file=file, thorough=thorough)
        versions.setdefault(regime.id, []).append((file, regime))
    return {name: in_order(each) for name, each in versions.items()}


def in_order(versions: list[tuple[str, Regime]]) -> tuple[Regime, ...]:
    """Return the versions of a regime by age; no two may be in force on one day."""
    versions.sort(key=lambda pair: pair[1].valid_from)
    for (_, older), (file, newer) in pairwise(versions):
        if (older.valid_to or date.max) >= newer.valid_from:
            message = f"{newer.id} is already defined by another file for the same time"
            fix = "end the older one by valid_to, or give each regime its own id"
            raise InvalidInput(message, field=f"{file}: id", fix=fix)
    return tuple(regime for _, regime in versions)


def parse_regime(text: str, *, file: str) -> Regime:
    """Return the regime that a YAML text describes; `file` names it in errors."""
    ((at, document),) = documents(text, file=file)
    return regime_of(document, file=at)


def regime_of(document: Any, *, file: str, thorough: bool = True) -> Regime:
    """Return the regime that a document describes, checked, with its levels of risk spelt out.

    Whether the holidays of its place are known is looked up only if it is to be `thorough`.
    """
    if not isinstance(document, dict):
        message, fix = "holds no regime", "write one, as docs/regimes.md says"
        raise InvalidInput(message, field=file, fix=fix)
    try:
        regime = Regime.model_validate(document)
    except ValidationError as error:
        # A misspelt field is both missing and surplus: the surplus one shows the typo.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
        where = f"{file}: {path.removeprefix('.')}" if path else file
        raise InvalidInput(first["msg"], field=where, fix=_fix(str(first["type"]))) from error
    check_regime(regime, file=file)
    if thorough:
        check_holidays(regime.holidays, at=f"{file}: holidays")
    table = load_risk()
    text = json.dumps([document, risk_document()], sort_keys=True, default=str)
    return with_risk(regime, table).model_copy(update={"digest": sha256_hex(text.encode())[:12]})


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
