"""What is known of an incident, as far as a duty depends on it. Unknown is never guessed."""

from enum import StrEnum

from pydantic import Field
from tocsin.schemas.fact import Fact, Instant
from tocsin.schemas.record import Record


class Cause(StrEnum):
    """Who or what brought the incident about."""

    MALICIOUS_OUTSIDER = "malicious_outsider"
    MALICIOUS_INSIDER = "malicious_insider"
    HUMAN_ERROR = "human_error"
    SYSTEM_FAULT = "system_fault"


class Confidentiality(StrEnum):
    """How far the data got (ENISA 2013, Annex 3)."""

    NOT_LOST = "not_lost"
    KNOWN_RECIPIENTS = "known_recipients"
    UNKNOWN_RECIPIENTS = "unknown_recipients"


class Integrity(StrEnum):
    """Whether data was changed (ENISA 2013, Annex 3)."""

    NOT_LOST = "not_lost"
    RECOVERABLE = "recoverable"
    NOT_RECOVERABLE = "not_recoverable"


class Availability(StrEnum):
    """Whether data can still be used (ENISA 2013, Annex 3)."""

    NOT_LOST = "not_lost"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


class Identifiability(StrEnum):
    """How easily the data leads to a person (ENISA 2013)."""

    NEGLIGIBLE = "negligible"
    LIMITED = "limited"
    SIGNIFICANT = "significant"
    MAXIMUM = "maximum"


class Sector(StrEnum):
    """What the organisation does, as far as a law asks for it; several may be true."""

    ONLINE_SERVICES = "online_services"
    RETAIL = "retail"
    HEALTH_CARE = "health_care"
    HIPAA_COVERED_ENTITY = "hipaa_covered_entity"
    """A health plan, clearinghouse or provider that HIPAA covers (45 CFR 160.103)."""
    HIPAA_BUSINESS_ASSOCIATE = "hipaa_business_associate"
    """Handles protected health information for a covered entity (45 CFR 160.103)."""
    FINANCE = "finance"
    INSURANCE = "insurance"
    TELECOM = "telecom"
    ENERGY = "energy"
    TRANSPORT = "transport"
    EDUCATION = "education"
    MANUFACTURING = "manufacturing"
    PUBLIC_SECTOR = "public_sector"
    CENTRAL_STATE_ORGAN = "central_state_organ"
    """An organ of the central party or state of China."""
    OTHER = "other"


class NetworkGrade(StrEnum):
    """The grade of a network incident by China's Grading Guide, from the mildest."""

    GENERAL = "general"
    RELATIVELY_MAJOR = "relatively_major"
    MAJOR = "major"
    PARTICULARLY_MAJOR = "particularly_major"


class CountTable(Record):
    """How many people: a total, bounds, and the split by residence as far as known.

    A split alone is the whole; beside a larger total, the rest lives nobody knows where.
    """

    total: int | None = Field(default=None, ge=0)
    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)
    by_residence: dict[str, int] = Field(default_factory=dict)
    """ISO 3166 country, or country-subdivision for the US (`US-CA`) -> persons."""


class IncidentFacts(Record):
    """What is known of an incident. Every field is optional; unknown is never guessed."""

    started: Fact[Instant] = Fact[Instant]()
    ended: Fact[Instant] = Fact[Instant]()
    detected: Fact[Instant] = Fact[Instant]()
    aware: Fact[Instant] = Fact[Instant]()
    cause: Fact[Cause] = Fact[Cause]()
    confidentiality: Fact[Confidentiality] = Fact[Confidentiality]()
    integrity: Fact[Integrity] = Fact[Integrity]()
    availability: Fact[Availability] = Fact[Availability]()
    identifiability: Fact[Identifiability] = Fact[Identifiability]()
    unintelligible: Fact[bool] = Fact[bool]()
    """The data is encrypted, or otherwise useless to whoever has it, and the key is safe."""
    harm_averted: Fact[bool] = Fact[bool]()
    """Measures taken make harm to people unlikely (PIPL Art. 57(2), GDPR Art. 34(3)(b))."""
    persons: Fact[CountTable] = Fact[CountTable]()
    records: Fact[int] = Fact[int]()
    systems: Fact[tuple[str, ...]] = Fact[tuple[str, ...]]()
    critical_infrastructure: Fact[bool] = Fact[bool]()
    sectors: Fact[tuple[Sector, ...]] = Fact[tuple[Sector, ...]]()
    """What the organisation does. Some laws hold for one sector alone."""
    network_grade: Fact[NetworkGrade] = Fact[NetworkGrade]()
    """How a person graded it by the Grading Guide; the number of people can only raise it."""
    direct_loss_cny: Fact[int] = Fact[int]()
    """Direct economic loss, in yuan."""
    important_data: Fact[bool] = Fact[bool]()
    """Core or important data in the sense of China's Data Security Law is concerned."""
    low_probability: Fact[bool] = Fact[bool]()
    """A documented assessment of the four factors shows that the data was probably not compromised
    (45 CFR 164.402(2))."""
    bad_contacts: Fact[int] = Fact[int]()
    """Of how many people the contact details are missing or out of date; counted by the round."""
    notice_cost_usd: Fact[int] = Fact[int]()
    """What telling everybody one by one would cost, in US dollars."""
    unidentifiable: Fact[bool] = Fact[bool]()
    """Who exactly is concerned cannot be found out, so that some can only be told in public."""
    law_enforcement_delay: Fact[bool] = Fact[bool]()
    """The notice was held back because an authority for law enforcement asked for it."""
    was_source: Fact[bool] = Fact[bool]()
    """The organisation itself was the source of the breach, and not somebody who works for it."""
    mailboxes_ours: Fact[bool] = Fact[bool]()
    """The e-mail accounts whose passwords leaked are accounts that the organisation gave out."""
