"""The closed set of facts that the conditions of a regime may name, and how grave each value is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tocsin.schemas.circumstances import IncidentKind
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import Band, RiskLevel
from tocsin.schemas.incident_facts import (
    Availability,
    Basis,
    Cause,
    Confidentiality,
    Effect,
    Exfiltrated,
    Hashing,
    Identifiability,
    Integrity,
    NetworkGrade,
    Role,
    Sector,
)


class FactShape(StrEnum):
    """What kind of value a fact path holds, and so which operators fit it."""

    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    MOMENT = "moment"
    SET = "set"
    """Any of several values at once; more of them oblige to more."""


class Leaning(StrEnum):
    """Where a fact pulls a duty: the loader refuses a rule that a graver fact would turn off."""

    AGGRAVATING = "aggravating"
    MITIGATING = "mitigating"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class FactPath:
    """A fact that a condition may name. `choices` run from the mildest to the gravest.

    A set without choices takes any values: codes of places.
    """

    shape: FactShape
    leaning: Leaning = Leaning.NEUTRAL
    choices: tuple[str, ...] = ()


def _choice(choices: type[StrEnum]) -> FactPath:
    return FactPath(FactShape.CHOICE, Leaning.AGGRAVATING, tuple(c.value for c in choices))


def _set(choices: type[StrEnum]) -> FactPath:
    return FactPath(FactShape.SET, Leaning.AGGRAVATING, tuple(c.value for c in choices))


FACT_PATHS: Mapping[str, FactPath] = MappingProxyType(
    {
        **{
            f"facts.{name}": FactPath(FactShape.MOMENT)
            for name in (
                "started",
                "ended",
                "detected",
                "aware",
                "determined",
                "assessed",
                "classified",
                "material_since",
                "identified",
                "handled",
                "corrected",
                "ransom_paid_at",
            )
        },
        "facts.cause": FactPath(FactShape.CHOICE, choices=tuple(c.value for c in Cause)),
        "facts.kind": FactPath(FactShape.CHOICE, choices=tuple(c.value for c in IncidentKind)),
        "facts.confidentiality": _choice(Confidentiality),
        "facts.integrity": _choice(Integrity),
        "facts.availability": _choice(Availability),
        "facts.identifiability": _choice(Identifiability),
        "facts.exfiltration": _choice(Exfiltrated),
        "facts.exfiltration_basis": FactPath(
            FactShape.CHOICE, choices=tuple(c.value for c in Basis)
        ),
        "facts.hashing": _choice(Hashing),
        "facts.effects": _set(Effect),
        "facts.processor": FactPath(FactShape.FLAG),
        "facts.role": FactPath(FactShape.CHOICE, choices=tuple(c.value for c in Role)),
        "facts.established_in": FactPath(FactShape.SET, Leaning.AGGRAVATING),
        **dict.fromkeys(
            (
                "facts.unintelligible",
                "facts.encrypted",
                "facts.pseudonymised",
                "facts.device_locked",
                "facts.device_wiped",
                "facts.backup",
                "facts.restored",
                "facts.harm_averted",
                "facts.low_probability",
                "facts.misuse_unlikely",
                "facts.recipients_trusted",
                "facts.deletion_confirmed",
                "facts.inadvertent",
                "facts.internal_only",
                "facts.small",
            ),
            FactPath(FactShape.FLAG, Leaning.MITIGATING),
        ),
        **dict.fromkeys(
            (
                "facts.key_exposed",
                "facts.minors",
                "facts.vulnerable",
                "facts.serious_harm",
                "facts.important_data",
                "facts.significant",
                "facts.material",
                "facts.public_impact",
                "facts.substitute_shown",
                "facts.critical_services",
                "facts.vulnerability_exploited",
                "facts.product_security",
                "facts.crime_suspected",
                "facts.unidentifiable",
            ),
            FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        ),
        **dict.fromkeys(
            (
                "facts.outage_hours",
                "facts.clients_affected",
                "facts.clients_share_percent",
                "facts.counterparts_share_percent",
                "facts.transactions_share_percent",
                "facts.member_states",
                "facts.loss_eur",
                "facts.direct_loss_cny",
            ),
            FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        ),
        "facts.persons": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.records": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.critical_infrastructure": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "facts.sectors": FactPath(FactShape.SET, choices=tuple(c.value for c in Sector)),
        "facts.network_grade": _choice(NetworkGrade),
        "facts.bad_contacts": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "facts.notice_cost_usd": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.total": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.in_jurisdiction": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.in_us": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "persons.in_one_us_state": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "data_kinds": _set(DataKind),
        "data_kinds.special": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "data_kinds.credentials": FactPath(FactShape.FLAG, Leaning.AGGRAVATING),
        "risk.level": _choice(RiskLevel),
        "severity.band": _choice(Band),
        "severity.score": FactPath(FactShape.NUMBER, Leaning.AGGRAVATING),
        "individuals.hard_to_tell": FactPath(FactShape.FLAG),
    }
)
"""The closed set of facts for conditions. `facts.*` are the dotted paths of an incident file, but
`facts.persons` are those of its people whom the regime protects."""
