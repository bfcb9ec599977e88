"""What came back, and what it says: formats of many mail systems, and garbage."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tocsin.returns.dsn import Kind, Returned, read_bounce
from tocsin.returns.mime_parts import LONGEST
from tocsin.returns.said import Said
from tocsin.schemas.evidence import Heard
from tocsin.schemas.outcome import OUR_OWN, Reason

from fakes import bounces
from fakes.bounces import fields, postfix


def _failed(kind: Kind, reason: Reason) -> Returned:
    return Returned(kind, (Said(Heard.FAILED, reason),))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bounces.exchange(), Reason.NO_SUCH_MAILBOX),
        (bounces.exchange("5.2.2"), Reason.MAILBOX_FULL),
        (bounces.exchange("5.7.1"), Reason.REFUSED_BY_POLICY),
        (bounces.gmail(), Reason.MAILBOX_FULL),
        (bounces.international(), Reason.NO_SUCH_MAILBOX),
    ],
)
def test_a_report_says_that_the_notice_failed_and_why(content: bytes, reason: Reason) -> None:
    assert read_bounce(content) == _failed(Kind.REPORT, reason)


@pytest.mark.parametrize(
    ("status", "diagnostic", "reason"),
    [
        ("5.1.1", "", Reason.NO_SUCH_MAILBOX),
        ("5.1.3", "", Reason.MALFORMED_ADDRESS),
        ("5.4.4", "X-Postfix; Host not found", Reason.NO_SUCH_MAILBOX),
        ("5.0.0", "smtp; 550 User unknown in virtual table", Reason.NO_SUCH_MAILBOX),
        ("5.0.0", "smtp; 550 5.2.2 over", Reason.MAILBOX_FULL),
        ("5.0.0", "smtp; 550 spam", Reason.REFUSED_BY_POLICY),
        ("", "smtp; 552 too big", Reason.REFUSED_CONTENT),
        ("", "", Reason.REFUSED_BY_POLICY),
        ("4.2.2", "", Reason.MAILBOX_FULL),
        ("4.4.1", "X-Postfix; connection timed out", Reason.RETRIES_EXHAUSTED),
        ("4.4.7", "", Reason.RETRIES_EXHAUSTED),
        ("5.4.7", "", Reason.RETRIES_EXHAUSTED),
        ("4.0.0", "smtp; 421 shutting down", Reason.RETRIES_EXHAUSTED),
        ("5.7.8", "smtp; 535 5.7.8 log in", Reason.REFUSED_BY_POLICY),
        ("5.1.8", "smtp; 550 5.1.8 sender", Reason.REFUSED_BY_POLICY),
    ],
)
def test_the_reason_comes_from_the_status_or_from_the_reply_that_it_quotes(
    status: str, diagnostic: str, reason: Reason
) -> None:
    assert read_bounce(postfix("failed", status, diagnostic)) == _failed(Kind.REPORT, reason)


@given(st.integers(4, 5), st.integers(0, 999), st.integers(0, 999), st.integers(400, 599))
def test_what_a_server_beyond_our_relay_says_is_never_our_own_fault(
    first: int, subject: int, detail: int, code: int
) -> None:
    returned = read_bounce(postfix("failed", f"{first}.{subject}.{detail}", f"smtp; {code} x"))
    assert returned.said[0].heard is Heard.FAILED
    assert returned.said[0].reason not in {*OUR_OWN, Reason.NONE}


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", "made-up", ""])
@pytest.mark.parametrize("status", ["4.4.1", "2.0.0", ""])
def test_an_action_that_is_not_the_last_says_nothing(action: str, status: str) -> None:
    assert read_bounce(postfix(action, status, "")) == Returned(Kind.REPORT)


def test_a_delivered_notice_is_delivered() -> None:
    delivered = Returned(Kind.REPORT, (Said(Heard.DELIVERED),))
    assert read_bounce(postfix("delivered", "2.0.0", "smtp; 250 ok")) == delivered
    assert read_bounce(postfix("Delivered (to mailbox)", "2.1.5", "")) == delivered


def test_delivered_with_a_status_of_failure_is_not_believed() -> None:
    assert read_bounce(postfix("delivered", "5.1.1", "")) == Returned(Kind.REPORT)


def test_every_recipient_of_a_report_is_heard_and_the_same_only_once() -> None:
    report = bounces.several(
        fields("failed", "5.1.1", recipient="one@example.test"),
        fields("delivered", "2.0.0", recipient="two@example.test"),
        fields("failed", "5.1.1", recipient="three@example.test"),
        fields("delayed", "4.0.0", recipient="four@example.test"),
    )
    assert read_bounce(report).said == (
        Said(Heard.FAILED, Reason.NO_SUCH_MAILBOX),
        Said(Heard.DELIVERED),
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bounces.exim(), Reason.NO_SUCH_MAILBOX),
        (bounces.qmail(), Reason.NO_SUCH_MAILBOX),
        (bounces.qmail("Remote host said: 552 Quota exceeded"), Reason.MAILBOX_FULL),
        (bounces.qmail("Remote host said: 554 no"), Reason.REFUSED_BY_POLICY),
        (
            bounces.qmail("Lookup failed temporarily. (#4.4.3)\nI'm not going to try again."),
            Reason.RETRIES_EXHAUSTED,
        ),
        (bounces.in_chinese(), Reason.NO_SUCH_MAILBOX),
        (bounces.in_chinese("554 DT:SPM", charset="utf-8"), Reason.REFUSED_BY_POLICY),
        (bounces.in_chinese("550 收件人邮箱已满", charset="gbk"), Reason.MAILBOX_FULL),
        (
            bounces.in_chinese("550 用户不存在", charset="utf-8").replace(
                b'"utf-8"', b'"euc-jp-x"'
            ),
            Reason.NO_SUCH_MAILBOX,
        ),
    ],
    ids=range(9),
)
def test_a_bounce_in_words_is_read_too(content: bytes, reason: Reason) -> None:
    assert read_bounce(content) == _failed(Kind.PLAIN, reason)


@pytest.mark.parametrize(
    "content",
    [bounces.vacation(), bounces.display_receipt(), bounces.exim(delayed=True)],
    ids=["vacation", "displayed", "delayed"],
)
def test_what_a_machine_replies_is_no_bounce(content: bytes) -> None:
    assert read_bounce(content) == Returned(Kind.AUTOMATIC)


def test_what_a_person_writes_is_neither_bounce_nor_confirmation() -> None:
    assert read_bounce(bounces.human_reply()) == Returned(Kind.OTHER)


def test_a_report_that_a_person_passes_on_is_no_bounce() -> None:
    passed_on = (
        b"From: person0@example.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\n\r\nLook at this.\r\n--x\r\nContent-Type: message/rfc822\r\n\r\n"
        + postfix()
        + b"\r\n--x--\r\n"
    )
    assert read_bounce(passed_on) == Returned(Kind.OTHER)


def test_codes_in_the_copy_of_the_notice_are_not_a_reply() -> None:
    warning = bounces.qmail("Something went wrong here.")
    assert b"550 5.1.1" in warning
    assert read_bounce(warning) == Returned(Kind.OTHER)


def test_a_report_is_read_with_bare_line_feeds_and_without_its_end() -> None:
    whole = postfix()
    cut_off = whole[: whole.index(b"Content-Type: message/rfc822")]
    for content in (whole.replace(b"\r\n", b"\n"), cut_off):
        assert read_bounce(content) == _failed(Kind.REPORT, Reason.NO_SUCH_MAILBOX)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_report_is_read(encoding: str) -> None:
    plain = b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;x\nAction: failed\nStatus: 5.1.1\n"
    encoded = {
        "base64": b"UmVwb3J0aW5nLU1UQTogZG5zOyB4CgpGaW5hbC1SZWNpcGllbnQ6IHJmYzgyMjt4CkFjdGlvbjog"
        b"\r\nZmFpbGVkClN0YXR1czogNS4xLjEK",
        "quoted-printable": plain.replace(b"Action: failed", b"Action: fail=\nedd"[:-1]),
    }[encoding]
    report = (
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: "
        + encoding.encode()
        + b"\r\n\r\n"
        + encoded
        + b"\r\n--b--\r\n"
    )
    assert read_bounce(report) == _failed(Kind.REPORT, Reason.NO_SUCH_MAILBOX)


_PIECES = (
    b"Content-Type: multipart/report; boundary=b\r\n",
    b'Content-Type: multipart/mixed; boundary="b"\r\n',
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Type: text/html; charset=utf-16\r\n",
    b"Content-Type: text/plain; charset=punycode\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"From: MAILER-DAEMON@x\r\n",
    b"X-Failed-Recipients: x\r\n",
    b"Action: failed\r\n",
    b"Status: 5.1.1\r\n",
    b"Diagnostic-Code: smtp; 550\r\n",
    b"permanent error 550 5.1.1",
    b"\r\n",
    b"\n\n",
    b"--b\r\n",
    b"--b--\r\n",
    b"<style>",
    b"&#99999999999;",
    b"\x00\xff\xfe=",
)


@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.binary(max_size=40)), max_size=60))
def test_no_bytes_raise_and_what_is_heard_is_well_formed(pieces: list[bytes]) -> None:
    returned = read_bounce(b"".join(pieces))
    assert bool(returned.said) <= (returned.kind in {Kind.REPORT, Kind.PLAIN})
    for said in returned.said:
        assert (said.heard is Heard.FAILED) == (said.reason is not Reason.NONE)


@given(st.binary(max_size=2000))
def test_noise_says_nothing(noise: bytes) -> None:
    assert read_bounce(noise).said == ()


@given(st.data())
def test_a_damaged_report_never_says_delivered(data: st.DataObject) -> None:
    whole = bytearray(postfix())
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert Said(Heard.DELIVERED) not in read_bounce(bytes(whole)).said


_DAEMON = b"From: mailer-daemon@x\r\n"
_HTML = _DAEMON + b"Content-Type: text/html\r\n\r\n"
_HOSTILE = {
    "blank lines": _DAEMON + b"\n" * LONGEST,
    "open tags": _HTML + b"<style" * LONGEST,
    "hidden text": _HTML + b"<style>a" * LONGEST,
    "half codes": _DAEMON + b"\n\n" + b"5.1." * LONGEST,
    "half words": _DAEMON + b"\n\n" + b"user delivery to " * LONGEST,
    "boundaries": b"Content-Type: multipart/report; boundary=a\n\n" + b"--a\n" * LONGEST,
    "nesting": b"Content-Type: multipart/report; boundary=a\n\n--a\n" * LONGEST,
    "folding": b"A:" + b"\n " * LONGEST,
    "parameters": b"Content-Type: a/b" + b"; a" * LONGEST,
    "groups": b"Content-Type: multipart/report; boundary=a\n\n--a\n"
    b"Content-Type: message/delivery-status\n\n" + b"\n  " * LONGEST,
    "base64": _DAEMON + b"Content-Transfer-Encoding: base64\n\n" + b"A=" * LONGEST,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_hostile_message_costs_little(name: str) -> None:
    start = time.process_time()
    assert read_bounce(_HOSTILE[name][: 4 * LONGEST]).said == ()
    assert time.process_time() - start < 1
