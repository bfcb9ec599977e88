"""The grade of a network incident by China's Grading Guide, as far as its numbers decide it.

National Cybersecurity Incident Reporting Management Measures (in force 2025-11-01), annex. A number
in the guide includes itself; the highest criterion decides. The loss of the two middle grades is
known from the draft of 2023 alone; outage and tampering are left to whoever grades by hand.
"""

from tocsin.rules.headcount import Between, Count
from tocsin.schemas.fact import Fact
from tocsin.schemas.incident_facts import IncidentFacts, NetworkGrade

_PERSONS = (
    (100_000_000, NetworkGrade.PARTICULARLY_MAJOR),
    (10_000_000, NetworkGrade.MAJOR),
    (1_000_000, NetworkGrade.RELATIVELY_MAJOR),
)
_LOSS_CNY = (
    (100_000_000, NetworkGrade.PARTICULARLY_MAJOR),
    (20_000_000, NetworkGrade.MAJOR),
    (5_000_000, NetworkGrade.RELATIVELY_MAJOR),
)
_ORDER = tuple(NetworkGrade)


def grade_of(facts: IncidentFacts, persons: Count) -> tuple[NetworkGrade, bool]:
    """Return the grade that the facts show at the least, and whether it is the grade itself.

    A grade that a person gave is the grade unless a number is above it. Without one it is settled
    only at the top, since what the guide asks beside numbers is for a person to judge.
    """
    least = persons.minimum or 0 if isinstance(persons, Between) else persons or 0
    found = [_at(least, _PERSONS), _at(facts.direct_loss_cny.value or 0, _LOSS_CNY)]
    if facts.important_data.value:
        found.append(NetworkGrade.RELATIVELY_MAJOR)
    given = _given(facts.network_grade)
    if given is not None:
        found.append(given)
    grade = max(found, key=_ORDER.index)
    return grade, given is not None or grade is _ORDER[-1]


def _at(number: int, table: tuple[tuple[int, NetworkGrade], ...]) -> NetworkGrade:
    return next((grade for least, grade in table if number >= least), NetworkGrade.GENERAL)


def _given(fact: Fact[NetworkGrade]) -> NetworkGrade | None:
    return fact.value
