"""Whose message leaves next: one round and lane after the other, its sendings in their order."""

import asyncio
from itertools import groupby

from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from tocsin.demo.relay import RelayServer
from tocsin.notifiers.smtp import SmtpMailer
from tocsin.notifiers.smtp_dialogue import on_the_wire, stuffed
from tocsin.schemas.notice import Message, Segments

from fakes.relays import SENDER, collect, lease_of, messages, run, settings


def _of(round_id: str, start: int) -> tuple[Message, ...]:
    return tuple(m._replace(round=round_id) for m in messages(30, start=start))


def _order(*sendings: tuple[Message, ...]) -> list[int]:
    """Return the seqs in the order in which one connection carried them."""
    left: list[int] = []

    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=1)], flush=300) as mailer,
        ):
            await asyncio.gather(
                *(
                    collect(
                        mailer.send(each, lease_of(), sender=SENDER),
                        lambda flush: left.extend(sent.seq for sent in flush),
                    )
                    for each in sendings
                )
            )

    run(main())
    return left


def test_the_sendings_of_one_round_and_lane_leave_one_after_the_other() -> None:
    order = _order(_of("INC-1/r1", 0), _of("INC-1/r1", 30))
    assert [first for first, _ in groupby(seq // 30 for seq in order)] == [0, 1]


def test_the_sendings_of_two_rounds_are_done_at_the_same_time() -> None:
    ended: list[int] = []

    async def main() -> None:
        async with (
            RelayServer() as relay,
            SmtpMailer([settings(relay, connections=1)], flush=300) as mailer,
        ):

            async def told(each: tuple[Message, ...]) -> None:
                await collect(mailer.send(each, lease_of(), sender=SENDER))
                ended.append(len(each))

            large = tuple(m._replace(round="INC-1/r1") for m in messages(200))
            await asyncio.gather(told(large), told(_of("INC-2/r1", 200)[:5]))

    run(main())
    assert ended == [5, 200]


lines = st.lists(st.sampled_from([b"Dear reader", b".", b"..x", b"\xc3\xa9", b""]), max_size=6)


@how(deadline=None, max_examples=200)
@given(lines, lines, st.sampled_from([b"", b"\r\n"]))
def test_a_plain_message_goes_over_the_wire_as_the_rules_of_dots_want_it(
    before: list[bytes], after: list[bytes], end: bytes
) -> None:
    text = b"\r\n".join([*before, b"To: "]), b"\r\n".join([b"", *after]) + end
    segments = Segments(parts=text, slots=("recipient",))
    pieces = (text[0], b"a@example.org", text[1])
    message = Message("gmail", 0, "a@example.org", pieces, "", is_plain=segments.is_plain)
    assert on_the_wire(message, b"MAIL") == stuffed(message.content) + b"MAIL"
    assert message.content.isascii() or not segments.is_plain
