"""Everybody is followed from channel to channel to the end that was planted for them."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from tocsin.ledger import reads, tables
from tocsin.ledger.standings import standings
from tocsin.ledger.verify import verify
from tocsin.returns.results_layout import PRINT_HOUSE
from tocsin.runtimes.embedded import Runtime, embedded
from tocsin.runtimes.importing import import_file
from tocsin.runtimes.listeners import listening
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.coverage import Coverage, PersonState
from tocsin.schemas.identifiers import ReturnCode, keyed_digest
from tocsin.schemas.principal import CommandType

from fakes.channel_world import Postman, World, world
from fakes.deployment import explain_late, incident, principals, settings

POLICY = {
    "retry_base_s": 0.3,
    "retry_cap_s": 2,
    "max_attempts": 8,
    "rate_per_s": 2000,
    "quiet_from": "00:00",
    "quiet_until": "00:00",  # never quiet, whenever this runs
    "gather_minutes": {"letter": 0.03},
    "governor_percent": 100,  # more bounces are planted than it would stand
}


@asynccontextmanager
async def told(here: World) -> AsyncIterator[tuple[Runtime, str, str]]:
    """Open a deployment in the world, raise an incident there, and approve it."""
    sections = here.sections() | {"policy": POLICY}
    configured = settings(here.folder, here.relay.port, **sections)
    async with embedded(configured) as runtime, listening(runtime):
        raiser, approver = await principals(runtime)
        file = incident(scope={"everyone": True}, data_kinds=["email_address", "name"])
        name = await runtime.door.raise_incident(raiser, file, drill=False)
        await runtime.work(until_idle=True)
        await explain_late(runtime, raiser, name)
        for artefact in await runtime.ledger.ask(reads.artefacts, name):
            if artefact.state is ArtefactState.SUBMITTED:
                await runtime.door.act(approver, CommandType.APPROVE, name, target=artefact.name)
        yield runtime, name, raiser


async def to_the_end(runtime: Runtime, name: str, postman: Postman) -> None:
    """Work until nothing is left to do or on its way; the equation is looked at all the time."""
    async with asyncio.TaskGroup() as group:
        work = group.create_task(runtime.work(until_idle=False))
        bringing = group.create_task(postman.run())
        quiet = 0
        while quiet < 5:
            await asyncio.sleep(0.1)
            busy = await runtime.ledger.ask(reads.busy)
            quiet = 0 if busy or not postman.idle else quiet + 1
            assert (await coverage(runtime, name)).holds
        bringing.cancel()
        runtime.slots.stop()
        await work
    await runtime.work(until_idle=True)


async def coverage(runtime: Runtime, name: str) -> Coverage:
    rounds = await runtime.ledger.ask(reads.rounds, name)
    return await runtime.ledger.ask(reads.coverage, rounds[-1].id)


def ends(db: Connection, round_id: str) -> dict[str, tuple[str, str, str]]:
    """Return pseudonym -> (state, level, reason) of everybody in a round."""
    p, r = tables.person.c, tables.outcome.c
    number = db.execute(select(tables.round_.c.n).where(tables.round_.c.id == round_id)).scalar()
    assert number is not None
    people = db.execute(select(p.number, p.pseudonym).where(p.round == number)).all()
    where = standings(db, number, [each.number for each in people])
    settled = select(r.person, r.reason).where(r.round == number, r.result == "unreachable")
    reasons = {row.person: row.reason for row in db.execute(settled)}
    return {
        each.pseudonym: (
            where[each.number].state.value,
            where[each.number].level.value,
            reasons.get(each.number, "")
            if where[each.number].state is PersonState.UNREACHABLE
            else "",
        )
        for each in people
    }


async def ends_as_planted(here: World, runtime: Runtime, name: str) -> None:
    """Compare where each person stands with the plan."""
    round_id = f"{name}/r1"
    key = runtime.ledger.keys.of(round_id)
    found = await runtime.ledger.ask(ends, round_id)
    wrong = [
        (p.number, p.fates, p.expected, found.get(keyed_digest(key, p.row["id"])))
        for p in here.people
        if found.get(keyed_digest(key, p.row["id"])) != p.expected
    ]
    assert not wrong, wrong[:5]


async def check(here: World, runtime: Runtime, name: str) -> None:
    """Compare each end with the plan, and what was taken over with who was to be told."""
    await ends_as_planted(here, runtime, name)
    taken = here.taken()
    for channel in ("email", "app_push", "web_push", "sms", "call"):
        expected = {p.number for p in here.people if channel in p.told}
        assert set(taken[channel]) == expected, channel
        assert max(taken[channel].values(), default=1) == 1, f"somebody was told twice by {channel}"
    await asyncio.to_thread(no_contact_detail_is_kept, here)
    letters = Counter(here.printed())
    assert len(letters) == sum("letter" in p.told for p in here.people)
    assert max(letters.values(), default=1) == 1
    assert (await runtime.ledger.ask(verify, runtime.ledger.keys)).problems == ()


def no_contact_detail_is_kept(here: World) -> None:
    """Search every byte of the ledger and its rosters for what all details have in common."""
    files = [*here.folder.glob("ledger.db*"), *here.folder.glob("rosters/*")]
    kept = b"".join(path.read_bytes() for path in files)
    assert len(kept) > len(here.people)
    for mark in ("@mail.example", "+12022", "token-", "/wpush/", "Musterstadt", "Erika"):
        assert any(mark in str(value) for p in here.people for value in p.row.values())
        assert mark.encode() not in kept


async def post_comes_back(here: World, runtime: Runtime, token: str) -> None:
    """Import what the print house says of each letter."""
    fates = {f"k{p.number:07d}": p.fates.get("letter", "") for p in here.people}
    rosters = runtime.ledger.rosters
    fate_of: dict[str, str] = {}
    for text in here.printed():
        code = ReturnCode.read(text)
        assert code is not None
        place = code.round, code.lane, [code.seq]
        keys = await runtime.ledger.run(partial(rosters.keys, *place))
        fate_of[text] = fates[keys[code.seq]]
    path = here.results_of_the_post(fate_of)
    imported = await import_file(runtime, token, path, PRINT_HOUSE)
    assert len(imported.unknown) == min(5, len(fate_of))


@pytest.mark.parametrize("people", [int(os.environ.get("CHANNEL_PEOPLE", "600"))])
def test_everybody_ends_as_planted_whatever_comes_back_late_twice_or_out_of_turn(
    tmp_path: Path, people: int
) -> None:
    async def main() -> None:
        async with world(tmp_path, people) as here, told(here) as (runtime, name, token):
            postman = Postman(here)
            await to_the_end(runtime, name, postman)
            await post_comes_back(here, runtime, token)
            await to_the_end(runtime, name, postman)
            await check(here, runtime, name)
            assert set(here.refused) <= {"550", "403"}
            assert here.refused.total() > 0
            print(await coverage(runtime, name), here.told, "receipts", dict(here.refused))

    async def bounded() -> None:
        async with asyncio.timeout(150 + people / 50):
            await main()

    asyncio.run(bounded())
