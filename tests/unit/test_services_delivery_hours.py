"""When a batch may start, and when it is looked who stayed silent."""

from datetime import timedelta
from typing import Any

import pytest
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import EscalationDue, SilenceDue
from tocsin.schemas.outcome import (
    Reason,
    Refused,
)

from fakes.deliveries import ROUND, world
from fakes.ledgers import NOW, batch, event

NIGHT = NOW.replace(hour=22, minute=0)


def test_a_text_message_that_comes_up_at_night_is_put_off_until_the_morning() -> None:
    w = world(2, channel=Channel.SMS, now=NIGHT)
    (commit,) = w.commits()
    assert w.handed_over == []
    assert commit.done
    (later,) = commit.events
    assert later.due == NIGHT + timedelta(hours=9)
    assert later.payload == batch(ROUND, 2, channel=Channel.SMS)
    assert later.id != event("batch", round_id=ROUND).id
    assert world(2, channel=Channel.SMS, now=NIGHT).commits() == [commit]


def test_by_day_a_text_message_and_at_any_hour_an_e_mail_leave_at_once() -> None:
    for w in (world(2, channel=Channel.SMS), world(2, now=NIGHT)):
        w.commits()
        assert len(w.handed_over) == 2


def test_where_something_is_heard_at_all_it_is_looked_later_who_of_a_batch_stayed_silent() -> None:
    w = world(3, channel=Channel.SMS, hears_back=True)
    w.answers[1] = Refused(Reason.MAILBOX_BARRED)
    *_, last = w.commits()
    silence, escalation = last.events
    assert isinstance(silence.payload, SilenceDue)
    assert (silence.payload.first, silence.payload.count, silence.payload.rung) == (0, 3, 0)
    assert silence.due == NOW + timedelta(hours=24)
    assert isinstance(escalation.payload, EscalationDue)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": Channel.SMS},
        {"hears_back": True},
        {
            "channel": Channel.SMS,
            "hears_back": True,
            "answers": dict.fromkeys(range(2), Refused(Reason.MAILBOX_BARRED)),
        },
    ],
    ids=["nothing is heard", "an e-mail", "nobody took it"],
)
def test_elsewhere_silence_says_nothing(fields: dict[str, Any]) -> None:
    *_, last = world(2, **fields).commits()
    assert not any(isinstance(e.payload, SilenceDue) for e in last.events)
