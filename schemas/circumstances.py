"""The circumstances of an incident: what authorities ask beside the facts that decide duties.

All of it is optional. It enters reports to authorities and no notice. Of the people concerned it
holds nothing: names and contacts are those of organisations and of whoever reports.
"""

from datetime import date
from enum import StrEnum

from pydantic import Field
from tocsin.schemas.fact import Fact, Instant
from tocsin.schemas.incident_facts import CountTable
from tocsin.schemas.organisation import LocalizedText
from tocsin.schemas.record import Record
from tocsin.schemas.scope import Condition


class FoundBy(StrEnum):
    """Who found the incident."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"
    PERSON_CONCERNED = "person_concerned"
    OUTSIDER = "outsider"
    PRESS = "press"
    OTHER = "other"


class IncidentKind(StrEnum):
    """What happened, as finely as any authority asks (EDPB template v1.0, field 60)."""

    ABUSE_OF_PRIVILEGES = "abuse_of_privileges"
    RANSOMWARE = "ransomware"
    HACKING_OR_MALWARE = "hacking_or_malware"
    PHISHING = "phishing"
    VULNERABILITY_EXPLOITED = "vulnerability_exploited"
    UNAUTHORISED_ACCESS = "unauthorised_access"
    EXFILTRATION = "exfiltration"
    MIXED_UP_RECORDS = "mixed_up_records"
    DEVICE_LOST_OR_STOLEN = "device_lost_or_stolen"
    E_WASTE = "e_waste"
    PAPER_DISPOSAL = "paper_disposal"
    MISDELIVERED_MAIL = "misdelivered_mail"
    MISCONFIGURATION = "misconfiguration"
    WRONG_PERMISSIONS = "wrong_permissions"
    PAPER_LOST_OR_STOLEN = "paper_lost_or_stolen"
    DATA_DESTROYED = "data_destroyed"
    SHOWN_TO_WRONG_RECIPIENT = "shown_to_wrong_recipient"
    SENT_BY_MISTAKE = "sent_by_mistake"
    OPEN_DISTRIBUTION_LIST = "open_distribution_list"
    TECHNICAL_MALFUNCTION = "technical_malfunction"
    UNAUTHORISED_CHANGE = "unauthorised_change"
    UNINTENDED_PUBLICATION = "unintended_publication"
    SPOKEN_DISCLOSURE = "spoken_disclosure"
    OTHER = "other"


class Exfiltration(StrEnum):
    """Whether data left, as far as the evidence goes."""

    PROVEN = "proven"
    LIKELY = "likely"
    DISPROVEN = "disproven"


class PersonCategory(StrEnum):
    """Whose data it is."""

    CUSTOMERS = "customers"
    EMPLOYEES = "employees"
    MILITARY_OR_POLICE = "military_or_police"
    MINORS = "minors"
    PATIENTS = "patients"
    STUDENTS = "students"
    SUBSCRIBERS = "subscribers"
    USERS = "users"
    VULNERABLE = "vulnerable"
    OTHER = "other"


class Safeguard(StrEnum):
    """A security measure: one that was in place before, or that is taken against repetition."""

    ANONYMISATION = "anonymisation"
    PSEUDONYMISATION = "pseudonymisation"
    BACKUP = "backup"
    PROCESSES = "processes"
    ENCRYPTION = "encryption"
    POLICIES = "policies"
    TRAINING = "training"
    ERASURE = "erasure"
    INCIDENT_LOG = "incident_log"
    ACCESS_LEVELS = "access_levels"
    LOGICAL_ACCESS = "logical_access"
    AUDITS = "audits"
    PHYSICAL_ACCESS = "physical_access"
    UP_TO_DATE_SYSTEMS = "up_to_date_systems"
    RISK_ANALYSIS = "risk_analysis"
    CONTRACTS = "contracts"
    SANCTIONS = "sanctions"
    OTHER = "other"


class Consequence(StrEnum):
    """What may be done with the data, or not any more, because of the loss."""

    DISCLOSED_BEYOND = "disclosed_beyond"
    LINKABLE = "linkable"
    MISUSED = "misused"
    INVALID_DATA_USED = "invalid_data_used"
    ALTERED_DATA_USED = "altered_data_used"
    NO_ACCESS = "no_access"
    DISRUPTED_SERVICE = "disrupted_service"


class Impact(StrEnum):
    """What may come of it for the people concerned."""

    LOSS_OF_CONTROL = "loss_of_control"
    LIMITED_RIGHTS = "limited_rights"
    DISCRIMINATION = "discrimination"
    IDENTITY_THEFT = "identity_theft"
    FRAUD = "fraud"
    FINANCIAL_LOSS = "financial_loss"
    REVERSED_PSEUDONYMS = "reversed_pseudonyms"
    REPUTATION = "reputation"
    PROFESSIONAL_SECRECY = "professional_secrecy"
    DISCLOSURE = "disclosure"
    DISADVANTAGE = "disadvantage"
    HARM_TO_HEALTH = "harm_to_health"
    PROPERTY_DAMAGE = "property_damage"
    OTHER = "other"


class RiskOutcome(StrEnum):
    """What the risk assessment came to."""

    HIGH = "high"
    RISK = "risk"
    UNLIKELY = "unlikely"


class Medium(StrEnum):
    """Where the data lay."""

    DESKTOP = "desktop"
    MEDICAL_RECORD_SYSTEM = "medical_record_system"
    EMAIL = "email"
    LAPTOP = "laptop"
    SERVER = "server"
    PORTABLE_DEVICE = "portable_device"
    PAPER = "paper"
    CLOUD = "cloud"
    OTHER = "other"


class PartyRole(StrEnum):
    """What another organisation is in the processing."""

    PROCESSOR = "processor"
    JOINT_CONTROLLER = "joint_controller"
    BUSINESS_ASSOCIATE = "business_associate"
    VENDOR = "vendor"
    CONTROLLER = "controller"
    """Somebody for whom the organisation keeps the data."""


class Party(Record):
    """Another organisation that took part in the processing."""

    name: str = Field(min_length=1, max_length=200)
    role: PartyRole
    contact: str = Field(min_length=1, max_length=300)
    """Of the organisation; never of a person concerned."""
    persons: CountTable | None = None
    """Of a controller: how many of the people concerned are its own. None: nobody said yet."""
    where: tuple[Condition, ...] = Field(default=(), max_length=20)
    """Of a controller: which people in scope are its own; all conditions hold, beside the scope."""


class ReporterFunction(StrEnum):
    """In what function somebody reports."""

    DPO = "dpo"
    LEGAL_REPRESENTATIVE = "legal_representative"
    OTHER = "other"


class Reporter(Record):
    """Who signs the report and answers questions."""

    name: str = Field(min_length=1, max_length=200)
    function: ReporterFunction
    position: str = Field(default="", max_length=200)
    """What the function is, in words."""
    contact: str = Field(min_length=1, max_length=300)
    firm: str = Field(default="", max_length=200)
    """Of one who is not of the organisation: a law firm, an adviser."""


class Ransom(Record):
    """A ransom that was demanded."""

    amount: str = Field(max_length=100)
    """With its currency."""
    manner: str = Field(max_length=200)
    """How it was to be paid."""
    due: date | None = None
    paid: bool | None = None


class Told(Record):
    """Another authority that knows, and under which reference."""

    authority: str = Field(min_length=1, max_length=200)
    on: date | None = None
    reference: str = Field(default="", max_length=100)


class MajorCriterion(StrEnum):
    """Why an incident is major for a financial entity (DORA, Regulation (EU) 2024/1772)."""

    CLIENTS_AND_TRANSACTIONS = "clients_and_transactions"
    GEOGRAPHICAL_SPREAD = "geographical_spread"
    DATA_LOSSES = "data_losses"
    CRITICAL_SERVICES = "critical_services"
    ECONOMIC_IMPACT = "economic_impact"
    REPUTATIONAL_IMPACT = "reputational_impact"
    DURATION_AND_DOWNTIME = "duration_and_downtime"


class NoNoticeGround(StrEnum):
    """Why people are not told one by one."""

    NO_HIGH_RISK = "no_high_risk"
    PROTECTED = "protected"
    AVERTED = "averted"
    DISPROPORTIONATE = "disproportionate"


class NoticeMeans(StrEnum):
    """By what means people are told."""

    LETTER = "letter"
    EMAIL = "email"
    TEXT_MESSAGE = "text_message"
    TELEPHONE = "telephone"
    ACCOUNT = "account"
    """In the app or the account that they sign in to."""
    PUBLIC = "public"


class ReportGround(StrEnum):
    """Why a law that names its grounds wants an incident reported."""

    SENSITIVE_DATA = "sensitive_data"
    FINANCIAL_DAMAGE = "financial_damage"
    WRONGFUL_PURPOSE = "wrongful_purpose"
    MANY_PERSONS = "many_persons"


class Circumstances(Record):
    """What is known of how it came about, was found and is dealt with."""

    found_by: Fact[FoundBy] = Fact[FoundBy]()
    found_how: Fact[LocalizedText] = Fact[LocalizedText]()
    told_by_other_on: Fact[date] = Fact[date]()
    """When another party told the organisation of it."""
    place: Fact[LocalizedText] = Fact[LocalizedText]()
    kind: Fact[IncidentKind] = Fact[IncidentKind]()
    cyber: Fact[bool] = Fact[bool]()
    """It came about by an attack on, or by way of, computers or networks."""
    exfiltration: Fact[Exfiltration] = Fact[Exfiltration]()
    person_categories: Fact[tuple[PersonCategory, ...]] = Fact[tuple[PersonCategory, ...]]()
    persons_described: Fact[LocalizedText] = Fact[LocalizedText]()
    data_described: Fact[LocalizedText] = Fact[LocalizedText]()
    system_basics: Fact[LocalizedText] = Fact[LocalizedText]()
    """What the systems do, their domains and addresses, their level of protection."""
    safeguards: Fact[tuple[Safeguard, ...]] = Fact[tuple[Safeguard, ...]]()
    """In place before; an empty list says that there were none."""
    safeguards_described: Fact[LocalizedText] = Fact[LocalizedText]()
    prevention: Fact[tuple[Safeguard, ...]] = Fact[tuple[Safeguard, ...]]()
    """Taken against repetition."""
    prevention_described: Fact[LocalizedText] = Fact[LocalizedText]()
    parties: Fact[tuple[Party, ...]] = Fact[tuple[Party, ...]]()
    """Processors and joint controllers; an empty list says that nobody else took part."""
    reporter: Fact[Reporter] = Fact[Reporter]()
    attacker: Fact[LocalizedText] = Fact[LocalizedText]()
    attack_path: Fact[LocalizedText] = Fact[LocalizedText]()
    """The way in, and the weaknesses that were used."""
    ransom: Fact[Ransom] = Fact[Ransom]()
    trend: Fact[LocalizedText] = Fact[LocalizedText]()
    harm_so_far: Fact[LocalizedText] = Fact[LocalizedText]()
    support: Fact[LocalizedText] = Fact[LocalizedText]()
    """What help is asked of the authority."""
    scene: Fact[LocalizedText] = Fact[LocalizedText]()
    """How the scene and the logs are preserved."""
    major_criteria: Fact[tuple[MajorCriterion, ...]] = Fact[tuple[MajorCriterion, ...]]()
    service_impact: Fact[LocalizedText] = Fact[LocalizedText]()
    """What it does to the organisation's own services and finances, and to whoever depends on
    them."""
    recovered: Fact[Instant] = Fact[Instant]()
    """When services ran as before."""
    costs: Fact[LocalizedText] = Fact[LocalizedText]()
    """Losses, costs and what was recovered of them, with their currency."""
    media: Fact[tuple[Medium, ...]] = Fact[tuple[Medium, ...]]()
    consequences: Fact[tuple[Consequence, ...]] = Fact[tuple[Consequence, ...]]()
    impacts: Fact[tuple[Impact, ...]] = Fact[tuple[Impact, ...]]()
    impacts_described: Fact[LocalizedText] = Fact[LocalizedText]()
    risk: Fact[RiskOutcome] = Fact[RiskOutcome]()
    risk_reasoning: Fact[LocalizedText] = Fact[LocalizedText]()
    police: Fact[tuple[Told, ...]] = Fact[tuple[Told, ...]]()
    """An empty list says that they were not told."""
    other_authorities: Fact[tuple[Told, ...]] = Fact[tuple[Told, ...]]()
    cross_border: Fact[bool] = Fact[bool]()
    """The processing crosses borders within the European Economic Area."""
    lead_authority: Fact[str] = Fact[str]()
    establishments: Fact[tuple[str, ...]] = Fact[tuple[str, ...]]()
    """ISO 3166 codes of the countries of the European Economic Area with an establishment."""
    notice_planned_on: Fact[date] = Fact[date]()
    no_notice_ground: Fact[NoNoticeGround] = Fact[NoNoticeGround]()
    no_notice_reason: Fact[LocalizedText] = Fact[LocalizedText]()
    media_told: Fact[tuple[str, ...]] = Fact[tuple[str, ...]]()
    """The states whose media were told; an empty list says that none were."""
    delayed_by_police: Fact[Told] = Fact[Told]()
    """Who asked that notices wait."""
    responsibility: Fact[LocalizedText] = Fact[LocalizedText]()
    """Who was found responsible, and what followed from it; no names."""
    lessons: Fact[LocalizedText] = Fact[LocalizedText]()
    grounds: Fact[tuple[ReportGround, ...]] = Fact[tuple[ReportGround, ...]]()
    security_programme: Fact[bool] = Fact[bool]()
    """A written information security programme was maintained."""
    minors_count: Fact[int] = Fact[int]()
    """How many of the people concerned are children or adolescents."""
    elderly_count: Fact[int] = Fact[int]()
    notice_means: Fact[tuple[NoticeMeans, ...]] = Fact[tuple[NoticeMeans, ...]]()
    told_by_residence: Fact[dict[str, int]] = Fact[dict[str, int]]()
    """Residence, as in `facts.persons` -> people there who were told one by one so far."""
    made_public_on: Fact[date] = Fact[date]()
    """When the organisation makes the incident public, or did; `not_applicable`: it does not."""
    credit_bureaus: Fact[tuple[Told, ...]] = Fact[tuple[Told, ...]]()
    """Consumer reporting agencies that know; an empty list says that they were not told."""
    earlier_notices: Fact[tuple[date, ...]] = Fact[tuple[date, ...]]()
    """When people were told of other breaches in the twelve months before; empty: never."""
    confidential: Fact[LocalizedText] = Fact[LocalizedText]()
    """Which parts the authority is asked to keep in confidence, and why."""
    notes: Fact[LocalizedText] = Fact[LocalizedText]()
