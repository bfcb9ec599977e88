"""Readiness per country: unknown is refused, unregistered is refused, and each says what to do."""

import pytest
from tocsin.notifiers.sms_readiness import (
    Evidence,
    Requirement,
    SmsSender,
    check_ready,
    country_rules,
    refusal,
)
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.outcome import Reason, Refused

NOBODY = SmsSender("Organisation")
EVERYWHERE = SmsSender(
    "Organisation", frozenset(country_rules()), frozenset(country_rules()), signature="机构"
)


@pytest.mark.parametrize("country", ["ZZ", "", "gb", "NO", "Singapore"])
def test_a_country_of_which_nothing_is_known_is_refused(country: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_ready(country, EVERYWHERE)
    assert refused.value.field == "country"
    assert refused.value.fix


@pytest.mark.parametrize("country", sorted(country_rules()))
def test_a_sender_with_all_papers_is_ready(country: str) -> None:
    check_ready(country, EVERYWHERE)


@pytest.mark.parametrize("country", sorted(set(country_rules()) - {"GB"}))
def test_a_sender_without_papers_is_refused_with_the_country_named(country: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_ready(country, NOBODY)
    assert refused.value.field == "sender.registered_in"
    assert country in str(refused.value.fix)


def test_a_country_without_a_mandatory_register_needs_none() -> None:
    check_ready("GB", NOBODY)


def test_a_registered_sender_is_not_enough_where_texts_are_registered_too() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_ready("IN", SmsSender("Organisation", frozenset({"IN"})))
    assert refused.value.field == "sender.templates_in"
    check_ready("IN", SmsSender("Organisation", frozenset({"IN"}), frozenset({"IN"})))


def test_papers_of_one_country_count_in_no_other() -> None:
    with pytest.raises(InvalidInput):
        check_ready("AU", SmsSender("Organisation", frozenset({"SG"})))


def test_what_nobody_has_read_is_held_as_required() -> None:
    unread = [rule for rule in country_rules().values() if rule.evidence is Evidence.MEMORY]
    assert unread
    assert all(Requirement.SENDER in rule.requires for rule in unread)


def test_a_registered_sender_is_not_enough_where_texts_start_with_a_signature() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_ready("CN", SmsSender("Organisation", frozenset({"CN"})))
    assert refused.value.field == "sender.signature"
    check_ready("CN", SmsSender("Organisation", frozenset({"CN"}), signature="机构"))


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("【机构】您的个人信息", None),
        ("您的个人信息", Refused(Reason.REFUSED_CONTENT)),
        ("您的个人信息【机构】", Refused(Reason.REFUSED_CONTENT)),
        ("【别的机构】您的个人信息", Refused(Reason.REFUSED_CONTENT)),
        ("[机构]您的个人信息", Refused(Reason.REFUSED_CONTENT)),
    ],
)
def test_a_text_to_china_starts_with_the_signature_of_its_sender(
    text: str, refused: Refused | None
) -> None:
    assert refusal("+8613800138000", EVERYWHERE, text) == refused


def test_a_text_to_another_country_starts_as_it_likes() -> None:
    assert refusal("+12025550101", EVERYWHERE, "Your data was copied") is None
