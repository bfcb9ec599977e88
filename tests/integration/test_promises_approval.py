"""Promise P3: nothing leaves but what somebody else approved, exactly as it was approved."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, NotAllowed
from tocsin.schemas.principal import CommandType, Principal, Role

from fakes.deployment import Deployment, deployment, explain_late, incident, person
from fakes.ledgers import behind
from fakes.promises import (
    Waits,
    alarms,
    exchange_roster_keys,
    facts,
    newest,
    read_people_by,
    run,
    states,
    told,
    until,
    working,
)

PEOPLE = [person(n) for n in range(6)]
QUICK_TO_GIVE_UP: dict[str, Any] = {"delivery": {"max_tries": 2}}


async def newcomer(d: Deployment, name: str, *roles: Role) -> str:
    """Add a principal and return its token."""
    return await d.runtime.door.add_principal(
        d.raiser, Principal(name=name, roles=frozenset(roles))
    )


async def approve_notice(d: Deployment, token: str, name: str) -> None:
    await d.runtime.door.act(token, CommandType.APPROVE, name, target="notice-r1")


def test_who_raised_an_incident_cannot_approve_its_notices_whatever_their_roles(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            both = await newcomer(d, "olga", Role.RAISE, Role.APPROVE)
            name = await d.runtime.door.raise_incident(both, incident(), drill=False)
            await d.settle()
            for artefact in await d.runtime.ledger.ask(reads.artefacts, name):
                if artefact.state is ArtefactState.SUBMITTED:
                    with pytest.raises(NotAllowed, match="raised or edited"):
                        await d.runtime.door.act(
                            both, CommandType.APPROVE, name, target=artefact.name
                        )
            await d.settle()
            assert d.relay.total == 0
            assert ArtefactState.APPROVED not in (await states(d, name)).values()

    run(main())


def test_who_edited_an_incident_cannot_approve_it_either(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            editor = await newcomer(d, "emil", Role.EDIT, Role.APPROVE)
            name = await d.raised()
            await d.runtime.door.revise_incident(editor, name, incident(title="Another title"))
            await d.settle()
            for token in (editor, d.raiser):
                with pytest.raises(NotAllowed):
                    await d.runtime.door.act(token, CommandType.APPROVE, name, target="notice-r2")
            await d.runtime.door.act(d.approver, CommandType.APPROVE, name, target="notice-r2")
            await d.settle()
            assert told(d.relay) == {row["email"]: 1 for row in PEOPLE}

    run(main())


def test_a_revision_voids_the_approval_of_what_it_replaces(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()
            await approve_notice(d, d.approver, name)
            await d.runtime.door.revise_incident(d.raiser, name, incident(title="Another title"))
            await d.settle()
            assert d.relay.total == 0
            assert (await states(d, name))["notice-r1"] is ArtefactState.VOID
            with pytest.raises(Conflict):
                await approve_notice(d, d.approver, name)

    run(main())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE fact SET body = replace(body, 'Date:', 'date:') WHERE kind = 'text'", "a text"),
        ("DELETE FROM fact WHERE kind = 'text' AND name LIKE '%#0'", "a text"),
        ("UPDATE fact SET body = replace(body, '1000', '5000') WHERE kind = 'plan'", "the plan"),
        ("UPDATE person SET residence = 'FR' WHERE number = 0", "the audience"),
        ("UPDATE person SET pseudonym = 'f' WHERE number = 0", "the audience"),
        ("UPDATE obligation SET cohort = 1 - cohort WHERE seq = 0", "the audience"),
        ("DELETE FROM obligation WHERE seq = 5", "the audience"),
    ],
)
def test_what_changes_after_the_approval_voids_it_and_nothing_leaves(
    tmp_path: Path, change: str, named: str
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()
            await approve_notice(d, d.approver, name)
            behind(tmp_path / "ledger.db", change)
            await d.settle()
            assert d.relay.total == 0
            assert (await states(d, name))["notice-r1"] is ArtefactState.VOID
            assert await alarms(d, name, "void:") == ["void:notice-r1"]
            (text,) = {
                body["text"]
                for alarm, body in (await facts(d, name, FactKind.ALARM)).items()
                if alarm.startswith("void:")
            }
            assert f"{named} changed" in text
            assert (await d.coverage(name)).open == len(PEOPLE)

    run(main())


@pytest.mark.parametrize(
    "when", [pytest.param("before", id="before it leaves"), pytest.param("after", id="on its way")]
)
def test_a_person_exchanged_in_the_roster_is_not_told_in_anothers_place(
    tmp_path: Path, when: str
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **QUICK_TO_GIVE_UP) as d:
            name = await d.raised()
            await approve_notice(d, d.approver, name)
            if when == "after":
                while (await newest(d, name)).state != "sending":
                    await d.runtime.step.take()
            exchange_roster_keys(d, f"{name}/r1")
            await d.settle()
            assert d.relay.total == 0
            assert len(await alarms(d, name, "dead:")) == 1
            assert (await d.coverage(name)).open == len(PEOPLE)

    run(main())


def test_a_text_changed_while_the_round_is_on_its_way_stops_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **QUICK_TO_GIVE_UP) as d:
            name = await d.raised()
            await approve_notice(d, d.approver, name)
            while (await newest(d, name)).state != "sending":
                await d.runtime.step.take()
            change = "UPDATE fact SET body = replace(body, 'Date:', 'date:') WHERE kind = 'text'"
            behind(tmp_path / "ledger.db", change)
            await d.settle()
            assert d.relay.total == 0
            assert len(await alarms(d, name, "dead:")) == 1

    run(main())


def test_a_returned_notice_does_not_leave_and_a_decision_is_kept_with_its_approval(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            facts_known = incident().facts.model_dump(mode="json", exclude_defaults=True)
            name = await d.raised(incident(facts=facts_known | {"network_grade": "general"}))
            await d.runtime.door.act(
                d.approver, CommandType.RETURN, name, target="notice-r1", reason="Name the system."
            )
            await d.approve(name)
            await d.settle()
            assert d.relay.total == 0
            assert (await states(d, name))["notice-r1"] is ArtefactState.RETURNED
            decided = await facts(d, name, FactKind.DECISION)
            assert set(decided) <= set(await states(d, name))
            assert decided

    run(main())


def test_an_early_report_is_approved_and_filed_before_anybody_is_counted(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, delivery={"lease_s": 30}) as d:
            gate, door = asyncio.Event(), d.runtime.door
            read_people_by(d, Waits(d.runtime.directory, gate))
            async with working(d):
                name = await door.raise_incident(d.raiser, incident(), drill=False)

                async def drafted() -> bool:
                    return "report-EU-GDPR-early" in await states(d, name)

                await until(drafted)
                await explain_late(d.runtime, d.raiser, name)
                await door.act(d.approver, CommandType.APPROVE, name, target="report-EU-GDPR-early")

                async def filed() -> bool:
                    return bool(await facts(d, name, FactKind.FILING))

                await until(filed)
                assert (await newest(d, name)).state == "resolving"
                (file,) = (tmp_path / "reports").rglob("*EU-GDPR-early.json")
                assert json.loads(file.read_bytes())["figures"] is None
                gate.set()
            assert (await newest(d, name)).state == "frozen"
            assert (await d.coverage(name)).open == len(PEOPLE)

    run(main())
