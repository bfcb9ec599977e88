"""The facts of an incident under the paths that conditions name; None where they are unknown."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from tocsin.rules.grading import grade_of
from tocsin.rules.headcount import Between, Count, Headcount
from tocsin.schemas.data_kinds import CREDENTIALS, SENSITIVITY, Sensitivity
from tocsin.schemas.duty import Severity
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import Availability, Confidentiality, Integrity, NetworkGrade
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
    facts, people = incident.facts, known.people
    here = people.living_in(regime.residences)
    grade, settled = grade_of(facts, here)
    graded = settled or grade is not NetworkGrade.GENERAL
    bad = [n for n in (facts.bad_contacts.value, known.bad_contacts) if n is not None]
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
        "facts.low_probability": _flag(facts.low_probability),
        "facts.persons": here,
        "facts.records": facts.records.value,
        "facts.critical_infrastructure": _flag(facts.critical_infrastructure),
        "facts.sectors": _several(facts.sectors),
        "facts.network_grade": grade.value if graded else None,
        "facts.bad_contacts": max(bad, default=None),
        "facts.notice_cost_usd": facts.notice_cost_usd.value,
        "persons.total": people.total,
        "persons.in_us": people.living_in(["US"]),
        "persons.in_one_us_state": people.in_one_subdivision("US"),
        "data_kinds": frozenset(kind.value for kind in incident.data_kinds),
        "data_kinds.special": any(SENSITIVITY[k] is Sensitivity.S3 for k in incident.data_kinds),
        "data_kinds.credentials": any(k in CREDENTIALS for k in incident.data_kinds),
        "severity.band": known.severity.band.value,
        "severity.score": known.severity.score,
        "individuals.hard_to_tell": known.hard_to_tell,
    }


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


def _several(fact: Fact[tuple[Choice, ...]]) -> frozenset[str] | None:
    if fact.state is FactState.NOT_APPLICABLE:
        return frozenset()
    return None if fact.value is None else frozenset(item.value for item in fact.value)
