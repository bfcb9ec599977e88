"""Two regimes of the United States as rules of notices, and an incident that fits both."""

from typing import Any

from tocsin.schemas.audience import Cohort
from tocsin.schemas.channels import Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import NoticeContext
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import NoticeRule

from golden.sample import INCIDENT, NOW, cohort

CALIFORNIA = NoticeRule.model_validate(
    {
        "id": "ca-individuals",
        "when": {"all": []},
        "reason": "Unencrypted personal information was acquired.",
        "cite": "Cal. Civ. Code 1798.82(d)",
        "deadline": {"value": 30, "unit": "calendar_days", "wording": "within 30 days"},
        "content": [
            "ENTITY_ID", "CONTACT", "DATA_TYPES", "DATE_BREACH", "DATE_NOTICE", "LE_DELAY_STATED",
            "NATURE", "CRA_CONTACTS", "CREDIT_MONITORING", "PASSWORD_ADVICE",
        ],
        "monitoring_months": 12,
        "forbidden": ["NO_BREACHED_MAILBOX"],
        "format": {
            "title": "Notice of Data Breach",
            "headings": [
                "What Happened",
                "What Information Was Involved",
                "What We Are Doing",
                "What You Can Do",
                "For More Information",
            ],
            "min_font_pt": 10,
            "cite": "Cal. Civ. Code 1798.82(d)(1)",
        },
    }
)  # fmt: skip
HIPAA = NoticeRule.model_validate(
    {
        "id": "hipaa-individuals",
        "when": {"all": []},
        "reason": "Unsecured protected health information was breached.",
        "cite": "45 CFR 164.404(c)",
        "deadline": {"value": 60, "unit": "calendar_days", "wording": "within 60 days"},
        "content": [
            "NATURE", "DATE_BREACH", "DATE_DISCOVERY", "DATA_TYPES", "SELF_PROTECT",
            "MEASURES_TAKEN", "CONTACT",
        ],
        "format": {"cite": "45 CFR 164.404(c)(2)"},
    }
)  # fmt: skip
RULES = {"US-CA": CALIFORNIA, "US-HIPAA": HIPAA}
BOTH = ("US-CA", "US-HIPAA")
KINDS = (DataKind.NAME, DataKind.TAX_ID_SSN, DataKind.DRIVER_LICENCE, DataKind.MEDICAL)
CLINIC = Organisation(
    id="example-clinic",
    legal_name="Example Clinic Inc",
    brand="Example Clinic",
    names={"zh-Hans": "示例诊所"},
    site="clinic.example.com",
    postal_address="100 Main Street, Sacramento, CA 95814",
    country="US",
    contact_email="privacy@clinic.example.com",
    contact_phone="1-800-555-0100",
    sender_email="notices@clinic.example.com",
)


def american_incident(**changes: Any) -> IncidentFile:
    """Return an incident of which everything is said that the two regimes ask for."""
    told = {
        **INCIDENT,
        "organisation": "example-clinic",
        "facts": {
            **INCIDENT["facts"],
            "confidentiality": "unknown_recipients",
            "law_enforcement_delay": False,
            "was_source": True,
        },
        "narratives": {
            **INCIDENT["narratives"],
            "what_will_be_done": {
                "en": "We will write again by 4 December 2026.",
                "zh-Hans": "我们会在2026年12月4日前再次告知。",
            },
        },
        "data_kinds": [kind.value for kind in KINDS],
        "remedies": [{"id": "CREDIT_MONITORING", "months": 12}],
    }
    return IncidentFile.model_validate({**told, **changes})


def american_context(
    *, of: IncidentFile | None = None, rules: dict[str, NoticeRule] | None = None
) -> NoticeContext:
    """Return the context of a round of the clinic."""
    return NoticeContext(
        incident=of or american_incident(),
        organisation=CLINIC,
        round_id="round-1",
        public_code="TC-4K7QX",
        dated=NOW,
        drill=False,
        required_content={},
        rules=RULES if rules is None else rules,
    )


def american_cohort(
    *,
    regimes: tuple[str, ...] = BOTH,
    kinds: tuple[DataKind, ...] = KINDS,
    locale: str = "en",
    disclosure: Disclosure = Disclosure.CLOSED,
) -> Cohort:
    """Return a cohort of people in California."""
    return cohort(regimes=regimes, kinds=kinds, locale=locale, disclosure=disclosure)
