"""Bells as duty officers hear them: at a relay, at Twilio and at an on-call service, all here."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.demo.http_plans import Answer
from tocsin.demo.http_plans import Do as Http
from tocsin.demo.relay import RelayServer
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import Answer as TwilioAnswer
from tocsin.demo.twilio_server import Do as TwilioDo
from tocsin.demo.twilio_server import TwilioServer
from tocsin.runtimes.alarms import OfficerBells, mail_of
from tocsin.runtimes.clock import WallClock
from tocsin.runtimes.settings import Settings
from tocsin.schemas.alarm import Call, Gravity, Means, Rung
from tocsin.schemas.outcome import Reason, Result

from fakes.alarm_receiver import AlarmReceiver, secret_in
from fakes.deployment import settings
from fakes.ledgers import NOW
from fakes.relays import run

MAIL, PHONE = "olga@example.org", "+12025550199"
CALL = Call(
    incident="INC-7K2QX",
    alarm="clock:EU-GDPR:authority:early:late",
    link=4,
    gravity=Gravity.URGENT,
    text="INC-7K2QX: EU-GDPR:authority:early is late by 2 h: it was due 2026-11-24 07:30 UTC",
    at=NOW,
    drill=False,
)


@dataclass
class World:
    relay: RelayServer
    receiver: AlarmReceiver
    twilio: TwilioServer
    found: Settings

    @property
    def bells(self) -> OfficerBells:
        return OfficerBells(self.found, clock=WallClock(), patience_s=2.0)

    async def ring(self, means: Means, call: Call = CALL, *, again: bool = False) -> Rung:
        return await self.bells.ring("olga", means, call, again=again)

    def mails(self) -> int:
        return len([r for r in self.relay.received if r.accepted])


@asynccontextmanager
async def world(
    folder: Path,
    *,
    mail: RelayPlan | None = None,
    hook: Mapping[str, Any] | None = None,
    twilio: Mapping[str, Any] | None = None,
    **more: Any,
) -> AsyncIterator[World]:
    (folder / "token").write_text(TOKEN)
    async with (
        RelayServer(mail) as relay,
        AlarmReceiver(plan=hook or {}) as receiver,
        TwilioServer(twilio or {}) as server,
    ):
        officer = {
            "name": "olga",
            "email": MAIL,
            "phone": PHONE,
            "webhook": f"{receiver.url}/alarms",
            "secret_file": secret_in(folder),
        }
        sms = {
            "account_sid": ACCOUNT,
            "secret_file": str(folder / "token"),
            "sender": "+12025550123",
            "registered_in": ["US"],
            "base_url": server.url,
            "look_up_after_s": [0.01],
        }
        sections = {"duty_officers": [officer], "sms": sms} | more
        yield World(relay, receiver, server, settings(folder, relay.port, **sections))


@pytest.mark.parametrize("means", Means)
def test_an_officer_is_rung_by_each_means(tmp_path: Path, means: Means) -> None:
    async def main() -> None:
        async with world(tmp_path) as here:
            assert await here.ring(means) == Rung(Result.ACCEPTED)
            told = {
                Means.EMAIL: here.mails(),
                Means.SMS: len(here.twilio.messages),
                Means.WEBHOOK: len(here.receiver.alarms),
            }
            assert told == {each: int(each is means) for each in Means}

    run(main())


@pytest.mark.parametrize("means", [Means.EMAIL, Means.WEBHOOK])
def test_whoever_is_rung_again_gets_the_same_name_and_another_alarm_has_another(
    tmp_path: Path, means: Means
) -> None:
    async def main() -> None:
        async with world(tmp_path) as here:
            for _ in range(2):
                await here.ring(means, again=True)
            await here.ring(means, replace(CALL, link=5))
            names = [r.message_id for r in here.relay.received] or [*here.receiver.taken.elements()]
            assert len(names) == 3
            assert len(set(names)) == 2

    run(main())


def test_a_text_message_that_may_be_out_already_is_looked_up_and_not_sent_twice(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        plan = {PHONE: [TwilioAnswer(TwilioDo.CUT, taken=True), TwilioAnswer()]}
        async with world(tmp_path, twilio=plan) as here:
            here.twilio.hidden_for = 1
            assert (await here.ring(Means.SMS)).result is Result.IN_DOUBT
            assert await here.ring(Means.SMS, again=True) == Rung(Result.ACCEPTED)
            assert len(here.twilio.messages) == 1
            other = replace(CALL, link=5)
            assert await here.ring(Means.SMS, other, again=True) == Rung(Result.ACCEPTED)
            assert len(here.twilio.messages) == 2, "another alarm of the same words is another one"

    run(main())


def test_a_relay_that_is_away_leaves_the_mail_to_the_next_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as here:
            away = {"name": "away", "host": "127.0.0.1", "port": 9, "tls": "none", "timeout_s": 1}
            up = {"name": "up", "host": "127.0.0.1", "port": here.relay.port, "tls": "none"}
            two = settings(
                tmp_path, 0, relays=[away, up], duty_officers=[{"name": "olga", "email": MAIL}]
            )
            bells = OfficerBells(two, clock=WallClock())
            assert await bells.ring("olga", Means.EMAIL, CALL, again=False) == Rung(Result.ACCEPTED)

    run(main())


def test_whatever_is_wrong_with_a_bell_is_an_answer_and_never_raised(tmp_path: Path) -> None:
    async def main() -> None:
        mail = RelayPlan(addresses={MAIL: Behaviour(do=Do.REFUSE)})
        hook = {"olga": [Answer(Http.REFUSE, status=403), Answer(Http.HANG)]}
        async with world(tmp_path, mail=mail, hook=hook) as here:
            refused = await here.ring(Means.EMAIL)
            assert refused == Rung(Result.REFUSED, Reason.NO_SUCH_MAILBOX)
            ours = await here.ring(Means.WEBHOOK)
            assert ours == Rung(Result.DEFERRED, Reason.RELAY_REFUSED_US)
            hangs = await here.ring(Means.WEBHOOK)
            assert hangs == Rung(Result.IN_DOUBT, Reason.TIMED_OUT)
            (tmp_path / "webhook.secret").unlink()
            (tmp_path / "token").unlink()
            for means, field in (
                (Means.WEBHOOK, "duty_officers[0].secret_file"),
                (Means.SMS, "sms.secret_file"),
            ):
                rung = await here.ring(means)
                assert (rung.result, rung.field) == (Result.DEFERRED, field)
            unknown = await here.bells.ring("gone", Means.EMAIL, CALL, again=False)
            assert unknown.result is Result.DEFERRED

    run(main())


def test_a_mail_says_what_how_urgent_and_where_to_look_and_nothing_of_anybody() -> None:
    by = settings(Path("x"), 25).organisations[0]
    text = mail_of(CALL, "olga", MAIL, by).decode()
    assert "Subject: [Tocsin] URGENT: INC-7K2QX: EU-GDPR:authority:early is late by 2 h" in text
    assert "tocsin clocks" in text
    assert "tocsin incident show INC-7K2QX" in text
    assert "Auto-Submitted: auto-generated" in text
    drill = mail_of(replace(CALL, text=f"[EXERCISE] {CALL.text}", drill=True), "olga", MAIL, by)
    assert b"Subject: [EXERCISE] [Tocsin] URGENT: INC-7K2QX" in drill


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "nobody can be reached"),
        ({"email": "nobody"}, "write one address"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "write one address"),
        ({"phone": "030 901820"}, "with its country"),
        ({"phone": PHONE}, "there is no \\[sms\\]"),
        ({"webhook": "http://pager.example.com/x", "secret_env": "X"}, "https URL"),
        ({"webhook": "https://pager.example.com/x"}, "is signed"),
        ({"email": MAIL, "severities": ["loud"]}, "severities"),
        ({"email": MAIL, "name": "o/lga"}, "name"),
    ],
)
def test_an_officer_who_could_not_be_reached_is_refused(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        settings(tmp_path, 25, duty_officers=[{"name": "olga"} | fields])


def test_two_officers_of_one_name_are_refused(tmp_path: Path) -> None:
    olga = {"name": "olga", "email": MAIL}
    with pytest.raises(ValidationError, match="two duty_officers have the same name"):
        settings(tmp_path, 25, duty_officers=[olga, olga])


@pytest.mark.parametrize("hours", [[0], [9000], [-1]])
def test_a_lead_time_that_is_none_is_refused(tmp_path: Path, hours: list[int]) -> None:
    with pytest.raises(ValidationError, match="write hours from 1 to 8,760"):
        settings(tmp_path, 25, policy={"alarm_before_hours": hours})


@pytest.mark.parametrize(
    "section",
    [
        {"url": "http://watch.example.com/x"},
        {"url": "https://watch.example.com/x", "every_s": 0},
        {"url": "https://watch.example.com/x", "method": "PUT"},
    ],
)
def test_a_heartbeat_that_cannot_be_called_safely_is_refused(
    tmp_path: Path, section: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match="heartbeat"):
        settings(tmp_path, 25, heartbeat=section)


def test_all_bells_ring_side_by_side(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as here:
            calls = [here.ring(m, replace(CALL, link=n)) for m in Means for n in range(5)]
            assert set(await asyncio.gather(*calls)) == {Rung(Result.ACCEPTED)}
            assert (here.mails(), len(here.twilio.messages), len(here.receiver.alarms)) == (5, 5, 5)

    run(main())
