import re

from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.advice import Advice, Step, select_advice
from tocsin.rendering.advice_catalogue import catalogue
from tocsin.schemas.audience import RecipientKind
from tocsin.schemas.data_kinds import DataKind

_KINDS = st.lists(st.sampled_from(DataKind), min_size=1, max_size=12)
_NEEDS = sorted({a.needs for a in catalogue().actions.values() if a.needs})
_COUNTRIES = st.sampled_from([None, "CN", "DE", "US", "GB", "KR"])


def _steps(advice: Advice) -> tuple[Step, ...]:
    return (*advice.do_now, *advice.this_week, *advice.watch)


def test_every_kind_of_data_has_advice_and_every_name_in_it_exists() -> None:
    book = catalogue()
    assert set(book.data_kinds) == set(DataKind)
    for kind in book.data_kinds.values():
        named = {*kind.do_now, *kind.this_week, *kind.watch}
        named |= {name for add in kind.add_if.values() for name in add}
        named |= {n for tiers in kind.by_country.values() for add in tiers.values() for n in add}
        assert named <= set(book.actions)
        assert set(kind.harms) <= set(book.harms)
    for combination in book.combinations:
        assert set(combination.do_now) <= set(book.actions)
        assert set(combination.harms_first) <= set(book.harms)
    assert {a.otherwise for a in book.actions.values() if a.otherwise} <= set(book.actions)


def test_advice_asks_for_nothing_but_the_name_the_site_and_the_code() -> None:
    for action in catalogue().actions.values():
        variants = [v.text for v in action.by_country.values()]
        for text in [action.text, *variants]:
            for words in text.values():
                assert set(re.findall(r"{(\w*)}", words)) <= {"org", "site", "code"}


@given(
    kinds=_KINDS,
    confirmed=st.sets(st.sampled_from(_NEEDS)),
    country=_COUNTRIES,
    recipient=st.sampled_from(RecipientKind),
    discreet=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_advice_is_short_true_and_ends_with_the_same_two_steps(
    *,
    kinds: list[DataKind],
    confirmed: set[str],
    country: str | None,
    recipient: RecipientKind,
    discreet: bool,
) -> None:
    advice = select_advice(
        kinds,
        confirmed_actions=confirmed,
        country=country,
        recipient=recipient,
        discreet=discreet,
    )
    assert len(advice.do_now) <= 3
    assert len(advice.this_week) <= 4
    assert len(advice.watch) <= 3
    assert len(_steps(advice)) <= 6
    assert len(advice.harms) <= 3
    assert [step.id for step in advice.closing] == ["IGNORE_SCAMS", "VERIFY_NOTICE"]
    ids = [step.id for step in (*_steps(advice), *advice.closing)]
    assert len(ids) == len(set(ids))
    for step in _steps(advice):
        action = catalogue().actions[step.id]
        assert action.needs is None or action.needs in confirmed
        assert not (recipient is RecipientKind.MINOR and action.not_for_minors)
        if discreet and not step.id.startswith("CHILD_"):
            assert not action.reveals


def test_a_claim_that_is_not_confirmed_is_replaced_by_its_plain_form() -> None:
    kinds = (DataKind.PASSWORD_PLAINTEXT,)
    confirmed = select_advice(kinds, confirmed_actions=("org_forced_reset",), country=None)
    plain = select_advice(kinds, confirmed_actions=(), country=None)
    assert confirmed.do_now[0].id == "RESET_PASSWORD_HERE"
    assert plain.do_now[0].id == "CHANGE_PASSWORD_HERE"
    assert "blocked" not in plain.do_now[0].text["en"]


def test_an_abstract_action_is_printed_only_where_the_country_has_a_service() -> None:
    kinds = (DataKind.NATIONAL_ID,)

    def ids(country: str | None) -> set[str]:
        advice = select_advice(kinds, confirmed_actions=(), country=country)
        return {step.id for step in _steps(advice)}

    assert {"CREDIT_LOCK", "CHECK_PHONE_LINES"} <= ids("CN")
    assert not {"CREDIT_LOCK", "CHECK_PHONE_LINES", "LOCK_NATIONAL_ID"} & ids(None)
    assert "REPLACE_DOC" in ids(None)


def test_a_group_of_countries_shares_a_variant_unless_one_has_its_own() -> None:
    def bank(country: str | None) -> str:
        advice = select_advice((DataKind.BANK_ACCOUNT,), confirmed_actions=(), country=country)
        return advice.do_now[0].text["en"]

    assert "direct-debit creditors" in bank("DE")
    assert "CNIL" in bank("FR")
    assert "which extra checks" in bank(None)


def test_a_password_beside_its_mailbox_puts_account_takeover_first() -> None:
    kinds = (DataKind.NAME, DataKind.EMAIL_ADDRESS, DataKind.PASSWORD_WEAK_HASH)
    advice = select_advice(kinds, confirmed_actions=(), country=None)
    assert advice.harms[0] == catalogue().harms["ACCOUNT_TAKEOVER"].text


def test_lost_health_data_warns_of_treatment_first() -> None:
    kinds = (DataKind.AVAILABILITY_DESTROYED, DataKind.MEDICAL)
    advice = select_advice(kinds, confirmed_actions=(), country=None)
    assert advice.do_now[0].id == "MEDICAL_SAFETY_CHECK"


def test_a_guardian_is_told_to_talk_with_the_child_first() -> None:
    advice = select_advice(
        (DataKind.NAME,), confirmed_actions=(), country=None, recipient=RecipientKind.GUARDIAN
    )
    assert advice.do_now[0].id == "CHILD_TALK"


def test_a_shorter_advice_keeps_its_rank() -> None:
    kinds = (DataKind.PASSWORD_PLAINTEXT, DataKind.BANK_ACCOUNT, DataKind.NATIONAL_ID)
    advice = select_advice(kinds, confirmed_actions=(), country="CN")
    assert _steps(advice.first(4)) == _steps(advice)[:4]
