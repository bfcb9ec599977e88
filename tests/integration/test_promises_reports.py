"""Reports from two facts to the authority's receipt: approved, filed, followed up, on record."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tocsin.ledger import reads
from tocsin.runtimes.reports import ReportStanding, one_report, reports
from tocsin.schemas.artefact import ArtefactState
from tocsin.schemas.commit import FactKind
from tocsin.schemas.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tocsin.schemas.principal import CommandType, Principal, Role

from fakes.deployment import Deployment, deployment, incident, person, settings
from fakes.promises import (
    Waits,
    alarms,
    facts,
    problems,
    read_people_by,
    run,
    states,
    until,
    working,
)

PEOPLE = [person(n) for n in range(6)]
CHINESE = "report-CN-PIPL-early"
EUROPEAN = "report-EU-GDPR-early"
REASON = "The logs were encrypted and had to be restored first."


def _ago(**since: int) -> str:
    return (datetime.now(UTC) - timedelta(**since)).isoformat(timespec="seconds")


def _just_found(**fields: Any) -> Any:
    """Return an incident that was found ten minutes ago: every clock still runs."""
    return incident(facts={"aware": _ago(minutes=10)}, **fields)


async def _approve(d: Deployment, name: str, artefact: str) -> None:
    await d.runtime.door.act(d.approver, CommandType.APPROVE, name, target=artefact)
    await d.settle()


async def _standing(d: Deployment, name: str, artefact: str) -> ReportStanding:
    return await one_report(d.runtime, name, artefact)


async def _receipt(d: Deployment, name: str, artefact: str, reference: str, **more: Any) -> None:
    given = {"at": datetime.now(UTC), "proof": "", **more}
    door = d.runtime.door
    await door.record_receipt(d.raiser, name, artefact, reference=reference, **given)


def test_an_early_chinese_report_of_two_facts_is_drafted_approved_and_filed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, delivery={"lease_s": 30}) as d:
            gate, door = asyncio.Event(), d.runtime.door
            read_people_by(d, Waits(d.runtime.directory, gate))
            async with working(d):
                name = await door.raise_incident(d.raiser, _just_found(), drill=False)

                async def drafted() -> bool:
                    return CHINESE in await states(d, name)

                await until(drafted)
                report = (await _standing(d, name, CHINESE)).report
                assert report.form is not None
                assert report.form.id == "cn-cac-12387"
                assert report.locale == "zh-Hans"
                assert report.figures is None
                assert not any(missing.now for missing in report.missing)
                await door.act(d.approver, CommandType.APPROVE, name, target=CHINESE)

                async def filed() -> bool:
                    return bool(await facts(d, name, FactKind.FILING))

                await until(filed)
                gate.set()
            standing = await _standing(d, name, CHINESE)
            assert standing.wants == "receipt missing"
            assert not standing.late
            laid = {Path(file["path"]).suffix: file["sha256"] for file in standing.files}
            assert laid.keys() == {".json", ".html", ".pdf"}
            for suffix, digest in laid.items():
                (file,) = (tmp_path / "reports").rglob(f"{CHINESE}{suffix}")
                assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
            assert not await alarms(d, name, "pdf:")
            assert not await alarms(d, name, "late:")

    run(main())


def test_a_european_report_comes_with_the_json_of_the_template(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised(_just_found())
            await _approve(d, name, EUROPEAN)
            assert len(list((tmp_path / "reports").rglob(f"{EUROPEAN}.edpb.json"))) == 1

    run(main())


def test_an_organisation_reports_on_the_form_and_in_the_language_of_its_own_authority(
    tmp_path: Path,
) -> None:
    plain = settings(tmp_path, 25).organisations[0].model_dump()
    ours = {**plain, "forms": {"EU-GDPR": "nl-ap"}}

    async def main() -> None:
        async with deployment(tmp_path, PEOPLE, organisations=[ours]) as d:
            name = await d.raised(_just_found())
            report = (await _standing(d, name, EUROPEAN)).report
            assert report.form is not None
            assert report.form.id == "nl-ap"
            labels = {field.n: (field.label, field.label_en) for field in report.fields}
            assert labels["2c"] == ("Ontdekking", "Discovery")
            chinese = (await _standing(d, name, CHINESE)).report
            assert chinese.form is not None
            assert chinese.form.id == "cn-cac-12387"
            await _approve(d, name, EUROPEAN)
            assert len(list((tmp_path / "reports").rglob(f"{EUROPEAN}.json"))) == 1
            assert not list((tmp_path / "reports").rglob(f"{EUROPEAN}.edpb.json"))

    run(main())


def test_a_late_report_is_approved_with_its_reason_and_never_by_who_gave_it(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised()  # found days ago
            door = d.runtime.door
            before = await _standing(d, name, EUROPEAN)
            assert before.late
            with pytest.raises(Conflict, match="says no reason"):
                await door.act(d.approver, CommandType.APPROVE, name, target=EUROPEAN)
            assert (await states(d, name))[EUROPEAN] is ArtefactState.SUBMITTED
            with pytest.raises(InvalidInput, match="say why"):
                await door.explain_delay(d.raiser, name, EUROPEAN, "  ")
            with pytest.raises(NotAllowed):
                await door.explain_delay(d.approver, name, EUROPEAN, REASON)
            with pytest.raises(InvalidInput, match="--reason"):
                await door.explain_delay(d.raiser, name, EUROPEAN, "Ask x@mail.example.")
            both = Principal(name="olga", roles=frozenset({Role.OPERATE, Role.APPROVE}))
            olga = await door.add_principal(d.raiser, both)
            await door.explain_delay(olga, name, EUROPEAN, REASON)
            drafted = await _standing(d, name, EUROPEAN)
            assert drafted.report.late_reason == REASON
            assert drafted.artefact.binding != before.artefact.binding
            with pytest.raises(NotAllowed, match="olga raised or edited"):
                await door.act(olga, CommandType.APPROVE, name, target=EUROPEAN)
            await _approve(d, name, EUROPEAN)
            filed = await _standing(d, name, EUROPEAN)
            assert filed.late
            assert filed.late_reason == REASON
            (body,) = (await facts(d, name, FactKind.LATE_REASON)).values()
            assert body["by"] == "olga"
            (page,) = (tmp_path / "reports").rglob(f"{EUROPEAN}.html")
            assert REASON in page.read_text("utf-8")
            assert await alarms(d, name, "late:") == []
            assert await problems(d) == ()

    run(main())


def test_a_receipt_is_kept_and_the_next_filing_carries_its_reference_and_what_changed(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised(_just_found())
            with pytest.raises(Conflict, match="not laid ready"):
                await _receipt(d, name, EUROPEAN, "DPC-1")
            await _approve(d, name, EUROPEAN)
            for wrong, field in (
                ({"reference": " "}, "--reference"),
                ({"reference": "DPC-1", "at": datetime.now(UTC) + timedelta(hours=1)}, "--at"),
                ({"reference": "DPC-1", "at": datetime.now(UTC) - timedelta(hours=1)}, "--at"),
            ):
                with pytest.raises(InvalidInput) as refused:
                    await _receipt(d, name, EUROPEAN, **wrong)
                assert refused.value.field == field
            with pytest.raises(NotFound):
                await _receipt(d, name, "report-EU-GDPR-late", "DPC-1")
            await _receipt(d, name, EUROPEAN, "DPC-0601", proof="a" * 64)
            await _receipt(d, name, EUROPEAN, "DPC-0601123456", proof="a" * 64)
            standing = await _standing(d, name, EUROPEAN)
            assert standing.wants == "receipted"
            assert standing.receipt is not None
            assert standing.receipt.reference == "DPC-0601123456"
            assert standing.receipt.by == "rosa"
            kept = await d.runtime.ledger.ask(reads.history, name, FactKind.RECEIPT)
            assert [body["reference"] for _, _, body in kept] == ["DPC-0601", "DPC-0601123456"]

            await d.approve(name, "notice", accepting="the cause is not known yet")
            await d.settle()
            full = (await _standing(d, name, "report-EU-GDPR-full")).report
            assert full.filing.prev_ref == "DPC-0601123456"
            changed = {difference.n: difference for difference in full.differences}
            assert changed["67"].before == "Number to be determined"
            assert changed["68"].now == "6 persons"
            assert changed["97"].now == "Yes"
            assert {f.n: f.value for f in full.fields}["6"] == "DPC-0601123456"
            assert await problems(d) == ()

    run(main())


def test_facts_that_change_after_a_filing_are_told_in_another_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            file = _just_found()
            name = await d.raised(file)
            await _approve(d, name, EUROPEAN)
            await d.runtime.door.revise_incident(d.raiser, name, file)
            await d.settle()
            assert f"{EUROPEAN}-2" not in await states(d, name)  # the authority knows all of it
            learnt = file.model_copy(
                update={
                    "facts": file.facts.model_validate({"aware": _ago(minutes=9), "records": 7})
                }
            )
            await d.runtime.door.revise_incident(d.raiser, name, learnt)
            await d.settle()
            assert (await states(d, name))[EUROPEAN] is ArtefactState.APPROVED
            second = (await _standing(d, name, f"{EUROPEAN}-2")).report
            assert second.due_at is None  # its clock was met
            assert "73" in {difference.n for difference in second.differences}
            await _approve(d, name, f"{EUROPEAN}-2")
            assert len(list((tmp_path / "reports").rglob(f"{EUROPEAN}-2.pdf"))) == 1
            filed = [s for s in await reports(d.runtime, name) if s.laid_at is not None]
            assert [s.artefact.name for s in filed] == [EUROPEAN, f"{EUROPEAN}-2"]

    run(main())


def test_what_was_filed_before_everybody_was_told_is_followed_by_how_it_ended(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with deployment(tmp_path, PEOPLE) as d:
            name = await d.raised(_just_found())
            for early in ("report-EU-GDPR-full", "report-CN-PIPL-final"):
                await _approve(d, name, early)
                before = (await _standing(d, name, early)).report.figures
                assert before is not None
                assert (before.reached, before.open) == (0, 6)
            await d.approve(name, "notice", accepting="the cause is not known yet")
            await d.settle()
            for later in ("report-EU-GDPR-full-2", "report-CN-PIPL-final-2"):
                report = (await _standing(d, name, later)).report
                assert report.figures is not None
                assert (report.figures.reached, report.figures.open) == (6, 0)
                assert report.differences
                await _approve(d, name, later)
            assert not [a for a, state in (await states(d, name)).items() if a.endswith("-3")]
            assert await problems(d) == ()

    run(main())
