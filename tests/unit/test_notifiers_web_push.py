"""Push messages to browsers: what the outcomes are, who can read them, and where they may go."""

import base64
import json
import logging
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from tocsin.demo.http_plans import Answer, Do, Plan, patience
from tocsin.notifiers.sent import Sent
from tocsin.notifiers.web_push import LONGEST_PLAINTEXT, WebPush, topic_of
from tocsin.notifiers.web_push_vapid import VapidTokens
from tocsin.schemas.errors import InvalidInput
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Deferred, InDoubt, Reason, Refused

from fakes.push_messages import (
    APPLICATION_KEY,
    VAPID_KEY,
    browser,
    noticed,
    payload,
    push_service,
    web_push_settings,
)
from fakes.push_service import PushService, decrypted
from fakes.relays import SENDER, collect, lease_of, run

FIRST = browser(0).name


def _to(service: PushService, seq: int, **fields: Any) -> Message:
    return noticed(seq, browser(seq).subscription(service.url), **fields)


async def _send(messages: list[Message], **fields: Any) -> dict[int, Sent]:
    async with WebPush(web_push_settings(**fields)) as push:
        return await collect(push.send(messages, lease_of(), sender=SENDER))


def test_a_browser_reads_what_was_meant_for_it_and_nothing_of_its_endpoint_is_kept() -> None:
    async def main() -> None:
        async with push_service() as service:
            sent = await _send([_to(service, seq) for seq in range(3)])
            assert [each.outcome for each in sent.values()] == [Accepted("")] * 3
            assert sorted(service.waiting.values()) == [payload(seq) for seq in range(3)]
            assert service.wrong == []
            assert {(each["urgency"], each["ttl"]) for each in service.headers} == {
                ("high", "604800")
            }

    run(main())


def test_a_repeat_replaces_the_message_that_waits() -> None:
    async def main() -> None:
        async with push_service() as service:
            await _send([_to(service, 0, body="first words")])
            await _send([_to(service, 0), _to(service, 1)])
            assert service.asked.count(FIRST) == 2
            topics = [topic_of("REF00-AAAAA"), topic_of("REF01-AAAAA")]
            assert service.waiting[FIRST, topics[0]] == payload(0)
            assert len(service.waiting) == 2
            assert len({*topics}) == 2 and {len(topic) for topic in topics} == {32}

    run(main())


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(Do.REFUSE, status=202), Accepted()),
        (Answer(Do.REFUSE, status=404), Refused(Reason.NO_SUCH_MAILBOX)),
        (Answer(Do.REFUSE, status=410), Refused(Reason.NO_SUCH_MAILBOX)),
        (Answer(Do.REFUSE, status=413), Refused(Reason.REFUSED_CONTENT)),
        (Answer(Do.REFUSE, status=400), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=401), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=403), Deferred(Reason.RELAY_REFUSED_US)),
        (Answer(Do.REFUSE, status=429), Deferred(Reason.RATE_LIMITED)),
        (Answer(Do.REFUSE, status=429, retry_after=9), Deferred(Reason.RATE_LIMITED, 9)),
        (Answer(Do.REFUSE, status=503, retry_after=3), Deferred(Reason.RELAY_UNAVAILABLE, 3)),
        (Answer(Do.REFUSE, status=307), Deferred(Reason.PROTOCOL_ERROR)),
        (Answer(Do.REFUSE, status=500), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.REFUSE, status=502), InDoubt(Reason.TEMPORARY_FAILURE)),
        (Answer(Do.HANG), InDoubt(Reason.TIMED_OUT)),
        (Answer(Do.CUT), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
def test_every_answer_has_its_outcome_and_is_asked_for_once(answer: Answer, outcome: Any) -> None:
    async def main() -> None:
        async with push_service(plan={FIRST: [answer]}) as service:
            sent = await _send([_to(service, 0)], timeout_s=patience(answer))
            assert sent[0].outcome == outcome
            assert service.asked == [FIRST]

    run(main())


def test_nothing_is_asked_of_a_service_before_the_time_it_named() -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.REFUSE, status=429, retry_after=30)]}
        async with push_service(plan=plan) as busy, push_service() as other:
            messages = [_to(busy, 0), _to(busy, 1), _to(other, 2)]
            sent = await _send(messages, connections=1)
            assert busy.asked == [FIRST]
            assert isinstance(sent[2].outcome, Accepted)
            for seq in (0, 1):
                outcome = sent[seq].outcome
                assert isinstance(outcome, Deferred) and 29 < (outcome.retry_after or 0) <= 30

    run(main())


def test_a_date_to_come_again_counts_from_the_answers_own_date() -> None:
    async def main() -> None:
        later = "Wed, 01 Jan 2031 00:00:00 GMT"
        plan: Plan = {FIRST: [Answer(Do.REFUSE, status=429, retry_after=later)]}
        async with push_service(plan=plan) as service:
            sent = await _send([_to(service, 0)])
            assert sent[0].outcome == Deferred(Reason.RATE_LIMITED, 86_400.0)

    run(main())


def test_the_browsers_of_these_tests_read_the_example_of_the_rfc() -> None:
    # RFC 8291 section 5 and appendix A
    body, private, auth = (
        base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        for text in (
            (
                "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
                "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
                "gSxsj_Qulcy4a-fN"
            ),
            "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
    )
    key = ec.derive_private_key(int.from_bytes(private), ec.SECP256R1())
    assert decrypted(body, key, auth) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("length", [LONGEST_PLAINTEXT, LONGEST_PLAINTEXT + 1, 0])
def test_content_fits_one_record_or_is_refused(length: int) -> None:
    async def main() -> None:
        async with push_service() as service:
            message = _to(service, 0)._replace(pieces=(b"x" * length,))
            sent = await _send([message])
            fits = 0 < length <= LONGEST_PLAINTEXT
            assert isinstance(sent[0].outcome, Accepted if fits else Refused)
            assert list(service.waiting.values()) == ([b"x" * length] if fits else [])
            assert service.wrong == []

    run(main())


def test_one_token_serves_an_origin_for_half_a_day() -> None:
    now = 1_800_000_000.0
    tokens = VapidTokens(web_push_settings(), lambda: now)
    first, other = (tokens.authorization(f"https://{name}.test") for name in ("one", "two"))
    assert first != other
    now += 39_000
    assert tokens.authorization("https://one.test") == first
    now += 1_000
    renewed = tokens.authorization("https://one.test")
    assert renewed != first
    token = renewed.removeprefix("vapid t=").partition(",")[0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert claims == {
        "aud": "https://one.test",
        "exp": int(now) + 43_200,
        "sub": "mailto:privacy@organisation.test",
    }


def test_many_messages_are_signed_once_per_service() -> None:
    async def main() -> None:
        async with push_service() as service:
            sent = await _send([_to(service, seq) for seq in range(90)], flush=100)
            assert len(sent) == len(service.waiting) == 90
            assert len(service.tokens) == 1

    run(main())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vapid_key", SecretStr("")),
        ("vapid_key", SecretStr("AAAA")),
        ("vapid_key", SecretStr("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")),
        ("subject", "privacy@organisation.test"),
        ("subject", "mailto:privacy@localhost"),
        ("ttl_s", -1),
        ("ttl_s", 2_419_201),
        ("connections", 0),
        ("rate_per_s", 0),
        ("flush", 0),
        ("timeout_s", 0),
    ],
)
def test_settings_that_cannot_work_name_the_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        web_push_settings(**{field: value})
    assert refused.value.field == f"web_push.{field}"


def test_a_key_is_taken_as_pem_too_and_its_public_half_is_what_pages_subscribe_with() -> None:
    pem = VAPID_KEY.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    settings = web_push_settings(vapid_key=SecretStr(pem.decode()))
    assert settings.application_server_key == APPLICATION_KEY
    assert web_push_settings().application_server_key == APPLICATION_KEY
    assert "PRIVATE" not in repr(settings)


def test_no_endpoint_and_no_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        plan: Plan = {FIRST: [Answer(Do.CUT)], browser(1).name: [Answer(Do.REFUSE, status=410)]}
        async with push_service(plan=plan) as service:
            await _send([_to(service, seq) for seq in range(3)])
            said = " ".join(record.getMessage() for record in caplog.records)
            assert "wpush" not in said and APPLICATION_KEY not in said

    with caplog.at_level(logging.DEBUG):
        run(main())
