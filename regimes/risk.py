"""The decision table of risk, and the rules that ask for a level of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.regimes.check import check_rule
from tocsin.schemas.duty import RiskLevel
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.regime import Assumption, Regime, RiskTable, Rule

PATH = "risk.level"
_LEVELS = tuple(RiskLevel)


def check_risk(table: RiskTable) -> None:
    """Check the table as any rule is checked; the gravest level has to come first.

    Raises `InvalidInput` naming the field.
    """
    for i, rule in enumerate(table.rules):
        at = f"risk.yaml: rules[{i}]"
        check_rule(rule, at=at, permits=False)
        if PATH in repr(rule.when):
            message = "a level cannot rest on itself"
            raise InvalidInput(message, field=f"{at}.when", fix="ask for facts")
    order = [_LEVELS.index(rule.level) for rule in table.rules]
    if order != sorted(order, reverse=True):
        message = "the rules of the gravest level have to come first"
        raise InvalidInput(message, field="risk.yaml: rules", fix="sort them by level")


def with_risk(regime: Regime, table: RiskTable) -> Regime:
    """Return a regime whose rules ask for facts where they asked for a level of risk.

    `at_least: [risk.level, high]` becomes: any of the conditions of the table's rules for high.
    What those assume of unknown facts is assumed by the rule too.
    """
    update: dict[str, Any] = {
        "reports": tuple(_spelt(rule, table) for rule in regime.reports),
        "individuals": _spelt(regime.individuals, table),
        "public": _spelt(regime.public, table),
        "others": tuple(_spelt(rule, table) for rule in regime.others),
    }
    if regime.applies is not None:
        update["applies"] = _spelt(regime.applies, table)
    return regime.model_copy(update=update)


def _spelt(rule: Any, table: RiskTable) -> Any:
    if PATH not in repr(rule.when):
        return rule
    added: dict[str, Assumption] = {}
    when = _tree(rule.when, table, added)
    own = {assumption.fact for assumption in rule.assumes}
    assumes = (*rule.assumes, *(a for fact, a in added.items() if fact not in own))
    return rule.model_copy(update={"when": when, "assumes": assumes})


def _tree(tree: Mapping[str, Any], table: RiskTable, added: dict[str, Assumption]) -> Any:
    ((operator, operand),) = tree.items()
    match operator:
        case "all" | "any":
            return {operator: [_tree(branch, table, added) for branch in operand]}
        case "not":
            return {"not": _tree(operand, table, added)}
        case "at_least_n":
            return {operator: [operand[0], [_tree(b, table, added) for b in operand[1]]]}
        case "at_least" if operand[0] == PATH:
            rules = _from(table.rules, operand[1])
            for rule in rules:
                added |= {a.fact: a for a in rule.assumes if a.fact not in added}
            return {"any": [rule.when for rule in rules]}
        case _:
            return dict(tree)


def _from(rules: Sequence[Any], level: str) -> list[Rule]:
    least = _LEVELS.index(RiskLevel(level))
    return [rule for rule in rules if _LEVELS.index(rule.level) >= least]
