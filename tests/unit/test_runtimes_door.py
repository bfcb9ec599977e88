"""The one door: who asks is known and allowed, what is asked is possible, and it is done once."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.ledger.principals import principals as known_principals
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound, TocsinError
from tocsin.schemas.principal import CommandType, Principal, Role

from fakes.deployment import deployment, incident, person
from fakes.promises import facts, problems, run, states, written

PEOPLE = [person(n) for n in range(3)]


def newcomer(name: str, *roles: Role) -> Principal:
    return Principal(name=name, roles=frozenset(roles))


async def refused(kind: type[TocsinError], field: str, doing: Awaitable[object]) -> str:
    with pytest.raises(kind) as refusal:
        await doing
    assert refusal.value.field == field
    assert refusal.value.fix, "a refusal says what to do instead"
    return str(refusal.value)


def test_a_token_is_shown_once_and_stands_nowhere(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            for token in (d.raiser, d.approver):
                assert len(token) >= 43
                assert not any(token.encode() in content for content in written(tmp_path))
            assert (await d.runtime.door.principal(d.raiser)).name == "rosa"

    run(main())


@pytest.mark.parametrize("token", [None, "", "guessed", "0" * 43])
def test_nobody_without_a_token_that_was_given_out_gets_in(tmp_path: Path, token: str) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door = d.runtime.door
            for asking in (
                door.principal(token),
                door.raise_incident(token, incident(), drill=True),
                door.add_principal(token, newcomer("eve", Role.ADMIN)),
                door.revoke_principal(token, "ada"),
                door.replay(token, "an event"),
            ):
                await refused(NotAllowed, "token", asking)

    run(main())


def test_a_revoked_token_is_worthless_at_once_and_its_going_stands_on_record(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()
            await d.runtime.door.revoke_principal(d.raiser, "ada")
            approving = d.runtime.door.act(
                d.approver, CommandType.APPROVE, name, target="notice-r1"
            )
            await refused(NotAllowed, "token", approving)
            recorded = await d.runtime.ledger.ask(reads.history, "system", FactKind.PRINCIPAL)
            assert [(who, body["what"]) for _, who, body in recorded] == [
                ("rosa", "added"),
                ("ada", "added"),
                ("ada", "revoked"),
            ]
            missing = d.runtime.door.revoke_principal(d.raiser, "nobody")
            await refused(NotFound, "principal", missing)

    run(main())


def test_only_an_admin_adds_principals_and_no_name_twice(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door = d.runtime.door
            await refused(
                NotAllowed, "principal", door.add_principal(d.approver, newcomer("x", Role.VIEW))
            )
            await refused(
                Conflict, "principal", door.add_principal(d.raiser, newcomer("ada", Role.ADMIN))
            )
            assert [p.name for p in await d.runtime.ledger.ask(known_principals)] == ["ada", "rosa"]

    run(main())


@pytest.mark.parametrize("command", [CommandType.APPROVE, CommandType.WITHDRAW, CommandType.CLOSE])
def test_what_needs_an_approver_is_refused_to_an_operator(
    tmp_path: Path, command: CommandType
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()
            asking = d.runtime.door.act(d.raiser, command, name, target="notice-r1", reason="Done.")
            await refused(NotAllowed, "principal", asking)

    run(main())


def test_the_same_idempotency_key_raises_and_approves_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door = d.runtime.door
            names = [
                await door.raise_incident(d.raiser, incident(), drill=False, key="SIEM-7")
                for _ in range(3)
            ]
            assert len(set(names)) == 1
            assert len(await d.runtime.ledger.ask(reads.incidents)) == 1
            other = await door.raise_incident(d.raiser, incident(), drill=False, key="SIEM-8")
            assert other != names[0]
            assert len(await d.runtime.ledger.ask(reads.rounds, names[0])) == 1
            assert await problems(d) == ()

    run(main())


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"organisation": "another"}, "organisation"),
    ({"scope": {"where": [{"column": "system", "equals": "nowhere"}]}}, "scope"),
    ({"scope": {"where": [{"column": "shoe size", "equals": 1}]}}, "scope.where[0].column"),
    ({"facts": {"aware": "2199-01-01T00:00:00+00:00"}}, "facts.aware"),
]


@pytest.mark.parametrize(("fields", "field"), WRONG, ids=[field for _, field in WRONG])
def test_an_incident_that_could_not_be_carried_out_is_refused_before_it_stands(
    tmp_path: Path, fields: Any, field: str
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            asking = d.runtime.door.raise_incident(d.raiser, incident(**fields), drill=False)
            await refused(InvalidInput, field, asking)
            assert await d.runtime.ledger.ask(reads.incidents) == ()

    run(main())


def test_what_is_not_there_or_not_possible_now_is_refused_with_what_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door, name = d.runtime.door, await d.raised()
            unknown = door.act(d.approver, CommandType.APPROVE, "INC-NONE", target="notice-r1")
            await refused(NotFound, "incident", unknown)
            unknown = door.act(d.approver, CommandType.APPROVE, name, target="notice-r9")
            said = await refused(NotFound, "artefact", unknown)
            assert "notice-r1" in said
            early = door.act(d.raiser, CommandType.PAUSE, name)
            assert "stop" in await refused(Conflict, "round", early)
            speechless = door.act(d.approver, CommandType.CLOSE, name)
            await refused(InvalidInput, "--reason", speechless)
            await d.explain(name)
            await door.act(d.approver, CommandType.CLOSE, name, reason="Told by letter.")
            again = door.act(d.approver, CommandType.CLOSE, name, reason="Once more.")
            await refused(Conflict, "incident", again)
            late = door.revise_incident(d.raiser, name, incident())
            await refused(Conflict, "incident", late)

    run(main())


def test_a_notice_is_approved_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()
            for _ in range(2):
                asking = d.runtime.door.act(
                    d.approver, CommandType.APPROVE, name, target="notice-r1"
                )
                if (await states(d, name))["notice-r1"] is ArtefactState.SUBMITTED:
                    await asking
                else:
                    await refused(Conflict, "artefact", asking)
            await d.settle()
            assert d.relay.total == 3

    run(main())


def test_notices_that_left_cannot_be_replaced_and_closing_leaves_the_open_on_record(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            door, name = d.runtime.door, await d.raised()
            await door.act(d.approver, CommandType.APPROVE, name, target="notice-r1")
            while (await d.runtime.ledger.ask(reads.rounds, name))[0].state != "sending":
                await d.runtime.step.take()
            late = door.revise_incident(d.raiser, name, incident(title="Another title"))
            await refused(Conflict, "incident", late)
            await d.explain(name)
            await door.act(d.approver, CommandType.CLOSE, name, reason="Told by letter.")
            await d.settle()
            coverage = await d.coverage(name)
            assert coverage.open == 3 - d.relay.total
            assert coverage.holds
            decided = (await facts(d, name, FactKind.DECISION))["close"]
            assert (decided["by"], decided["reason"]) == ("ada", "Told by letter.")
            assert not list((tmp_path / "rosters").iterdir())
            assert await problems(d) == ()

    run(main())
