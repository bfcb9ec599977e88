"""Twilio's answers: closed reasons, nobody blamed for what is ours, doubt where doubt is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.notifiers.twilio_codes import MEANINGS, message_sid, outcome_of
from tocsin.schemas.outcome import OUR_OWN, Accepted, Deferred, InDoubt, Reason, Refused

SID = "SM" + "0a" * 16


def test_a_success_with_a_sid_is_the_only_acceptance() -> None:
    assert outcome_of(201, code=None, sid=SID) == Accepted(SID)
    assert outcome_of(201, code=None) == InDoubt(Reason.PROTOCOL_ERROR)
    assert not any(isinstance(meaning, Accepted) for meaning in MEANINGS.values())


@pytest.mark.parametrize("code", [21211, 21610, 21614, 30005])
def test_what_lies_with_the_number_is_refused(code: int) -> None:
    assert isinstance(outcome_of(400, code=code), Refused)


@pytest.mark.parametrize("code", [20003, 21212, 21408, 21606, 21608, 21659, 30034])
def test_what_lies_with_our_account_makes_nobody_unreachable(code: int) -> None:
    outcome = outcome_of(400, code=code)
    assert isinstance(outcome, Deferred)
    assert outcome.reason in OUR_OWN


@pytest.mark.parametrize("status", [400, 402, 405, 409, 415, 301])
def test_a_refusal_that_nobody_knows_is_put_off(status: int) -> None:
    assert outcome_of(status, code=99999) == Deferred(Reason.PROTOCOL_ERROR)
    assert outcome_of(status, code=None) == Deferred(Reason.PROTOCOL_ERROR)


@pytest.mark.parametrize("status", [500, 502, 504, 520])
def test_an_error_on_their_side_leaves_the_message_in_doubt(status: int) -> None:
    assert outcome_of(status, code=None) == InDoubt(Reason.TEMPORARY_FAILURE)
    assert isinstance(outcome_of(status, code=21211), InDoubt)


def test_what_was_not_processed_waits_as_long_as_they_say() -> None:
    assert outcome_of(429, code=20429, retry_after=7) == Deferred(Reason.RATE_LIMITED, 7)
    assert outcome_of(429, code=None) == Deferred(Reason.RATE_LIMITED)
    assert outcome_of(503, code=None, retry_after=2) == Deferred(Reason.RELAY_UNAVAILABLE, 2)
    assert outcome_of(400, code=21211, retry_after=2) == Refused(Reason.MALFORMED_ADDRESS)


@pytest.mark.parametrize("value", [None, 7, "", "SM", SID + "0", SID.upper(), "+15005550006"])
def test_only_a_sid_is_kept_of_an_answer(value: object) -> None:
    assert message_sid(value) == ""
    assert message_sid(SID) == SID


@given(st.integers(100, 999), st.none() | st.integers(0, 99999), st.none() | st.floats(0, 1e6))
def test_every_answer_means_something_and_only_known_codes_refuse(
    status: int, code: int | None, retry_after: float | None
) -> None:
    outcome = outcome_of(status, code=code, retry_after=retry_after)
    assert not isinstance(outcome, Accepted)
    if isinstance(outcome, Refused):
        assert code in MEANINGS
