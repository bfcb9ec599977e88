"""What the gates block never leaves, and what they warn of leaves only with a reason on record."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.runtimes.preview import preview
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput
from tocsin.schemas.event import CommandGiven, Event
from tocsin.schemas.finding import FindingSeverity
from tocsin.schemas.identifiers import root_id
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import problems, run

_PEOPLE = [person(number, locale="en", country="DE") for number in range(3)]
_WHY = "Counsel asked for these words."


def _telling(text: str) -> Any:
    narratives = incident().narratives.model_dump()
    return incident(narratives={**narratives, "what_happened": {"en": text}})


async def _approve(d: Deployment, name: str, reason: str = "") -> None:
    await d.runtime.door.act(
        d.approver, CommandType.APPROVE, name, target="notice-r1", reason=reason
    )


def test_a_blocking_finding_refuses_the_approval_and_a_revision_heals_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, _PEOPLE) as d:
            name = await d.raised(_telling("Criminals copied it. Click here to verify."))
            with pytest.raises(Conflict, match="NW-35 CLICK_HERE") as refused:
                await _approve(d, name, _WHY)
            assert "narratives.what_happened.en" in str(refused.value)
            await d.settle()
            assert d.relay.total == 0
            await d.runtime.door.revise_incident(d.raiser, name, _telling("Criminals copied it."))
            await d.settle()
            await d.approve(name)
            await d.settle()
            assert d.relay.total == 3
            assert await problems(d) == ()

    run(main())


def test_a_warning_wants_a_reason_that_stands_with_the_approval(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, _PEOPLE) as d:
            name = await d.raised(_telling("Criminals copied it. We have no evidence of misuse."))
            found = (await preview(d.runtime, name)).findings
            (warning,) = (f for f in found if f.severity is FindingSeverity.WARN)
            assert warning.rule == "NW-5 NO_EVIDENCE_COMFORT"
            with pytest.raises(InvalidInput, match="need a reason") as refused:
                await _approve(d, name)
            assert refused.value.field == "--accept-warnings"
            await _approve(d, name, _WHY)
            approval = await d.runtime.ledger.ask(reads.fact, name, FactKind.APPROVAL, "notice-r1")
            assert approval is not None
            assert approval["accepted"] == _WHY
            await d.settle()
            assert d.relay.total == 3
            assert await problems(d) == ()

    run(main())


def test_an_approval_that_came_in_past_the_door_is_refused_when_it_is_carried_out(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, _PEOPLE) as d:
            name = await d.raised(_telling("Criminals copied it. Click here to verify."))
            given = CommandGiven(command=CommandType.APPROVE, principal="ada", target="notice-r1")
            event = Event(id=root_id("command", f"{name}/past"), incident=name, payload=given)
            await d.runtime.ledger.submit(event, now=datetime.now(UTC))
            await d.settle()
            said = await d.runtime.ledger.ask(reads.fact, name, FactKind.COMMAND, "notice-r1")
            assert said is not None
            assert "NW-35 CLICK_HERE" in said["refused"]
            assert d.relay.total == 0

    run(main())


def test_a_reason_for_no_warning_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, _PEOPLE) as d:
            name = await d.raised(_telling("Criminals copied it."))
            with pytest.raises(InvalidInput, match="no warning to accept"):
                await _approve(d, name, _WHY)
            await _approve(d, name)

    run(main())
