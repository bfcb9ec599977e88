"""The gates of an announcement's pages: what a public page must never say or load."""

from tocsin.rules.gates import active_findings, foreign_findings, request_findings
from tocsin.rules.page import Page
from tocsin.rules.phrases import LURES, phrase_findings
from tocsin.rules.reading_gates import reading_findings
from tocsin.rules.sections import sections_of_page
from tocsin.schemas.finding import Finding
from tocsin.schemas.organisation import Organisation


def page_findings(html: str, locale: str, organisation: Organisation) -> tuple[Finding, ...]:
    """Return what speaks against a page in a locale: links, what it loads, lures, reading ease.

    Links between the pages of one announcement are its own.
    """
    page = Page(html)
    names = (organisation.brand, organisation.legal_name, *organisation.names.values())
    away = [target for target in page.targets if "//" in target]
    return (
        *foreign_findings([page.text], targets=away, site=organisation.site),
        *active_findings(page),
        *phrase_findings(page.text, locale, LURES),
        *request_findings(page.text),
        *reading_findings(sections_of_page(page), locale, names=names),
    )
