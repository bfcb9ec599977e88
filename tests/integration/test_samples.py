"""Test sends: to our own addresses alone, the texts that were drafted, and all of it on record."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from tocsin.demo.behaviour import Behaviour, Do, RelayPlan
from tocsin.ledger import reads
from tocsin.notifiers.in_app_tokens import account_digest
from tocsin.rendering.splicing import splice
from tocsin.runtimes.delivery_books import RoundBook
from tocsin.runtimes.sampling import SampledRound, send_test
from tocsin.schemas.audience import TEST_LANE
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import FactKind
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.evidence import Heard, Receipt
from tocsin.schemas.identifiers import (
    ReturnCode,
    is_reference_code,
    message_id,
    notice_seed,
    reference_code,
)
from tocsin.schemas.notice import Segments
from tocsin.schemas.outcome import Reason, Result
from tocsin.schemas.principal import CommandType, Principal, Role
from tocsin.services.naming import texts_hash

from fakes.deployment import Deployment, deployment, incident, person, settings
from fakes.keeping_relay import KeepingRelay, keeping
from fakes.promises import facts, problems, run, told, written

OURS = "desk-of-tests@team.example.com"
SECRET = "made-up-secret-of-a-test-with-forty-letters"
MARK = b"X-Tocsin-Test: yes\r\n"


@asynccontextmanager
async def ready(
    folder: Path, *, drill: bool = False, **own: str
) -> AsyncIterator[tuple[Deployment, KeepingRelay, str]]:
    """Open a deployment with a drafted round that may be told by e-mail and in the app."""
    secret = folder / "in-app.secret"
    secret.write_text(SECRET)
    sections: dict[str, Any] = {
        "test_recipients": {"email": OURS} | own,
        "in_app": {"database": folder / "in-app.db", "secret_file": secret},
    }
    people = [person(n) for n in range(9)]
    async with keeping(folder, people, RelayPlan(), **sections) as (d, relay):
        yield d, relay, await d.raised(drill=drill)


async def sampled(d: Deployment, name: str, **asked: Any) -> SampledRound:
    return await send_test(d.runtime, d.raiser, name, **asked)


def test_every_drafted_text_goes_to_our_own_mailbox_before_the_approval_and_to_nobody_else(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, relay, name):
            found = await sampled(d, name, channel=Channel.EMAIL)
            assert found.all_accepted
            assert len(found.samples) == len({s.cohort for s in found.samples}) == 2
            assert told(relay) == {OURS: 2}
            assert all(content.startswith(MARK) for content in relay.kept)
            assert await d.coverage(name) == Coverage(in_scope=9, open=9)
            await d.approve(name)
            await d.settle()
            assert (await d.coverage(name)).reached == 9
            assert told(relay) == {OURS: 2} | {f"person{n}@mail.example": 1 for n in range(9)}
            assert sum(content.startswith(MARK) for content in relay.kept) == 2
            assert await problems(d) == ()

    run(main())


def test_but_for_its_mark_a_sample_is_byte_for_byte_what_was_drafted(tmp_path: Path) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, relay, name):
            await sampled(d, name, channel=Channel.EMAIL, cohort=1)
            (content,) = relay.kept
            round_id = f"{name}/r1"
            text = (await RoundBook(d.runtime.ledger).texts(round_id))[f"{round_id}#1"]
            round_key = d.runtime.ledger.keys.of(round_id)
            key = notice_seed(round_key, round_id, TEST_LANE, 1000)
            reference = reference_code(round_key, key)
            values = {
                "recipient": OURS,
                "reference": reference,
                "message_id": message_id(key, "example.com"),
            }
            assert is_reference_code(reference)
            assert content == MARK + splice(Segments.from_text(text), values)

    run(main())


def test_no_two_tests_share_a_reference(tmp_path: Path) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, relay, name):
            for _ in range(3):
                await sampled(d, name, channel=Channel.EMAIL, cohort=0)
            ids = [re.findall(rb"Message-ID: (<[^>]+>)", content)[0] for content in relay.kept]
            assert len(set(ids)) == 3

    run(main())


def test_who_tested_which_texts_on_which_ways_is_on_record_and_no_address_is(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, _, name):
            await send_test(d.runtime, d.approver, name, cohort=0)
            (fact,) = (await facts(d, name, FactKind.ACCESS)).values()
            texts = await RoundBook(d.runtime.ledger).texts(f"{name}/r1")
            assert fact == {
                "what": "test send",
                "by": "ada",
                "round": f"{name}/r1",
                "texts": texts_hash(texts),
                "sent": [f"{name}/r1#0"],
                "channels": ["email"],
            }
            (notice,) = (
                a for a in await d.runtime.ledger.ask(reads.artefacts, name) if a.kind == "notice"
            )
            assert fact["texts"] == notice.binding.text_hash
            assert not any(OURS.encode() in content for content in written(tmp_path))

    run(main())


def test_every_channel_with_an_address_of_our_own_is_tested_and_the_others_are_named(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with ready(tmp_path, account="tester-7") as (d, _, name):
            found = await sampled(d, name, cohort=0)
            assert [(s.channel, s.result) for s in found.samples] == [
                (Channel.EMAIL, Result.ACCEPTED),
                (Channel.IN_APP, Result.ACCEPTED),
            ]
            assert found.left_out == ()
            with closing(sqlite3.connect(tmp_path / "in-app.db")) as db:
                held = db.execute("SELECT DISTINCT account FROM notices").fetchall()
            assert held == [(account_digest(SecretStr(SECRET), "tester-7"),)]
        (tmp_path / "other").mkdir()
        async with ready(tmp_path / "other") as (d, _, name):
            assert (await sampled(d, name)).left_out == (Channel.IN_APP,)

    run(main())


def test_a_drills_samples_go_to_the_outbox(tmp_path: Path) -> None:
    async def main() -> None:
        async with ready(tmp_path, drill=True) as (d, relay, name):
            found = await sampled(d, name)
            assert found.drill
            assert found.all_accepted
            assert relay.connections == 0
            assert len(list((tmp_path / "outbox" / name / TEST_LANE).glob("*.eml"))) == 2

    run(main())


def test_what_comes_back_about_a_sample_is_of_nobodys_notice(tmp_path: Path) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, _, name):
            await sampled(d, name, channel=Channel.EMAIL, cohort=0)
            round_id = f"{name}/r1"
            key = d.runtime.ledger.keys.of(round_id)
            before = await d.runtime.ledger.ask(reads.waiting_events)
            for lane, counted in ((TEST_LANE, 0), ("other", 1)):
                code = ReturnCode.of(key, round_id, lane, 1000, rung=0)
                assert await d.runtime.desk.knows(code)
                failed = Receipt(code, Heard.FAILED, Reason.NO_SUCH_MAILBOX, "dsn")
                await d.runtime.desk.take([failed])
                after = await d.runtime.ledger.ask(reads.waiting_events)
                assert len(after) - len(before) == counted

    run(main())


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"cohort": 7}, NotFound, "no cohort 7"),
        ({"channel": Channel.SMS}, InvalidInput, "tells nobody by sms"),
        ({"channel": Channel.IN_APP}, InvalidInput, "no address of our own"),
    ],
)
def test_what_is_not_drafted_or_has_no_address_of_ours_is_refused_and_not_on_record(
    tmp_path: Path, asked: dict[str, Any], error: type[Exception], said: str
) -> None:
    async def main() -> None:
        async with ready(tmp_path) as (d, relay, name):
            with pytest.raises(error, match=said):
                await sampled(d, name, **asked)
            assert relay.total == 0
            assert await facts(d, name, FactKind.ACCESS) == {}

    run(main())


def test_an_address_that_is_no_use_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with ready(tmp_path, account=" ") as (d, relay, name):
            with pytest.raises(InvalidInput, match=r"test_recipients\.account"):
                await sampled(d, name)
            assert relay.total == 0

    run(main())


def test_nothing_is_tested_before_a_draft_or_after_the_end(tmp_path: Path) -> None:
    own: dict[str, Any] = {"test_recipients": {"email": OURS}}

    async def main() -> None:
        async with deployment(tmp_path, [person(0)], **own) as d:
            name = await d.runtime.door.raise_incident(d.raiser, incident(), drill=False)
            with pytest.raises(Conflict, match="no text is drafted"):
                await sampled(d, name)
            await d.settle()
            await d.runtime.door.act(d.approver, CommandType.WITHDRAW, name, reason="It was none.")
            with pytest.raises(Conflict, match="is withdrawn"):
                await sampled(d, name)
            assert d.relay.total == 0

    run(main())


@pytest.mark.parametrize("role", Role)
def test_who_raises_approves_or_operates_may_test_and_nobody_else(
    tmp_path: Path, role: Role
) -> None:
    may = {Role.RAISE, Role.APPROVE, Role.OPERATE}

    async def main() -> None:
        async with ready(tmp_path) as (d, relay, name):
            new = Principal(name="eve", roles=frozenset({role}))
            token = await d.runtime.door.add_principal(d.raiser, new)
            if role in may:
                found = await send_test(d.runtime, token, name, channel=Channel.EMAIL, cohort=0)
                assert found.all_accepted
            else:
                with pytest.raises(NotAllowed):
                    await send_test(d.runtime, token, name)
                assert relay.total == 0

    run(main())


@pytest.mark.parametrize(
    ("email", "ours"),
    [
        ("a@example.com", True),
        ("a@Team.Example.com", True),
        ("a@mail.example", False),
        ("a@notexample.com", False),
        ("a@example.com.mail.example", False),
    ],
)
def test_the_configuration_takes_a_mailbox_under_our_own_domain_alone(
    tmp_path: Path, email: str, *, ours: bool
) -> None:
    if ours:
        read = settings(tmp_path, 1, test_recipients={"email": email})
        assert read.test_recipients.email == email
        assert email not in repr(read.test_recipients)
        return
    with pytest.raises(ValidationError, match="under the domain of an organisation"):
        settings(tmp_path, 1, test_recipients={"email": email})


def test_a_sample_that_the_relay_refuses_is_told_with_the_reason(tmp_path: Path) -> None:
    plan = RelayPlan(addresses={OURS: Behaviour(do=Do.REFUSE)})
    own: dict[str, Any] = {"test_recipients": {"email": OURS}}

    async def main() -> None:
        async with deployment(tmp_path, [person(1)], plan=plan, **own) as d:
            found = await sampled(d, await d.raised())
            assert not found.all_accepted
            assert [(s.result, s.reason) for s in found.samples] == [
                (Result.REFUSED, Reason.NO_SUCH_MAILBOX)
            ]

    run(main())
