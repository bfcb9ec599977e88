"""A processor tells each of its controllers, and each has an incident and clocks of its own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.detectors.incident_file import read_incident
from tocsin.ledger import reads
from tocsin.runtimes.children import draft_child
from tocsin.runtimes.overview import case_file
from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.incident import IncidentFile
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import facts, problems, run, states

PEOPLE = [
    person(n, country="DE", locale="en", system="backup", has_password=int(n < 5))
    for n in range(1, 8)
]


def _organisation(name: str) -> dict[str, str]:
    return {
        "id": name,
        "legal_name": f"{name.title()} GmbH",
        "brand": name.title(),
        "site": f"{name}.example.com",
        "postal_address": "1 Example Street, 10115 Berlin",
        "country": "DE",
        "contact_email": f"privacy@{name}.example.com",
        "sender_email": f"notices@{name}.example.com",
    }


OWN: dict[str, Any] = {
    "organisations": [_organisation(name) for name in ("keeper", "alpha", "beta")],
    "directory": {"columns": {"system": "system", "key": "id", "owner": "has_password"}},
}


def _kept(**fields: Any) -> IncidentFile:
    aware = (datetime.now(UTC) - timedelta(hours=2)).isoformat(timespec="seconds")
    told = incident().facts.model_dump(mode="json", exclude_defaults=True)
    parties = [
        {"name": "Alpha GmbH", "role": "controller", "contact": "desk@alpha.example.com",
         "where": [{"column": "owner", "equals": 1}]},
        {"name": "Beta GmbH", "role": "controller", "contact": "desk@beta.example.com"},
    ]  # fmt: skip
    return incident(
        organisation="keeper",
        facts=told | {"aware": aware, "role": "processor"},
        circumstances={"parties": parties},
        scope={"where": [{"column": "system", "equals": "backup"}]},
        **fields,
    )


async def _child(d: Deployment, name: str, **given: Any) -> str:
    asked = {"controller": "Alpha GmbH", "organisation": "alpha", "told": None, **given}
    return (await draft_child(d.runtime, name, **asked)).text


def test_each_controller_has_a_packet_that_another_person_approves(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            name = await d.raised(_kept())
            waiting = await states(d, name)
            assert waiting["controller-1"] is ArtefactState.SUBMITTED
            assert waiting["controller-2"] is ArtefactState.SUBMITTED
            assert not [n for n in waiting if n.startswith("report-")]
            act = d.runtime.door.act
            with pytest.raises(NotAllowed):
                await act(d.raiser, CommandType.APPROVE, name, target="controller-1")
            await act(d.approver, CommandType.APPROVE, name, target="controller-1")
            await d.settle()
            laid = {p.suffix: p for p in (tmp_path / "reports").rglob("controller-1.*")}
            assert set(laid) >= {".json", ".html", ".txt"}
            assert not list((tmp_path / "reports").rglob("controller-2.*"))
            body = (await facts(d, name, FactKind.PACKET))["laid:controller-1"]
            assert {f["sha256"] for f in body["files"]} == {
                sha256_hex(path.read_bytes()) for path in laid.values()
            }
            packet = json.loads(laid[".json"].read_text("utf-8"))
            (count,) = [f["raw"] for f in packet["fields"] if f["key"] == "A_COUNT_SUBJECTS"]
            assert (packet["controller"], packet["counted"], count) == (
                "Alpha GmbH",
                "directory",
                4,
            )
            text = "".join(path.read_text("utf-8") for s, path in laid.items() if s != ".pdf")
            assert "Beta" not in text
            assert "@mail.example" not in text
            assert await problems(d) == ()

    run(main())


def test_a_packet_that_lies_ready_meets_nothing_until_the_controller_was_told(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            name = await d.raised(_kept())
            await d.approve(name, ArtefactKind.CONTROLLER)
            await d.settle()
            duty = "EU-GDPR:other:art33-processor"

            async def met() -> dict[str, bool]:
                case = await case_file(d.runtime, name)
                return {s.duty.id: s.met_at is not None for s in case.duties}

            assert not (await met())[f"{duty}:1"]
            with pytest.raises(Conflict, match=rf"--told: .*incident met {name} controller-1"):
                await _child(d, name)
            act, command = d.runtime.door.act, CommandType.RECORD_MET
            with pytest.raises(NotFound, match="controller-1, controller-2"):
                await act(d.approver, command, name, target="controller-3", reason="Sent.")
            await act(d.approver, command, name, target="controller-1", reason="Mail, receipt 7.")
            now = await met()
            assert now[f"{duty}:1"]
            assert not now[f"{duty}:2"]
            assert await problems(d) == ()

    run(main())


def test_both_hops_have_clocks_and_a_child_has_its_own_people_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            name = await d.raised(_kept())
            door = d.runtime.door
            await door.act(
                d.approver, CommandType.RECORD_MET, name, target="controller-1", reason="Called."
            )
            filed = (await facts(d, name, FactKind.FILING)).values()
            (told,) = {datetime.fromisoformat(body["filed_at"]) for body in filed}
            path = tmp_path / "alpha.yaml"
            path.write_text(await _child(d, name), "utf-8")
            child = read_incident(path)
            assert child.facts.persons.value is not None
            assert child.facts.persons.value.total == 4
            started = await d.raised(child)
            case = await case_file(d.runtime, started)
            clocks = {s.duty.id: s.duty.due_at for s in case.duties}
            assert clocks["EU-GDPR:authority:early"] == told + timedelta(hours=72)
            assert case.parent == name
            assert (await d.coverage(started)).in_scope == 4
            above = await case_file(d.runtime, name)
            assert [view.id for view in above.children] == [started]
            assert "report-EU-GDPR-early" in await states(d, started)
            assert await problems(d) == ()

    run(main())


def test_a_child_whose_people_nobody_named_is_refused_until_its_scope_is_set(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            name = await d.raised(_kept())
            at = datetime.now(UTC) - timedelta(hours=1)
            beta = {"controller": "Beta GmbH", "organisation": "beta", "told": at}
            text = await _child(d, name, **beta)
            assert "- scope: it has to be set" in text
            path = tmp_path / "beta.yaml"
            path.write_text(text, "utf-8")
            with pytest.raises(InvalidInput, match=r"scope"):
                await d.raised(read_incident(path))
            with pytest.raises(InvalidInput, match=r"--told: .*future"):
                await _child(d, name, **beta | {"told": at + timedelta(hours=3)})
            with pytest.raises(InvalidInput, match=r"--organisation: .*alpha, beta, keeper"):
                await _child(d, name, organisation="gamma", told=at)
            with pytest.raises(NotFound, match=r"--controller: .*Alpha GmbH, Beta GmbH"):
                await _child(d, name, controller="Gamma", told=at)

    run(main())


def test_a_controllers_incident_has_no_children(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            own = incident(organisation="alpha", scope=_kept().scope)
            name = await d.runtime.door.raise_incident(d.raiser, own, drill=False)
            with pytest.raises(Conflict, match=r"facts\.role"):
                await _child(d, name, told=datetime.now(UTC) - timedelta(hours=1))

    run(main())


def test_what_is_on_record_cannot_be_told_later(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            name = await d.raised(_kept())
            met = CommandType.RECORD_MET
            await d.runtime.door.act(d.approver, met, name, target="controller-1", reason="Called.")
            later = datetime.now(UTC) + timedelta(minutes=2)
            with pytest.raises(Conflict, match=r"--told: .*as is on record"):
                await _child(d, name, told=later)
            earlier = datetime.now(UTC) - timedelta(hours=1)
            assert f"{earlier:%Y-%m-%dT%H:%M}" in await _child(d, name, told=earlier)

    run(main())


def test_what_becomes_known_later_is_another_packet_and_only_for_whom_it_concerns(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, **OWN) as d:
            file = _kept()
            name = await d.raised(file)
            await d.approve(name, ArtefactKind.CONTROLLER)
            await d.settle()
            plain = file.model_dump(mode="json")
            plain["circumstances"]["parties"]["value"][1]["persons"] = {"by_residence": {"DE": 3}}
            amended = IncidentFile.model_validate(plain)
            amend = d.runtime.door.amend_incident
            await amend(d.raiser, name, amended, reason="Beta's people were counted.")
            await d.settle()
            drafted = {n for n in await states(d, name) if n.startswith("controller-")}
            assert drafted == {"controller-1", "controller-2", "controller-2-2"}
            plain["circumstances"]["parties"]["value"].reverse()
            moved = IncidentFile.model_validate(plain)
            with pytest.raises(InvalidInput, match=r"circumstances\.parties"):
                await amend(d.raiser, name, moved, reason="Sorted.")
            plain["circumstances"]["parties"]["value"][1]["where"][0]["column"] = "nowhere"
            plain["circumstances"]["parties"]["value"].reverse()
            wrong = IncidentFile.model_validate(plain)
            with pytest.raises(InvalidInput, match=r"circumstances\.parties\[0\]\.where"):
                await amend(d.raiser, name, wrong, reason="Selected otherwise.")
            assert not await d.runtime.ledger.ask(reads.dead_events)
            assert await problems(d) == ()

    run(main())
