"""Everything around Tocsin on this machine: relay, Twilio, push services, and a postman.

What the servers took over is told back as it is in life: bounces by LMTP, statuses by signed
requests, late, doubled, out of turn, and some of them forged.
"""

import asyncio
import base64
import contextlib
import csv
import random
import re
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin.demo.behaviour import Behaviour, RelayPlan
from tocsin.demo.behaviour import Do as RelayDo
from tocsin.demo.fcm_server import FcmServer, error, service_account
from tocsin.demo.http_plans import Answer, Do
from tocsin.demo.relay import RelayServer
from tocsin.demo.relay_session import RelaySession
from tocsin.demo.twilio_callbacks import TwilioCallbacks
from tocsin.demo.twilio_resources import ACCOUNT, TOKEN
from tocsin.demo.twilio_server import Answer as TwilioAnswer
from tocsin.demo.twilio_server import Do as TwilioDo
from tocsin.demo.twilio_server import TwilioServer

from fakes.bounce_clients import Wire
from fakes.bounces import postfix
from fakes.planted_channels import Planted, address_of, phone_of, plant
from fakes.push_messages import VAPID_KEY, push_service
from fakes.push_service import PushService

BOUNCES = "bounces.example.com"
COLUMNS = (
    *("id", "email", "phone", "web_push", "app_push", "name", "street", "town"),
    *("country", "locale"),
)
_ENVELOPE = re.compile(rb"MAIL FROM:<([^>]*)>|RCPT TO:<([^>]*)>")


class _PostOffice(RelayServer):
    """A relay that remembers under which sender each address was written to."""

    senders: dict[str, str]

    async def come_up(self) -> None:
        assert self._bound is not None
        self.senders = getattr(self, "senders", {})
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Counter(self), sock=self._bound)


class _Counter(RelaySession):
    def __init__(self, office: _PostOffice) -> None:
        super().__init__(office)
        self._office, self._from = office, ""

    def data_received(self, data: bytes) -> None:
        for sender, recipient in _ENVELOPE.findall(data):
            if sender:
                self._from = sender.decode()
            elif recipient:
                self._office.senders[recipient.decode()] = self._from
        super().data_received(data)


@dataclass
class World:
    """The servers, the people, and what the postman did."""

    folder: Path
    people: list[Planted]
    relay: _PostOffice
    twilio: TwilioServer
    push: PushService
    fcm: FcmServer
    ports: Mapping[str, int]
    chance: random.Random
    refused: Counter[str] = field(default_factory=Counter)
    """Forgeries by what became of them."""
    told: int = 0
    """Receipts that the postman brought."""

    # what Tocsin is configured with -------------------------------------------------------------

    def sections(self) -> dict[str, Any]:
        """Return the sections of the configuration that lead here."""
        raw = VAPID_KEY.private_numbers().private_value.to_bytes(32)
        secrets = {
            "twilio": TOKEN,
            "vapid": base64.urlsafe_b64encode(raw).decode(),
            "firebase": service_account(self.fcm.url),
        }
        for name, value in secrets.items():
            (self.folder / f"{name}.secret").write_text(value)
        public = f"http://127.0.0.1:{self.ports['callbacks']}"
        twilio = {
            "account_sid": ACCOUNT,
            "secret_file": self.folder / "twilio.secret",
            "base_url": self.twilio.url,
            "public_url": public,
            "rate_per_s": 2000,
            "look_up_after_s": [0.1, 0.3],
        }
        return {
            "directory": {
                "url": f"sqlite:///{self.folder / 'people.db'}",
                "phone": "phone",
                "web_push": "web_push",
                "app_push": "app_push",
                "postal": ["name", "street", "town"],
                "columns": {},
                "holds": {},
                "birth_date": None,
                "cancelled": None,
                "cancelled_values": (),
                "guardian_key": None,
            },
            "sms": twilio | {"sender": "+12025550123", "registered_in": ["US"]},
            "calls": twilio | {"number": "+12025550124"},
            "web_push": {
                "secret_file": self.folder / "vapid.secret",
                "subject": "mailto:privacy@example.com",
                "loopback": True,
            },
            "app_push": {
                "secret_file": self.folder / "firebase.secret",
                "base_url": self.fcm.url,
            },
            "letters": {
                "folder": self.folder / "letters",
                "origin": "DE",
                "language": "de",
                "currency": "EUR",
                "prices": [{"country": "*", "up_to_g": 50, "cost": 95}],
            },
            "bounces": {"domain": BOUNCES, "port": self.ports["bounces"]},
            "callbacks": {"port": self.ports["callbacks"]},
        }

    # what came in -------------------------------------------------------------------------------

    def taken(self) -> dict[str, Counter[int]]:
        """Return, by channel, how many different-or-not messages were taken for each person."""
        digits = re.compile(r"\d+")

        def numbered(names: Sequence[str]) -> Counter[int]:
            return Counter(int(found[0]) for name in names if (found := digits.search(name)))

        phones = {phone_of(p.number): p.number for p in self.people}
        return {
            "email": numbered([r.address for r in self.relay.received if r.accepted]),
            "app_push": numbered([token for token, _ in self.fcm.shown]),
            "web_push": numbered([browser for browser, _ in self.push.waiting]),
            "sms": Counter(phones[m["to"]] for m in self.twilio.messages),
            "call": Counter(phones[c["to"]] for c in self.twilio.calls),
            "letter": Counter(),
        }

    def printed(self) -> list[str]:
        """Return the return codes of all letters in marked folders."""
        found = []
        for mark in (self.folder / "letters").rglob("READY"):
            with (mark.parent / "manifest.csv").open(newline="") as file:
                found += [row["return_code"] for row in csv.DictReader(file)]
        return found

    def results_of_the_post(self, fate_of: Mapping[str, str]) -> Path:
        """Write what became of the letters as a print house does; some lines twice, some forged."""
        path = self.folder / "post.csv"
        codes = self.printed()
        with path.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(("code", "result", "date"))
            for code in codes:
                line = (code, fate_of[code], "2026-11-24")
                table.writerow(line)
                if self.chance.random() < 0.1:
                    table.writerow(line)
            for code in codes[:5]:
                table.writerow((code[:-4] + "aaaa", "returned", "2026-11-24"))
        return path


def rough(first: Any, then: Any, chance: random.Random) -> list[Any]:
    """Return the answers to somebody: one in twenty meets an error first."""
    return [first, then] if chance.random() < 0.05 else [then]


def _twilio_plan(people: Sequence[Planted], chance: random.Random) -> dict[str, Any]:
    errors = (
        TwilioAnswer(TwilioDo.REFUSE, status=429, code=20429),
        TwilioAnswer(TwilioDo.REFUSE, status=503),
        TwilioAnswer(TwilioDo.REFUSE, status=500),
    )
    plan: dict[str, Any] = {}
    for person in people:
        phone = phone_of(person.number)
        if person.fates.get("sms") == "landline":
            refused = TwilioAnswer(TwilioDo.REFUSE, status=400, code=21614)
            plan[phone] = [refused, TwilioAnswer()]  # the call to it goes through
        elif chance.random() < 0.05:
            plan[phone] = [chance.choice(errors), TwilioAnswer()]
    return plan


def _push_plan(people: Sequence[Planted], channel: str, chance: random.Random) -> dict[str, Any]:
    gone = Answer(Do.REFUSE, status=410)
    if channel == "app_push":
        gone = error(404, "UNREGISTERED")
    busy = [Answer(Do.REFUSE, status=429, retry_after=1), Answer(Do.REFUSE, status=503)]
    plan: dict[str, Any] = {}
    name = "browser" if channel == "web_push" else "token"
    for person in people:
        if person.fates.get(channel) == "gone":
            plan[f"{name}-{person.number}"] = [gone]
        elif channel in person.fates and chance.random() < 0.05:
            plan[f"{name}-{person.number}"] = [chance.choice(busy), Answer()]
    return plan


def _relay_plan(people: Sequence[Planted], chance: random.Random) -> RelayPlan:
    moods = (RelayDo.DEFER, RelayDo.CLOSE_421, RelayDo.DROP_AFTER_DOT, RelayDo.DROP)
    return RelayPlan(
        addresses={
            address_of(p.number): Behaviour(do=chance.choice(moods), times=1)
            for p in people
            if chance.random() < 0.05
        }
    )


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def write_directory(path: Path, people: Sequence[Planted]) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(f"CREATE TABLE people ({', '.join(COLUMNS)}, PRIMARY KEY (id))")
        marks = ", ".join(f":{name}" for name in COLUMNS)
        db.executemany(f"INSERT INTO people VALUES ({marks})", [p.row for p in people])


@asynccontextmanager
async def world(folder: Path, people: int, *, seed: int = 7) -> AsyncIterator[World]:
    """Open every server around a deployment in a folder, and write its directory."""
    chance = random.Random(seed + 1)  # noqa: S311  # a plan, no secret
    async with AsyncExitStack() as stack:
        push = await stack.enter_async_context(push_service())
        planted = plant(people, seed=seed, push_url=push.url)
        push.plan = _push_plan(planted, "web_push", chance)
        fcm = FcmServer(plan=_push_plan(planted, "app_push", chance))
        relay = _PostOffice(_relay_plan(planted, chance))
        twilio = TwilioServer(_twilio_plan(planted, chance))
        for server in (fcm, relay, twilio):
            await stack.enter_async_context(server)
        await asyncio.to_thread(write_directory, folder / "people.db", planted)
        ports = {"bounces": free_port(), "callbacks": free_port()}
        yield World(folder, planted, relay, twilio, push, fcm, ports, chance)


class Postman:
    """Brings back what happened to whatever was taken over since he last looked."""

    def __init__(self, here: World) -> None:
        self._world = here
        self._seen: Counter[str] = Counter()
        self._phones = {phone_of(p.number): p for p in here.people}
        self._callbacks = TwilioCallbacks(here.twilio)
        self._forger = TwilioCallbacks(here.twilio, forged=True)
        self._on_the_way: set[asyncio.Task[None]] = set()
        self._wire: Wire | None = None
        self._one_at_a_time = asyncio.Lock()
        self._few = asyncio.Semaphore(20)

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way, and nothing new came in."""
        return not self._on_the_way and not any(self._new(peek=True).values())

    async def run(self) -> None:
        """Bring until cancelled."""
        try:
            await self._round()
        finally:
            if self._wire is not None:
                self._wire.writer.close()
                self._wire = None

    async def _round(self) -> None:
        while True:
            new = self._new()
            for received in new["mail"]:
                self._send(self._mail(received.address))
            for message in new["texts"]:
                self._send(self._text(message))
            for call in new["calls"]:
                self._send(self._call(call))
            await asyncio.sleep(0.05)

    def _new(self, *, peek: bool = False) -> dict[str, list[Any]]:
        here = self._world
        kept: dict[str, list[Any]] = {
            "mail": here.relay.received,
            "texts": here.twilio.messages,
            "calls": here.twilio.calls,
        }
        new = {name: found[self._seen[name] :] for name, found in kept.items()}
        if not peek:
            self._seen = Counter({name: len(found) for name, found in kept.items()})
        new["mail"] = [r for r in new["mail"] if r.accepted]
        return new

    def _send(self, errand: Any) -> None:
        task = asyncio.ensure_future(errand)
        self._on_the_way.add(task)
        task.add_done_callback(self._on_the_way.discard)

    async def _later(self) -> bool:
        """Wait as receipts do; whether this one comes twice."""
        rough = self._world.chance.random() < 0.3
        await asyncio.sleep(self._world.chance.uniform(0.2, 2.0) if rough else 0)
        self._world.told += 1
        return rough

    async def _mail(self, address: str) -> None:
        here = self._world
        person = here.people[int(address.removeprefix("person").partition("@")[0])]
        fate = person.fates["email"]
        if fate == "arrives":
            return
        doubled = await self._later()
        content = postfix() if fate == "bounces" else postfix("delivered", "2.1.5")
        sender = here.relay.senders[address]
        for _ in range(2 if doubled else 1):
            assert (await self._bring(content, sender)).startswith("250")
        if here.chance.random() < 0.05:
            forged = sender.replace("@", "aaaa@")[4:]
            here.refused[(await self._bring(content, forged))[:3]] += 1

    async def _bring(self, content: bytes, address: str) -> str:
        """Bring one bounce by LMTP, over one connection, made anew when it broke."""
        async with self._one_at_a_time:
            while True:
                try:
                    if self._wire is None:
                        port = self._world.ports["bounces"]
                        self._wire = Wire(*await asyncio.open_connection("127.0.0.1", port))
                        await self._wire.greet()
                    taken, after = await self._wire.bring(content, [address])
                except (OSError, AssertionError):
                    self._wire = None
                    await asyncio.sleep(0.1)
                    continue
                if not taken[0].startswith("250"):
                    await self._wire.say("RSET")
                    return taken[0]
                return after[0]

    async def _text(self, message: Mapping[str, Any]) -> None:
        here, sid = self._world, message["sid"]
        dead = self._phones[message["to"]].fates["sms"] == "dead"
        doubled = await self._later()
        async with self._few:
            if here.chance.random() < 0.05:
                here.refused[str((await self._forger.text(sid, "undelivered")).status)] += 1
            statuses = ["sent", "undelivered" if dead else "delivered"]
            if doubled:
                statuses = [statuses[1], *statuses]  # the last word first, and again
            for status in statuses:
                code = 30005 if status == "undelivered" else None
                answered = await self._callbacks.text(sid, status, error_code=code)
                assert answered.status == 204

    async def _call(self, call: Mapping[str, Any]) -> None:
        sid = call["sid"]
        fate = self._phones[call["to"]].fates["call"]
        await self._later()
        async with self._few:
            if fate == "nobody":
                await self._callbacks.call(sid, "no-answer")
                return
            await self._callbacks.picked_up(sid, "human")
            if fate == "confirmed":
                await self._callbacks.pressed(sid, "2")
            await self._callbacks.call(sid, "completed", answered_by="human")
