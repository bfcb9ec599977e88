"""A whole deployment in a folder: people in SQLite, a relay on loopback, the embedded runtime."""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin.demo.behaviour import RelayPlan
from tocsin.demo.relay import RelayServer
from tocsin.ledger import reads
from tocsin.runtimes.books import DutyBook
from tocsin.runtimes.clock import Clock
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.runtimes.reports import reports
from tocsin.runtimes.settings import Settings
from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.coverage import Coverage
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType, Principal, Role
from tocsin.services.desk import findings_of
from tocsin.services.lateness import lateness

COLUMNS = (
    "id",
    "email",
    "country",
    "locale",
    "birth_date",
    "status",
    "guardian_id",
    "system",
    "has_password",
)


def person(number: int, **fields: Any) -> dict[str, Any]:
    """Return a plain row: an adult in Germany or China with an address of their own."""
    chinese = number % 3 == 0
    row = {
        "id": f"k{number:07d}",
        "email": f"person{number}@mail.example",
        "country": "CN" if chinese else "DE",
        "locale": "zh-CN" if chinese else "en",
        "birth_date": "1980-05-17",
        "status": "active",
        "guardian_id": None,
        "system": "shop",
        "has_password": 1,
    }
    return row | fields


def write_people(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Make the directory's table."""
    db = sqlite3.connect(path)
    db.execute(f"CREATE TABLE people ({', '.join(COLUMNS)}, PRIMARY KEY (id))")
    marks = ", ".join(f":{name}" for name in COLUMNS)
    db.executemany(f"INSERT INTO people VALUES ({marks})", rows)
    db.commit()
    db.close()


def incident(**fields: Any) -> IncidentFile:
    """Return an incident file: stolen passwords of the shop."""
    document = {
        "title": "Stolen sign-in data of the shop",
        "organisation": "example",
        "facts": {
            "aware": "2026-11-20T09:30:00+01:00",
            "started": {"state": "estimated", "value": "2026-11-02T00:00:00+00:00"},
            "cause": "malicious_outsider",
            "confidentiality": "unknown_recipients",
        },
        "narratives": {
            "what_happened": {
                "en": "Criminals copied sign-in data from our shop.",
                "zh-Hans": "不法分子复制了我们商店的登录数据。",
            },
            "what_was_done": {
                "en": "We closed the way in and told the police.",
                "zh-Hans": "我们封堵了入口，并已报警。",
            },
            "what_will_be_done": {
                "en": "We will check every account of the shop by December 2026.",
                "zh-Hans": "我们将在2026年12月前检查商店的全部账号。",
            },
        },
        "data_kinds": ["email_address", "password_weak_hash"],
        "scope": {"where": [{"column": "system", "equals": "shop"}]},
        "remedies": [{"id": "REIMBURSE"}],
    }
    return IncidentFile.model_validate(document | fields)


def settings(folder: Path, port: int, **sections: Any) -> Settings:
    """Return the settings of a deployment in `folder` that sends to a relay on `port`."""
    document: dict[str, Any] = {
        "organisations": [
            {
                "id": "example",
                "legal_name": "Example Trading GmbH",
                "brand": "Example",
                "site": "example.com",
                "postal_address": "1 Example Street, 10115 Berlin",
                "country": "DE",
                "sectors": ["retail"],
                "contact_email": "privacy@example.com",
                "sender_email": "notices@example.com",
            }
        ],
        # what the whole pack asks is tested on its own; here people are told
        "law": {"regimes": ["CN-PIPL", "EU-GDPR", "US-HIPAA", "US-CA"]},
        "directory": {
            "url": f"sqlite:///{folder / 'people.db'}",
            "table": "people",
            "key": "id",
            "email": "email",
            "residence": "country",
            "locale": "locale",
            "birth_date": "birth_date",
            "cancelled": "status",
            "cancelled_values": ["cancelled"],
            "guardian_key": "guardian_id",
            "columns": {"system": "system", "key": "id"},
            "holds": {"email_address": "*", "password_weak_hash": "has_password"},
        },
        "relays": [
            {
                "name": "relay-a",
                "host": "127.0.0.1",
                "port": port,
                "tls": "none",
                "connections": 4,
                "timeout_s": 2,
            }
        ],
        "ledger": {
            "path": folder / "ledger.db",
            "keys": folder / "keys",
            "rosters": folder / "rosters",
        },
        "policy": {"retry_base_s": 0.2, "retry_cap_s": 1, "max_attempts": 5},
        "delivery": {"flush": 50, "lease_s": 2},
        "output": {
            "announcements": str(folder / "public"),
            "reports": folder / "reports",
            "outbox": folder / "outbox",
            "previews": folder / "previews",
        },
    }
    for name, section in sections.items():
        current = document.get(name)
        document[name] = current | section if isinstance(current, dict) else section
    if "url" in document["ledger"]:
        document["ledger"] = {k: document["ledger"][k] for k in ("url", "keys")}
    return Settings.model_validate(document)


@dataclass
class Deployment:
    """An open deployment with two principals, and the ways a test drives it."""

    folder: Path
    runtime: Runtime
    relay: RelayServer
    raiser: str
    approver: str

    async def raised(self, file: IncidentFile | None = None, *, drill: bool = False) -> str:
        """Raise an incident and let it come to rest before its approvals."""
        name = await self.runtime.door.raise_incident(self.raiser, file or incident(), drill=drill)
        await self.settle()
        return name

    async def settle(self) -> None:
        """Work until nothing is left to do. Slots stop then, so they are made anew."""
        await self.runtime.work(until_idle=True)

    async def approve(self, name: str, *kinds: str, accepting: str = "") -> None:
        """Approve whatever waits, of some kinds or of all; a late report says why first.

        `accepting` is the reason with which warnings of the gates are taken.
        """
        if not kinds or ArtefactKind.REPORT in kinds:
            await explain_late(self.runtime, self.raiser, name)
        for artefact in await self.runtime.ledger.ask(reads.artefacts, name):
            if artefact.state is ArtefactState.SUBMITTED and (not kinds or artefact.kind in kinds):
                found = await findings_of(artefact, DutyBook(self.runtime.ledger))
                warned = any(f.severity is FindingSeverity.WARN for f in found)
                await self.runtime.door.act(
                    self.approver,
                    CommandType.APPROVE,
                    name,
                    target=artefact.name,
                    reason=accepting if warned else "",
                )

    async def explain(self, name: str, reason: str = "it is an old example") -> None:
        """Say why each late duty of an incident was late."""
        door, book = self.runtime.door, DutyBook(self.runtime.ledger)
        for late in await lateness(book, name, now=self.runtime.step.clock.now()):
            command = CommandType.EXPLAIN_LATE
            await door.act(self.raiser, command, name, target=late.duty.id, reason=reason)

    async def coverage(self, name: str) -> Coverage:
        """Return the equation of the newest round."""
        rounds = await self.runtime.ledger.ask(reads.rounds, name)
        return await self.runtime.ledger.ask(reads.coverage, rounds[-1].id)


async def explain_late(runtime: Runtime, token: str, name: str) -> None:
    """Say of every report that waits and is late why it is."""
    for standing in await reports(runtime, name):
        if standing.late and standing.artefact.state is ArtefactState.SUBMITTED:
            artefact = standing.artefact.name
            await runtime.door.explain_delay(token, name, artefact, "The incident was played.")


async def principals(runtime: Runtime) -> tuple[str, str]:
    """Add a raiser and an approver; return their tokens."""
    door = runtime.door
    raiser = await door.add_principal(
        None,
        Principal(
            name="rosa",
            roles=frozenset({Role.ADMIN, Role.RAISE, Role.EDIT, Role.OPERATE, Role.VIEW}),
        ),
    )
    approver = await door.add_principal(
        raiser, Principal(name="ada", roles=frozenset({Role.APPROVE, Role.VIEW}))
    )
    return raiser, approver


@asynccontextmanager
async def deployment(
    folder: Path,
    people: Sequence[dict[str, Any]],
    *,
    plan: RelayPlan | None = None,
    clock: Clock | None = None,
    **sections: Any,
) -> AsyncIterator[Deployment]:
    """Open a deployment over these people."""
    write_people(folder / "people.db", people)
    async with (
        RelayServer(plan) as relay,
        embedded(settings(folder, relay.port, **sections), clock=clock) as runtime,
    ):
        raiser, approver = await principals(runtime)
        yield Deployment(folder, runtime, relay, raiser, approver)
