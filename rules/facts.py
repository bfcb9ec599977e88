"""The facts of an incident under the paths that conditions name; None where they are unknown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, Sensitivity
from tocsin.schemas.duty import Severity
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import Availability, Confidentiality, IncidentFile, Integrity

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Between:
    """A number of which only bounds are known; None is unbounded."""

    minimum: int | None = None
    maximum: int | None = None


FactValue = str | int | bool | datetime | Between | None
"""What a fact path holds; None means unknown."""


def facts_of(
    incident: IncidentFile, severity: Severity, persons: int | None
) -> dict[str, FactValue]:
    """Return the facts that conditions may ask for.

    `persons` is what resolution counted, None before it has. Whether telling people one by one is
    hard follows here from the incident's own limit alone; the round's switch decision knows more.
    """
    facts = incident.facts
    count = count_persons(incident, persons)
    return {
        "facts.started": facts.started.value.at if facts.started.value else None,
        "facts.ended": facts.ended.value.at if facts.ended.value else None,
        "facts.detected": facts.detected.value.at if facts.detected.value else None,
        "facts.aware": facts.aware.value.at if facts.aware.value else None,
        "facts.cause": _text(facts.cause),
        "facts.confidentiality": _text(facts.confidentiality, nothing=Confidentiality.NOT_LOST),
        "facts.integrity": _text(facts.integrity, nothing=Integrity.NOT_LOST),
        "facts.availability": _text(facts.availability, nothing=Availability.NOT_LOST),
        "facts.identifiability": _text(facts.identifiability),
        "facts.unintelligible": _flag(facts.unintelligible),
        "facts.harm_averted": _flag(facts.harm_averted),
        "facts.persons": count,
        "facts.records": facts.records.value,
        "facts.critical_infrastructure": _flag(facts.critical_infrastructure),
        "data_kinds.special": any(SENSITIVITY[k] is Sensitivity.S3 for k in incident.data_kinds),
        "data_kinds.credentials": any(k in CREDENTIALS for k in incident.data_kinds),
        "severity.band": severity.band.value,
        "severity.score": severity.score,
        "individuals.hard_to_tell": _over(incident.announcement_limit, count),
    }


def count_persons(incident: IncidentFile, counted: int | None) -> int | Between | None:
    """Return how many people are concerned: a number, bounds, or None.

    A count replaces an estimate. A number that is stated as known stands beside the count, and the
    larger one holds: the directory need not hold everyone whose data was touched.
    """
    stated = incident.facts.persons
    table = stated.value
    if counted is not None:
        firm = table.total if table and stated.state is FactState.KNOWN else None
        return max(counted, firm or 0)
    if table is None:
        return None
    if table.total is not None:
        return table.total
    if table.minimum is None and table.maximum is None:
        split = sum(table.by_residence.values())
        return Between(minimum=split) if split else None
    return Between(table.minimum, table.maximum)


def _over(limit: int | None, count: int | Between | None) -> bool | None:
    if limit is None or count is None:
        return None
    if isinstance(count, int):
        return count > limit
    if count.minimum is not None and count.minimum > limit:
        return True
    return False if count.maximum is not None and count.maximum <= limit else None


def _text(fact: Fact[Choice], *, nothing: Choice | None = None) -> str | None:
    """Return a choice as text; "not applicable" is the choice that nothing happened."""
    value = nothing if fact.state is FactState.NOT_APPLICABLE else fact.value
    return None if value is None else value.value


def _flag(fact: Fact[bool]) -> bool | None:
    return False if fact.state is FactState.NOT_APPLICABLE else fact.value
