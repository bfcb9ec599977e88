"""The level of risk of an incident by the decision table, with the rules that make it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tocsin.rules.facts import FactValue
from tocsin.rules.verdicts import conclude
from tocsin.schemas.duty import RiskLevel
from tocsin.schemas.regime import RiskRule, RiskTable


@dataclass(frozen=True, slots=True)
class Risk:
    """A level, what makes it, and on what it rests."""

    level: RiskLevel | None
    """None while facts are missing that would decide it."""
    rules: tuple[RiskRule, ...] = ()
    """The rules of that level that hold."""
    assumed: tuple[str, ...] = ()
    """What those rules assumed of unknown facts, a sentence each."""
    missing: tuple[str, ...] = ()


def risk_of(table: RiskTable, facts: Mapping[str, FactValue]) -> Risk:
    """Return the level of the first rule that holds; unlikely where none does.

    A graver rule that is undecided leaves the level open.
    """
    verdicts = [(rule, conclude(rule.when, rule.assumes, facts)) for rule in table.rules]
    for level in (RiskLevel.HIGH, RiskLevel.RISK):
        here = [(rule, verdict) for rule, verdict in verdicts if rule.level is level]
        held = [(rule, verdict) for rule, verdict in here if verdict.value]
        if held:
            assumed = [
                f"{rule.id}: {a.fact} is not known. {a.because}"
                for rule, verdict in held
                for a in rule.assumes
                if a.fact in verdict.assumed
            ]
            rules = tuple(rule for rule, _ in held)
            return Risk(level, rules, tuple(dict.fromkeys(assumed)))
        missing = [path for _, verdict in here if verdict.value is None for path in verdict.missing]
        if missing:
            return Risk(None, missing=tuple(dict.fromkeys(missing)))
    return Risk(RiskLevel.UNLIKELY)
