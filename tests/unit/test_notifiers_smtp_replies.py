"""The table of replies, and the content on the wire."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tocsin.notifiers.smtp_connection import SmtpConnection
from tocsin.notifiers.smtp_dialogue import stuffed
from tocsin.notifiers.smtp_replies import Reply, Stage, outcome_of, queue_id
from tocsin.schemas.outcome import Accepted, Deferred, Reason, Refused, SendOutcome

from fakes.relays import message


@pytest.mark.parametrize(
    ("code", "text", "stage", "outcome"),
    [
        (550, b"5.1.1 unknown", Stage.RECIPIENT, Refused(Reason.NO_SUCH_MAILBOX)),
        (550, b"no such user", Stage.RECIPIENT, Refused(Reason.NO_SUCH_MAILBOX)),
        (556, b"no mail here", Stage.RECIPIENT, Refused(Reason.NO_SUCH_MAILBOX)),
        (550, b"5.4.1 access denied", Stage.RECIPIENT, Refused(Reason.NO_SUCH_MAILBOX)),
        (553, b"5.1.3 bad", Stage.RECIPIENT, Refused(Reason.MALFORMED_ADDRESS)),
        (552, b"5.2.2 over quota", Stage.RECIPIENT, Refused(Reason.MAILBOX_FULL)),
        (452, b"4.2.2 over quota", Stage.RECIPIENT, Deferred(Reason.MAILBOX_FULL)),
        (452, b"4.5.3 too many", Stage.RECIPIENT, Deferred(Reason.RATE_LIMITED)),
        (451, b"4.7.650 slow down", Stage.RECIPIENT, Deferred(Reason.RATE_LIMITED)),
        (450, b"greylisted", Stage.RECIPIENT, Deferred(Reason.TEMPORARY_FAILURE)),
        (554, b"5.7.1 no", Stage.CONTENT, Refused(Reason.REFUSED_BY_POLICY)),
        (550, b"spam", Stage.CONTENT, Refused(Reason.REFUSED_BY_POLICY)),
        (554, b"5.6.0 bad mime", Stage.CONTENT, Refused(Reason.REFUSED_CONTENT)),
        (552, b"too big", Stage.CONTENT, Refused(Reason.REFUSED_CONTENT)),
        (530, b"5.7.0 authenticate", Stage.RECIPIENT, Deferred(Reason.RELAY_REFUSED_US)),
        (550, b"5.7.1 sender", Stage.SESSION, Deferred(Reason.RELAY_REFUSED_US)),
        (535, b"5.7.8 bad", Stage.SESSION, Deferred(Reason.RELAY_REFUSED_US)),
        (503, b"5.5.1 sequence", Stage.RECIPIENT, Deferred(Reason.PROTOCOL_ERROR)),
        (421, b"shutting down", Stage.CONTENT, Deferred(Reason.RELAY_UNAVAILABLE)),
        (250, b"2.0.0 ok", Stage.CONTENT, Accepted()),
        (354, b"what", Stage.CONTENT, None),
        (250, b"ok", Stage.RECIPIENT, None),
    ],
)
def test_a_reply_means_what_the_table_says(
    code: int, text: bytes, stage: Stage, outcome: SendOutcome | None
) -> None:
    assert outcome_of(Reply(code, text), stage) == outcome


def test_an_enhanced_code_of_another_class_than_the_reply_is_not_believed() -> None:
    strange = outcome_of(Reply(550, b"4.2.2 full"), Stage.RECIPIENT)
    assert strange == Refused(Reason.NO_SUCH_MAILBOX)


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (b"2.0.0 Ok: queued as 4XyZ12AbC", "4XyZ12AbC"),
        (b"OK id=1rTk4X-0005Qd-3p", "1rTk4X-0005Qd-3p"),
        (b"2.0.0 4AOI5x12345 Message accepted for delivery", "4AOI5x12345"),
        (b"2.0.0 Ok", ""),
        (b"queued as person1@example.test", ""),
        (b"queued as Zhang", ""),
        (b"queued as " + b"1" * 41, ""),
        (b"id=j.person1", ""),
    ],
)
def test_only_what_is_surely_a_queue_id_is_kept(text: bytes, ref: str) -> None:
    assert queue_id(text) == ref


def test_no_words_of_the_relay_show_in_a_repr() -> None:
    assert repr(Reply(550, b"no person1@example.test")) == "Reply(550)"


def unstuffed(wire: bytes) -> bytes:
    """What a relay makes of content (RFC 5321 section 4.5.2)."""
    assert wire.find(b"\r\n.\r\n") == len(wire) - 5 or wire == b".\r\n"
    lines = wire[: -len(b".\r\n")].split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(alphabet=".a\t ", max_size=5), min_size=1, max_size=8))
def test_content_arrives_as_it_was_whatever_its_dots(lines: list[str]) -> None:
    content = "\r\n".join(lines).encode()
    whole = content if content.endswith(b"\r\n") else content + b"\r\n"
    assert unstuffed(stuffed(content)) == whole


class _Wire(asyncio.Transport):
    """The relay's end of a wire: keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 30), max_size=12))
def test_replies_are_read_the_same_however_they_are_cut(cuts: list[int]) -> None:
    stream = b"250-relay.test\r\n250-SIZE 1\r\n250 8BITMIME\r\n550 5.1.1 no\r\n354 go\r\n"

    async def main() -> None:
        wire = _Wire()
        connection = SmtpConnection(wire, extensions=frozenset(), timeout_s=5)
        replies = [connection.ask(b"COMMAND\r\n") for _ in range(3)]
        rest = stream
        for cut in cuts:
            connection.data_received(rest[:cut])
            rest = rest[cut:]
        connection.data_received(rest)
        assert [reply.result().code for reply in replies] == [250, 550, 354]
        connection.leave()

    asyncio.run(main())


def test_a_reply_that_nobody_asked_for_ends_the_connection() -> None:
    async def main() -> None:
        connection = SmtpConnection(_Wire(), extensions=frozenset(), timeout_s=5)
        connection.data_received(b"250 out of step\r\n")
        assert not connection.usable

    asyncio.run(main())


def test_a_message_never_shows_its_recipient() -> None:
    assert "person1" not in repr(message(1))
