"""Which entries of the register were asked for: of a regime, of a year, of an annual log."""

from collections.abc import Iterable, Sequence

from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Regime
from tocsin.schemas.register import Owed, RegisterDuty, RegisterEntry

_YEARS = range(1990, 2200)


def check_year(year: int | None) -> None:
    """Refuse a year that no incident can be of."""
    if year is not None and year not in _YEARS:
        message = f"{year} is no year of an incident"
        raise InvalidInput(message, field="--year", fix="write four digits, such as 2026")


def check_regime(name: str, regimes: Sequence[Regime], entries: Iterable[RegisterEntry]) -> None:
    """Refuse a regime that is neither known nor in the ledger."""
    known = {regime.id for regime in regimes}
    known |= {regime.id for entry in entries for regime in entry.regimes}
    if name not in known:
        message = f"there is no regime {name!r}"
        raise InvalidInput(message, field="--regime", fix=f"one of: {', '.join(sorted(known))}")


def check_annual(name: str, year: int | None, regimes: Sequence[Regime]) -> None:
    """Refuse a log that no law asks for, or one without its year."""
    logs = sorted(r.id for r in regimes for report in r.reports if report.phase is Phase.ANNUAL)
    if name not in logs:
        message = f"{name} asks for no log of a year's incidents"
        raise InvalidInput(message, field="--annual", fix=f"these do: {', '.join(logs) or 'none'}")
    if year is None:
        message = "is missing: a log is one of a year"
        fix = f"add the year in which the incidents were discovered: --annual {name} --year 2026"
        raise InvalidInput(message, field="--year", fix=fix)


def chosen(
    entries: Iterable[RegisterEntry], *, regime: str | None, year: int | None
) -> tuple[RegisterEntry, ...]:
    """Return the entries of a year, and of a regime with nothing but what that one asks."""
    found = []
    for entry in entries:
        theirs = tuple(each for each in entry.regimes if regime in {None, each.id})
        if (regime is None or theirs) and year in {None, entry.year}:
            found.append(entry.model_copy(update={"regimes": theirs}))
    return tuple(found)


def annual_log(
    entries: Iterable[RegisterEntry], *, regime: str, year: int
) -> tuple[RegisterEntry, ...]:
    """Return the incidents of a year's log, each with the duty of the log alone.

    The year is the one at whose end the clock of the duty starts. One of which nobody knows yet
    whether it is owed stands in it; a withdrawn incident was none.
    """
    found = []
    for entry in chosen(entries, regime=regime, year=None):
        if entry.state == "withdrawn":
            continue
        (theirs,) = entry.regimes
        duties = tuple(duty for duty in theirs.duties if _in_log(duty, entry, year))
        if duties:
            update = {"regimes": (theirs.model_copy(update={"duties": duties}),)}
            found.append(entry.model_copy(update=update))
    return tuple(found)


def _in_log(duty: RegisterDuty, entry: RegisterEntry, year: int) -> bool:
    ends = entry.year if duty.starts_at is None else duty.starts_at.year
    return duty.phase is Phase.ANNUAL and duty.owed is not Owed.NOT_REQUIRED and ends == year
