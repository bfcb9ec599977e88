"""Several regimes of the pack over one reader: all is held, and a contradiction is asked about."""

import re

import pytest
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.finding import FindingSeverity
from tocsin.services.judging import judged_channel, judged_email, judged_round

from golden.complete import complete_incident, newest, of_regimes, people_of, public_pages

PRESS = NoticePress()


def test_a_page_for_several_states_asks_counsel_and_one_for_massachusetts_alone_is_silent() -> None:
    massachusetts, new_york = newest("US-MA"), newest("US-NY")
    both = of_regimes(massachusetts, new_york)
    pages, found = public_pages(both, massachusetts, new_york, locale="en")
    (asked,) = [f for f in found if f.rule == "US-MA NO_NATURE"]
    assert asked.severity is FindingSeverity.WARN
    assert massachusetts.individuals.cite in asked.text
    assert "Criminals copied" in pages["announcement.en.html"]
    alone, silent = public_pages(of_regimes(massachusetts), massachusetts, locale="en")
    assert [f for f in silent if f.rule.startswith("US-MA")] == []
    assert "What happened" not in alone["announcement.en.html"]


@pytest.mark.parametrize("other", ["US-HIPAA", "US-CA"])
def test_a_prohibition_that_gives_way_to_another_law_lets_what_happened_be_told(other: str) -> None:
    silent, open_ = newest("US-MA"), newest(other)
    context = of_regimes(silent, open_)
    each = people_of(silent, open_, locale="en", disclosure=Disclosure.SEALED)
    (asked,) = [
        f for f in judged_round({each: (Channel.LETTER,)}, context) if "NO_NATURE" in f.rule
    ]
    assert asked.severity is FindingSeverity.BLOCK
    assert silent.individuals.cite in asked.text
    assert open_.individuals.cite in asked.text
    yielding = silent.individuals.model_copy(update={"yields_to": (other,)})
    settled = of_regimes(silent.model_copy(update={"individuals": yielding}), open_)
    assert [f for f in judged_round({each: ()}, settled) if "NO_NATURE" in f.rule] == []
    notice = PRESS.notice(each, settled)
    assert "Criminals copied" in notice.plain
    assert "NATURE" in notice.holds
    found = judged_email(notice, settled, PRESS)
    assert [f for f in found if f.severity is FindingSeverity.BLOCK] == []


def test_the_longest_term_of_monitoring_among_several_laws_counts() -> None:
    laws = (newest("US-CA"), newest("US-CT"))
    twelve = complete_incident(remedies=[{"id": "CREDIT_MONITORING", "months": 12}])
    context = of_regimes(*laws, of=twelve)
    notice = PRESS.notice(people_of(*laws, locale="en"), context)
    assert "CREDIT_MONITORING" not in notice.holds
    found = [
        f for f in judged_email(notice, context, PRESS) if f.rule.endswith("CREDIT_MONITORING")
    ]
    assert {f.rule for f in found} == {"US-CA CREDIT_MONITORING", "US-CT CREDIT_MONITORING"}
    assert all("months: 24" in f.fix for f in found)
    alone = of_regimes(laws[0], of=twelve)
    assert "CREDIT_MONITORING" in PRESS.notice(people_of(laws[0], locale="en"), alone).holds


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_headings_of_one_law_take_up_what_all_others_ask(locale: str) -> None:
    names = ("US-CA", "US-HIPAA", "US-MD", "US-NY", "US-RI", "KR-PIPA", "NZ-PA", "ZA-POPIA")
    laws = tuple(map(newest, names))
    context, each = of_regimes(*laws), people_of(*laws, locale=locale)
    notice = PRESS.notice(each, context)
    letter = judged_channel(PRESS.text(Channel.LETTER, each, context), context, PRESS)
    found = (
        *judged_email(notice, context, PRESS),
        *letter.findings,
        *judged_round({each: (Channel.LETTER,)}, context),
    )
    assert [f for f in found if f.severity is FindingSeverity.BLOCK] == []
    asked = {code for law in laws for code in law.individuals.content} - {"PASSWORD_ADVICE"}
    assert asked - {*notice.holds, *notice.pending} == set()
    second = [h.split("（")[0] for h in re.findall(r"<h2>(.*?)</h2>", notice.html)]
    form = laws[0].individuals.format
    assert form is not None
    assert tuple(second) == form.headings
