"""What a law asks of a notice beside the story is said where it applies, and nowhere else."""

from dataclasses import replace
from typing import Any

import pytest
from tocsin.regimes.load import load_regimes
from tocsin.runtimes.press import NoticePress
from tocsin.schemas.channels import Channel, Disclosure
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.notice import Followed, NoticeContext, RenderedNotice
from tocsin.schemas.organisation import Organisation
from tocsin.schemas.regime import Regime
from tocsin.schemas.rounds import RoundKind
from tocsin.services.judging import judged_email

from golden.complete import CARDS, CREDIT, SHOP, complete_incident, of_regimes, people_of

PRESS = NoticePress()
_BLOCK, _WARN = FindingSeverity.BLOCK, FindingSeverity.WARN


def _regime(name: str) -> Regime:
    return [regime for regime in load_regimes() if regime.id == name][-1]


def _told(
    name: str, *, of: IncidentFile | None = None, organisation: Organisation = SHOP
) -> tuple[RenderedNotice, dict[str, FindingSeverity]]:
    context = of_regimes(_regime(name), of=of, organisation=organisation)
    notice = PRESS.notice(people_of(_regime(name), locale="en"), context)
    found = judged_email(notice, context, PRESS)
    return notice, {f.rule: f.severity for f in found if f.rule.startswith(name)}


def _changed(part: str, **changes: Any) -> IncidentFile:
    told = complete_incident().model_dump(mode="json")
    return complete_incident(**{part: {**told[part], **changes}})


@pytest.mark.parametrize(
    ("of", "said", "found"),
    [
        (complete_incident(), "We do not know yet who has the data.", None),
        (
            _changed("narratives", who_has_it={"en": "A former supplier has it."}),
            "A former supplier has it.",
            None,
        ),
        (_changed("facts", confidentiality="known_recipients"), None, _BLOCK),
        (_changed("facts", confidentiality="not_lost"), None, None),
    ],
)
def test_who_has_the_data_is_named_or_said_to_be_unknown_and_nothing_untrue(
    of: IncidentFile, said: str | None, found: FindingSeverity | None
) -> None:
    notice, findings = _told("ZA-POPIA", of=of)
    assert (said or "who has the data") in notice.plain or said is None
    assert ("do not know yet who" in notice.plain) == (said is not None and "know yet" in said)
    assert findings.get("ZA-POPIA THIRD_PARTY_ID") is found


@pytest.mark.parametrize(
    ("state", "promised"),
    [("possible", True), ({}, True), ("confirmed", False), ("excluded", False)],
)
def test_another_notice_is_promised_while_a_leak_is_possible_and_not_confirmed(
    state: object, *, promised: bool
) -> None:
    notice, findings = _told("KR-PIPA", of=_changed("facts", exfiltration=state))
    assert ("we will tell you again" in notice.plain) is promised
    assert "KR-PIPA FOLLOWUP_PROMISE" not in findings


def test_a_late_notice_says_why_and_is_blocked_where_nobody_wrote_it() -> None:
    notice, findings = _told("BR-LGPD")
    assert "the logs had to be restored first" in notice.plain
    assert "BR-LGPD DELAY_REASON" not in findings
    silent = _changed("narratives", why_late={})
    assert _told("BR-LGPD", of=silent)[1]["BR-LGPD DELAY_REASON"] is _BLOCK
    other, _ = _told("EU-GDPR")
    assert "the logs had to be restored" not in other.plain


@pytest.mark.parametrize(
    ("own", "said", "found"),
    [
        ({}, "Division of State Police; ag.ny.gov", _WARN),
        ({"US-NY": "Attorney General, 1-800-555-0199"}, "- Attorney General, 1-800-555-0199", None),
        ({"US-NY": "Attorney General"}, "- Attorney General; ag.ny.gov", _WARN),
    ],
)
def test_an_authority_of_a_state_is_told_in_part_until_its_telephone_is_given(
    own: dict[str, str], said: str, found: FindingSeverity | None
) -> None:
    organisation = SHOP.model_copy(update={"authorities": own})
    notice, findings = _told("US-NY", organisation=organisation)
    assert said in notice.plain
    assert findings.get("US-NY STATE_AGENCY_CONTACT") is found


def test_whose_the_organisation_is_stands_where_a_law_asks_and_somebody_owns_it() -> None:
    assert "Part of the group of: Example Holdings Inc" in _told("US-MA")[0].plain
    assert "Example Holdings" not in _told("US-CA")[0].plain
    alone = SHOP.model_copy(update={"parent": None})
    notice, findings = _told("US-MA", organisation=alone)
    assert "Part of the group" not in notice.plain
    assert findings == {}


def test_a_number_without_charge_that_may_not_exist_blocks_nobody() -> None:
    other = SHOP.model_copy(update={"contact_phone": "+353 1 555 0100"})
    assert _told("US-MD", organisation=other)[1]["US-MD TOLL_FREE"] is _WARN


def test_the_authority_of_a_law_is_named_for_complaints_in_the_organisations_words_first() -> None:
    notice, _ = _told("NZ-PA")
    assert "reported to the Office of the Privacy Commissioner" in notice.plain
    assert "complain about it to the Office of the Privacy Commissioner" in notice.plain
    ours = SHOP.model_copy(update={"authorities": {"NZ-PA": "Privacy Commissioner, Wellington"}})
    assert (
        "complain about it to Privacy Commissioner, Wellington"
        in _told("NZ-PA", organisation=ours)[0].plain
    )


def test_agencies_are_told_by_what_each_law_asks_of_which_data() -> None:
    cards = {
        name: PRESS.notice(
            people_of(_regime(name), locale="en", kinds=CARDS), of_regimes(_regime(name))
        ).plain
        for name in ("US-CA", "US-AZ", "US-NY", "US-TX")
    }
    assert {name: "Equifax: 1-888" in text for name, text in cards.items()} == {
        "US-CA": False,
        "US-AZ": True,
        "US-NY": False,
        "US-TX": False,
    }
    assert "Federal Trade Commission: 1-877" in cards["US-NY"]
    assert "security freeze" not in cards["US-NY"]


def test_what_a_later_round_tells_people_who_must_not_know_the_nature_wants_a_reader() -> None:
    law = _regime("US-MA")
    of = _changed("narratives", what_is_new={"en": "We know more now."})
    first = of_regimes(law, of=of)
    each = people_of(law, locale="en", kinds=CREDIT)
    rules = {f.rule for f in judged_email(PRESS.notice(each, first), first, PRESS)}
    assert "US-MA NO_NATURE" not in rules
    later = _as_update(law, of)
    found = judged_email(PRESS.notice(each, later), later, PRESS)
    (asked,) = [f for f in found if f.rule == "US-MA NO_NATURE"]
    assert asked.severity is _WARN
    assert "what_is_new" in asked.text


def _as_update(law: Regime, of: IncidentFile) -> NoticeContext:
    first = of_regimes(law, of=of)
    return replace(first, kind=RoundKind.UPDATE, follows=(Followed("TC-4K7QX", first.dated),))


@pytest.mark.parametrize("channel", [Channel.APP_PUSH, Channel.WEB_PUSH, Channel.CALL])
def test_no_open_text_promises_what_happened_where_it_must_not_be_told(channel: Channel) -> None:
    silent, open_ = (
        PRESS.text(channel, people_of(_regime(name), locale="en"), of_regimes(_regime(name))).text
        for name in ("US-MA", "US-CA")
    )
    assert "what happened" in open_
    assert "what happened" not in silent


def test_a_sealed_letter_to_massachusetts_has_no_section_on_what_happened_or_was_done() -> None:
    law = _regime("US-MA")
    sealed = people_of(law, locale="en", disclosure=Disclosure.SEALED)
    text = PRESS.text(Channel.LETTER, sealed, of_regimes(law)).text
    assert "What happened" not in text
    assert "What we have done" not in text
    assert "Which of your information is concerned" in text
