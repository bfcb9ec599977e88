"""What each data class of Have I Been Pwned is in Tocsin's closed set of kinds.

`KINDS`, `WITHOUT_KIND` and `PASSWORDS` together name every class of the public list of March 2025.
A class that can mean several kinds is read on the careful side, and `TO_CONFIRM` says what a person
must check. How passwords were kept is not in their class: the record tells (`hibp.py`).
"""

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.schemas.data_kinds import DataKind as K

PASSWORDS = frozenset({"Passwords", "Historical passwords"})
"""Classes whose kind depends on how the passwords were kept."""

_BY_KIND: Mapping[tuple[K, ...], tuple[str, ...]] = {
    (K.EMAIL_ADDRESS,): ("Email addresses", "Recovery email addresses"),
    (K.USERNAME,): (
        "Instant messenger identities",
        "Nicknames",
        "Social media profiles",
        "Usernames",
    ),
    (K.NAME,): ("Names",),
    (K.PHONE_NUMBER,): ("Partial phone numbers", "Phone numbers"),
    (K.POSTAL_ADDRESS,): ("Geographic locations", "Physical addresses"),
    (K.DATE_OF_BIRTH,): ("Dates of birth", "Partial dates of birth"),
    # credentials
    (K.SECURITY_QUESTIONS,): (
        "Mothers maiden names",
        "Password hints",
        "Security questions and answers",
    ),
    (K.SESSION_TOKENS,): ("Auth tokens",),
    (K.ACCESS_CODE,): ("Delivery instructions", "PINs"),
    (K.CRYPTO_WALLET,): (
        "Cryptocurrency wallet addresses",
        "Encrypted keys",
        "Mnemonic phrases",
    ),
    # identity documents
    (K.NATIONAL_ID,): ("Government issued IDs",),
    (K.PASSPORT,): ("Passport numbers",),
    (K.DRIVER_LICENCE,): ("Driver's licenses",),
    (K.TAX_ID_SSN,): ("Social security numbers",),
    (K.TAX_ID_SSN, K.FINANCIAL_STATEMENTS): ("Taxation records",),
    # money and work
    (K.BANK_ACCOUNT,): ("Bank account numbers",),
    (K.PAYMENT_CARD_FULL,): ("Credit card CVV", "Credit cards"),
    (K.PAYMENT_CARD_PARTIAL,): ("Partial credit card data",),
    (K.PAYMENT_ACCOUNT,): ("Payment methods",),
    (K.CREDIT_HISTORY,): ("Credit status information", "Loan information"),
    (K.FINANCIAL_STATEMENTS,): (
        "Account balances",
        "Financial investments",
        "Financial transactions",
        "Living costs",
        "Net worths",
        "Payment histories",
        "Utility bills",
    ),
    (K.EMPLOYMENT_SALARY,): (
        "Career levels",
        "Company names",
        "Employers",
        "Employment statuses",
        "Income levels",
        "Job applications",
        "Job titles",
        "Occupations",
        "Professional skills",
        "Work habits",
        "Years of professional experience",
    ),
    (K.EDUCATION_RECORDS,): ("Education levels",),
    (K.EDUCATION_RECORDS, K.CHILDREN_DATA): ("School grades (class levels)",),
    (K.INSURANCE_POLICY, K.MEDICAL): ("Health insurance information",),
    # special categories
    (K.MEDICAL,): (
        "Appointments",
        "Drinking habits",
        "Drug habits",
        "Eating habits",
        "Fitness levels",
        "HIV statuses",
        "Personal health data",
        "Smoking habits",
    ),
    (K.BIOMETRIC_TEMPLATE,): ("Biometric data",),
    (K.SEXUAL_ORIENTATION,): ("Sexual fetishes", "Sexual orientations"),
    (K.RELIGION_BELIEF,): ("Religions",),
    (K.POLITICAL_UNION,): ("Political donations", "Political views"),
    (K.ETHNICITY,): ("Ethnicities", "Races"),
    (K.IMMIGRATION,): ("Citizenship statuses",),
    (K.PRIVATE_MESSAGES,): (
        "Audio recordings",
        "Chat logs",
        "Email messages",
        "Private messages",
        "SMS messages",
        "Support tickets",
    ),
    # other people
    (K.THIRD_PARTY_CONTACTS,): (
        "Address book contacts",
        "Family members' names",
        "Social connections",
        "Spouses names",
    ),
    # what people have and do
    (K.TRAVEL_BOOKING,): ("Flights taken", "Travel habits", "Travel plans"),
    (K.VEHICLE,): (
        "Car ownership statuses",
        "Licence plates",
        "Vehicle details",
        "Vehicle identification numbers (VINs)",
    ),
    (K.LOYALTY_ACCOUNT,): ("Loyalty program details", "Reward program balances"),
    (K.DEVICE_IDS_IP,): (
        "Browser user agent details",
        "Device information",
        "Device serial numbers",
        "IMEI numbers",
        "IMSI numbers",
        "IP addresses",
        "MAC addresses",
    ),
    (K.DEVICE_IDS_IP, K.USAGE_PURCHASE_HISTORY): ("Login histories",),
    (K.USAGE_PURCHASE_HISTORY,): (
        "Apps installed on devices",
        "Browsing histories",
        "Buying preferences",
        "Charitable donations",
        "Customer feedback",
        "Customer interactions",
        "Device usage tracking data",
        "Purchases",
        "Purchasing habits",
        "Warranty claims",
        "Website activity",
    ),
}

KINDS: Mapping[str, tuple[K, ...]] = MappingProxyType(
    {name: kinds for kinds, names in _BY_KIND.items() for name in names}
)
"""Class -> the kinds it is read as."""

_TRAIT = "a personal trait without a kind of its own: name it in the narrative"
_PROFILE = "what people tell of themselves has no kind of its own: name it in the narrative"
_FAMILY = "family life without a kind of its own: name it in the narrative"
_NO_RISK = "tells nothing by itself beyond what the other classes tell"

WITHOUT_KIND: Mapping[str, str] = MappingProxyType(
    {
        "Age groups": "an age is not a date of birth: name it in the narrative",
        "Ages": "an age is not a date of birth: name it in the narrative",
        "Astrological signs": _TRAIT,
        "Avatars": "a picture chosen to be shown",
        "Beauty ratings": _TRAIT,
        "Bios": _PROFILE,
        "Cellular network names": _NO_RISK,
        "Clothing sizes": _TRAIT,
        "Comments": _PROFILE,
        "Deceased date": "data of the dead: their relatives are told where the law asks it",
        "Deceased statuses": "data of the dead: their relatives are told where the law asks it",
        "Family structure": _FAMILY,
        "Genders": _TRAIT,
        "Home ownership statuses": "housing without a kind of its own: name it in the narrative",
        "Homepage URLs": _PROFILE,
        "Marital statuses": _FAMILY,
        "Nationalities": "neither origin nor a right to stay: name it in the narrative",
        "Parenting plans": _FAMILY,
        "Password strengths": _NO_RISK,
        "Personal descriptions": _PROFILE,
        "Personal interests": _PROFILE,
        "Photos": "depends on what they show: add intimate_images or id_document_image if they do",
        "Physical attributes": "height or hair has no kind: add medical if a condition shows",
        "Places of birth": "has no kind of its own: name it in the narrative",
        "Profile photos": "a picture chosen to be shown",
        "Relationship statuses": _FAMILY,
        "Salutations": _NO_RISK,
        "Spoken languages": _TRAIT,
        "Survey results": "depends on what was asked: add the kinds of the answers",
        "Tattoo status": _TRAIT,
        "Telecommunications carrier": _NO_RISK,
        "Time zones": _NO_RISK,
        "User statuses": _NO_RISK,
        "User website URLs": _PROFILE,
    }
)
"""Class -> why no kind of personal data stands for it."""

TO_CONFIRM: Mapping[str, str] = MappingProxyType(
    {
        "Appointments": "read as medical: remove it if they were not with a practice",
        "Audio recordings": "read as private messages: add location or health if heard in them",
        "Biometric data": "read as templates: use biometric_raw if images or recordings leaked",
        "Delivery instructions": "read as access codes: remove it if they hold no door codes",
        "Drinking habits": "read as health data",
        "Drug habits": "read as health data",
        "Eating habits": "read as health data",
        "Encrypted keys": "read as keys of a crypto wallet",
        "Fitness levels": "read as health data",
        "Geographic locations": "read as a town or country: add location_traces if people's "
        "positions leaked",
        "Government issued IDs": "read as national identity numbers: say which document it was",
        "PINs": "read as access codes: say what they open",
        "Smoking habits": "read as health data",
        "Support tickets": "read as private messages: add the kinds of what people attached",
    }
)
"""Class -> how it was read, where a person must check."""
