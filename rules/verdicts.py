"""What a rule concludes from facts of which some are unknown, and from what it assumes of those."""

from collections.abc import Mapping, Sequence
from typing import Any

from tocsin.rules.conditions import Verdict, evaluate
from tocsin.rules.facts import FactValue, asked_for
from tocsin.schemas.regime import Assumption


def conclude(
    tree: Mapping[str, Any], assumes: Sequence[Assumption], facts: Mapping[str, FactValue]
) -> Verdict:
    """Return the verdict of a tree; facts that leave it open are taken as the rule assumes them.

    What decides without an assumption needs none. `missing` are the facts of the incident file that
    would decide it, `assumed` the paths that were assumed.
    """
    verdict = evaluate(tree, facts)
    if verdict.value is not None:
        return verdict
    taken = {a.fact: a.value for a in assumes if a.fact in verdict.missing}
    if taken:
        verdict = evaluate(tree, {**facts, **taken})
    missing = tuple(dict.fromkeys(asked_for(path, facts) for path in verdict.missing))
    return Verdict(verdict.value, missing, tuple(taken))


def both(first: Verdict, second: Verdict) -> Verdict:
    """Return the verdict that both hold (Kleene); one that does not hold decides alone."""
    if first.value is False or second.value is False:
        return Verdict(False)
    assumed = tuple(dict.fromkeys([*first.assumed, *second.assumed]))
    if first.value and second.value:
        return Verdict(True, (), assumed)
    return Verdict(None, tuple(dict.fromkeys([*first.missing, *second.missing])), assumed)
