from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.rendering.letter import letter_text
from tocsin.rendering.notice import render_notice
from tocsin.rules.content_gates import (
    conflict_findings,
    content_findings,
    is_asked,
    mailbox_findings,
)
from tocsin.rules.forbidden_content import forbidden_text_findings
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.data_kinds import DataKind
from tocsin.schemas.finding import Finding, FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.regime import NoticeRule

from golden.american import (
    BOTH,
    CALIFORNIA,
    HIPAA,
    KINDS,
    RULES,
    american_cohort,
    american_context,
    american_incident,
)

_BLOCK, _WARN = FindingSeverity.BLOCK, FindingSeverity.WARN
_ONLINE = (DataKind.EMAIL_ADDRESS, DataKind.PASSWORD_WEAK_HASH)


def _rule(**changes: Any) -> NoticeRule:
    return NoticeRule.model_validate({**HIPAA.model_dump(mode="json"), "format": None, **changes})


def _found(
    of: IncidentFile,
    *,
    regimes: tuple[str, ...] = BOTH,
    kinds: tuple[DataKind, ...] = KINDS,
    rules: dict[str, NoticeRule] | None = None,
) -> dict[str, Finding]:
    each = american_cohort(regimes=regimes, kinds=kinds)
    context = american_context(of=of, rules=rules)
    notice = render_notice(each, context)
    found = content_findings(each, context.rules, of, holds=notice.holds, pending=notice.pending)
    return {finding.rule: finding for finding in found}


def _facts(**facts: Any) -> IncidentFile:
    told = american_incident().model_dump(mode="json")
    return IncidentFile.model_validate({**told, "facts": {**told["facts"], **facts}})


def test_a_notice_that_holds_all_that_two_regimes_ask_for_passes() -> None:
    assert _found(american_incident()) == {}


@pytest.mark.parametrize(
    ("of", "rule", "severity"),
    [
        (_facts(detected={"state": "cannot_be_determined"}), "US-HIPAA DATE_DISCOVERY", _BLOCK),
        (_facts(started={"state": "being_determined"}), "US-HIPAA DATE_BREACH", _WARN),
        (_facts(law_enforcement_delay={}), "US-CA LE_DELAY_STATED", _BLOCK),
        (american_incident(remedies=[]), "US-CA CREDIT_MONITORING", _BLOCK),
        (
            american_incident(remedies=[{"id": "CREDIT_MONITORING", "months": 11}]),
            "US-CA CREDIT_MONITORING",
            _BLOCK,
        ),
        (american_incident(remedies=[{"id": "HOTLINE"}]), "US-CA CREDIT_MONITORING", _BLOCK),
    ],
)
def test_what_a_regime_asks_for_and_the_notice_lacks_is_found_with_its_cite(
    of: IncidentFile, rule: str, severity: FindingSeverity
) -> None:
    found = _found(of)[rule]
    assert found.severity is severity
    assert RULES[rule.partition(" ")[0]].cite in found.text
    assert found.fix


def test_what_can_never_be_found_out_is_told_as_such_and_is_enough() -> None:
    lost = _facts(
        started={"state": "cannot_be_determined"},
        law_enforcement_delay={"state": "cannot_be_determined"},
    )
    assert _found(lost) == {}


def test_who_was_not_the_source_of_the_breach_owes_no_monitoring() -> None:
    of = american_incident(remedies=[])
    told = of.model_dump(mode="json")
    spared = IncidentFile.model_validate(
        {**told, "facts": {**told["facts"], "was_source": {"value": False}}}
    )
    assert "US-CA CREDIT_MONITORING" in _found(of)
    assert _found(spared) == {}


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ((DataKind.TAX_ID_SSN,), {"CRA_CONTACTS", "CREDIT_MONITORING"}),
        ((DataKind.DRIVER_LICENCE,), {"CRA_CONTACTS", "CREDIT_MONITORING"}),
        ((DataKind.NATIONAL_ID,), {"CRA_CONTACTS", "CREDIT_MONITORING"}),
        ((DataKind.PASSPORT,), {"CREDIT_MONITORING"}),
        ((DataKind.NAME, DataKind.MEDICAL), set()),
        (_ONLINE, {"PASSWORD_ADVICE"}),
        ((*_ONLINE, DataKind.NAME), set()),
    ],
)
def test_some_content_is_asked_for_certain_kinds_of_data_alone(
    kinds: tuple[DataKind, ...], asked: set[str]
) -> None:
    of = american_incident()
    conditional = ("CRA_CONTACTS", "CREDIT_MONITORING", "PASSWORD_ADVICE")
    assert {code for code in conditional if is_asked(code, kinds, of)} == asked
    assert is_asked("NATURE", kinds, of)


def test_leaked_sign_in_data_gets_advice_on_passwords_here_and_elsewhere() -> None:
    assert "US-CA PASSWORD_ADVICE" not in _found(american_incident(), kinds=_ONLINE)
    each = american_cohort(kinds=_ONLINE)
    assert "PASSWORD_ADVICE" in render_notice(each, american_context()).holds


def test_a_regime_that_forbids_the_nature_has_it_left_out() -> None:
    silent = {"US-MA": _rule(content=["DATA_TYPES"], forbidden=["NO_NATURE", "NO_COUNT"])}
    of = american_incident()
    assert _found(of, regimes=("US-MA",), rules=silent) == {}
    each = american_cohort(regimes=("US-MA",))
    notice = render_notice(each, american_context(rules=silent))
    assert "Criminals" not in notice.plain + notice.html
    (held,) = content_findings(each, silent, of, holds=["NATURE", "DATA_TYPES"], pending=())
    assert (held.rule, held.severity) == ("US-MA NO_NATURE", _BLOCK)


@pytest.mark.parametrize(
    "text",
    ["12,000 were hit.", "12000", "12.000 in all", "It hit 350 customers.", "Of 7 thousand people",
     "共有350名用户", "涉及 4000 人"],
)  # fmt: skip
def test_a_count_of_people_is_found_where_a_regime_forbids_it(text: str) -> None:
    silent = {"US-MA": _rule(forbidden=["NO_COUNT"])}
    each = american_cohort(regimes=("US-MA",))
    (found,) = forbidden_text_findings(text, each, silent, american_incident())
    assert found.rule == "US-MA NO_COUNT"
    assert forbidden_text_findings(text, american_cohort(), RULES, american_incident()) == ()


def test_dates_telephones_and_addresses_are_no_count_of_people() -> None:
    silent = {"US-MA": _rule(forbidden=["NO_COUNT", "NO_NATURE"])}
    each = american_cohort(regimes=("US-MA",))
    text = render_notice(each, american_context(rules=silent)).plain
    assert forbidden_text_findings(text, each, silent, american_incident()) == ()


def test_regimes_that_contradict_each_other_are_a_question_with_both_cites() -> None:
    silent = _rule(cite="M.G.L. 93H 3(b)", forbidden=["NO_NATURE"])
    (found,) = conflict_findings(
        american_cohort(regimes=("US-CA", "US-MA")), {"US-CA": CALIFORNIA, "US-MA": silent}
    )
    assert found.severity is _BLOCK
    assert "M.G.L. 93H 3(b)" in found.text
    assert "Cal. Civ. Code 1798.82(d)" in found.text
    assert "?" in found.fix
    assert conflict_findings(american_cohort(), RULES) == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"title": "Other", "cite": "B"}, "different title"),
        ({"headings": list("abcde"), "cite": "B"}, "different headings"),
        ({"headings": list("abc"), "cite": "B"}, "places for 5"),
        ({"min_font_pt": 14, "cite": "B"}, "14 pt"),
    ],
)
def test_a_form_that_another_contradicts_or_that_no_layout_has_is_found(
    form: dict[str, Any], said: str
) -> None:
    rules = {"US-CA": CALIFORNIA, "US-X": _rule(format=form)}
    found = conflict_findings(american_cohort(regimes=("US-CA", "US-X")), rules)
    assert [f for f in found if said in f.text and f.severity is _BLOCK]


def test_e_mail_to_a_mailbox_whose_password_leaked_wants_a_reason() -> None:
    each = american_cohort(kinds=_ONLINE)
    (found,) = mailbox_findings(each, [Channel.EMAIL], RULES, american_incident())
    assert (found.rule, found.severity) == ("US-CA NO_BREACHED_MAILBOX", _WARN)
    assert mailbox_findings(each, [Channel.LETTER], RULES, american_incident()) == ()
    assert mailbox_findings(american_cohort(), [Channel.EMAIL], RULES, american_incident()) == ()
    other = _facts(mailboxes_ours=False)
    assert mailbox_findings(each, [Channel.EMAIL], RULES, other) == ()


@given(
    asked=st.sets(st.sampled_from([*HIPAA.content, "CAUSE", "HARM", "LOCATION", "TOLL_FREE"])),
    holds=st.sets(st.sampled_from([*HIPAA.content, "CAUSE", "HARM"])),
)
def test_nothing_that_is_asked_for_and_not_held_passes(asked: set[str], holds: set[str]) -> None:
    rules = {"US-X": _rule(content=sorted(asked))}
    each = american_cohort(regimes=("US-X",))
    found = content_findings(each, rules, american_incident(), holds=holds, pending=())
    assert {f.rule for f in found} == {f"US-X {code}" for code in asked - holds}


def test_an_e_mail_that_names_no_kind_but_as_protected_wants_a_reason_and_a_letter_names_it() -> (
    None
):
    protected = (DataKind.MEDICAL,)
    assert _found(american_incident(), kinds=protected)["US-HIPAA DATA_TYPES"].severity is _WARN
    sealed = american_cohort(kinds=protected, disclosure=Disclosure.SEALED)
    holds = letter_text(sealed, american_context()).holds
    assert holds is not None
    assert "DATA_TYPES" in holds
