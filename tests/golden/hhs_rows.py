"""Rows of the breach portal of the United States, as incident files, and what HIPAA asks in each.

A row says less than an incident file holds. What it does not say stays unknown.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tocsin.detectors.incident_file import parse_incident
from tocsin.regimes.load import load_regimes
from tocsin.rules.duties import judge
from tocsin.rules.facts import Known, stated_as_hard
from tocsin.rules.headcount import headcount
from tocsin.rules.severity import assess
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import Regime

FILE = Path("hhs_ocr", "hhs_breach_2022-03_2024-05.csv")
"""Under the folder of published samples."""
ASSOCIATE = "Business Associate"
SECTORS: Mapping[str, tuple[str, ...]] = {
    "Healthcare Provider": ("health_care", "hipaa_covered_entity"),
    "Health Plan": ("hipaa_covered_entity",),
    "Healthcare Clearing House": ("hipaa_covered_entity",),
    ASSOCIATE: ("hipaa_business_associate",),
}
MEDIA: Mapping[str, str] = {
    "Desktop Computer": "desktop",
    "Electronic Medical Record": "medical_record_system",
    "Email": "email",
    "Laptop": "laptop",
    "Network Server": "server",
    "Other Portable Electronic Device": "portable_device",
    "Paper/Films": "paper",
    "Other": "other",
}
_DEVICES = {"desktop", "laptop", "portable_device"}


class Row(NamedTuple):
    """A breach as the portal publishes it, without the name of the entity and the day it filed."""

    n: int
    """From 1, in the order of the file."""
    entity: str
    state: str
    """Of the entity: where the people live is not said. Empty in some."""
    individuals: int
    type: str
    locations: tuple[str, ...]
    associate_present: bool


class Outcome(NamedTuple):
    """What HIPAA asks in a breach; None is undecided."""

    hhs: str
    """`now`, `annual`, `no` or `undecided`: how whoever stands in the row reports."""
    individuals: bool | None
    media: bool | None
    substitute: bool | None
    covered_entity: bool | None
    """Whether a business associate tells the covered entity."""
    reason: str
    """The rule of the regime that says who hears of it: the Secretary, or the covered entity."""


def read_rows(file: Path) -> tuple[Row, ...]:
    """Return the rows of a file of the portal, in its order."""
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(_row(n, record) for n, record in enumerate(csv.DictReader(lines), 1))


def _row(n: int, record: Mapping[str, str]) -> Row:
    return Row(
        n,
        record["Covered Entity Type"],
        record["State"],
        int(record["Individuals Affected"]),
        record["Type of Breach"],
        tuple(record["Location of Breached Information"].split(", ")),
        {"Yes": True, "No": False}[record["Business Associate Present"]],
    )


def incident_of(row: Row, **known: Any) -> IncidentFile:
    """Return a row as an incident file; `known` are facts from elsewhere, such as a count.

    When the entity became aware is unknown: the day it filed is no such day. That the data is
    medical is what makes it protected health information; no rule of HIPAA asks for more.
    """
    media = [MEDIA[name] for name in row.locations]
    document: Any = {
        "title": f"Breach of row {row.n}",
        "organisation": "example",
        "facts": {
            "sectors": list(SECTORS[row.entity]),
            "persons": {"total": row.individuals},
            **_cause(row.type),
            **known,
        },
        "circumstances": {"media": media, **_kind(row.type, set(media))},
        "narratives": {"what_happened": {"en": f"{row.type}."}},
        "data_kinds": ["medical"],
        "scope": {"everyone": True},
    }
    return parse_incident(document)


def _cause(kind: str) -> dict[str, str]:
    """Return the cause where the type says it: whoever disposed of it erred.

    An "IT incident" may be a fault, "access or disclosure" a mistake, a thief one of the staff.
    No type says who has the data now, whether it was changed, or whether it is gone.
    """
    return {"cause": "human_error"} if kind == "Improper Disposal" else {}


def _kind(kind: str, media: set[str]) -> dict[str, str]:
    """Return the kind of incident where type and location together leave one alone."""
    if kind in {"Theft", "Loss"} and media == {"paper"}:
        return {"kind": "paper_lost_or_stolen"}
    if kind in {"Theft", "Loss"} and media <= _DEVICES:
        return {"kind": "device_lost_or_stolen"}
    if kind == "Improper Disposal" and media == {"paper"}:
        return {"kind": "paper_disposal"}
    if kind == "Improper Disposal" and media <= _DEVICES:
        return {"kind": "e_waste"}
    return {}


@cache
def hipaa() -> Regime:
    """Return the regime as it is shipped."""
    return next(regime for regime in load_regimes() if regime.id == "US-HIPAA")


def outcome_of(incident: IncidentFile, regime: Regime) -> Outcome:
    """Return what the regime asks, each answer by the rule that gives it."""
    people = headcount(incident, None)
    known = Known(assess(incident), people, hard_to_tell=stated_as_hard(incident, people))
    duties = judge(regime, incident, known, targets={})
    required = {duty.rule: duty.required for duty in duties}
    told = {name: required[name] for name in ("hhs-500", "hhs-annual", "covered-entity")}
    reason = next((name for name, owed in told.items() if owed), "undecided")
    hhs = {"hhs-500": "now", "hhs-annual": "annual", "covered-entity": "no"}
    return Outcome(
        hhs.get(reason, reason),
        required["hipaa-individuals"],
        required["media"],
        required["hipaa-substitute"],
        required["covered-entity"],
        reason,
    )
