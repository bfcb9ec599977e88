from collections.abc import Sequence

import pytest
from tocsin.rendering.channel_texts import CHANNELS, channel_text
from tocsin.rendering.notice import render_notice
from tocsin.rendering.preview import duration_words, render_preview
from tocsin.schemas.audience import AudienceCounts, Cohort
from tocsin.schemas.channels import Channel
from tocsin.schemas.duty import Duty, SwitchDecision
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.notice import JudgedText

from golden.sample import cohort, context, duty

_COHORTS = (cohort(number=0), cohort(number=1, locale="zh-Hans", regimes=("CN-PIPL",)))


def _page(
    *,
    cohorts: tuple[Cohort, ...] = _COHORTS,
    decision: SwitchDecision | None = None,
    duties: tuple[Duty, ...] = (),
    seconds: int | None = None,
    title: str = "Copied database",
    texts: Sequence[JudgedText] = (),
    findings: Sequence[Finding] = (),
    by_list: dict[str, int] | None = None,
) -> str:
    counts = AudienceCounts(
        persons=12_000,
        obligations=12_100,
        by_lane={"large": 9_000, "other": 3_100},
        by_cohort={0: 8_000, 1: 4_100},
        by_residence={"DE": 8_000, "CN": 4_000},
        by_obstacle={"no_contact": 5},
        defaulted_residence=3,
        defaulted_locale=0,
        by_list=by_list or {},
        by_overridden_list=by_list or {},
    )
    return render_preview(
        incident_id="incident-1",
        title=title,
        counts=counts,
        notices=[render_notice(each, context()) for each in cohorts[:2]],
        cohorts=cohorts,
        decision=decision,
        duties=duties,
        seconds=seconds,
        channel_texts=texts,
        findings=findings,
    ).decode()


def test_the_preview_shows_every_count_and_every_text() -> None:
    page = _page(seconds=4_000)
    for shown in ("12,000", "12,100", "9,000", "8,000", "4,100", "no_contact", "1 hour 7 minutes"):
        assert shown in page
    assert "3 people have no residence" in page
    assert "no language in the directory" not in page
    assert "A personal data breach concerns your data" in page
    assert "个人信息安全事件通知：涉及您的信息" in page
    assert "XXXXX-XXXXX" in page
    assert "{reference}" not in page


def test_the_preview_counts_whom_each_suppression_list_names_if_there_is_one() -> None:
    page = _page(by_list={"court-orders": 4_321})
    assert page.count("court-orders") == page.count("4,321") == 2
    assert "by suppression list" in page
    assert "in spite of an overridden suppression list" in page
    assert "suppression list" not in _page()


def test_a_notice_is_shown_in_a_frame_that_can_do_nothing() -> None:
    page = _page()
    assert page.count('<iframe sandbox="" ') == 2
    assert "&lt;!DOCTYPE html&gt;" in page
    assert page.count("<!DOCTYPE html>") == 1
    assert "<script" not in page


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (None, "Not decided yet."),
        (
            SwitchDecision(announce=False, replaces_notices=False, grounds=()),
            "People are told one by one.",
        ),
        (
            SwitchDecision(announce=True, replaces_notices=False, grounds=("5 < 10 & 3",)),
            "and people are told one by one as well",
        ),
        (
            SwitchDecision(announce=True, replaces_notices=True, grounds=()),
            "in place of the individual notices",
        ),
    ],
)
def test_the_decision_is_said_with_its_grounds(decision: SwitchDecision | None, words: str) -> None:
    page = _page(decision=decision)
    assert words in page
    if decision and decision.grounds:
        assert "<li>5 &lt; 10 &amp; 3</li>" in page


def test_undecided_duties_come_first_and_duties_not_owed_last() -> None:
    owed = duty(regime="EU-GDPR")
    not_owed = duty(regime="UK-GDPR", required=False, due_at=None, due_nature=None)
    undecided = duty(regime="CN-PIPL", required=None, missing=("facts.cause",))
    page = _page(duties=(not_owed, owed, undecided))
    places = [page.index(f"{name}:authority") for name in ("CN-PIPL", "EU-GDPR", "UK-GDPR")]
    assert places == sorted(places)
    assert "undecided: its clock runs" in page
    assert "Missing: facts.cause" in page
    assert "2026-11-24 14:00 UTC (law)" in page


def test_too_many_cohorts_are_warned_of() -> None:
    many = tuple(cohort(number=n) for n in range(201))
    assert "more than 200 cohorts" in _page(cohorts=many)
    assert "more than 200 cohorts" not in _page()


def test_a_title_is_text() -> None:
    assert "<h1>Preview: &lt;b&gt;{{ x }}</h1>" in _page(title="<b>{{ x }}")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (61, "2 minutes"),
     (3_600, "1 hour"), (7_261, "2 hours 2 minutes")],
)  # fmt: skip
def test_a_duration_is_said_in_the_unit_that_matters(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words


def _judged(channel: Channel, each: Cohort, *, findings: tuple[Finding, ...] = ()) -> JudgedText:
    return JudgedText(channel_text(channel, each, context()), f"size of {channel.value}", findings)


def test_every_channel_s_text_stands_beside_the_e_mail_with_its_size() -> None:
    texts = [_judged(channel, each) for each in _COHORTS for channel in CHANNELS]
    page = _page(texts=texts)
    for channel in CHANNELS:
        assert page.count(f"size of {channel.value}<") == 2
    assert "【示例书店】安全事件涉及您的信息" in page
    assert "16 for 2 cohorts" in page
    assert "{reference}" not in page
    assert page.index("size of sms") < page.index('id="text-1"')


def test_what_the_gates_found_stands_beside_the_text() -> None:
    found = Finding(rule="CHANNEL-LENGTH", text="It takes <3> parts.")
    page = _page(texts=[_judged(Channel.SMS, _COHORTS[0], findings=(found,))])
    assert "<li>It takes &lt;3&gt; parts. " in page


def test_what_the_gates_found_is_listed_with_its_effect_its_rule_its_place_and_what_to_do() -> None:
    blocking = Finding(
        rule="US-CA DATE_BREACH", text="It <lacks> it.", where="email/en", fix="Add it."
    )
    mild = Finding(rule="LANGUAGE", severity=FindingSeverity.WARN, text="In another language.")
    page = _page(findings=(blocking, mild))
    what = 'It &lt;lacks&gt; it.<br><span class="muted">Add it.</span>'
    place = 'US-CA DATE_BREACH<br><span class="muted">email/en</span>'
    assert f'blocks</th><td>{what}</td><td class="place">{place}</td>' in page
    assert "wants a reason</th><td>In another language.</td>" in page
    assert "Nothing speaks against the texts." in _page()


def test_a_cohort_without_an_e_mail_still_shows_its_texts() -> None:
    third = cohort(number=2)
    page = _page(cohorts=(*_COHORTS, third), texts=[_judged(Channel.SMS, third)])
    assert "Cohort 2: self, en" in page
    assert '<a href="#text-2">2</a>' in page
