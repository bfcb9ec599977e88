"""The facts of an incident under the paths that conditions name; None where they are unknown."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from tocsin.rules.grading import grade_of
from tocsin.rules.headcount import Between, Count, Headcount
from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, Sensitivity
from tocsin.schemas.duty import Severity
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.fact_paths import FACT_PATHS, FactShape
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import (
    Availability,
    Confidentiality,
    Exfiltrated,
    IncidentFacts,
    Integrity,
    NetworkGrade,
    Role,
)
from tocsin.schemas.regime import Regime

Choice = TypeVar("Choice", bound=StrEnum)

FactValue = str | int | bool | datetime | Between | frozenset[str] | None
"""What a fact path holds; None means unknown."""


@dataclass(frozen=True, slots=True)
class Known:
    """What judgement goes by beside the incident file. None is unknown, as everywhere."""

    severity: Severity
    people: Headcount
    _: KW_ONLY
    hard_to_tell: bool = False
    """Whether the round's switch, or the operator, says that telling one by one is hard."""
    bad_contacts: int | None = None
    """Of how many people of the regime no contact leads to them, once that was counted."""


def facts_of(incident: IncidentFile, known: Known, regime: Regime) -> dict[str, FactValue]:
    """Return the facts that the conditions of a regime may ask for.

    `facts.persons` are the people that the regime protects. Bad contacts that were counted are
    never fewer than the file states.
    """
    people = known.people
    here = people.living_in(regime.residences)
    grade, settled = grade_of(incident.facts, here)
    graded = settled or grade is not NetworkGrade.GENERAL
    bad = [n for n in (incident.facts.bad_contacts.value, known.bad_contacts) if n is not None]
    return {
        **_stated(incident),
        "facts.unintelligible": _unintelligible(incident.facts),
        "facts.processor": incident.facts.role.value is Role.PROCESSOR,
        "facts.persons": here,
        "facts.network_grade": grade.value if graded else None,
        "facts.bad_contacts": max(bad, default=None),
        "persons.total": people.total,
        "persons.in_jurisdiction": people.living_in([regime.jurisdiction])
        if regime.jurisdiction
        else here,
        "persons.in_us": people.living_in(["US"]),
        "persons.in_one_us_state": people.in_one_subdivision("US"),
        "data_kinds": frozenset(kind.value for kind in incident.data_kinds),
        "data_kinds.special": any(SENSITIVITY[k] is Sensitivity.S3 for k in incident.data_kinds),
        "data_kinds.credentials": any(k in CREDENTIALS for k in incident.data_kinds),
        "severity.band": known.severity.band.value,
        "severity.score": known.severity.score,
        "individuals.hard_to_tell": known.hard_to_tell,
    }


def _stated(incident: IncidentFile) -> dict[str, FactValue]:
    """Return the facts that the incident file states under their own names."""
    found: dict[str, FactValue] = {}
    for path, shape in _STATED.items():
        fact = getattr(incident.facts, path.removeprefix("facts."))
        found[path] = _value(fact, nothing=_NOTHING.get(path), shape=shape)
    found["facts.kind"] = _text(incident.circumstances.kind)
    homes = found["facts.established_in"]
    if isinstance(homes, frozenset):  # who is in New York is in the United States
        found["facts.established_in"] = homes | {place.partition("-")[0] for place in homes}
    # what was seen: nothing, as long as nobody says otherwise
    found["facts.effects"] = found["facts.effects"] or frozenset()
    return found


_NOTHING: Mapping[str, StrEnum] = MappingProxyType(
    {
        "facts.confidentiality": Confidentiality.NOT_LOST,
        "facts.integrity": Integrity.NOT_LOST,
        "facts.availability": Availability.NOT_LOST,
        "facts.exfiltration": Exfiltrated.EXCLUDED,
    }
)
"""What a choice is where the file says that it is not applicable."""

_STATED: Mapping[str, FactShape] = MappingProxyType(
    {
        path: fact.shape
        for path, fact in FACT_PATHS.items()
        if path.removeprefix("facts.") in IncidentFacts.model_fields
        and path not in {"facts.persons", "facts.network_grade"}
    }
)


def _value(fact: Fact[Any], *, nothing: StrEnum | None, shape: FactShape) -> FactValue:
    match shape:
        case FactShape.MOMENT:
            return fact.value.at if fact.value else None
        case FactShape.FLAG:
            return _flag(fact)
        case FactShape.SET:
            return _several(fact)
        case FactShape.CHOICE:
            return _text(fact, nothing=nothing)
        case FactShape.NUMBER:
            number: int | None = 0 if fact.state is FactState.NOT_APPLICABLE else fact.value
            return number


def _unintelligible(facts: IncidentFacts) -> bool | None:
    """Return whether nobody can read the data: as stated, or as its protection shows.

    Encrypted data whose key is safe is unintelligible, and so is what was wiped in time; data that
    was not encrypted, or whose key was taken, is readable, unless it was wiped.
    """
    stated = _flag(facts.unintelligible)
    if stated is not None:
        return stated
    encrypted, exposed, wiped = map(_flag, (facts.encrypted, facts.key_exposed, facts.device_wiped))
    if wiped or (encrypted and exposed is False):
        return True
    return False if encrypted is False or exposed else None


def asked_for(path: str, facts: Mapping[str, FactValue]) -> str:
    """Return what to fill in of an incident file so that a fact is known."""
    if path == "facts.persons" or path.startswith("persons."):
        total = facts["persons.total"]
        return "facts.persons" if total is None else "facts.persons.by_residence"
    return path


def stated_as_hard(incident: IncidentFile, people: Headcount) -> bool:
    """Whether the incident file itself says that telling people one by one is hard."""
    limit = incident.announcement_limit
    over = limit is not None and _least(people.total) > limit
    stated = incident.announcement is not None
    return over or stated or incident.facts.unidentifiable.value is True


def _least(count: Count) -> int:
    return count.minimum or 0 if isinstance(count, Between) else count or 0


def _text(fact: Fact[Choice], *, nothing: Choice | None = None) -> str | None:
    """Return a choice as text; "not applicable" is the choice that nothing happened."""
    value = nothing if fact.state is FactState.NOT_APPLICABLE else fact.value
    return None if value is None else value.value


def _flag(fact: Fact[bool]) -> bool | None:
    return False if fact.state is FactState.NOT_APPLICABLE else fact.value


def _several(fact: Fact[tuple[Any, ...]]) -> frozenset[str] | None:
    if fact.state is FactState.NOT_APPLICABLE:
        return frozenset()
    return None if fact.value is None else frozenset(str(item) for item in fact.value)
