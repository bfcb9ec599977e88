"""Whether the deadlines of a regime hold together: their numbers, starts, units and other terms."""

from collections.abc import Iterator
from typing import NoReturn

from tocsin.regimes.trees import check_tree
from tocsin.regimes.working_days import check_days
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.fact_paths import FACT_PATHS, FactShape
from tocsin.schemas.regime import CLOCK_STARTS, REPORT, Deadline, Regime

_MOMENTS = tuple(
    path.removeprefix("facts.")
    for path, fact in FACT_PATHS.items()
    if fact.shape is FactShape.MOMENT
)


def deadlines(regime: Regime) -> Iterator[tuple[str, Deadline]]:
    """Return every deadline of a regime and where it stands."""
    for i, report in enumerate(regime.reports):
        yield f"reports[{i}].deadline", report.deadline
    yield "individuals.deadline", regime.individuals.deadline
    for i, other in enumerate(regime.others):
        yield f"others[{i}].deadline", other.deadline


def check_deadline(deadline: Deadline, regime: Regime, *, at: str) -> None:
    """Raise InvalidInput naming the field of a deadline that cannot be counted."""
    if (deadline.value is None) is not (deadline.unit is None):
        _refuse("a deadline has both a value and a unit, or neither", at=at, fix="give both")
    if deadline.guidance and deadline.value is None:
        _refuse("there is no number to be guidance", at=f"{at}.guidance", fix="remove it")
    _check_start(deadline.after, regime, at=f"{at}.after")
    for i, end in enumerate(deadline.sooner):
        _check_start(end.after, regime, at=f"{at}.sooner[{i}].after")
    check_days(deadline, regime.holidays, at=at)
    for i, term in enumerate(deadline.stricter):
        check_tree(term.when, at=f"{at}.stricter[{i}].when")
    for i, term in enumerate(deadline.longer):
        check_tree(term.when, at=f"{at}.longer[{i}].when", lifts=True)
    if deadline.rolls and deadline.rolls.unless is not None:
        check_tree(deadline.rolls.unless, at=f"{at}.rolls.unless")
    if deadline.rolls and not regime.holidays:
        message = "nobody says whose working days these are"
        _refuse(message, at=f"{at}.rolls", fix="write `holidays: DE`, or `holidays: '@home'`")


def _check_start(after: str, regime: Regime, *, at: str) -> None:
    if after.startswith(REPORT):
        name = after.removeprefix(REPORT)
        if ":" not in name and name not in {report.id for report in regime.reports}:
            _refuse(f"there is no report {name}", at=at, fix="name the id of one of the reports")
        return
    if after not in _MOMENTS and after not in CLOCK_STARTS:
        known = ", ".join((*_MOMENTS, *CLOCK_STARTS, f"{REPORT}ID"))
        _refuse("there is no such instant", at=at, fix=f"one of: {known}")


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)
