import pytest
from tocsin.rendering.announcement import render_announcement
from tocsin.rendering.locales import locales
from tocsin.rules.page_gates import page_findings
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.duty import OneByOne
from tocsin.schemas.finding import FindingSeverity
from tocsin.services.judging import judged_pages

from golden.sample import ORGANISATION, context, incident, incident_with


def _pages(**changes: object) -> dict[str, str]:
    of = incident(remedies=[], **changes)
    pages = render_announcement(
        context(of=of),
        cohort_kinds=(DataKind.NAME,),
        regimes=("EU-GDPR", "CN-PIPL"),
        locales=locales(),
        one_by_one=OneByOne.NOBODY,
    )
    return {name: page.decode() for name, page in pages.items()}


@pytest.mark.parametrize("locale", locales())
def test_our_own_page_passes(locale: str) -> None:
    found = page_findings(_pages()[f"announcement.{locale}.html"], locale, ORGANISATION, address="")
    assert [f for f in found if f.severity is not FindingSeverity.NOTE] == []


@pytest.mark.parametrize(
    ("added", "rule"),
    [
        ("<p>See evil.example</p>", "NW-31"),
        ('<p><a href="https://evil.example">more</a></p>', "NW-31"),
        ("<script>go()</script>", "NW-31 TRACKER"),
        ("<p>Click here</p>", "NW-35 CLICK_HERE"),
        ("<p>Subscribe now</p>", "NW-08 BUY_PRODUCT"),
        ("<p>Send us your card number</p>", "NW-30"),
    ],
)
def test_what_a_page_must_not_hold_is_found_with_its_rule(added: str, rule: str) -> None:
    html = _pages()["announcement.en.html"].replace("</main>", f"{added}</main>")
    assert rule in {f.rule for f in page_findings(html, "en", ORGANISATION, address="")}


def test_the_story_on_a_page_is_judged_in_each_of_its_languages() -> None:
    told = incident_with("narratives", what_happened={"en": "We take this very seriously."})
    found = judged_pages(_pages(), ["en", "zh-Hans"], context(of=told))
    assert {
        ("NW-5 SECURITY_PRIORITY", FindingSeverity.WARN),
        ("LANGUAGE", FindingSeverity.WARN),
    } <= {(f.rule, f.severity) for f in found}


def test_pages_that_stand_elsewhere_want_a_reason_and_links_to_anybody_else_none_takes() -> None:
    html = "<p>Look at https://pages.example.net/x and https://other.example.org/y.</p>"
    found = page_findings(html, "en", ORGANISATION, address="https://pages.example.net/INC-1/")
    severities = {f.text.split()[2]: f.severity for f in found if f.rule == "NW-31"}

    assert severities == {
        "pages.example.net,": FindingSeverity.WARN,
        "other.example.org,": FindingSeverity.BLOCK,
    }
