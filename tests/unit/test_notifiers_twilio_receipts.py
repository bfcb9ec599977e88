"""What Twilio says afterwards: evidence only where there is some, in whatever order it comes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from tocsin.notifiers.twilio_codes import MEANINGS
from tocsin.notifiers.twilio_receipts import (
    Finding,
    is_signed,
    of_call,
    of_key,
    of_pick_up,
    of_text,
)
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import Reason
from twilio.request_validator import RequestValidator

TOKEN = SecretStr("made-up-token")
THERE = "https://notices.organisation.test/twilio/sms/n-7k2qx-1-other-0-0-abcdefghijklm"
NO_ANSWER = Finding(Heard.FAILED, Reason.NO_ANSWER)


def _failed(reason: Reason) -> Finding:
    return Finding(Heard.FAILED, reason)


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent", "", "?"])
def test_a_text_on_its_way_is_no_evidence(status: str) -> None:
    assert of_text(status) is None
    assert of_text(status, 30005) is None


@pytest.mark.parametrize(
    ("status", "code", "found"),
    [
        ("delivered", None, Finding(Heard.DELIVERED)),
        ("read", None, Finding(Heard.DELIVERED)),
        ("undelivered", "30003", _failed(Reason.TEMPORARY_FAILURE)),
        ("undelivered", "30005", _failed(Reason.NO_SUCH_MAILBOX)),
        ("undelivered", 30006, _failed(Reason.MAILBOX_BARRED)),
        ("undelivered", "30007", _failed(Reason.REFUSED_CONTENT)),
        ("failed", "30034", _failed(Reason.RELAY_REFUSED_US)),
        ("failed", "99999", _failed(Reason.TEMPORARY_FAILURE)),
        ("failed", "+12025550100", _failed(Reason.TEMPORARY_FAILURE)),
        ("undelivered", None, _failed(Reason.TEMPORARY_FAILURE)),
        ("canceled", None, _failed(Reason.RELAY_REFUSED_US)),
    ],
)
def test_a_text_arrived_or_failed_for_a_reason(status: str, code: object, found: Finding) -> None:
    assert of_text(status, code) == found


@pytest.mark.parametrize("status", ["queued", "initiated", "ringing", "in-progress", "", "?"])
def test_a_call_that_goes_on_is_no_evidence(status: str) -> None:
    assert of_call(status, "human") is None


@pytest.mark.parametrize(
    ("status", "answered_by", "found"),
    [
        ("completed", "human", Finding(Heard.DELIVERED)),
        ("completed", "machine_end_beep", None),
        ("completed", "machine_start", None),
        ("completed", "machine", None),
        ("completed", "unknown", None),
        ("completed", "", None),
        ("completed", None, None),
        ("completed", "fax", NO_ANSWER),
        ("busy", None, NO_ANSWER),
        ("no-answer", None, NO_ANSWER),
        ("failed", None, _failed(Reason.NO_SUCH_MAILBOX)),
        ("canceled", None, _failed(Reason.RELAY_REFUSED_US)),
    ],
)
def test_a_call_was_heard_by_a_human_or_by_nobody(
    status: str, answered_by: str | None, found: Finding | None
) -> None:
    assert of_call(status, answered_by) == found


def test_a_call_that_failed_for_a_reason_of_ours_blames_nobody() -> None:
    assert of_call("failed", None, "10004") == _failed(Reason.RATE_LIMITED)


def test_only_the_key_that_confirms_confirms() -> None:
    assert of_key("2") == Finding(Heard.CONFIRMED)
    assert [of_key(key) for key in ("", "1", "3", "#", "22", "2 ")] == [None] * 6


def test_whoever_picks_up_is_judged_as_at_the_end() -> None:
    for by in ("human", "fax", "machine_end_beep", "unknown", ""):
        assert of_pick_up(by) == of_call("completed", by)


def test_statuses_say_the_same_in_every_order() -> None:
    """The desk never goes backwards; no translation may depend on what came before."""
    statuses = ("queued", "sent", "delivered", "sent")
    for order in itertools.permutations(statuses):
        found = [finding for status in order if (finding := of_text(status))]
        assert found == [Finding(Heard.DELIVERED)]


@given(st.text(), st.none() | st.integers() | st.text())
def test_whatever_is_said_is_translated_or_nothing(status: str, code: object) -> None:
    for found in (of_text(status, code), of_call(status, code, code)):
        assert found is None or (found.heard is Heard.FAILED) == (found.reason is not Reason.NONE)


@given(st.sampled_from(sorted(MEANINGS)))
def test_every_known_code_is_a_reason_why_a_text_failed(code: int) -> None:
    found = of_text("failed", code)
    assert found is not None
    assert found.reason is not Reason.NONE


_FIELDS = st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6)


class _Form(dict[str, list[str]]):
    """A form as Twilio's own check reads those of a framework."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def _form(fields: list[tuple[str, str]]) -> _Form:
    form = _Form()
    for name, value in fields:
        form.setdefault(name, []).append(value)
    return form


@given(_FIELDS)
def test_what_twilios_own_code_signs_is_signed(fields: list[tuple[str, str]]) -> None:
    signature = RequestValidator("made-up-token").compute_signature(THERE, _form(fields))
    assert is_signed(signature, THERE, fields, TOKEN)
    assert not is_signed(signature, f"{THERE}x", fields, TOKEN)
    assert not is_signed(signature, THERE, [*fields, ("one", "more")], TOKEN)
    assert not is_signed(signature, THERE, fields, SecretStr("another"))


@pytest.mark.parametrize("signature", ["", "=", "é", "\udcff", "A" * 28])
def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not is_signed(signature, THERE, [("MessageStatus", "delivered")], TOKEN)
