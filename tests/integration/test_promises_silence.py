"""Who takes a notice and is not heard of is told on the next channel, and nobody else is."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tocsin.notifiers.sent import Sent
from tocsin.runtimes.channels import _simply
from tocsin.runtimes.ways_out import WaysOut
from tocsin.schemas.channels import Channel
from tocsin.schemas.event import Event, EvidenceHeard
from tocsin.schemas.evidence import Heard
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.lease import Lease
from tocsin.schemas.notice import Message
from tocsin.schemas.outcome import Accepted, Reason
from tocsin.schemas.person import Contacts, Reach

from fakes.deployment import Deployment, deployment, person
from fakes.promises import newest, problems, run, told

NUMBER = "+4915112345678"
WITHOUT_A_TELEPHONE = "k0000002"


class Ahead:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Telephones:
    """Knows everybody's number but one, takes every text message, and can be asked of e-mails."""

    def __init__(self, directory: Any) -> None:
        self._directory = directory
        self.taken: list[int] = []

    async def contacts(self, keys: Sequence[str]) -> dict[str, Contacts]:
        found = await self._directory.contacts(keys)
        return {
            key: Contacts(
                Reach(email=held.own.email, phone=None if key == WITHOUT_A_TELEPHONE else NUMBER)
            )
            for key, held in found.items()
        }

    async def send(
        self,
        messages: Sequence[Message],
        lease: Lease,
        *,
        sender: str,
    ) -> AsyncGenerator[tuple[Sent, ...], None]:
        for message in messages:
            assert lease.may_send
            self.taken.append(message.seq)
            yield (Sent(message.lane, message.seq, Accepted(f"SM{message.seq}"), "sms"),)

    async def poll(
        self, channel: Channel, refs: Sequence[str]
    ) -> Mapping[str, tuple[Heard, Reason] | None]:
        assert channel is Channel.EMAIL
        return {refs[2]: (Heard.DELIVERED, Reason.NONE)}


def wired(d: Deployment) -> Telephones:
    """Let the deployment also tell by text message, and hear what comes back."""
    ports: Any = d.runtime.step.ports
    telephones = Telephones(ports["contact_book"])
    ports |= {"ladder": [Channel.EMAIL, Channel.SMS], "hears_back": True}
    ports |= {"contact_book": telephones, "receipts": telephones}
    mailers = ports["mailers"]
    ports["mailers"] = WaysOut(
        cases=ports["cases"],
        organisations=ports["organisations"],
        ways=mailers._ways | {Channel.SMS: _simply(telephones)},
        outbox=d.folder / "outbox",
        flush=50,
    )
    return telephones


async def arrived(d: Deployment, round_id: str, seq: int) -> None:
    """Hear that a notice by e-mail arrived."""
    heard = (("other", seq, 0, Heard.DELIVERED, Reason.NONE, "dsn"),)
    said = Event(
        id=root_id("test", f"arrived/{seq}"),
        incident=round_id.split("/", maxsplit=1)[0],
        round=round_id,
        payload=EvidenceHeard(round=round_id, heard=heard),
    )
    await d.runtime.ledger.submit(said, now=datetime.now(UTC))


def test_who_stays_silent_is_told_on_the_next_channel_once_and_the_others_are_left_alone(
    tmp_path: Path,
) -> None:
    people = [person(n) for n in range(6)]
    clock = Ahead()

    async def main() -> None:
        policy = {"wait_hours": {"email": 24}, "evidence_hours": 3}
        async with deployment(tmp_path, people, policy=policy, clock=clock) as d:
            telephones = wired(d)
            name = await d.raised()
            await d.approve(name)
            await d.settle()
            round_id = (await newest(d, name)).id
            assert (await d.coverage(name)).reached == len(people)
            await arrived(d, round_id, 0)
            await d.settle()
            assert telephones.taken == []
            clock.ahead = timedelta(hours=4)  # the law's time is over: it is waited an hour
            await d.settle()
            assert sorted(telephones.taken) == [1, 4, 5], "0 was heard of, 2 has none, 3 is known"
            coverage = await d.coverage(name)
            assert coverage.holds
            assert (coverage.reached, coverage.delivered) == (len(people), 2)
            assert set(told(d.relay).values()) == {1}
            clock.ahead = timedelta(hours=12)
            await d.settle()
            assert (await newest(d, name)).state == "closed"
            assert sorted(telephones.taken) == [1, 4, 5]
            assert await problems(d) == ()

    run(main())
