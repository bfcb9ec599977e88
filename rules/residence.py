"""Which regimes protect a person, by residence."""

from collections.abc import Sequence
from datetime import datetime

from tocsin.rules.facts import Known, facts_of
from tocsin.rules.headcount import EVERYWHERE, Headcount
from tocsin.rules.severity import assess
from tocsin.rules.verdicts import conclude
from tocsin.rules.versions import day_of_law, in_force
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Regime

_NOBODY_COUNTED = Headcount(None, {}, None)


def regimes_of(
    residence: str | None, regimes: Sequence[Regime], *, default: str
) -> tuple[str, ...]:
    """Return the ids of the regimes that cover a residence, in the order of `regimes`.

    `residence` is ISO 3166, a country or one of its subdivisions (`CN`, `US-CA`); a regime of the
    country covers its subdivisions. None takes the configured `default` residence. Empty when no
    regime covers it.
    """
    place = (residence or default).strip().upper()
    covering = {place, place.partition("-")[0], EVERYWHERE}
    return tuple(regime.id for regime in regimes if not covering.isdisjoint(regime.residences))


def in_play(
    regimes: Sequence[Regime], incident: IncidentFile, raised_at: datetime
) -> tuple[Regime, ...]:
    """Return the regimes that ask for notices in an incident, or may, wherever its people live.

    The law is that of the day of awareness; `raised_at` stands in for it.

    One that may or may not apply asks for what it asks; but it neither reaches beyond its own
    jurisdiction nor keeps people from being told on a channel that it would not permit.
    """
    known = Known(assess(incident), _NOBODY_COUNTED)
    found: list[Regime] = []
    for regime in in_force(regimes, day_of_law(incident, raised_at)):
        if not regime.tells_people:
            continue
        if regime.applies is None:
            found.append(regime)
            continue
        facts = facts_of(incident, known, regime)
        verdict = conclude(regime.applies.when, regime.applies.assumes, facts)
        if verdict.value is True:
            found.append(regime)
        elif verdict.value is None:
            found.append(_while_undecided(regime))
    return tuple(found)


def _while_undecided(regime: Regime) -> Regime:
    residences = regime.residences
    if EVERYWHERE in residences:
        residences = (regime.jurisdiction,) if regime.jurisdiction else ()
    notice = regime.individuals.model_copy(update={"channels": (), "by_agreement": ()})
    return regime.model_copy(update={"residences": residences, "individuals": notice})
