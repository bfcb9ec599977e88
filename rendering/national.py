"""What readers of one country are told beside it: agencies, and whether it was held back."""

from collections.abc import Iterator

from tocsin.rendering.advice_catalogue import Agency, catalogue
from tocsin.rendering.contact import country_of
from tocsin.rendering.locales import Messages
from tocsin.schemas.audience import Cohort
from tocsin.schemas.data_kinds import CREDIT_IDENTIFIERS
from tocsin.schemas.fact import FactState
from tocsin.schemas.notice import NoticeContext

AGENCY_CODES = ("CRA_CONTACTS", "FTC_CONTACT", "FREEZE_INFO")
"""The content codes that the list of agencies has words for."""


def agencies_for(cohort: Cohort, context: NoticeContext) -> tuple[Agency, ...]:
    """Return the agencies whose numbers and addresses a cohort is told, the credit bureaus first.

    They are told where data that opens credit is concerned: to people whose regimes are all of the
    United States, and to whoever has a regime that asks for them.
    """
    asked = any(
        code in context.rules[regime].content
        for regime in cohort.regimes
        if regime in context.rules
        for code in AGENCY_CODES
    )
    american = country_of(cohort.regimes) == "US"
    concerned = bool(CREDIT_IDENTIFIERS & set(cohort.kinds))
    return catalogue().agencies["US"] if concerned and (asked or american) else ()


def agency_lines(agencies: tuple[Agency, ...], t: Messages) -> Iterator[str]:
    """Yield each agency as one line: name, telephone, address."""
    for agency in agencies:
        key = "notice.agency_online" if agency.site else "notice.agency"
        yield t(key, name=agency.name, phone=agency.phone, address=agency.address, site=agency.site)


def held_back(cohort: Cohort, context: NoticeContext, t: Messages) -> str:
    """Return whether law enforcement held the notice back, where a regime asks; empty if not.

    It is empty, too, while nobody has said so.
    """
    rules = [context.rules[regime] for regime in cohort.regimes if regime in context.rules]
    fact = context.incident.facts.law_enforcement_delay
    if not any("LE_DELAY_STATED" in rule.content for rule in rules):
        return ""
    if fact.value is not None:
        return t("notice.held_back" if fact.value else "notice.not_held_back")
    match fact.state:
        case FactState.NOT_APPLICABLE:
            return t("notice.not_held_back")
        case FactState.CANNOT_BE_DETERMINED:
            return t("notice.held_back_unknown")
        case _:
            return ""
