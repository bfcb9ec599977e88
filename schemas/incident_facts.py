"""What is known of an incident, as far as a duty depends on it. Unknown is never guessed."""

from enum import StrEnum

from pydantic import ConfigDict, Field
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
    """A financial entity of any kind; DORA Art. 2 lists those of the European Union."""
    BANK = "bank"
    """Takes deposits: a bank or credit institution, also a credit union."""
    SECURITIES = "securities"
    """Broker-dealer, investment company, registered adviser, transfer agent (17 CFR 248.30)."""
    NON_BANK_FINANCE = "non_bank_finance"
    """A financial institution of the United States under the Federal Trade Commission."""
    NYDFS_COVERED = "nydfs_covered"
    """Licensed by the New York Department of Financial Services (23 NYCRR 500)."""
    CREDIT_BUREAU = "credit_bureau"
    """A consumer reporting agency."""
    LISTED_COMPANY = "listed_company"
    """Registered with the US Securities and Exchange Commission."""
    INSURANCE = "insurance"
    PERSONAL_HEALTH_RECORDS = "personal_health_records"
    """Vendor of personal health records, or a health app, that HIPAA does not cover."""
    LICENSED_CLINIC = "licensed_clinic"
    """Clinic, health facility, home health agency or hospice licensed by California."""
    TELECOM = "telecom"
    """A public electronic communications service: carrier, internet access, telephony."""
    NIS2_ENTITY = "nis2_entity"
    """An essential or important entity (Directive (EU) 2022/2555, Annexes I and II)."""
    TRUST_SERVICE = "trust_service"
    ESSENTIAL_SERVICE = "essential_service"
    """Operator of an essential service or relevant digital provider in the United Kingdom."""
    PRODUCT_MANUFACTURER = "product_manufacturer"
    """Makes products with digital elements for the market of the European Union."""
    ENERGY = "energy"
    TRANSPORT = "transport"
    EDUCATION = "education"
    MANUFACTURING = "manufacturing"
    PUBLIC_SECTOR = "public_sector"
    STATE_AGENCY = "state_agency"
    """An agency of a US state or of a part of it."""
    INFORMATION_BROKER = "information_broker"
    """Collects and sells information on people, or keeps it for the state (O.C.G.A. 10-1-911)."""
    INDUSTRY_DATA = "industry_data"
    """Handles industrial, telecom or radio data in China."""
    CENTRAL_STATE_ORGAN = "central_state_organ"
    """An organ of the central party or state of China."""
    OTHER = "other"


class NetworkGrade(StrEnum):
    """The grade of a network incident by China's Grading Guide, from the mildest."""

    GENERAL = "general"
    RELATIVELY_MAJOR = "relatively_major"
    MAJOR = "major"
    PARTICULARLY_MAJOR = "particularly_major"


class Role(StrEnum):
    """What the organisation is in the processing."""

    CONTROLLER = "controller"
    """Decides why and how; owns or licenses the data."""
    JOINT_CONTROLLER = "joint_controller"
    PROCESSOR = "processor"
    """Keeps or maintains the data for somebody else."""


class Exfiltrated(StrEnum):
    """Whether data was taken, from the mildest."""

    EXCLUDED = "excluded"
    POSSIBLE = "possible"
    CONFIRMED = "confirmed"


class Basis(StrEnum):
    """How one knows whether data was taken."""

    LOGS = "logs"
    FORENSICS = "forensics"
    FOUND_ELSEWHERE = "found_elsewhere"
    """The data was seen with others, published or for sale."""
    ATTACKER_CLAIMS = "attacker_claims"
    NO_EVIDENCE = "no_evidence"
    """Nothing was found either way."""


class Hashing(StrEnum):
    """How passwords, or the data itself, were hashed, from the safest."""

    SALTED_SLOW = "salted_slow"
    """With a salt each and a slow function: bcrypt, scrypt, Argon2, PBKDF2."""
    SALTED = "salted"
    UNSALTED = "unsalted"
    NONE = "none"


class Effect(StrEnum):
    """What was already done with the data."""

    MISUSED = "misused"
    """Identity theft, fraud, or another use against people."""
    PUBLISHED = "published"
    SOLD = "sold"
    """Sold or offered for sale."""
    EXTORTION = "extortion"
    CARE_INTERRUPTED = "care_interrupted"
    """Care or another service that people depend on stopped."""
    BODILY_HARM = "bodily_harm"


class CountTable(Record):
    """How many people: a total, bounds, and the split by residence as far as known.

    A split alone is the whole; beside a larger total, the rest lives nobody knows where.
    """

    total: int | None = Field(default=None, ge=0)
    minimum: int | None = Field(default=None, ge=0)
    maximum: int | None = Field(default=None, ge=0)
    by_residence: dict[str, int] = Field(default_factory=dict)
    """ISO 3166 country, or country-subdivision for the US and Canada (`US-CA`) -> persons."""


class IncidentFacts(Record):
    """What is known of an incident. Every field is optional; unknown is never guessed."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    # when -----------------------------------------------------------------------------------------
    started: Fact[Instant] = Fact[Instant]()
    """When it began."""
    ended: Fact[Instant] = Fact[Instant]()
    """When it was over."""
    detected: Fact[Instant] = Fact[Instant]()
    """When it was first noticed: an alert, a call."""
    aware: Fact[Instant] = Fact[Instant]()
    """When the organisation knew, with reasonable certainty, that personal data was compromised;
    in the United States: discovery or notification of the breach. Most clocks start here."""
    determined: Fact[Instant] = Fact[Instant]()
    """When it was determined that a breach occurred, where a law counts from that (Texas, Colorado)
    and not from discovery."""
    assessed: Fact[Instant] = Fact[Instant]()
    """When it was assessed as one that must be notified (Singapore)."""
    classified: Fact[Instant] = Fact[Instant]()
    """When it was classified as major (DORA)."""
    material_since: Fact[Instant] = Fact[Instant]()
    """When it was determined to be material (Form 8-K, Item 1.05)."""
    identified: Fact[Instant] = Fact[Instant]()
    """When it was known who is concerned (Turkey)."""
    handled: Fact[Instant] = Fact[Instant]()
    """When the work of handling it ended (China)."""
    corrected: Fact[Instant] = Fact[Instant]()
    """When a correction of the weakness was available (Cyber Resilience Act)."""
    ransom_paid_at: Fact[Instant] = Fact[Instant]()
    """When a ransom was paid."""

    # what happened --------------------------------------------------------------------------------
    cause: Fact[Cause] = Fact[Cause]()
    """Who or what brought it about; the two malicious ones are deliberate."""
    confidentiality: Fact[Confidentiality] = Fact[Confidentiality]()
    """How far the data got."""
    integrity: Fact[Integrity] = Fact[Integrity]()
    """Whether data was changed."""
    availability: Fact[Availability] = Fact[Availability]()
    """Whether data can still be used."""
    exfiltration: Fact[Exfiltrated] = Fact[Exfiltrated]()
    """Whether data was taken, and not only open to access."""
    exfiltration_basis: Fact[Basis] = Fact[Basis]()
    """How one knows."""
    recipients_trusted: Fact[bool] = Fact[bool]()
    """Whoever got the data is known and can be relied on: bound by secrecy, or a partner."""
    deletion_confirmed: Fact[bool] = Fact[bool]()
    """Whoever got the data confirmed credibly that all of it was returned or deleted."""
    inadvertent: Fact[bool] = Fact[bool]()
    """Staff who may see such data saw or sent it in good faith, and it went no further."""
    internal_only: Fact[bool] = Fact[bool]()
    """It was disclosed within the organisation alone."""
    effects: Fact[tuple[Effect, ...]] = Fact[tuple[Effect, ...]]()
    """What was done with the data already; an empty list says that nothing was seen."""
    systems: Fact[tuple[str, ...]] = Fact[tuple[str, ...]]()
    """Which systems."""
    vulnerability_exploited: Fact[bool] = Fact[bool]()
    """An actively exploited weakness of a product that the organisation makes."""
    product_security: Fact[bool] = Fact[bool]()
    """It severely affects the security of a product that the organisation makes."""
    crime_suspected: Fact[bool] = Fact[bool]()
    """There are signs of a crime."""

    # protection and recovery ----------------------------------------------------------------------
    unintelligible: Fact[bool] = Fact[bool]()
    """The data is encrypted, or otherwise useless to whoever has it, and the key is safe. Not
    stated, it follows from `encrypted`, `key_exposed` and `device_wiped`."""
    encrypted: Fact[bool] = Fact[bool]()
    """By the state of the art (in Massachusetts with 128 bits or more)."""
    key_exposed: Fact[bool] = Fact[bool]()
    """The key, or the password to it, was or may have been taken too."""
    hashing: Fact[Hashing] = Fact[Hashing]()
    """How the data, or its passwords, were hashed."""
    pseudonymised: Fact[bool] = Fact[bool]()
    """Without what leads back to people, which is safe."""
    device_locked: Fact[bool] = Fact[bool]()
    """The lost device is locked by a strong password."""
    device_wiped: Fact[bool] = Fact[bool]()
    """The lost device was wiped remotely before anybody could read it."""
    backup: Fact[bool] = Fact[bool]()
    """An intact copy of what was lost exists."""
    restored: Fact[bool] = Fact[bool]()
    """What was lost is in use again."""
    outage_hours: Fact[int] = Fact[int]()
    """For how many hours the data or the service could not be used."""

    # whom and how many ----------------------------------------------------------------------------
    persons: Fact[CountTable] = Fact[CountTable]()
    """How many people, and where they live."""
    records: Fact[int] = Fact[int]()
    """How many records."""
    identifiability: Fact[Identifiability] = Fact[Identifiability]()
    """How easily the data leads to a person."""
    unidentifiable: Fact[bool] = Fact[bool]()
    """Who exactly is concerned cannot be found out, so that some can only be told in public."""
    minors: Fact[bool] = Fact[bool]()
    """Children or adolescents are among the people concerned."""
    vulnerable: Fact[bool] = Fact[bool]()
    """People who need more protection are among them: patients, the elderly, asylum seekers."""
    bad_contacts: Fact[int] = Fact[int]()
    """Of how many people the contact details are missing or out of date; counted by the round."""
    notice_cost_usd: Fact[int] = Fact[int]()
    """What telling everybody one by one would cost, in US dollars."""

    # what people concluded ------------------------------------------------------------------------
    harm_averted: Fact[bool] = Fact[bool]()
    """Measures taken make harm to people unlikely (PIPL Art. 57(2), GDPR Art. 34(3)(b))."""
    low_probability: Fact[bool] = Fact[bool]()
    """A documented assessment of the four factors shows that the data was probably not compromised
    (45 CFR 164.402(2))."""
    misuse_unlikely: Fact[bool] = Fact[bool]()
    """A documented investigation found that misuse of the data, or harm to people, is not
    reasonably likely. Many laws of US states ask for no notice then."""
    serious_harm: Fact[bool] = Fact[bool]()
    """A documented assessment: serious (significant) harm to people is likely. Not stated, the
    level of risk decides."""
    network_grade: Fact[NetworkGrade] = Fact[NetworkGrade]()
    """How a person graded it by the Grading Guide; the number of people can only raise it."""
    important_data: Fact[bool] = Fact[bool]()
    """Core or important data in the sense of China's Data Security Law is concerned."""
    significant: Fact[bool] = Fact[bool]()
    """Significant: severe disruption or loss, or considerable damage to others (NIS2)."""
    material: Fact[bool] = Fact[bool]()
    """Material to investors (Form 8-K, Item 1.05)."""
    substitute_shown: Fact[bool] = Fact[bool]()
    """The authority was shown the ground for a public notice in place of notices to each, or it
    approved one (New York, Arizona, the Philippines)."""
    public_impact: Fact[bool] = Fact[bool]()
    """It disrupts a public service, or weighs on the public (Indonesia, Law 27/2022 Art. 46(3))."""

    # services, money (DORA and others) ------------------------------------------------------------
    critical_services: Fact[bool] = Fact[bool]()
    """Services that support critical or important functions are affected (2024/1772 Art. 6)."""
    clients_affected: Fact[int] = Fact[int]()
    """How many clients of a financial entity (2024/1772 Art. 9(1))."""
    clients_share_percent: Fact[int] = Fact[int]()
    """Of all clients of the service; rounded up."""
    counterparts_share_percent: Fact[int] = Fact[int]()
    """Of all financial counterparts; rounded up."""
    transactions_share_percent: Fact[int] = Fact[int]()
    """Of the daily average, by number or by value."""
    member_states: Fact[int] = Fact[int]()
    """In how many states of the European Union it has an impact."""
    loss_eur: Fact[int] = Fact[int]()
    direct_loss_cny: Fact[int] = Fact[int]()
    """Direct economic loss, in yuan."""

    # the organisation -----------------------------------------------------------------------------
    role: Fact[Role] = Fact[Role]()
    """Not stated, the organisation is taken to decide on the data itself."""
    sectors: Fact[tuple[Sector, ...]] = Fact[tuple[Sector, ...]]()
    """What the organisation does. Some laws hold for one sector alone."""
    established_in: Fact[tuple[str, ...]] = Fact[tuple[str, ...]]()
    """Where it is established, ISO 3166: `DE`, `US-NY`."""
    critical_infrastructure: Fact[bool] = Fact[bool]()
    """It runs critical (information) infrastructure, and that is concerned."""
    small: Fact[bool] = Fact[bool]()
    """A small processing agent in the sense of Brazil's authority."""
    was_source: Fact[bool] = Fact[bool]()
    """The organisation itself was the source of the breach, and not somebody who works for it."""
    mailboxes_ours: Fact[bool] = Fact[bool]()
    """The e-mail accounts whose passwords leaked are accounts that the organisation gave out."""
    law_enforcement_delay: Fact[bool] = Fact[bool]()
    """The notice was held back because an authority for law enforcement asked for it."""

    @property
    def leak_is_open(self) -> bool:
        """Whether a leak is possible, and neither confirmed nor excluded."""
        return self.exfiltration.value in {None, Exfiltrated.POSSIBLE}
