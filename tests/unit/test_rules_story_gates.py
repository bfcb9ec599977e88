from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.detectors.incident_file import read_incident
from tocsin.rendering.advice_catalogue import catalogue
from tocsin.rendering.locales import locales
from tocsin.rules.phrases import LURES, TOLD, phrase_findings
from tocsin.rules.story_gates import slip_findings, story_findings
from tocsin.schemas.finding import Finding, FindingSeverity

from golden.sample import INCIDENT, incident, incident_with

_ROOT = Path(__file__).resolve().parents[2]
_BLOCK, _WARN, _NOTE = FindingSeverity.BLOCK, FindingSeverity.WARN, FindingSeverity.NOTE
_KNOWN = {**INCIDENT["facts"], "confidentiality": "unknown_recipients"}


def _told(text: str, locale: str = "en", **facts: object) -> tuple[Finding, ...]:
    """Return what the gates find in a story."""
    told = incident(
        facts={**_KNOWN, **facts}, narratives={"what_happened": {locale: text}}, remedies=[]
    )
    return story_findings(told, locale)


@pytest.mark.parametrize("name", ["stolen-credentials", "leaked-newsletter"])
@pytest.mark.parametrize("locale", locales())
def test_the_examples_that_we_ship_ask_for_no_reason(name: str, locale: str) -> None:
    found = story_findings(read_incident(_ROOT / "examples" / f"{name}.yaml"), locale)
    assert [f for f in found if f.severity is not _NOTE] == []


def test_our_own_advice_keeps_the_rules_that_it_is_written_by() -> None:
    book = catalogue()
    texts = [a.text for a in book.actions.values()] + [r.text for r in book.remedies.values()]
    texts += [harm.text for harm in book.harms.values()]
    found = [
        f
        for text in texts
        for locale in locales()
        for f in phrase_findings(text.get(locale, ""), locale, LURES, TOLD)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("locale", "text", "rule", "severity"),
    [
        ("en", "Your data may have been involved.", "NW-20 HEDGE_AFFECTED", _BLOCK),
        ("en", "Some of your information was potentially seen.", "NW-20 HEDGE_AFFECTED", _BLOCK),
        ("en", "We have no evidence that it was misused.", "NW-5 NO_EVIDENCE_COMFORT", _WARN),
        ("en", "We write out of an abundance of caution.", "NW-5 ABUNDANCE_OF_CAUTION", _WARN),
        ("en", "Only a limited number of people is hit.", "NW-5 ONLY_LIMITED", _WARN),
        ("en", "We take your privacy very seriously.", "NW-5 SECURITY_PRIORITY", _WARN),
        ("en", "An unauthorized party got in.", "NW-5 EUPHEMISM", _WARN),
        ("en", "No sensitive data was copied.", "NW-5 NOT_SENSITIVE", _WARN),
        ("en", "The passwords were encrypted.", "NW-5 ENCRYPTED_VAGUE", _WARN),
        ("en", "They confirmed that it was deleted.", "NW-5 PROMISE_DELETION", _WARN),
        ("en", "Users who reused passwords were hit.", "NW-5 BLAME_USER", _WARN),
        ("en", "As required by law we write to you.", "NW-5 LEGAL_ONLY", _WARN),
        ("en", "No action is required.", "NW-5 NO_ACTION_NEEDED", _WARN),
        ("en", "Please click here.", "NW-35 CLICK_HERE", _BLOCK),
        ("en", "Confirm within 24 hours.", "NW-35 DEADLINE_THREAT", _BLOCK),
        ("en", "Upgrade to premium protection.", "NW-08 BUY_PRODUCT", _BLOCK),
        ("en", "Art. 34 GDPR applies.", "NW-12", _WARN),
        ("en", "It began on 12/11/2026.", "NW-16", _BLOCK),
        ("en", "It began on 2026-11-12.", "NW-16", _BLOCK),
        ("en", "It began at 9:30.", "NW-16", _NOTE),
        ("en", "We found it on [date].", "NW-15", _BLOCK),
        ("en", "Ask {name} about it.", "NW-15", _BLOCK),
        ("en", "Ask TBD about it.", "NW-15", _BLOCK),
        ("en", "Ask ann@mail.example about it.", "NW-18", _BLOCK),
        ("zh-Hans", "您的信息可能受到影响。", "NW-20 HEDGE_AFFECTED", _BLOCK),
        ("zh-Hans", "目前未发现信息被滥用。", "NW-5 NO_EVIDENCE_COMFORT", _WARN),
        ("zh-Hans", "我们高度重视此事。", "NW-5 SECURITY_PRIORITY", _WARN),
        ("zh-Hans", "仅涉及基本信息。", "NW-5 ONLY_LIMITED", _WARN),
        ("zh-Hans", "因系统升级所致。", "NW-5 EUPHEMISM", _WARN),
        ("zh-Hans", "特此通知。", "NW-5 OFFICIAL_STYLE", _NOTE),
        ("zh-Hans", "请点击链接。", "NW-35 CLICK_HERE", _BLOCK),
        ("zh-Hans", "请提供验证码。", "NW-35 CLICK_HERE", _BLOCK),
        ("zh-Hans", "时间待定。", "NW-15", _BLOCK),
        ("zh-Hans", "依据《个人信息保护法》第五十七条。", "NW-12", _WARN),
    ],
)  # fmt: skip
def test_a_phrase_that_readers_take_amiss_is_found_with_its_rule(
    locale: str, text: str, rule: str, severity: FindingSeverity
) -> None:
    found = {(f.rule, f.severity): f for f in _told(text, locale)}
    assert found[rule, severity].where == f"narratives.what_happened.{locale}"
    assert found[rule, severity].fix


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "Criminals copied your name. It could have been prevented."),
        ("en", "It began on 12 November 2026 at 9:30 (UTC+1). We told the police within 24 hours."),
        ("en", "The list holds 20 discount codes of people who subscribe to the newsletter."),
        ("en", "An isolated server was copied, and every supplier will upgrade to two factors."),
        ("zh-Hans", "2026年11月12日，有人复制了名单。请不要提供验证码。"),
        ("zh-Hans", "名单含有优惠券的编号。"),
    ],
)
def test_a_plain_story_passes(locale: str, text: str) -> None:
    assert _told(text, locale) == ()


def test_a_hedge_may_stand_while_it_is_not_known_how_far_the_data_got() -> None:
    text = "Your data may have been copied."
    for state in ("being_determined", "cannot_be_determined"):
        (found,) = _told(text, confidentiality={"state": state})
        assert found.severity is _NOTE
    (found,) = _told(text)
    assert found.severity is _BLOCK


def test_a_language_in_which_nobody_wrote_the_story_is_a_finding_that_names_the_field() -> None:
    told = incident_with("narratives", what_happened={"en": "Criminals copied your name."})
    (found,) = (f for f in story_findings(told, "zh-Hans") if f.severity is _WARN)
    assert (found.rule, found.where) == ("LANGUAGE", "narratives.what_happened.zh-Hans")
    assert not [f for f in story_findings(told, "en-GB") if f.rule == "LANGUAGE"]


@given(
    phrase=st.sampled_from(
        ["click here", "no evidence that", "out of an abundance of caution", "{name}", "TBD",
         "may have been", "verify your account", "2026-11-12", "very seriously"]
    ),
    around=st.tuples(st.text("abc ,.\n", max_size=20), st.text("abc ,.\n", max_size=20)),
    part=st.sampled_from(["what_happened", "why"]),
)  # fmt: skip
def test_no_words_around_a_forbidden_phrase_let_it_pass(
    phrase: str, around: tuple[str, str], part: str
) -> None:
    text = f"{around[0]} {phrase} {around[1]}"
    told = incident(
        facts=_KNOWN,
        narratives={"what_happened": {"en": "Criminals copied it."}, part: {"en": text}},
    )
    found = story_findings(told, "en")
    assert [f for f in found if f.where == f"narratives.{part}.en" and f.severity is not _NOTE]


def test_slips_are_found_wherever_they_stand() -> None:
    assert {f.rule for f in slip_findings("On 01.02.2026 <NAME> wrote to a@b.example")} == {
        "NW-15", "NW-16", "NW-18",
    }  # fmt: skip
