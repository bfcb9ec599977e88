"""Earlier notices from a file: matched to a round's people by pseudonym, then settled in order.

The keys of the file are compared here and stand nowhere afterwards: not in the ledger, not in an
answer, which names lines alone.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tocsin.ledger import reads
from tocsin.ledger.earlier import pseudonyms
from tocsin.returns.earlier_notices import earlier_lines
from tocsin.rules.permission import allowed
from tocsin.rules.rounds import first_notices
from tocsin.runtimes.carrying_out import carried_out
from tocsin.runtimes.embedded import Runtime
from tocsin.schemas.channels import Channel
from tocsin.schemas.commit import Fact, FactKind
from tocsin.schemas.errors import Conflict
from tocsin.schemas.event import EarlierTold, Event
from tocsin.schemas.identifiers import keyed_digest, root_id
from tocsin.schemas.principal import CommandType
from tocsin.schemas.views import RoundView
from tocsin.services.earlier import COUNTED, earlier_name

_AT_ONCE = 500
"""People of one event: what one Commit of its handler puts on record."""
_PAGE = 20_000
"""People of a round that are looked at in one question to the ledger."""


@dataclass(frozen=True, slots=True)
class EarlierImported:
    """What became of a file."""

    round: str
    lines: int
    """Lines that say something new: a line that stands twice counts once."""
    people: int
    obligations: Mapping[str, int]
    """What became of what they were owed; see `services.earlier.COUNTED`."""
    unknown: tuple[int, ...]
    """Numbers of lines whose key is nobody of the round."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A file, by the pseudonyms that its keys have in a round."""

    sha256: str
    lines: int
    told: Mapping[str, tuple[Channel, date, str]]
    """Pseudonym -> how, when, and what shows it, by the first line about somebody."""
    where: Mapping[str, tuple[int, ...]]
    """Pseudonym -> the numbers of all lines about them."""


async def import_earlier(
    runtime: Runtime, token: str | None, incident_id: str, path: Path
) -> EarlierImported:
    """Take in who was told of an incident by other means; nobody of them is told again.

    The same file may come again: what is known changes nothing.

    Raises:
        InvalidInput: a line is wrong; nothing of the file is taken in then.
        Conflict: the newest round is not counted yet, or is over.

    """
    by = await runtime.door.principal(token)
    allowed(by, CommandType.IMPORT_EARLIER, hands=frozenset())
    ledger, now = runtime.ledger, runtime.step.clock.now()
    view = await _round(runtime, incident_id)
    key = ledger.keys.of(view.id)
    said = await asyncio.to_thread(_read, path, now.date(), key)
    persons = await _persons(runtime, view.id, said.told)
    unknown = [n for name, lines in said.where.items() if name not in persons for n in lines]
    body = {
        "command": CommandType.IMPORT_EARLIER,
        "principal": by.name,
        "reason": "",
        "round": view.id,
        "sha256": said.sha256,
        "lines": said.lines,
        "people": len(persons),
        "unknown": len(unknown),
    }
    given = Fact(FactKind.COMMAND, "earlier", body)
    await ledger.record([given], now=now, about="earlier notices imported")
    events = _events(view, said, persons)
    for event in events:
        await ledger.submit(event, now=now)
    for event in events:
        await carried_out(ledger, runtime.step, event.id)
    decided = await ledger.ask(reads.round_facts, view.id, FactKind.DECISION)
    counts: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
    for event in events:
        fact: Mapping[str, Any] = decided[earlier_name(event.id)]
        counts.update({name: fact[name] for name in COUNTED})
    return EarlierImported(view.id, said.lines, len(persons), dict(counts), tuple(sorted(unknown)))


async def _round(runtime: Runtime, incident_id: str) -> RoundView:
    await runtime.ledger.ask(reads.incident, incident_id)
    rounds = first_notices(await runtime.ledger.ask(reads.rounds, incident_id))
    if not rounds or rounds[-1].in_scope is None:
        message = "the people concerned are not counted yet"
        raise Conflict(message, field="incident", fix="let a worker do it: `tocsin run`")
    if rounds[-1].state in {"closed", "stopped"}:
        message = f"{rounds[-1].id} is {rounds[-1].state}: nobody of it is told any more"
        raise Conflict(message, field="incident", fix="nothing is left to do")
    return rounds[-1]


def _read(path: Path, today: date, key: bytes) -> _Said:
    told: dict[str, tuple[Channel, date, str]] = {}
    where: dict[str, tuple[int, ...]] = {}
    lines = 0
    for number, notice in earlier_lines(path, today=today):
        name = keyed_digest(key, notice.key)
        told.setdefault(name, (notice.channel, notice.told_on, notice.evidence))
        where[name] = (*where.get(name, ()), number)
        lines += 1
    return _Said(hashlib.sha256(path.read_bytes()).hexdigest(), lines, told, where)


async def _persons(runtime: Runtime, round_id: str, wanted: Mapping[str, object]) -> dict[str, int]:
    """Return pseudonym -> number of those of a round who are wanted."""
    found: dict[str, int] = {}
    last = -1
    while len(found) < len(wanted):
        page = await runtime.ledger.ask(pseudonyms, round_id, after=last, limit=_PAGE)
        if not page:
            break
        found |= {name: number for number, name in page if name in wanted}
        last = page[-1][0]
    return found


def _events(view: RoundView, said: _Said, persons: Mapping[str, int]) -> list[Event]:
    """Return the events of a file; their ids depend on the file and the round alone."""
    told = sorted((number, *said.told[name]) for name, number in persons.items())
    # without a round of their own: a pause holds back what tells people, and this does not
    return [
        Event(
            id=root_id("earlier.told", f"{view.id}/{said.sha256}/{start}"),
            incident=view.incident,
            payload=EarlierTold(
                round=view.id, file=said.sha256, told=tuple(told[start : start + _AT_ONCE])
            ),
            weight=len(told[start : start + _AT_ONCE]),
        )
        for start in range(0, len(told), _AT_ONCE)
    ]
