"""The closed set of kinds of personal data, and how sensitive each is."""

from enum import StrEnum


class Sensitivity(StrEnum):
    """S1 contact and technical data, S2 credentials, money and identity, S3 special categories."""

    S1 = "S1"
    S2 = "S2"
    S3 = "S3"


class DataKind(StrEnum):
    """A kind of personal data that an incident can touch."""

    EMAIL_ADDRESS = "email_address"
    USERNAME = "username"
    PASSWORD_PLAINTEXT = "password_plaintext"  # noqa: S105  # a kind, not a secret
    PASSWORD_WEAK_HASH = "password_weak_hash"  # noqa: S105  # a kind, not a secret
    PASSWORD_STRONG_HASH = "password_strong_hash"  # noqa: S105  # a kind, not a secret
    SECURITY_QUESTIONS = "security_questions"
    SESSION_TOKENS = "session_tokens"
    MFA_SECRETS = "mfa_secrets"
    API_KEYS = "api_keys"
    CRYPTO_WALLET = "crypto_wallet"
    PHONE_NUMBER = "phone_number"
    POSTAL_ADDRESS = "postal_address"
    PROTECTED_ADDRESS = "protected_address"
    NAME = "name"
    DATE_OF_BIRTH = "date_of_birth"
    NATIONAL_ID = "national_id"
    PASSPORT = "passport"
    DRIVER_LICENCE = "driver_licence"
    ID_DOCUMENT_IMAGE = "id_document_image"
    TAX_ID_SSN = "tax_id_ssn"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_CARD_FULL = "payment_card_full"
    PAYMENT_CARD_PARTIAL = "payment_card_partial"
    PAYMENT_ACCOUNT = "payment_account"
    CREDIT_HISTORY = "credit_history"
    FINANCIAL_STATEMENTS = "financial_statements"
    EMPLOYMENT_SALARY = "employment_salary"
    EDUCATION_RECORDS = "education_records"
    MEDICAL = "medical"
    MENTAL_REPRODUCTIVE_HEALTH = "mental_reproductive_health"
    GENETIC = "genetic"
    BIOMETRIC_TEMPLATE = "biometric_template"
    BIOMETRIC_RAW = "biometric_raw"
    LOCATION_TRACES = "location_traces"
    TRAVEL_BOOKING = "travel_booking"
    PRIVATE_MESSAGES = "private_messages"
    INTIMATE_IMAGES = "intimate_images"
    SEXUAL_ORIENTATION = "sexual_orientation"
    RELIGION_BELIEF = "religion_belief"
    POLITICAL_UNION = "political_union"
    ETHNICITY = "ethnicity"
    CRIMINAL_RECORD = "criminal_record"
    IMMIGRATION = "immigration"
    CHILDREN_DATA = "children_data"
    DEVICE_IDS_IP = "device_ids_ip"
    USAGE_PURCHASE_HISTORY = "usage_purchase_history"
    VEHICLE = "vehicle"
    SMART_HOME = "smart_home"
    ACCESS_CODE = "access_code"
    THIRD_PARTY_CONTACTS = "third_party_contacts"
    INSURANCE_POLICY = "insurance_policy"
    GOVERNMENT_BENEFITS = "government_benefits"
    SIGNATURE_IMAGE = "signature_image"
    LOYALTY_ACCOUNT = "loyalty_account"
    AVAILABILITY_TEMPORARY = "availability_temporary"
    AVAILABILITY_DESTROYED = "availability_destroyed"
    INTEGRITY_ALTERED = "integrity_altered"


SENSITIVITY: dict[DataKind, Sensitivity] = {
    DataKind.EMAIL_ADDRESS: Sensitivity.S1,
    DataKind.USERNAME: Sensitivity.S1,
    DataKind.PASSWORD_PLAINTEXT: Sensitivity.S2,
    DataKind.PASSWORD_WEAK_HASH: Sensitivity.S2,
    DataKind.PASSWORD_STRONG_HASH: Sensitivity.S2,
    DataKind.SECURITY_QUESTIONS: Sensitivity.S2,
    DataKind.SESSION_TOKENS: Sensitivity.S2,
    DataKind.MFA_SECRETS: Sensitivity.S2,
    DataKind.API_KEYS: Sensitivity.S2,
    DataKind.CRYPTO_WALLET: Sensitivity.S2,
    DataKind.PHONE_NUMBER: Sensitivity.S1,
    DataKind.POSTAL_ADDRESS: Sensitivity.S1,
    DataKind.PROTECTED_ADDRESS: Sensitivity.S3,
    DataKind.NAME: Sensitivity.S1,
    DataKind.DATE_OF_BIRTH: Sensitivity.S1,
    DataKind.NATIONAL_ID: Sensitivity.S2,
    DataKind.PASSPORT: Sensitivity.S2,
    DataKind.DRIVER_LICENCE: Sensitivity.S2,
    DataKind.ID_DOCUMENT_IMAGE: Sensitivity.S2,
    DataKind.TAX_ID_SSN: Sensitivity.S2,
    DataKind.BANK_ACCOUNT: Sensitivity.S2,
    DataKind.PAYMENT_CARD_FULL: Sensitivity.S2,
    DataKind.PAYMENT_CARD_PARTIAL: Sensitivity.S2,
    DataKind.PAYMENT_ACCOUNT: Sensitivity.S2,
    DataKind.CREDIT_HISTORY: Sensitivity.S2,
    DataKind.FINANCIAL_STATEMENTS: Sensitivity.S2,
    DataKind.EMPLOYMENT_SALARY: Sensitivity.S2,
    DataKind.EDUCATION_RECORDS: Sensitivity.S2,
    DataKind.MEDICAL: Sensitivity.S3,
    DataKind.MENTAL_REPRODUCTIVE_HEALTH: Sensitivity.S3,
    DataKind.GENETIC: Sensitivity.S3,
    DataKind.BIOMETRIC_TEMPLATE: Sensitivity.S3,
    DataKind.BIOMETRIC_RAW: Sensitivity.S3,
    DataKind.LOCATION_TRACES: Sensitivity.S3,
    DataKind.TRAVEL_BOOKING: Sensitivity.S2,
    DataKind.PRIVATE_MESSAGES: Sensitivity.S3,
    DataKind.INTIMATE_IMAGES: Sensitivity.S3,
    DataKind.SEXUAL_ORIENTATION: Sensitivity.S3,
    DataKind.RELIGION_BELIEF: Sensitivity.S3,
    DataKind.POLITICAL_UNION: Sensitivity.S3,
    DataKind.ETHNICITY: Sensitivity.S3,
    DataKind.CRIMINAL_RECORD: Sensitivity.S3,
    DataKind.IMMIGRATION: Sensitivity.S3,
    DataKind.CHILDREN_DATA: Sensitivity.S3,
    DataKind.DEVICE_IDS_IP: Sensitivity.S1,
    DataKind.USAGE_PURCHASE_HISTORY: Sensitivity.S1,
    DataKind.VEHICLE: Sensitivity.S1,
    DataKind.SMART_HOME: Sensitivity.S3,
    DataKind.ACCESS_CODE: Sensitivity.S2,
    DataKind.THIRD_PARTY_CONTACTS: Sensitivity.S2,
    DataKind.INSURANCE_POLICY: Sensitivity.S2,
    DataKind.GOVERNMENT_BENEFITS: Sensitivity.S2,
    DataKind.SIGNATURE_IMAGE: Sensitivity.S2,
    DataKind.LOYALTY_ACCOUNT: Sensitivity.S1,
    DataKind.AVAILABILITY_TEMPORARY: Sensitivity.S2,
    DataKind.AVAILABILITY_DESTROYED: Sensitivity.S2,
    DataKind.INTEGRITY_ALTERED: Sensitivity.S2,
}

CREDENTIALS = frozenset(
    {
        DataKind.PASSWORD_PLAINTEXT,
        DataKind.PASSWORD_WEAK_HASH,
        DataKind.PASSWORD_STRONG_HASH,
        DataKind.SECURITY_QUESTIONS,
        DataKind.SESSION_TOKENS,
        DataKind.MFA_SECRETS,
        DataKind.API_KEYS,
    }
)
"""Kinds that let someone sign in as the person."""

CREDIT_IDENTIFIERS: frozenset[DataKind] = frozenset(
    {
        DataKind.TAX_ID_SSN,
        DataKind.DRIVER_LICENCE,
        DataKind.NATIONAL_ID,
        DataKind.ID_DOCUMENT_IMAGE,
    }
)
"""Kinds with which somebody can open credit in another's name (Cal. Civ. Code 1798.82(d)(2)(F))."""
