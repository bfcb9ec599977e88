"""Whether a regime has anything to do with an incident: residence, sector, event."""

from collections.abc import Mapping
from typing import NamedTuple

from tocsin.rules.conditions import Verdict
from tocsin.rules.facts import FactValue
from tocsin.rules.headcount import EVERYWHERE
from tocsin.rules.verdicts import both, conclude
from tocsin.schemas.duty import Outside
from tocsin.schemas.regime import Regime

_NOBODY = "None of the people concerned live where it protects them."


class Scope(NamedTuple):
    """Whether a regime has anything to do with an incident."""

    verdict: Verdict
    why_not: str = ""
    outside: Outside | None = None
    """Set where it does not apply."""


def applies(regime: Regime, facts: Mapping[str, FactValue]) -> Scope:
    """Return whether a regime applies, and why not if it does not: residence, sector, event.

    One that protects everybody wherever they live, but is of a jurisdiction where nobody concerned
    lives, is left aside like any other that protects none of them once its rule says no.
    """
    protected = conclude({"at_least": ["facts.persons", 1]}, (), facts)
    if protected.value is False:
        return Scope(Verdict(False), _NOBODY, Outside.PEOPLE)
    if regime.applies is None:
        return Scope(protected)
    rule = conclude(regime.applies.when, regime.applies.assumes, facts)
    if rule.value is False:
        abroad = EVERYWHERE in regime.residences and facts["persons.in_us"] == 0
        outside = Outside.PEOPLE if abroad else Outside.RULE
        return Scope(Verdict(False), regime.applies.reason_not, outside)
    return Scope(both(protected, rule))
