"""The media are told where the people of a state are many; what was done outside is on record."""

from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.schemas.artefact import ArtefactKind, ArtefactState
from tocsin.schemas.canonical import sha256_hex
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.principal import CommandType

from fakes.deployment import Deployment, deployment, incident, person
from fakes.promises import facts, problems, run, states

MEDIA = "US-HIPAA:other:media"
AGREED: dict[str, Any] = {"directory": {"agreed": {"email": "has_password"}}}


def texans(count: int) -> list[dict[str, Any]]:
    return [person(n, country="US-TX", locale="en") for n in range(1, count + 1)]


async def raised(d: Deployment) -> str:
    told = incident().facts.model_dump(mode="json", exclude_defaults=True)
    return await d.raised(
        incident(facts=told | {"sectors": ["hipaa_covered_entity"], "detected": told["aware"]})
    )


@pytest.mark.parametrize(("people", "owed"), [(500, False), (501, True)])
def test_more_than_500_of_a_state_are_told_by_its_media_once_the_text_is_approved(
    tmp_path: Path, people: int, owed: bool
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, texans(people), **AGREED) as d:
            name = await raised(d)
            waiting = (await states(d, name)).get("press-r1")
            assert (waiting is ArtefactState.SUBMITTED) is owed
            assert not list((tmp_path / "reports").rglob("press*"))
            if not owed:
                return
            await d.approve(name, ArtefactKind.PRESS)
            await d.settle()
            (laid,) = (tmp_path / "reports").rglob("press-r1.en.txt")
            filed = (await facts(d, name, FactKind.FILING))[f"press-r1/{MEDIA}"]
            assert filed["duty"] == MEDIA
            assert [f["sha256"] for f in filed["files"]] == [sha256_hex(laid.read_bytes())]
            assert "criminals" in laid.read_text("utf-8").lower()
            assert await problems(d) == ()

    run(main())


def test_what_the_media_got_is_no_filing_that_a_report_goes_on_from(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, texans(501), **AGREED) as d:
            name = await raised(d)
            act = d.runtime.door.act
            await act(d.approver, CommandType.RECORD_MET, name, target=MEDIA, reason="Called.")
            await d.approve(name, ArtefactKind.PRESS)
            await d.settle()
            await d.approve(name, ArtefactKind.NOTICE, accepting="it is a test")
            await d.settle()
            await d.approve(name, ArtefactKind.REPORT)
            await d.settle()
            assert len(list((tmp_path / "reports").rglob("report-US-HIPAA-full.json"))) == 1
            assert not await d.runtime.ledger.ask(reads.dead_events)
            assert await problems(d) == ()

    run(main())


def test_what_was_met_outside_is_on_record_with_who_says_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, texans(501), **AGREED) as d:
            name = await raised(d)
            act, met = d.runtime.door.act, CommandType.RECORD_MET
            with pytest.raises(NotAllowed):
                await act(d.raiser, met, name, target=MEDIA, reason="Called the newsroom.")
            with pytest.raises(InvalidInput, match="reason"):
                await act(d.approver, met, name, target=MEDIA)
            with pytest.raises(NotFound, match=MEDIA):
                await act(d.approver, met, name, target="US-HIPAA:other:radio", reason="Called.")
            with pytest.raises(Conflict, match="telling people"):
                await act(d.approver, met, name, target="US-HIPAA:individuals", reason="Told all.")
            await act(d.approver, met, name, target=MEDIA, reason="Called the newsroom at noon.")
            filed = (await facts(d, name, FactKind.FILING))[f"outside/{MEDIA}"]
            assert (filed["by"], filed["evidence"]) == ("ada", "Called the newsroom at noon.")

    run(main())
