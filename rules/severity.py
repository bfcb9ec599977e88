"""How severe an incident is for people: ENISA 2013, SE = DPC x EI + CB, in hundredths.

DPC, the context of the data, follows the worst kind (`rules/data_context.py`); EI is how easily the
data leads to a person; CB adds what happened to the data, and intent. What is unknown takes the
careful side, and each input says so. Bands: below 2.00 low, below 3.00 medium, below 4.00 high,
else very high.
"""

from enum import StrEnum
from typing import TypeVar

from tocsin.rules.data_context import worst_context
from tocsin.schemas.duty import Band, Severity
from tocsin.schemas.fact import Fact, FactState
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.incident_facts import (
    Availability,
    Cause,
    Confidentiality,
    Identifiability,
    Integrity,
)

_EI = {
    Identifiability.NEGLIGIBLE: 25,
    Identifiability.LIMITED: 50,
    Identifiability.SIGNIFICANT: 75,
    Identifiability.MAXIMUM: 100,
}
_CONFIDENTIALITY = {
    Confidentiality.NOT_LOST: 0,
    Confidentiality.KNOWN_RECIPIENTS: 25,
    Confidentiality.UNKNOWN_RECIPIENTS: 50,
}
_INTEGRITY = {Integrity.NOT_LOST: 0, Integrity.RECOVERABLE: 25, Integrity.NOT_RECOVERABLE: 50}
_AVAILABILITY = {Availability.NOT_LOST: 0, Availability.TEMPORARY: 25, Availability.PERMANENT: 50}
_INTENT = {
    Cause.SYSTEM_FAULT: 0,
    Cause.HUMAN_ERROR: 0,
    Cause.MALICIOUS_INSIDER: 50,
    Cause.MALICIOUS_OUTSIDER: 50,
}
_UNREADABLE = "the data is unintelligible and the key is safe"
_BANDS = ((200, Band.LOW), (300, Band.MEDIUM), (400, Band.HIGH))

Choice = TypeVar("Choice", bound=StrEnum)


def assess(incident: IncidentFile) -> Severity:
    """Return the severity of an incident as its facts stand, with every input in a sentence."""
    facts = incident.facts
    dpc, context = worst_context(incident.data_kinds)
    unreadable = facts.unintelligible.value is True
    if unreadable:
        # Nobody can read what they have: it names no one and is disclosed to no one (Annex 2, 3).
        ei, identifying = (
            25,
            "Identification: 0.25, the data is unintelligible and the key is safe.",
        )
        c, disclosed = 0, "Confidentiality: 0.00, the data is unintelligible and the key is safe."
    else:
        ei, identifying = _points("Identification", facts.identifiability, table=_EI, nothing=100)
        c, disclosed = _points("Confidentiality", facts.confidentiality, table=_CONFIDENTIALITY)
    i, altered = _points("Integrity", facts.integrity, table=_INTEGRITY)
    a, lost = _points("Availability", facts.availability, table=_AVAILABILITY)
    m, intent = _points("Intent", facts.cause, table=_INTENT, nothing=50)
    cb = c + i + a + m
    score = dpc * ei // 100 + cb
    return Severity(
        dpc=dpc,
        ei=ei,
        cb=cb,
        score=score,
        band=next((band for below, band in _BANDS if score < below), Band.VERY_HIGH),
        inputs=(*context, identifying, disclosed, altered, lost, intent),
    )


def _points(
    name: str, fact: Fact[Choice], *, table: dict[Choice, int], nothing: int = 0
) -> tuple[int, str]:
    """Return the points of a fact and the sentence that says why.

    `nothing` are the points when the fact is not applicable; unknown takes the most points.
    """
    if fact.value is not None:
        points = table[fact.value]
        word = fact.value.value.replace("_", " ")
        estimated = ", an estimate" if fact.state is FactState.ESTIMATED else ""
        return points, f"{name}: {written(points)}, {word}{estimated}."
    if fact.state is FactState.NOT_APPLICABLE:
        return nothing, f"{name}: {written(nothing)}, not applicable."
    worst = max(table.values())
    return worst, f"{name}: {written(worst)}, assumed: it is not known yet."


def written(hundredths: int) -> str:
    """Write hundredths as a decimal: 275 is `2.75`."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"
