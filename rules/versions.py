"""Which version of the law holds: that of the day on which the organisation became aware."""

from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import TypeVar

from tocsin.rules.clocks import earliest, in_zone
from tocsin.schemas.duty import Duty
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import (
    NO_ANNOUNCEMENT,
    NO_NOTICE,
    Basis,
    Confidence,
    Regime,
    Rule,
    Status,
)

AnyRule = TypeVar("AnyRule", bound=Rule)


def day_of_law(incident: IncidentFile, raised_at: datetime, zone: tzinfo | None = None) -> date:
    """Return the day whose law decides: awareness, else detection, else when it was raised."""
    facts = incident.facts
    instant = facts.aware.value or facts.detected.value
    if instant is not None:
        return in_zone(earliest(instant), zone).date()
    return (raised_at if zone is None else raised_at.astimezone(zone)).date()


def in_force(regimes: Sequence[Regime], day: date) -> tuple[Regime, ...]:
    """Return the regimes as they stand on a day, with the rules alone that hold then."""
    return tuple(_as_of(regime, day) for regime in regimes if is_in_force(regime, day))


def is_in_force(regime: Regime, day: date) -> bool:
    """Whether a version of a regime holds on a day; a proposal never does."""
    return regime.status is not Status.PROPOSAL and _holds(regime.valid_from, regime.valid_to, day)


def _as_of(regime: Regime, day: date) -> Regime:
    dated = (*regime.reports, *regime.others, regime.individuals, regime.public)
    if not any(rule.valid_from or rule.valid_to for rule in dated):
        return regime
    update = {
        "reports": _kept(regime.reports, day),
        "others": _kept(regime.others, day),
        "individuals": next(iter(_kept((regime.individuals,), day)), NO_NOTICE),
        "public": next(iter(_kept((regime.public,), day)), NO_ANNOUNCEMENT),
    }
    return regime.model_copy(update=update)


def _kept(rules: Sequence[AnyRule], day: date) -> tuple[AnyRule, ...]:
    return tuple(rule for rule in rules if _holds(rule.valid_from, rule.valid_to, day))


def _holds(first: date | None, last: date | None, day: date) -> bool:
    return (first or date.min) <= day <= (last or date.max)


def rules_of(regime: Regime) -> tuple[Rule, ...]:
    """Return every rule by which a duty is decided."""
    return (*regime.reports, regime.individuals, regime.public, *regime.others)


def unverified(rule: Rule, regime: Regime) -> str:
    """Return why a rule has to be checked before anybody relies on it; empty if it was."""
    if rule.basis is Basis.MEMORY:
        return "written from memory, nothing was read"
    if (rule.confidence or regime.confidence) is Confidence.LOW:
        return "sources are thin or contradict each other"
    return ""


def version_of(regime: Regime) -> str:
    """Return the version of a regime: the day since when it holds, and a digest of its text."""
    return f"{regime.valid_from:%Y-%m-%d}/{regime.digest}"


def deciding(regimes: Sequence[Regime], duty: Duty) -> Regime | None:
    """Return the version of a regime that decided a duty; the newest one where that is gone."""
    versions = [regime for regime in regimes if regime.id == duty.regime]
    same = (regime for regime in versions if version_of(regime) == duty.law)
    return next(same, versions[-1] if versions else None)
