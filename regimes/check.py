"""What a regime file may ask: closed operators, known facts, no duty that a graver fact lifts."""

from collections.abc import Iterator
from typing import NoReturn

from tocsin.regimes.assumptions import check_assumptions
from tocsin.regimes.deadlines import check_deadline, deadlines
from tocsin.regimes.order import check_order
from tocsin.regimes.trees import check_tree
from tocsin.schemas.duty import PublicMode
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import CLOCK_STARTS, Regime, Rule


def check_regime(regime: Regime, *, file: str) -> None:
    """Check the condition trees, clocks, ids and orders of a regime.

    Raises `InvalidInput` naming the file and the field: an unknown operator or fact, a value that
    does not fit its fact, a rule that a graver fact would turn off, or two rules of one id.
    """
    _check_ids(regime, file=file)
    for at, rule in _rules(regime):
        permits = rule is regime.public and regime.public.mode is PublicMode.INSTEAD
        check_rule(rule, at=f"{file}: {at}", permits=permits)
    for at, deadline in deadlines(regime):
        check_deadline(deadline, regime, at=f"{file}: {at}")
    if regime.individuals.deadline.after == CLOCK_STARTS[0]:
        message = "the notice to individuals cannot wait for itself"
        _refuse(message, at=f"{file}: individuals.deadline.after", fix="name another start")
    check_order(regime, file=file)
    ids = {report.id for report in regime.reports}
    for i, report in enumerate(regime.reports):
        if report.replaces and report.replaces not in ids - {report.id}:
            message = f"there is no other report {report.replaces}"
            _refuse(message, at=f"{file}: reports[{i}].replaces", fix="name the id of one")


def check_rule(rule: Rule, *, at: str, permits: bool) -> None:
    """Check the condition of a rule and what it assumes. Raises `InvalidInput` naming the field."""
    check_tree(rule.when, at=f"{at}.when", lifts=None if rule.when_exempt else False)
    if rule.when_exempt:
        return
    check_assumptions(rule, at=at, permits=permits)


def _check_ids(regime: Regime, *, file: str) -> None:
    for what, rules in (("reports", regime.reports), ("others", regime.others)):
        ids = [rule.id for rule in rules]
        for i, name in enumerate(ids):
            if name in ids[:i]:
                at = f"{file}: {what}[{i}].id"
                _refuse(f"{name} is the id of another rule", at=at, fix="give each rule its own id")


def _rules(regime: Regime) -> Iterator[tuple[str, Rule]]:
    if regime.applies is not None:
        yield "applies", regime.applies
    for i, report in enumerate(regime.reports):
        yield f"reports[{i}]", report
    yield "individuals", regime.individuals
    yield "public", regime.public
    for i, other in enumerate(regime.others):
        yield f"others[{i}]", other


def _refuse(message: str, *, at: str, fix: str) -> NoReturn:
    raise InvalidInput(message, field=at, fix=fix)
