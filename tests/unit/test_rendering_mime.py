import dataclasses
import email
import string
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.rendering.mime import segments, splice
from tocsin.rendering.notice import render_notice
from tocsin.rendering.quoted_printable import encode
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import RenderedNotice, Segments

from golden.sample import NOW, ORGANISATION, cohort, context

_NOTICE = render_notice(cohort(), context())
_REFERENCE = "23456-ABCDE"
_MESSAGE_ID = "<0123456789abcdef@books.example.com>"


def _cut(notice: RenderedNotice = _NOTICE, name: str | None = None) -> Segments:
    return segments(
        notice,
        sender=(name, "notices@books.example.com"),
        reply_to="privacy@books.example.com",
        dated=NOW,
        organisation=ORGANISATION,
    )


def _message(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def _lines(content: bytes) -> list[bytes]:
    return content.split(b"\r\n")


_LETTERS = string.ascii_uppercase + "23456789"
_references = st.text(_LETTERS, min_size=10, max_size=10).map(lambda c: f"{c[:5]}-{c[5:]}")
_locals = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9]{1,9})?", fullmatch=True)
_texts = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120),
        st.sampled_from(
            [".", "..", "From here", " ", "= ", "--", "=_x", "a" * 200, "汉" * 90, ".汉"]
        ),
    ),
    max_size=6,
).map("\n".join)


@given(
    before=_texts,
    after=_texts,
    subject=st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=90
    ),
    local=_locals,
    reference=_references,
)
@settings(deadline=None, max_examples=200)
def test_a_spliced_message_is_what_the_text_with_its_values_says(
    before: str, after: str, subject: str, local: str, reference: str
) -> None:
    subject = " ".join(subject.split()) or "subject"
    text = f"{before}\n{{reference}}\n{after}".replace("\u2028", "").replace("\x85", "")
    html = f"<p>{text}</p>"
    notice = dataclasses.replace(_NOTICE, subject=subject, plain=text, html=html)
    recipient = f"{local}@mail.example.org"
    content = splice(_cut(notice), recipient=recipient, reference=reference, message_id=_MESSAGE_ID)
    message = _message(content)
    plain, page = message.iter_parts()
    for part, source in ((plain, text), (page, html)):
        decoded = part.get_payload(decode=True)
        assert isinstance(decoded, bytes)
        assert decoded.decode().replace("\r\n", "\n") == source.replace("{reference}", reference)
    assert [address.addr_spec for address in message["To"].addresses] == [recipient]
    assert message["Message-ID"] == _MESSAGE_ID
    assert not message.defects
    body = content.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 78 for line in _lines(body))
    assert not any(line.startswith((b".", b"From ")) for line in _lines(body))
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


@given(
    subject=st.text(
        st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Zs", "Cn", "Co"]),
        min_size=1,
        max_size=120,
    )
)
@settings(deadline=None, max_examples=100)
def test_a_subject_comes_back_as_it_was(subject: str) -> None:
    content = splice(
        _cut(dataclasses.replace(_NOTICE, subject=subject)),
        recipient="a@example.org",
        reference=_REFERENCE,
        message_id=_MESSAGE_ID,
    )
    head = content.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in _lines(head))
    assert _message(content)["Subject"] == subject


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_the_headers_are_those_of_a_notice(locale: str) -> None:
    notice = render_notice(cohort(locale=locale), context())
    message = _message(
        splice(
            _cut(notice),
            recipient="person@example.org",
            reference=_REFERENCE,
            message_id=_MESSAGE_ID,
        )
    )
    assert set(message.keys()) == {
        "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "Content-Language", "MIME-Version", "Content-Type",
    }  # fmt: skip
    assert message["From"].addresses[0].display_name == ORGANISATION.names.get(
        locale, "Example Books"
    )
    assert message["From"].addresses[0].addr_spec == "notices@books.example.com"
    assert message["Reply-To"].addresses[0].addr_spec == "privacy@books.example.com"
    assert message["Date"].datetime == NOW
    assert message["Subject"] == notice.subject
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == locale
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(_REFERENCE in p.get_content() for p in message.iter_parts())


@pytest.mark.parametrize("name", ['Books, "Ltd"', "示例书店，通知", "A" * 200, "a\r\nBcc: b@c.d"])
def test_a_sender_name_never_becomes_another_header(name: str) -> None:
    content = splice(
        _cut(name=name), recipient="a@example.org", reference=_REFERENCE, message_id=_MESSAGE_ID
    )
    message = _message(content)
    assert "Bcc" not in message
    address = message["From"].addresses[0]
    assert address.addr_spec == "notices@books.example.com"
    # the parser leaves the blank between two encoded words, which RFC 2047 section 6.2 takes away
    assert "".join(address.display_name.split()) == "".join(name.split())


_BAD = [
    "",
    "a\r\nBcc: x@y.z",
    "a\n",
    "é@example.org",
    "x" * 400,
    "with space@b.c",
    "<<a@b.c>>",
    "\x00",
]


@pytest.mark.parametrize("field", ["recipient", "reference", "message_id"])
@pytest.mark.parametrize("value", _BAD)
def test_a_value_that_does_not_fit_its_slot_is_refused_without_repeating_it(
    field: str, value: str
) -> None:
    good = {"recipient": "a@example.org", "reference": _REFERENCE, "message_id": _MESSAGE_ID}
    with pytest.raises(InvalidInput) as refused:
        splice(_cut(), **{**good, field: value})
    assert refused.value.field == field
    assert not value or value not in str(refused.value)


@pytest.mark.parametrize(
    "recipient",
    ["a@b@c.d", "a,b@example.org", "a@example.org,c@example.org", "a@example.org ", ".a@b.c",
     "a@-b.c", "a@b.c>", "a(x)@b.c", f"{'a' * 252}@b.c", "a@example.org\n"],
)  # fmt: skip
def test_a_recipient_is_one_bare_address(recipient: str) -> None:
    with pytest.raises(InvalidInput):
        splice(_cut(), recipient=recipient, reference=_REFERENCE, message_id=_MESSAGE_ID)


@pytest.mark.parametrize("plain", ["no slot", "\n{reference}\n\n{reference}\n", "x {reference} y"])
def test_a_text_without_one_reference_on_its_own_line_is_refused(plain: str) -> None:
    with pytest.raises(InvalidInput):
        _cut(dataclasses.replace(_NOTICE, plain=plain))


def test_segments_survive_the_ledger() -> None:
    cut = _cut()
    assert Segments.from_text(cut.to_text()) == cut
    assert cut.slots == ("recipient", "message_id", "reference", "reference")


def test_the_same_values_give_the_same_bytes() -> None:
    values = {"recipient": "a@example.org", "reference": _REFERENCE, "message_id": _MESSAGE_ID}
    assert splice(_cut(), **values) == splice(_cut(), **values)


def test_a_line_never_begins_with_a_dot_even_after_a_soft_break() -> None:
    coded = encode("a" * 75 + "." * 160 + "\n.\n..x")
    assert not any(line.startswith(b".") for line in _lines(coded))
