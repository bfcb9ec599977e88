"""The organisation that owes the notices: legal entity, sender, contact, authority."""

from pydantic import Field
from tocsin.schemas.record import Record

LocalizedText = dict[str, str]
"""Locale (BCP 47) -> text."""


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
