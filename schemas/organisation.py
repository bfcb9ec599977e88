"""The organisation that owes the notices: legal entity, sender, contact, authority."""

from enum import StrEnum

from pydantic import Field
from tocsin.schemas.incident_facts import Sector
from tocsin.schemas.record import Record

LocalizedText = dict[str, str]
"""Locale (BCP 47) -> text."""


class OwnerKind(StrEnum):
    """Whose an organisation is."""

    PRIVATE = "private"
    PUBLIC = "public"


class OrganisationSize(StrEnum):
    """How large an organisation is (EU recommendation 2003/361/EC)."""

    MICRO = "micro"
    SMALL_OR_MEDIUM = "small_or_medium"
    LARGE = "large"
    OTHER = "other"


class CoveredEntity(StrEnum):
    """What an organisation is under HIPAA (45 CFR 160.103)."""

    HEALTH_PLAN = "health_plan"
    CLEARINGHOUSE = "clearinghouse"
    PROVIDER = "provider"


class HealthRecordsRole(StrEnum):
    """What an organisation is to personal health records (16 CFR 318.2)."""

    VENDOR = "vendor"
    RELATED_ENTITY = "related_entity"


class Organisation(Record):
    """A legal entity in whose name notices go out."""

    id: str = Field(min_length=1, max_length=40, pattern=r"^[a-z0-9-]+$")
    legal_name: str = Field(min_length=1, max_length=200)
    brand: str = Field(min_length=1, max_length=60)
    """The name that people know; used in subjects and texts."""
    names: LocalizedText = Field(default_factory=dict)
    """The brand in other locales, where it differs."""
    site: str = Field(min_length=4, max_length=100, pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$")
    """The own registrable domain, as people would type it."""
    postal_address: str = Field(min_length=1, max_length=300)
    country: str = Field(pattern=r"^[A-Z]{2}$")
    contact_email: str
    contact_phone: str | None = None
    contact_hours: LocalizedText = Field(default_factory=dict)
    dpo_name: str | None = None
    dpo_contact: str | None = None
    sender_name: str | None = None
    sender_email: str
    authorities: dict[str, str] = Field(default_factory=dict)
    """Regime id -> the authority that this organisation reports to, in its own words."""
    forms: dict[str, str] = Field(default_factory=dict)
    """Regime id -> the form of that authority (`docs/reports.md` lists them), such as `nl-ap`."""
    registration: str | None = Field(default=None, max_length=60)
    """The number under which the state keeps it: company register, unified social credit code."""
    vat_number: str | None = Field(default=None, max_length=30)
    lei: str | None = Field(default=None, pattern=r"^[A-Z0-9]{18}[0-9]{2}$")
    """Legal entity identifier (ISO 17442)."""
    parent: str | None = Field(default=None, max_length=300)
    """The undertaking at the top of its group."""
    parent_lei: str | None = Field(default=None, pattern=r"^[A-Z0-9]{18}[0-9]{2}$")
    owner: OwnerKind | None = None
    size: OrganisationSize | None = None
    small_business: bool | None = None
    """By the size standards of the US Small Business Administration."""
    sectors: tuple[Sector, ...] | None = None
    """What it does; an incident of it need not say so again. Laws for one sector ask for it, and
    while it is unknown their clocks run."""
    established_in: tuple[str, ...] | None = None
    """Where it is established, ISO 3166. Name every place: an establishment in the European Union
    brings everybody's data under the GDPR."""
    activity: LocalizedText = Field(default_factory=dict)
    """What it does, or its code of economic activity."""
    covered_entity: CoveredEntity | None = None
    health_records: HealthRecordsRole | None = None
    people_held: int | None = Field(default=None, ge=0)
    """Of how many people it holds data in all."""
    legal_representative: str | None = Field(default=None, max_length=200)
    eea_representative: str | None = Field(default=None, max_length=200)
    """Of an organisation outside the European Economic Area (GDPR Art. 27)."""
    eea_representative_contact: str | None = Field(default=None, max_length=300)
    incident_contact: str | None = Field(default=None, max_length=200)
    """Whom authorities may ask at any hour: name and function."""
    incident_contact_details: str | None = Field(default=None, max_length=300)
