"""Drafts of detections at the door: people decide them, once, and nothing leaves by itself."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from tocsin.ledger import reads, tables
from tocsin.ledger.chain import SYSTEM
from tocsin.runtimes.drafts import draft, drafts, grown_since_decided, take_in
from tocsin.schemas.commit import FactKind
from tocsin.schemas.detection import DraftState
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound, TocsinError
from tocsin.schemas.principal import Principal, Role

from fakes.deployment import Deployment, deployment, incident, person
from fakes.detections import detection
from fakes.promises import facts, problems, run

PEOPLE = [person(n) for n in range(3)]


async def refused(kind: type[TocsinError], field: str, doing: Awaitable[object]) -> str:
    with pytest.raises(kind) as refusal:
        await doing
    assert refusal.value.field == field
    assert refusal.value.fix, "a refusal says what to do instead"
    return str(refusal.value)


async def opened(d: Deployment, *events: Any) -> str:
    (name,) = (await take_in(d.runtime, events or [detection("e1", minute=5)])).opened
    return name


async def state(d: Deployment, name: str) -> tuple[DraftState, str]:
    view, _ = await draft(d.runtime, name, limit=0)
    return view.draft.state, view.incident


async def rows(d: Deployment, *names: str) -> list[int]:
    counted = [select(func.count()).select_from(tables.METADATA.tables[n]) for n in names]
    return [await d.runtime.ledger.ask(lambda db, q=q: db.execute(q).scalar_one()) for q in counted]


def test_a_draft_alone_leaves_no_incident_no_round_no_event_and_tells_nobody(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            await take_in(d.runtime, [detection(f"e{n}", minute=n) for n in range(50)])
            await d.settle()
            assert await rows(d, "incident", "round", "event", "artefact", "outcome") == [0] * 5
            assert d.relay.connections == 0
            assert len(await drafts(d.runtime)) == 1
            assert await problems(d) == ()

    run(main())


def test_the_policy_says_how_far_apart_repeats_may_be(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, policy={"merge_window_minutes": 4}) as d:
            apart = [detection("e0"), detection("e1", minute=4), detection("e2", minute=9)]
            assert len((await take_in(d.runtime, apart)).opened) == 2
            assert d.runtime.settings.policy.merge_window == timedelta(minutes=4)

    run(main())


def test_an_incident_takes_up_its_draft_in_the_same_commit(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await opened(d)
            door = d.runtime.door
            raised = await door.raise_incident(
                d.raiser, incident(), drill=False, draft=name, key="k"
            )
            assert await state(d, name) == (DraftState.RAISED, raised)
            (given,) = (await facts(d, raised, FactKind.COMMAND)).items()
            assert given[0] == name
            told = (await facts(d, SYSTEM, FactKind.DRAFT))[name]
            assert (told["what"], told["by"], told["incident"]) == ("raised", "rosa", raised)
            again = await door.raise_incident(
                d.raiser, incident(), drill=False, draft=name, key="k"
            )
            assert again == raised
            other = door.raise_incident(d.raiser, incident(), drill=False, draft=name)
            assert raised in await refused(Conflict, "draft", other)
            assert raised in await refused(
                Conflict, "draft", door.dismiss_draft(d.raiser, name, "a false alarm")
            )
            await d.settle()
            assert await problems(d) == ()

    run(main())


def test_of_two_people_who_raise_one_draft_at_once_one_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await opened(d)
            raising = [
                d.runtime.door.raise_incident(d.raiser, incident(), drill=False, draft=name)
                for _ in range(4)
            ]
            came = await asyncio.gather(*raising, return_exceptions=True)
            (raised,) = [each for each in came if isinstance(each, str)]
            assert all(isinstance(each, str | Conflict) for each in came)
            assert [i.id for i in await d.runtime.ledger.ask(reads.incidents)] == [raised]
            assert await state(d, name) == (DraftState.RAISED, raised)
            assert await problems(d) == ()

    run(main())


def test_a_file_that_was_made_before_an_earlier_event_came_still_raises_its_draft(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await opened(d)
            (now_called,) = (await take_in(d.runtime, [detection("e0")])).grown
            assert now_called != name
            raised = await d.runtime.door.raise_incident(
                d.raiser, incident(), drill=False, draft=name
            )
            assert await state(d, now_called) == (DraftState.RAISED, raised)

    run(main())


def test_a_drill_takes_no_draft_away(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await opened(d)
            door = d.runtime.door
            drill = door.raise_incident(d.raiser, incident(), drill=True, draft=name)
            await refused(InvalidInput, "draft", drill)
            missing = door.raise_incident(d.raiser, incident(), drill=False, draft="another")
            await refused(NotFound, "draft", missing)
            assert await state(d, name) == (DraftState.OPEN, "")

    run(main())


def test_a_dismissal_needs_a_role_and_a_reason_without_personal_data_and_stands_on_record(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await opened(d)
            door, reason = d.runtime.door, "a test of the detector"
            machine = Principal(name="dlp", roles=frozenset({Role.DETECTOR}))
            token = await door.add_principal(d.raiser, machine)
            await refused(NotAllowed, "principal", door.dismiss_draft(token, name, reason))
            await refused(NotAllowed, "token", door.dismiss_draft(None, name, reason))
            for useless in ("", "  ", "ask eve@mail.example"):
                asking = door.dismiss_draft(d.approver, name, useless)
                assert "eve" not in await refused(InvalidInput, "--reason", asking)
            await refused(NotFound, "draft", door.dismiss_draft(d.approver, "another", reason))
            await door.dismiss_draft(d.approver, name, reason)
            assert await state(d, name) == (DraftState.DISMISSED, "")
            given = (await facts(d, SYSTEM, FactKind.COMMAND))[name]
            assert (given["principal"], given["reason"]) == ("ada", reason)
            again = door.dismiss_draft(d.raiser, name, reason)
            assert "was dismissed" in await refused(Conflict, "draft", again)
            raising = door.raise_incident(d.raiser, incident(), drill=False, draft=name)
            await refused(Conflict, "draft", raising)
            assert await drafts(d.runtime) == ()
            await take_in(d.runtime, [detection("e2", minute=6)])
            assert await grown_since_decided(d.runtime) == 1
            assert await problems(d) == ()

    run(main())
