"""The gates of an announcement's pages: what a public page must never say or load."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from tocsin.rules.gates import active_findings, foreign_findings, request_findings
from tocsin.rules.page import Page
from tocsin.rules.phrases import LURES, phrase_findings
from tocsin.rules.reading_gates import reading_findings
from tocsin.rules.sections import sections_of_page
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.organisation import Organisation


def page_findings(
    html: str, locale: str, organisation: Organisation, *, address: str
) -> tuple[Finding, ...]:
    """Return what speaks against a page in a locale: links, what it loads, lures, reading ease.

    Links between the pages of one announcement are its own. `address` is where they stand: outside
    the organisation's own domain it takes a reason, since readers cannot tell it from a copy.
    """
    page = Page(html)
    names = (organisation.brand, organisation.legal_name, *organisation.names.values())
    away = [target for target in page.targets if "//" in target]
    return (
        *_foreign(page, away, organisation.site, host=urlsplit(address).hostname or ""),
        *active_findings(page),
        *phrase_findings(page.text, locale, LURES),
        *request_findings(page.text),
        *reading_findings(sections_of_page(page), locale, names=names),
    )


def _foreign(page: Page, away: Sequence[str], site: str, *, host: str) -> Iterator[Finding]:
    for finding in foreign_findings([page.text], targets=away, site=site):
        is_ours = bool(host) and f" {host}," in finding.text
        softened = {"severity": FindingSeverity.WARN} if is_ours else {}
        yield finding.model_copy(update=softened)
