"""What an authority orders is owed from then on, whatever the rules concluded."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.duty import Phase
from tocsin.schemas.errors import InvalidInput, NotAllowed
from tocsin.schemas.incident import Asked, Order

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import facts, problems, run, states

HARMLESS = {"harm_averted": True, "network_grade": "general", "sectors": ["retail"]}
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def order(**fields: Any) -> Order:
    given = {"regime": "EU-GDPR", "asks": Asked.INDIVIDUALS, "by": "the authority", "at": AT}
    return Order.model_validate(given | fields)


async def duty(d: Deployment, incident_id: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = (await facts(d, incident_id, FactKind.DUTY))[name]["duty"]
    return found


async def raised(d: Deployment) -> str:
    told = incident().facts.model_dump(mode="json", exclude_defaults=True)
    return await d.raised(incident(facts=told | HARMLESS))


def test_an_order_makes_a_notice_owed_that_an_exemption_had_lifted(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(1), person(2)]) as d:
            name = await raised(d)
            assert (await duty(d, name, "EU-GDPR:individuals"))["required"] is False
            due = AT + timedelta(days=30)
            await d.runtime.door.record_order(d.raiser, name, order(due=due, reference="DPC-7"))
            await d.settle()
            owed = await duty(d, name, "EU-GDPR:individuals")
            assert owed["required"] is True
            assert datetime.fromisoformat(owed["due_at"]) == due
            assert "DPC-7" in owed["reason"]
            assert await problems(d) == ()

    run(main())


def test_a_report_that_an_authority_asks_for_is_drafted_to_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(1), person(2)]) as d:
            name = await raised(d)
            asks = order(asks=Asked.REPORT, phase=Phase.FINAL)
            await d.runtime.door.record_order(d.raiser, name, asks)
            await d.settle()
            waiting = (await states(d, name))["report-EU-GDPR-final"]
            assert waiting is ArtefactState.SUBMITTED
            report = (await facts(d, name, FactKind.REPORT))["report-EU-GDPR-final"]
            assert report["authority"] == "the authority"

    run(main())


def test_an_order_that_cannot_be_is_refused_by_the_field(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, [person(1)]) as d:
            name = await raised(d)
            put = d.runtime.door.record_order
            with pytest.raises(InvalidInput, match="XX-NONE"):
                await put(d.raiser, name, order(regime="XX-NONE"))
            with pytest.raises(InvalidInput, match="future"):
                await put(d.raiser, name, order(at=datetime(2999, 1, 1, tzinfo=UTC)))
            with pytest.raises(InvalidInput, match="before it came"):
                await put(d.raiser, name, order(due=AT - timedelta(hours=1)))
            with pytest.raises(NotAllowed):
                await put(d.approver, name, order())

    run(main())
